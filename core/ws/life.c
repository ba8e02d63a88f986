/* How a socket ends. */
#include "ws/native.h"

#include "base/platform.h"
#include "c18n/abi.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

bool ws_socket_listens(const struct ws_socket *socket)
{
    return socket->closing || (!socket->paused && socket->queued < socket->lane->options.max_queue);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct ws_socket *socket = poll->data;
    if (status < 0) {
        ws_socket_lose(socket);
        return;
    }
    if (events & UV_WRITABLE) {
        socket->blocked = false;
        ws_output_dirty(socket);
    }
    if (events & UV_READABLE)
        ws_input_read(socket);
}

void ws_socket_watch(struct ws_socket *socket)
{
    bool wants_bytes = !socket->held && ws_socket_listens(socket);
    int wanted = (wants_bytes ? UV_READABLE : 0) | (socket->blocked ? UV_WRITABLE : 0);
    if (wanted == socket->watched)
        return;
    if (wanted & ~socket->watched & UV_READABLE)
        socket->seen_us = platform_monotonic_us(); /* time in which nobody read does not count */
    socket->watched = wanted;
    if (wanted)
        uv_poll_start(&socket->poll, wanted, on_poll);
    else
        uv_poll_stop(&socket->poll);
}

/* --- closing --- */

static void push_close(struct ws_socket *socket, int code, const char *reason, size_t length)
{
    char payload[WS_MAX_CONTROL] = {(char)(code >> 8), (char)(code & 255)};
    if (length > sizeof payload - 2)
        length = sizeof payload - 2;
    if (length)
        memcpy(payload + 2, reason, length);
    ws_output_control(socket, WS_CLOSE, payload, code == WS_NO_CODE ? 0 : 2 + length);
}

/* Who is closing already can still be closed at once. Then there may be no second close frame: what has begun to leave
 * may end in the first. */
void ws_socket_close(struct ws_socket *socket, int code, const char *reason, size_t length, bool now)
{
    if (socket->departed || (socket->closing && !now))
        return;
    bool said = socket->closing && (socket->count == 0 || socket->sent > 0);
    if (now) {
        ws_output_drop(socket, false);
        socket->deadline_us = platform_monotonic_us() + socket->lane->options.close_ms * 1000;
    }
    if (!said) {
        push_close(socket, code, reason, length);
        socket->code = (uint16_t)code;
    }
    socket->closing = true;
    ws_output_dirty(socket);
}

/* What it sends means nothing any more, so neither is its close frame waited for. */
void ws_socket_fault(struct ws_socket *socket, int code, const char *why)
{
    socket->leaving = true;
    ws_socket_close(socket, code, why, strlen(why), false);
    ws_output_dirty(socket);
}

static void release(struct ws_socket *socket)
{
    ws_output_drop(socket, true);
    ws_reader_free(&socket->reader);
    if (socket->coded)
        socket->lane->codec->close(socket->coded);
    socket->coded = NULL;
    free(socket->held);
    socket->held = NULL;
}

void ws_socket_depart(struct ws_socket *socket)
{
    const struct ws_options *options = &socket->lane->options;
    socket->departed = true;
    socket->blocked = false;
    socket->deadline_us = platform_monotonic_us() + options->close_ms * 1000;
    release(socket);
    shutdown(socket->fd, SHUT_WR);
    ws_socket_watch(socket);
    options->closed(socket->user, socket->code);
}

/* --- gone --- */

static void on_closed(uv_handle_t *handle)
{
    struct ws_socket *socket = handle->data;
    struct ws_lane *lane = socket->lane;
    socket->magic = 0;
    free(socket);
    ws_lane_handle_closed(lane);
}

static void unlink_socket(struct ws_socket *socket)
{
    struct ws_lane *lane = socket->lane;
    if (socket->next)
        socket->next->previous = socket->previous;
    if (socket->previous)
        socket->previous->next = socket->next;
    else
        lane->sockets = socket->next;
    lane->socket_count--;
    if (socket->dirty)
        lane->dirty[socket->dirty_at] = NULL;
}

void ws_socket_destroy(struct ws_socket *socket)
{
    unlink_socket(socket);
    release(socket);
    uv_close((uv_handle_t *)&socket->poll, on_closed);
    platform->close(socket->fd);
    socket->fd = -1;
}

void ws_socket_lose(struct ws_socket *socket)
{
    if (!socket->departed) {
        int code = socket->closing ? socket->code : WS_GONE;
        socket->departed = socket->closing = true; /* it may still be asked to close */
        socket->lane->options.closed(socket->user, code);
    }
    ws_socket_destroy(socket);
}
