/* search.c: finding people by words. The index ranks by one criterion; the others are checked on each hit. */
#include "users.h"

#include <ctype.h>
#include <string.h>

/* Letters of U+00C0 to U+017F as the index has them: without their accents. */
static const char plain_letters[] = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty"
                                    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
                                    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* Takes one letter of folded UTF-8, without its accent. Of longer ones than two bytes, a byte. */
static const unsigned char *next_letter(const unsigned char *at, uint32_t *ret_letter)
{
    if (at[0] < 0xc3 || at[0] > 0xdf || !at[1]) {
        *ret_letter = at[0];
        return at + 1;
    }
    uint32_t code = (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f), latin = code - 0xc0;
    *ret_letter = latin < sizeof plain_letters - 1 ? (unsigned char)plain_letters[latin] : code;
    return at + 2;
}

static bool is_letter(unsigned char byte)
{
    return byte >= 0x80 || isalnum(byte);
}

/* Does the text go on with the word? */
static bool begins(const unsigned char *text, const unsigned char *word, const unsigned char *end)
{
    while (word < end) {
        uint32_t want, have;
        word = next_letter(word, &want);
        if (!*text)
            return false;
        text = next_letter(text, &have);
        if (want != have)
            return false;
    }
    return true;
}

static bool has_word(const char *text, const unsigned char *word, const unsigned char *end)
{
    const unsigned char *at = (const unsigned char *)text;
    for (bool inside = false; *at; at++) {
        if (!inside && begins(at, word, end))
            return true;
        inside = is_letter(*at);
    }
    return false;
}

/* Does each of the words begin a word of the text? Both are folded. */
static bool has_words(const char *text, const char *words)
{
    const unsigned char *at = (const unsigned char *)words;
    while (*at) {
        const unsigned char *end = at;
        while (is_letter(*end))
            end++;
        if (end > at && !has_word(text, at, end))
            return false;
        at = *end ? end + 1 : end;
    }
    return true;
}

struct criteria {
    const char *name, *location; /* folded; NULL: any */
};

static int has_any(c18n_request *rq, const c18n_doc *user, const char *const *members, const char *words)
{
    for (; *members; members++) {
        const char *text = c18n_text(user, *members), *folded = text ? c18n_fold(rq, text) : "";
        if (!folded)
            return C18N_NO_MEMORY;
        if (has_words(folded, words))
            return C18N_OK;
    }
    return C18N_NOT_FOUND;
}

static int keep(c18n_request *rq, const c18n_doc *user, void *arg)
{
    static const char *const names[] = {"name", "display_name", NULL}, *const places[] = {"location", NULL};
    const struct criteria *want = arg;
    int code = want->name ? has_any(rq, user, names, want->name) : C18N_OK;
    return code == C18N_OK && want->location ? has_any(rq, user, places, want->location) : code;
}

/* An empty parameter asks for nothing. */
static const char *asked(c18n_request *rq, const char *parameter)
{
    const char *value = c18n_query(rq, parameter);
    return value && *value ? value : NULL;
}

int users_search(c18n_request *rq, void *module)
{
    (void)module;
    const char *q = asked(rq, "q"), *name = asked(rq, "name"), *location = asked(rq, "location");
    struct criteria rest = {0};
    if (q && name && !(rest.name = c18n_fold(rq, name)))
        return C18N_NO_MEMORY;
    if ((q || name) && location && !(rest.location = c18n_fold(rq, location)))
        return C18N_NO_MEMORY;
    const c18n_search search = {
        .size = sizeof search,
        .view = "users",
        .query = q      ? q
                 : name ? name
                        : location,
        .in = q          ? NULL
              : name     ? "name display_name"
              : location ? "location"
                         : NULL,
        .fields = users_hit_fields,
        .keep = keep,
        .arg = &rest,
    };
    return c18n_reply_search(rq, &search);
}
