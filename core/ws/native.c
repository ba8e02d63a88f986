/* Our own engine: lanes, opening, and what its table offers. */
#include "ws/native.h"

#include "base/platform.h"
#include "c18n/abi.h"
#include "ws/offers.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SOCKET_MAGIC UINT32_C(0x77736f63)

/* --- lanes --- */

static void on_prepare(uv_prepare_t *prepare)
{
    ws_output_flush(prepare->data);
}

static int make_lane(struct loop *loop, const struct ws_options *options, const struct ws_codec *codec,
                     struct ws_lane **ret_lane)
{
    struct ws_lane *lane = calloc(1, sizeof *lane);
    if (!lane)
        return C18N_NO_MEMORY;
    int code = codec ? codec->lane_new(&lane->coded) : C18N_OK;
    if (code != C18N_OK) {
        free(lane);
        return code;
    }
    lane->codec = codec;
    lane->options = *options;
    lane->loop = loop;
    lane->uv = loop_uv(loop);
    uv_prepare_init(lane->uv, &lane->prepare);
    uv_timer_init(lane->uv, &lane->sweep);
    lane->prepare.data = lane->sweep.data = lane;
    lane->handles = 2;
    uv_prepare_start(&lane->prepare, on_prepare);
    ws_sweep_begin(lane);
    *ret_lane = lane;
    return C18N_OK;
}

void ws_lane_handle_closed(struct ws_lane *lane)
{
    if (--lane->handles > 0 || !lane->closing)
        return;
    void (*freed)(void *) = lane->freed;
    void *arg = lane->freed_arg;
    ws_batches_clear(&lane->batches);
    ws_deflater_free(lane->deflater);
    if (lane->codec)
        lane->codec->lane_free(lane->coded);
    free(lane->dirty);
    free(lane->spare_dirty);
    free(lane);
    if (freed)
        freed(arg);
}

static void on_closed(uv_handle_t *handle)
{
    ws_lane_handle_closed(handle->data);
}

static void lane_close(struct ws_lane *lane, void (*freed)(void *arg), void *arg)
{
    assert(!lane->closing);
    lane->closing = true;
    lane->freed = freed;
    lane->freed_arg = arg;
    while (lane->sockets)
        ws_socket_destroy(lane->sockets);
    uv_close((uv_handle_t *)&lane->prepare, on_closed);
    uv_close((uv_handle_t *)&lane->sweep, on_closed);
}

/* Room for all sockets in both lists, so that no sending can fail for it. */
static bool reserve_dirty(struct ws_lane *lane)
{
    if (lane->socket_count < lane->dirty_room)
        return true;
    uint32_t room = lane->dirty_room ? lane->dirty_room * 2 : 64;
    struct ws_socket **dirty = realloc(lane->dirty, room * sizeof *dirty);
    if (dirty)
        lane->dirty = dirty;
    struct ws_socket **spare = dirty ? realloc(lane->spare_dirty, room * sizeof *spare) : NULL;
    if (!spare)
        return false;
    lane->spare_dirty = spare;
    lane->dirty_room = room;
    return true;
}

/* --- opening --- */

static struct ws_message *make_answer(const struct ws_opening *opening)
{
    char head[512];
    int length = snprintf(head, sizeof head,
                          "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: %s\r\n%s%s%s%s\r\n",
                          opening->accept, opening->protocol ? "Sec-WebSocket-Protocol: " : "",
                          opening->protocol ? opening->protocol : "", opening->protocol ? "\r\n" : "",
                          opening->deflate ? "Sec-WebSocket-Extensions: " WS_DEFLATE_ANSWER "\r\n" : "");
    assert(length > 0 && (size_t)length < sizeof head); /* names of protocols are ours */
    struct ws_message *answer = ws_message_make((size_t)length);
    if (answer)
        memcpy(answer->payload, head, (size_t)length);
    return answer;
}

static struct ws_socket *make_socket(struct ws_lane *lane, const struct ws_opening *opening)
{
    struct ws_socket *socket = calloc(1, sizeof *socket);
    if (!socket)
        return NULL;
    socket->magic = SOCKET_MAGIC;
    socket->fd = opening->fd;
    socket->lane = lane;
    socket->user = opening->user;
    socket->ring = socket->own;
    socket->room = NATIVE_INLINE;
    socket->lines = opening->lines;
    socket->deflate = opening->deflate;
    socket->seen_us = platform_monotonic_us();
    ws_reader_init(&socket->reader, lane->options.max_message, opening->deflate);
    socket->reader.judges = lane->codec && !opening->deflate;
    if (opening->early_length > 0) {
        socket->held = malloc(opening->early_length);
        if (!socket->held) {
            free(socket);
            return NULL;
        }
        memcpy(socket->held, opening->early, opening->early_length);
        socket->held_length = opening->early_length;
    }
    return socket;
}

static void link_socket(struct ws_lane *lane, struct ws_socket *socket)
{
    socket->next = lane->sockets;
    if (lane->sockets)
        lane->sockets->previous = socket;
    lane->sockets = socket;
    lane->socket_count++;
    lane->handles++;
    socket->poll.data = socket;
}

static int prepare(struct ws_lane *lane, const struct ws_opening *opening, struct ws_socket *socket)
{
    int code = socket->reader.judges ? lane->codec->open(lane->coded, &socket->coded) : C18N_OK;
    if (code == C18N_OK && uv_poll_init(lane->uv, &socket->poll, opening->fd) < 0)
        code = C18N_IO;
    return code;
}

static int begin(struct ws_lane *lane, const struct ws_opening *opening, struct ws_message *answer,
                 struct ws_socket **ret_socket)
{
    struct ws_socket *socket = reserve_dirty(lane) ? make_socket(lane, opening) : NULL;
    int code = socket ? prepare(lane, opening, socket) : C18N_NO_MEMORY;
    if (code != C18N_OK) {
        if (socket && socket->coded)
            lane->codec->close(socket->coded);
        free(socket ? socket->held : NULL);
        free(socket);
        return code;
    }
    link_socket(lane, socket);
    code = ws_output_push(socket, ws_message_ref(answer)); /* to an empty ring, which has room */
    assert(code == C18N_OK);
    ws_socket_watch(socket);
    *ret_socket = socket;
    return C18N_OK;
}

static int open_socket(struct ws_lane *lane, const struct ws_opening *opening, struct ws_socket **ret_socket)
{
    struct ws_message *answer = lane->closing ? NULL : make_answer(opening);
    int code = answer ? begin(lane, opening, answer, ret_socket) : C18N_NO_MEMORY;
    ws_message_unref(answer);
    if (code != C18N_OK)
        platform->close(opening->fd);
    return code;
}

/* --- what is asked of a socket --- */

static int send_message(struct ws_socket *socket, struct ws_message *message)
{
    assert(socket->magic == SOCKET_MAGIC);
    if (socket->closing)
        return C18N_GONE;
    if (socket->queued + ws_message_size(message) > socket->lane->options.max_queue)
        return C18N_LIMITED;
    int code = ws_output_push(socket, ws_message_ref(message));
    if (code != C18N_OK)
        ws_message_unref(message);
    return code;
}

static size_t queued(const struct ws_socket *socket)
{
    return socket->queued;
}

static void tell_drained(struct ws_socket *socket)
{
    assert(socket->magic == SOCKET_MAGIC);
    socket->tell_drained = true;
    ws_output_dirty(socket);
}

static void pause_reading(struct ws_socket *socket, bool paused)
{
    assert(socket->magic == SOCKET_MAGIC);
    if (socket->departed || socket->paused == paused)
        return;
    socket->paused = paused;
    ws_output_dirty(socket);
    ws_socket_watch(socket);
}

static void close_socket(struct ws_socket *socket, int code, const char *reason, bool now)
{
    assert(socket->magic == SOCKET_MAGIC);
    ws_socket_close(socket, code, reason, reason ? strlen(reason) : 0, now);
}

static int native_lane_new(struct loop *loop, const struct ws_options *options, struct ws_lane **ret_lane)
{
    return make_lane(loop, options, NULL, ret_lane);
}

const struct ws_engine ws_native = {
    .name = "native",
    .lane_new = native_lane_new,
    .lane_close = lane_close,
    .open = open_socket,
    .send = send_message,
    .queued = queued,
    .tell_drained = tell_drained,
    .pause = pause_reading,
    .close = close_socket,
};

#ifdef C18N_LIBWEBSOCKETS
static int library_lane_new(struct loop *loop, const struct ws_options *options, struct ws_lane **ret_lane)
{
    return make_lane(loop, options, &ws_codec_libwebsockets, ret_lane);
}

const struct ws_engine ws_libwebsockets = {
    .name = "libwebsockets",
    .lane_new = library_lane_new,
    .lane_close = lane_close,
    .open = open_socket,
    .send = send_message,
    .queued = queued,
    .tell_drained = tell_drained,
    .pause = pause_reading,
    .close = close_socket,
};
#endif
