/* Packed answers. One deflate state a lane: setting one up costs more than packing a page of posts. */
#include "http/lane.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <zlib.h>

struct http_gzip {
    z_stream stream;
};

enum { GZIP_LEVEL = 1, GZIP_WINDOW = 15 + 16 /* with gzip's own frame */, GZIP_MEMORY = 8 };

static bool type_packs(const char *type)
{
    static const char *const types[] = {
        "application/json", "application/problem+json", "application/x-ndjson", "text/", "application/javascript",
        "image/svg+xml",    "application/xml"};
    for (size_t i = 0; type && i < sizeof types / sizeof *types; i++)
        if (strncasecmp(type, types[i], strlen(types[i])) == 0)
            return true;
    return false;
}

bool http_gzip_suits(const struct http_answer *answer)
{
    if (!answer->body || answer->body_length < HTTP_GZIP_LEAST || answer->body_length > HTTP_GZIP_MOST ||
        answer->status == 206 || !type_packs(answer->content_type))
        return false;
    for (size_t i = 0; i < answer->header_count; i++)
        if (strcasecmp(answer->headers[i].name, "content-encoding") == 0)
            return false;
    return true;
}

/* "q=0", "q=0.0": refused in so many words. */
static bool is_refused(const char *parameters, size_t length)
{
    for (size_t i = 0; i + 2 < length; i++)
        if ((parameters[i] == 'q' || parameters[i] == 'Q') && parameters[i + 1] == '=') {
            const char *number = parameters + i + 2;
            size_t zeros = strspn(number, "0.");
            return zeros > 0 && (zeros >= length - i - 2 || !strchr("123456789", number[zeros]));
        }
    return false;
}

static bool names_gzip(const char *item, size_t length)
{
    return (length == 4 && strncasecmp(item, "gzip", 4) == 0) || (length == 1 && item[0] == '*');
}

bool http_gzip_accepted(const struct http_request *request)
{
    const char *at = http_find_header(request, "accept-encoding");
    while (at && *at) {
        at += strspn(at, " \t,");
        size_t item = strcspn(at, ",");
        size_t name = strcspn(at, ",; \t");
        if (names_gzip(at, name))
            return !is_refused(at + name, item - name);
        at += item;
    }
    return false;
}

static struct http_gzip *start(void)
{
    struct http_gzip *gzip = calloc(1, sizeof *gzip);
    if (gzip &&
        deflateInit2(&gzip->stream, GZIP_LEVEL, Z_DEFLATED, GZIP_WINDOW, GZIP_MEMORY, Z_DEFAULT_STRATEGY) != Z_OK) {
        free(gzip);
        return NULL;
    }
    return gzip;
}

bool http_gzip_pack(struct http_gzip **gzip, struct arena *arena, const char *bytes, size_t length,
                    const char **ret_bytes, size_t *ret_length)
{
    if (!*gzip)
        *gzip = start();
    /* Room for less than the original only: what does not shrink is sent as it is. */
    unsigned char *packed = *gzip ? arena_alloc(arena, length) : NULL;
    if (!packed)
        return false;
    z_stream *stream = &(*gzip)->stream;
    stream->next_in = (unsigned char *)(uintptr_t)bytes;
    stream->avail_in = (unsigned)length;
    stream->next_out = packed;
    stream->avail_out = (unsigned)length;
    int code = deflate(stream, Z_FINISH);
    size_t used = length - stream->avail_out;
    deflateReset(stream);
    if (code != Z_STREAM_END)
        return false;
    *ret_bytes = (const char *)packed;
    *ret_length = used;
    return true;
}

void http_gzip_free(struct http_gzip *gzip)
{
    if (gzip)
        deflateEnd(&gzip->stream);
    free(gzip);
}
