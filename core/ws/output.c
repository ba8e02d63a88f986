/* Messages out: rings, and what leaves of them right before the loop waits. */
#include "ws/native.h"

#include "base/platform.h"
#include "c18n/abi.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

/* --- the ring --- */

static uint32_t place(const struct ws_socket *socket, uint32_t number)
{
    uint32_t at = socket->first + number;
    return at >= socket->room ? at - socket->room : at;
}

static bool grow(struct ws_socket *socket)
{
    uint32_t room = socket->room * 2;
    if (room > NATIVE_MAX_RING)
        return false;
    struct ws_message **ring = malloc(room * sizeof *ring);
    if (!ring)
        return false;
    for (uint32_t i = 0; i < socket->count; i++)
        ring[i] = socket->ring[place(socket, i)];
    if (socket->ring != socket->own)
        free(socket->ring);
    socket->ring = ring;
    socket->room = room;
    socket->first = 0;
    return true;
}

int ws_output_push(struct ws_socket *socket, struct ws_message *message)
{
    if (socket->count == socket->room && !grow(socket))
        return C18N_NO_MEMORY;
    socket->ring[place(socket, socket->count++)] = message;
    socket->queued += ws_message_size(message);
    if (!socket->blocked)
        ws_output_dirty(socket);
    return C18N_OK;
}

static void pop(struct ws_socket *socket)
{
    struct ws_message *message = socket->ring[socket->first];
    socket->first = place(socket, 1);
    socket->count--;
    socket->queued -= ws_message_size(message);
    socket->sent = 0;
    ws_message_unref(message);
}

/* An idle socket keeps no ring. */
static void release_ring(struct ws_socket *socket)
{
    socket->first = 0;
    if (socket->ring == socket->own)
        return;
    free(socket->ring);
    socket->ring = socket->own;
    socket->room = NATIVE_INLINE;
}

void ws_output_drop(struct ws_socket *socket, bool all)
{
    uint32_t kept = !all && socket->sent > 0 ? 1 : 0;
    while (socket->count > kept) {
        struct ws_message *last = socket->ring[place(socket, --socket->count)];
        socket->queued -= ws_message_size(last);
        ws_message_unref(last);
    }
    if (socket->count == 0) {
        socket->sent = 0;
        release_ring(socket);
    }
}

void ws_output_dirty(struct ws_socket *socket)
{
    struct ws_lane *lane = socket->lane;
    if (socket->dirty)
        return;
    assert(lane->dirty_count < lane->dirty_room);
    socket->dirty = true;
    socket->dirty_at = lane->dirty_count;
    lane->dirty[lane->dirty_count++] = socket;
}

/* No memory for a pong: the client will ask again, or find us gone. */
void ws_output_control(struct ws_socket *socket, int opcode, const char *payload, size_t length)
{
    struct ws_message *message = ws_message_new(opcode, payload, length);
    if (message && ws_output_push(socket, message) != C18N_OK)
        ws_message_unref(message);
}

/* --- writing --- */

static bool is_data(const struct ws_message *message)
{
    return message->opcode == WS_TEXT || message->opcode == WS_BINARY;
}

static bool leaves_alone(const struct ws_socket *socket, const struct ws_message *message)
{
    return (socket->lines && message->opcode != WS_TEXT) || (socket->coded && !is_data(message));
}

/* How many of the first messages can leave as one piece. */
static uint32_t gather(const struct ws_socket *socket, struct ws_message **parts)
{
    size_t size = 0;
    uint32_t count = 0;
    while (count < socket->count && count < WS_BATCH_MOST) {
        struct ws_message *message = socket->ring[place(socket, count)];
        size += ws_message_size(message);
        if (count > 0 && (size > WS_BATCH_SIZE || leaves_alone(socket, message)))
            break;
        parts[count++] = message;
        if (leaves_alone(socket, message))
            break;
    }
    return count;
}

/* Frames of the codec's making. NULL: it, or memory, has failed. */
static struct ws_message *have_framed(struct ws_socket *socket, struct ws_message *const *parts, uint32_t count)
{
    const struct ws_codec *codec = socket->lane->codec;
    for (uint32_t i = 0; i < count; i++)
        if (codec->frame(socket->coded, parts[i]) != C18N_OK)
            return NULL;
    return codec->fetch(socket->coded);
}

/* What leaves next, as a reference, and the number of messages that it stands for. */
static struct ws_message *choose(struct ws_socket *socket, uint32_t *ret_count)
{
    struct ws_lane *lane = socket->lane;
    struct ws_deflater **deflater = socket->deflate ? &lane->deflater : NULL;
    struct ws_message *parts[WS_BATCH_MOST], *chosen = socket->ring[socket->first];
    *ret_count = 1;
    if (socket->sent > 0 || (socket->coded && !is_data(chosen))) /* it leaves as it is */
        return ws_message_ref(chosen);
    uint32_t count = gather(socket, parts);
    bool joins = count > 1 && (socket->lines || !socket->coded);
    struct ws_message *batch = joins ? ws_batch_of(&lane->batches, parts, count, socket->lines, deflater) : NULL;
    if (batch)
        chosen = batch;
    if (batch || socket->coded)
        *ret_count = count;
    if (socket->coded)
        return have_framed(socket, batch ? &batch : parts, batch ? 1 : count);
    return ws_message_ref(deflater ? ws_deflate_message(deflater, chosen) : chosen);
}

/* A part of it is out, or it was made for this socket: it takes the place of what it stands for. */
static void replace(struct ws_socket *socket, uint32_t count, struct ws_message *chosen)
{
    ws_message_ref(chosen);
    while (count-- > 1)
        pop(socket);
    struct ws_message **first = &socket->ring[socket->first];
    socket->queued -= ws_message_size(*first);
    ws_message_unref(*first);
    *first = chosen;
    socket->queued += ws_message_size(chosen);
}

static void block(struct ws_socket *socket)
{
    socket->blocked = true;
    socket->write_us = platform_monotonic_us();
}

/* One system call. False: the connection is lost. */
static bool write_some(struct ws_socket *socket)
{
    uint32_t count;
    size_t size;
    struct ws_message *chosen = choose(socket, &count);
    if (!chosen)
        return false;
    const char *bytes = ws_message_bytes(chosen, &size) + socket->sent;
    ssize_t sent = send(socket->fd, bytes, size - socket->sent, MSG_NOSIGNAL);
    bool lost = sent < 0 && errno != EAGAIN && errno != EINTR && errno != ENOBUFS;
    if (sent >= 0 && (size_t)sent == size - socket->sent) {
        while (count-- > 0)
            pop(socket);
    } else if (!lost) {
        if (socket->sent == 0 && (sent > 0 || socket->coded))
            replace(socket, count, chosen);
        socket->sent += sent > 0 ? (size_t)sent : 0;
        block(socket);
    }
    ws_message_unref(chosen);
    return !lost;
}

static void on_empty(struct ws_socket *socket)
{
    release_ring(socket);
    if (socket->leaving) {
        ws_socket_depart(socket);
    } else if (socket->closing) {
        if (socket->deadline_us == 0)
            socket->deadline_us = platform_monotonic_us() + socket->lane->options.close_ms * 1000;
    } else if (socket->tell_drained) {
        socket->tell_drained = false;
        socket->lane->options.drained(socket->user);
    }
}

static void flush(struct ws_socket *socket)
{
    if (socket->held && ws_socket_listens(socket))
        ws_input_resume(socket);
    while (socket->count > 0 && !socket->blocked)
        if (!write_some(socket)) {
            ws_socket_lose(socket);
            return;
        }
    if (socket->count == 0 && !socket->departed)
        on_empty(socket);
    if (socket->held && ws_socket_listens(socket)) /* there is room again */
        ws_output_dirty(socket);
    ws_socket_watch(socket);
}

/* What is told here may send again, so there are two lists, and more than one round. */
void ws_output_flush(struct ws_lane *lane)
{
    while (lane->dirty_count > 0) {
        struct ws_socket **dirty = lane->dirty;
        uint32_t count = lane->dirty_count;
        lane->dirty = lane->spare_dirty;
        lane->spare_dirty = dirty;
        lane->dirty_count = 0;
        for (uint32_t i = 0; i < count; i++) {
            struct ws_socket *socket = dirty[i];
            if (!socket)
                continue;
            socket->dirty = false;
            flush(socket);
        }
    }
    ws_batches_clear(&lane->batches);
}
