/* blob_send.c: a blob on its way out: pool, loop, client, pool, … */
#include "api/blob.h"

#include "api/answer.h"
#include "api/dispatch.h"
#include "base/log.h"

#include <string.h>

static int judge_whole(const struct request *request, struct blob_stream *stream)
{
    uint8_t sha256[32];
    crypto_hash_sha256_final(&stream->state, sha256);
    if (sodium_memcmp(sha256, stream->sha256, sizeof sha256) == 0)
        return C18N_OK;
    log_line(C18N_LOG_ERROR, "data",
             "the blob %s is damaged: its bytes have another hash than when it was stored (request %s)", stream->id,
             request->request_id);
    return C18N_CORRUPT;
}

int blob_read(struct request *request, struct blob_stream *stream)
{
    uint64_t next = (stream->at / DATA_BLOB_PIECE + 1) * DATA_BLOB_PIECE; /* storages keep pieces of this size */
    uint64_t until = next < stream->end ? next : stream->end;
    stream->length = (size_t)(until - stream->at);
    int code = data_blob_read(request, stream->id, stream->at, stream->length, stream->piece);
    if (code != C18N_OK)
        return code;
    stream->at = until;
    if (stream->whole)
        crypto_hash_sha256_update(&stream->state, (const unsigned char *)stream->piece, stream->length);
    return stream->whole && until == stream->end ? judge_whole(request, stream) : C18N_OK;
}

static bool at_pool_read(struct call *call, struct data_reader *reader)
{
    struct request *request = &call->request;
    call->code = data_read_begin(reader, request);
    if (call->code != C18N_OK)
        return true;
    call->code = blob_read(request, request->reply.sending);
    data_read_end(reader, request);
    return true;
}

static void send_piece(struct call *call);

static void piece_sent(void *arg, bool gone)
{
    struct call *call = arg;
    assert(call->magic == CALL_MAGIC);
    if (gone)
        dispatch_finish(call, C18N_GONE);
    else
        dispatch_hop(call, call->api->server->reads, at_pool_read, send_piece);
}

/* A failure ends it short of the size that was told, so nobody takes it for whole. The call may be over when
 * http_stream_lend returns. */
static void send_piece(struct call *call)
{
    struct http_request *http = call->request.http;
    struct blob_stream *stream = call->request.reply.sending;
    if (call->code != C18N_OK) {
        dispatch_finish(call, call->code);
    } else if (stream->at < stream->end) {
        http_stream_lend(http, stream->piece, stream->length, piece_sent, call);
    } else {
        if (stream->length > 0)
            http_stream_lend(http, stream->piece, stream->length, NULL, NULL);
        dispatch_finish(call, C18N_OK);
    }
}

void blob_send(struct request *request)
{
    struct call *call = call_of(request);
    struct request_reply *reply = &request->reply;
    struct blob_stream *stream = reply->sending;
    struct http_request *http = request->http;
    struct http_answer answer;
    answer_fill(call, &answer);
    answer.content_type = reply->content_type;
    answer.sized = true;
    answer.body_length = stream->end - stream->at + stream->length;
    reply->streaming = true;
    http_stream_begin(http, &answer);
    if (strcmp(http->method, "HEAD") == 0)
        dispatch_finish(call, C18N_OK);
    else
        send_piece(call);
}
