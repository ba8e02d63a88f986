/* search.c: finding people by words. The index ranks by one criterion; the others are checked on each hit. */
#include "users.h"

#include <ctype.h>
#include <string.h>

/* Letters of U+00C0 to U+017F as the index folds them: without their accents. */
static const char plain_letters[] = "aaaaaaaceeeeiiiidnooooo*ouuuuytsaaaaaaaceeeeiiiidnooooo*ouuuuyty"
                                    "aaaaaaccccccccddddeeeeeeeeeegggggggghhhhiiiiiiiiiiiijjkkklllllll"
                                    "lllnnnnnnnnnoooooooorrrrrrssssssssttttttuuuuuuuuuuuuwwyyyzzzzzzs";

/* Capitals of Greek and Cyrillic, and how far their small letters stand from them. */
static const struct {
    uint32_t first, last, distance;
} capitals[] = {
    {0x386, 0x386, 38}, {0x388, 0x38a, 37}, {0x38c, 0x38c, 64}, {0x38e, 0x38f, 63},
    {0x391, 0x3ab, 32}, {0x400, 0x40f, 80}, {0x410, 0x42f, 32},
};

static uint32_t small_letter(uint32_t code)
{
    for (size_t i = 0; i < sizeof capitals / sizeof *capitals; i++)
        if (code >= capitals[i].first && code <= capitals[i].last)
            return code + capitals[i].distance;
    return code;
}

/* Takes one letter of UTF-8, folded as the index folds it. Of longer ones than two bytes, a byte. */
static const unsigned char *fold(const unsigned char *at, uint32_t *ret_letter)
{
    if (at[0] < 0xc3 || at[0] > 0xdf || !at[1]) {
        *ret_letter = (uint32_t)tolower(at[0]);
        return at + 1;
    }
    uint32_t code = (uint32_t)(at[0] & 0x1f) << 6 | (at[1] & 0x3f), latin = code - 0xc0;
    *ret_letter = latin < sizeof plain_letters - 1 ? (unsigned char)plain_letters[latin] : small_letter(code);
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
        word = fold(word, &want);
        if (!*text)
            return false;
        text = fold(text, &have);
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

/* Does each of the words begin a word of the text? */
static bool has_words(const char *text, const char *words)
{
    const unsigned char *at = (const unsigned char *)words;
    while (*at) {
        const unsigned char *end = at;
        while (is_letter(*end))
            end++;
        if (end > at && (!text || !has_word(text, at, end)))
            return false;
        at = *end ? end + 1 : end;
    }
    return true;
}

struct criteria {
    const char *name, *location; /* NULL: any */
};

static int keep(c18n_request *rq, const c18n_doc *user, void *arg)
{
    (void)rq;
    const struct criteria *want = arg;
    bool fits = (!want->name || has_words(c18n_text(user, "name"), want->name) ||
                 has_words(c18n_text(user, "display_name"), want->name)) &&
                (!want->location || has_words(c18n_text(user, "location"), want->location));
    return fits ? C18N_OK : C18N_NOT_FOUND;
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
    struct criteria rest = {.name = q ? name : NULL, .location = q || name ? location : NULL};
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
