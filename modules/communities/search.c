/* search.c: communities by words of their name, description and tags. */
#include "communities.h"

#include <string.h>

/* The community's tags, folded, with NULL at the end. */
static const char **folded_tags(c18n_request *rq, const c18n_doc *community)
{
    const char *const *tags;
    size_t count = c18n_texts(community, "tags", &tags);
    const char **folded = c18n_alloc(rq, (count + 1) * sizeof *folded);
    for (size_t i = 0; folded && i < count; i++)
        if (!(folded[i] = c18n_fold(rq, tags[i])))
            return NULL;
    return folded;
}

static bool has_tag(const char *const *tags, const char *tag, size_t length)
{
    for (; *tags; tags++)
        if (strlen(*tags) == length && memcmp(*tags, tag, length) == 0)
            return true;
    return false;
}

/* Every tag of the list "a, b" must be one of the tags; all are folded. */
static bool has_all_tags(const char *const *tags, const char *list)
{
    for (const char *at = list + strspn(list, " ,"); *at; at += strspn(at, " ,")) {
        size_t length = strcspn(at, ",");
        const char *next = at + length;
        while (length > 0 && at[length - 1] == ' ')
            length--;
        if (!has_tag(tags, at, length))
            return false;
        at = next;
    }
    return true;
}

static int keep(c18n_request *rq, const c18n_doc *community, void *arg)
{
    const char *wanted = arg;
    const char **tags = wanted ? folded_tags(rq, community) : NULL;
    if (wanted && !tags)
        return C18N_NO_MEMORY;
    if (wanted && !has_all_tags(tags, wanted))
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
    const char *wanted = tags ? c18n_fold(rq, tags) : NULL;
    if (tags && !wanted)
        return C18N_NO_MEMORY;
    if (q && !*q)
        q = NULL;
    const c18n_search search = {
        .size = sizeof search,
        .view = "communities",
        .query = q || !tags ? q : as_words(rq, tags),
        .in = q ? NULL : "tags",
        .fields = communities_fields,
        .keep = keep,
        .arg = (void *)(uintptr_t)wanted,
    };
    return c18n_reply_search(rq, &search);
}
