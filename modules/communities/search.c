/* search.c: communities by words of their name, description and tags. */
#include "communities.h"

#include <ctype.h>
#include <string.h>

/* Capitals of Latin, Greek and Cyrillic: how far away their small letters are, and whether every letter of the
 * range is one or, as in much of Latin, every second. */
static const struct {
    uint32_t first, last, distance, every;
} capitals[] = {
    {0xc0, 0xd6, 32, 1},   {0xd8, 0xde, 32, 1},   {0x100, 0x12e, 1, 2},  {0x132, 0x136, 1, 2},  {0x139, 0x147, 1, 2},
    {0x14a, 0x176, 1, 2},  {0x179, 0x17d, 1, 2},  {0x386, 0x386, 38, 1}, {0x388, 0x38a, 37, 1}, {0x38c, 0x38c, 64, 1},
    {0x38e, 0x38f, 63, 1}, {0x391, 0x3ab, 32, 1}, {0x400, 0x40f, 80, 1}, {0x410, 0x42f, 32, 1}, {0x460, 0x480, 1, 2},
    {0x48a, 0x4be, 1, 2},  {0x4d0, 0x52e, 1, 2},
};

static uint32_t small_letter(uint32_t code)
{
    for (size_t i = 0; i < sizeof capitals / sizeof *capitals; i++)
        if (code >= capitals[i].first && code <= capitals[i].last &&
            (code - capitals[i].first) % capitals[i].every == 0)
            return code + capitals[i].distance;
    return code;
}

/* Takes one letter of valid UTF-8; of longer ones than two bytes, a byte. */
static uint32_t next_letter(const char **at)
{
    const unsigned char *bytes = (const unsigned char *)*at;
    bool two = bytes[0] >= 0xc2 && bytes[0] <= 0xdf;
    *at += two ? 2 : 1;
    return two ? small_letter((uint32_t)(bytes[0] & 0x1f) << 6 | (bytes[1] & 0x3f)) : (uint32_t)tolower(bytes[0]);
}

/* Equal in any case. A letter and its other case are as long as each other, so lengths are compared first. */
static bool is_same(const char *left, const char *right, size_t length)
{
    const char *end = left + length;
    if (strlen(right) != length)
        return false;
    while (left < end)
        if (next_letter(&left) != next_letter(&right))
            return false;
    return true;
}

static bool has_tag(const c18n_doc *community, const char *tag, size_t length)
{
    const char *const *tags;
    size_t count = c18n_texts(community, "tags", &tags);
    for (size_t i = 0; i < count; i++)
        if (is_same(tag, tags[i], length))
            return true;
    return false;
}

/* Every tag of the list "a, b" must be one of the community's. */
static bool has_all_tags(const c18n_doc *community, const char *list)
{
    for (const char *at = list + strspn(list, " ,"); *at; at += strspn(at, " ,")) {
        size_t length = strcspn(at, ",");
        const char *next = at + length;
        while (length > 0 && at[length - 1] == ' ')
            length--;
        if (!has_tag(community, at, length))
            return false;
        at = next;
    }
    return true;
}

static int keep(c18n_request *rq, const c18n_doc *community, void *arg)
{
    const char *tags = arg;
    if (tags && !has_all_tags(community, tags))
        return C18N_NOT_FOUND;
    return communities_visible(rq, community, NULL);
}

/* "a,b" as words for the index; which tags they make is checked on each hit. */
static const char *as_words(c18n_request *rq, const char *list)
{
    char *words = c18n_print(rq, "%s", list);
    for (char *comma = words; comma && (comma = strchr(comma, ','));)
        *comma = ' ';
    return words;
}

/* Without words everything fits, which makes this a list of what the caller may see. */
int communities_search(c18n_request *rq, void *module)
{
    (void)module;
    const char *q = c18n_query(rq, "q"), *tags = c18n_query(rq, "tags");
    if (q && !*q)
        q = NULL;
    const c18n_search search = {
        .size = sizeof search,
        .view = "communities",
        .query = q || !tags ? q : as_words(rq, tags),
        .in = q ? NULL : "tags",
        .fields = communities_fields,
        .keep = keep,
        .arg = (void *)(uintptr_t)tags,
    };
    return c18n_reply_search(rq, &search);
}
