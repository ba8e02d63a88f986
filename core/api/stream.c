/* stream.c: pieces go over to the loop one by one. The pool thread waits for each, so a slow client slows
 * the handler down and no queue grows. It waits only for the loop and the socket's own time-out, which
 * always ends: a client that is gone is a piece that is "sent" with gone = true. */
#include "api/stream.h"

#include "api/answer.h"

enum { PIECE_MAX = 64 << 10 }; /* what http_stream_write copies at once */

struct piece {
    struct task task; /* must stay first */
    struct call *call;
    const void *bytes; /* NULL: begin */
    size_t count;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    bool done, gone;
};

static void finish_piece(void *arg, bool gone)
{
    struct piece *piece = arg;
    pthread_mutex_lock(&piece->lock);
    piece->done = true;
    piece->gone = gone;
    pthread_cond_signal(&piece->changed); /* under the lock: the waiter's stack holds the piece */
    pthread_mutex_unlock(&piece->lock);
}

static void send_piece(struct task *task, void *context)
{
    (void)context;
    struct piece *piece = (struct piece *)(void *)task;
    struct http_request *http = piece->call->request.http;
    if (piece->bytes) {
        http_stream_write(http, piece->bytes, piece->count, finish_piece, piece);
        return;
    }
    struct http_answer answer;
    answer_fill(piece->call, &answer);
    answer.content_type = piece->call->request.reply.content_type;
    http_stream_begin(http, &answer);
    finish_piece(piece, false);
}

/* Gives the piece to the loop and waits until it is out. */
static int hand_over(struct call *call, const void *bytes, size_t count)
{
    struct piece piece = {.task = {.run = send_piece}, .call = call, .bytes = bytes, .count = count};
    pthread_mutex_init(&piece.lock, NULL);
    pthread_cond_init(&piece.changed, NULL);
    loop_post(call->request.http->loop, &piece.task);
    pthread_mutex_lock(&piece.lock);
    while (!piece.done)
        pthread_cond_wait(&piece.changed, &piece.lock);
    bool gone = piece.gone;
    pthread_mutex_unlock(&piece.lock);
    pthread_cond_destroy(&piece.changed);
    pthread_mutex_destroy(&piece.lock);
    return gone ? C18N_GONE : C18N_OK;
}

static bool may_stream(const struct request *request)
{
    return request->http && request->route && request->route->declared.flags & C18N_ROUTE_STREAM && !loop_here();
}

int stream_begin(c18n_request *rq, const char *content_type)
{
    struct request *request = request_of(rq);
    if (!may_stream(request) || request->reply.streaming)
        return C18N_INVALID;
    request->reply.status = 200;
    request->reply.content_type = content_type;
    request->reply.streaming = true;
    return hand_over(call_of(request), NULL, 0);
}

int stream_write(c18n_request *rq, const void *bytes, size_t count)
{
    struct request *request = request_of(rq);
    int code = request->reply.streaming ? C18N_OK : C18N_INVALID;
    for (size_t at = 0; at < count && code == C18N_OK; at += PIECE_MAX)
        code = hand_over(call_of(request), (const char *)bytes + at, count - at < PIECE_MAX ? count - at : PIECE_MAX);
    return code;
}
