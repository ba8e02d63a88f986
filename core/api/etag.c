/* etag.c: making and comparing entity tags. */
#include "api/etag.h"

#include "api/problem.h"
#include "api/reply.h"
#include "base/codec.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

const char *etag_make(struct arena *arena, const c18n_doc *record, const char *body, size_t length)
{
    uint64_t hash = codec_hash(body, length, 0);
    if (!record)
        return arena_print(arena, "\"%016" PRIx64 "\"", hash);
    return arena_print(arena, "\"%" PRId64 "-%016" PRIx64 "\"", c18n_integer(record, "_rev", 0), hash);
}

/* --- lists of tags, as in If-Match and If-None-Match --- */

/* Takes the next tag of a list, without W/ and quotes. NULL: the list ends or is not well formed. */
static const char *next_tag(const char **at, size_t *ret_length, bool *ret_weak)
{
    const char *tag = *at + strspn(*at, " \t,");
    *ret_weak = strncmp(tag, "W/", 2) == 0;
    if (*ret_weak)
        tag += 2;
    if (*tag != '"')
        return NULL;
    const char *end = strchr(tag + 1, '"');
    if (!end)
        return NULL;
    *at = end + 1;
    *ret_length = (size_t)(end - tag - 1);
    return tag + 1;
}

static bool is_any(const char *list)
{
    list += strspn(list, " \t");
    return *list == '*' && list[1 + strspn(list + 1, " \t")] == '\0';
}

/* `tag` with its quotes. `strong`: a weak one in the list is none. */
static bool list_has(const char *list, const char *tag, bool strong)
{
    bool weak;
    size_t length, tag_length = strlen(tag) - 2;
    for (const char *item; (item = next_tag(&list, &length, &weak));)
        if (!(weak && strong) && length == tag_length && memcmp(item, tag + 1, length) == 0)
            return true;
    return false;
}

static bool is_read(const struct request *request)
{
    const char *method = request->http ? request->http->method : "";
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

/* Does the request's If-None-Match name it (GET and HEAD only)? */
static bool none_match(const struct request *request, const char *etag)
{
    const char *list = is_read(request) ? http_find_header(request->http, "if-none-match") : NULL;
    return list && (is_any(list) || list_has(list, etag, false));
}

int etag_reply(struct request *request, const char *etag)
{
    if (!etag)
        return C18N_NO_MEMORY;
    int code = reply_header(request, "ETag", etag);
    if (code == C18N_OK && none_match(request, etag)) {
        request->reply.status = 304;
        request->reply.body = NULL;
        request->reply.body_length = 0;
    }
    return code;
}

/* --- If-Match --- */

static bool revision_is(const char *tag, size_t length, int64_t revision)
{
    char digits[24];
    const char *dash = memchr(tag, '-', length);
    size_t count = dash ? (size_t)(dash - tag) : length;
    int64_t value;
    if (count == 0 || count >= sizeof digits)
        return false;
    memcpy(digits, tag, count);
    digits[count] = '\0';
    return codec_integer(digits, &value) && value == revision;
}

int etag_must_match(struct request *request, const char *etag)
{
    const char *list = http_find_header(request->http, "if-match");
    if (!list || is_any(list) || list_has(list, etag, true))
        return C18N_OK;
    return problem_note(request, C18N_PRECONDITION, NULL, NULL);
}

int etag_if_match(struct request *request, const c18n_doc *record)
{
    const char *list = request->http ? http_find_header(request->http, "if-match") : NULL;
    if (!list || is_any(list))
        return C18N_OK;
    int64_t revision = c18n_integer(record, "_rev", 0);
    bool weak;
    size_t length;
    for (const char *tag; (tag = next_tag(&list, &length, &weak));)
        if (revision_is(tag, length, revision))
            return C18N_OK;
    return problem_note(request, C18N_PRECONDITION, NULL, NULL);
}
