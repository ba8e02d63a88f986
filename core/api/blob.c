/* blob.c: c18n/blobs.h: whose a blob is, and what a request for one gets. */
#include "api/blob.h"

#include "api/disposition.h"
#include "api/etag.h"
#include "api/problem.h"
#include "api/range.h"
#include "api/reply.h"
#include "base/log.h"
#include "c18n/blobs.h"

#include <inttypes.h>
#include <string.h>

enum { ID_MOST = 64, HEX_SIZE = 2 * 32 + 1 };

/* Each module has its own: nobody meets another's by chance. "": it is no id. */
static const char *storage_id(struct request *request, const char *blob)
{
    size_t length = blob ? strnlen(blob, ID_MOST + 1) : 0;
    if (length == 0 || length > ID_MOST || !request->head.self)
        return "";
    return arena_print(request->arena, "%s/%s", request->head.self->id, blob);
}

static int write(c18n_request *rq, const char *blob, uint64_t offset, c18n_bytes piece)
{
    const char *id = storage_id(request_of(rq), blob);
    return id ? data_blob_write(request_of(rq), id, offset, piece) : C18N_NO_MEMORY;
}

static int finish(c18n_request *rq, const char *blob, uint64_t size, const uint8_t sha256[32])
{
    const char *id = storage_id(request_of(rq), blob);
    return id ? data_blob_finish(request_of(rq), id, size, sha256) : C18N_NO_MEMORY;
}

static int remove_one(c18n_request *rq, const char *blob)
{
    const char *id = storage_id(request_of(rq), blob);
    return id ? data_blob_remove(request_of(rq), id) : C18N_NO_MEMORY;
}

static int size_of(c18n_request *rq, const char *blob, uint64_t *ret_size, uint8_t ret_sha256[32])
{
    const char *id = storage_id(request_of(rq), blob);
    return id ? data_blob_size(request_of(rq), id, ret_size, ret_sha256) : C18N_NO_MEMORY;
}

/* --- answering --- */

static bool may_answer(const struct request *request)
{
    return request->http && request->route && request->route->declared.flags & C18N_ROUTE_BLOB;
}

/* Who reads it goes on record, also by a 304 or a part. */
static void note_access(struct request *request, const char *blob)
{
    if (request->caller.user[0] != '\0' && strcmp(request->http->method, "GET") == 0)
        data_note_read(request, request->head.self->id, blob);
}

static int add_headers(struct request *request, const c18n_blob_reply *declared)
{
    const char *disposition = disposition_make(request->arena, declared->attachment, declared->name);
    int code = disposition ? reply_header(request, "Content-Disposition", disposition) : C18N_NO_MEMORY;
    if (code == C18N_OK)
        code = reply_header(request, "Accept-Ranges", "bytes");
    if (code == C18N_OK) /* whatever it is, where it is opened it runs nothing */
        code = reply_header(request, "Content-Security-Policy", "sandbox");
    if (code != C18N_OK || declared->cache_seconds <= 0)
        return code;
    const char *cache = arena_print(request->arena, "private, max-age=%" PRId64, declared->cache_seconds);
    return cache ? reply_header(request, "Cache-Control", cache) : C18N_NO_MEMORY;
}

static int add_content_range(struct request *request, const char *range)
{
    return range ? reply_header(request, "Content-Range", range) : C18N_NO_MEMORY;
}

static int reply_beyond(struct request *request, uint64_t size)
{
    problem_reply(request, 416, NULL, "The file has no byte of that range.");
    int code = reply_header(request, "Accept-Ranges", "bytes");
    return code == C18N_OK ? add_content_range(request, arena_print(request->arena, "bytes */%" PRIu64, size)) : code;
}

struct found {
    const char *id, *etag; /* id: the storage's */
    uint64_t size, from, until;
    uint8_t sha256[32];
};

static int find(struct request *request, const char *blob, struct found *ret_found)
{
    char hex[HEX_SIZE];
    struct found found = {.id = storage_id(request, blob)};
    int code = found.id ? data_blob_size(request, found.id, &found.size, found.sha256) : C18N_NO_MEMORY;
    if (code != C18N_OK)
        return code;
    sodium_bin2hex(hex, sizeof hex, found.sha256, sizeof found.sha256);
    found.etag = arena_print(request->arena, "\"%s\"", hex);
    found.until = found.size;
    *ret_found = found;
    return found.etag ? C18N_OK : C18N_NO_MEMORY;
}

/* The part that Range asks for, if the client's copy is of the same file. */
static enum range_kind judge_range(const struct request *request, struct found *found)
{
    const char *same = http_find_header(request->http, "if-range");
    bool asked = strcmp(request->http->method, "GET") == 0 && (!same || strcmp(same, found->etag) == 0);
    const char *range = asked ? http_find_header(request->http, "range") : NULL;
    return range_of(range, found->size, &found->from, &found->until);
}

/* With its first piece: a small blob is found damaged while that can still be said. */
static int reply_bytes(struct request *request, const struct found *found)
{
    uint64_t length = found->until - found->from;
    struct blob_stream *stream = arena_alloc(request->arena, sizeof *stream);
    if (!stream)
        return C18N_NO_MEMORY;
    *stream =
        (struct blob_stream){.id = found->id, .at = found->from, .end = found->until, .whole = length == found->size};
    memcpy(stream->sha256, found->sha256, sizeof stream->sha256);
    crypto_hash_sha256_init(&stream->state);
    stream->piece = arena_alloc(request->arena, length < DATA_BLOB_PIECE ? (size_t)length + 1 : DATA_BLOB_PIECE);
    if (!stream->piece)
        return C18N_NO_MEMORY;
    bool reads = strcmp(request->http->method, "HEAD") != 0 && length > 0;
    int code = reads ? blob_read(request, stream) : C18N_OK;
    request->reply.send = code == C18N_OK ? blob_send : NULL;
    request->reply.sending = stream;
    return code;
}

static int reply_part(struct request *request, struct found *found)
{
    enum range_kind kind = judge_range(request, found);
    if (kind == RANGE_BEYOND)
        return reply_beyond(request, found->size);
    if (kind == RANGE_NONE)
        return reply_bytes(request, found);
    request->reply.status = 206;
    int code = add_content_range(request, arena_print(request->arena, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64,
                                                      found->from, found->until - 1, found->size));
    return code == C18N_OK ? reply_bytes(request, found) : code;
}

static int reply_blob(c18n_request *rq, const c18n_blob_reply *declared)
{
    struct found found;
    struct request *request = request_of(rq);
    if (!may_answer(request)) {
        log_line(C18N_LOG_ERROR, request->head.self ? request->head.self->id : "api",
                 "c18n_reply_blob: only a route with C18N_ROUTE_BLOB answers blobs");
        return C18N_INVALID;
    }
    int code = find(request, declared->blob, &found);
    if (code == C18N_OK)
        code = etag_must_match(request, found.etag);
    if (code != C18N_OK)
        return code;
    reply_body(request, 200, NULL, 0);
    request->reply.content_type = declared->content_type;
    code = etag_reply(request, found.etag);
    if (code == C18N_OK)
        code = add_headers(request, declared);
    if (code == C18N_OK && request->reply.status != 304)
        code = reply_part(request, &found);
    if (code == C18N_OK)
        note_access(request, declared->blob);
    return code;
}

const c18n_blobs_family blobs_family = {
    .family = {sizeof blobs_family, C18N_ABI_MINOR},
    .write = write,
    .finish = finish,
    .remove = remove_one,
    .size = size_of,
    .reply = reply_blob,
};
