/* Bytes in: what the reader finds in them is told, answered, or a fault. */
#include "ws/native.h"

#include "base/platform.h"
#include "c18n/abi.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

static void tell(struct ws_socket *socket, const struct ws_found *found)
{
    socket->lane->options.message(socket->user, found->opcode, found->bytes, found->length);
}

static void unpack(struct ws_socket *socket, struct ws_found *found)
{
    struct ws_lane *lane = socket->lane;
    struct ws_utf8 utf8 = {.left = 0};
    char *bytes;
    int code =
        ws_inflate(&lane->deflater, found->bytes, found->length, lane->options.max_message, &bytes, &found->length);
    if (code == C18N_TOO_LARGE) {
        ws_socket_fault(socket, WS_TOO_LARGE, "a message that is too large");
        return;
    }
    if (code != C18N_OK) {
        ws_socket_fault(socket, code == C18N_INVALID ? WS_MALFORMED : WS_FAILED, "a message that can't be unpacked");
        return;
    }
    found->bytes = bytes;
    if (found->opcode == WS_TEXT && !(ws_utf8_take(&utf8, bytes, found->length) && ws_utf8_is_whole(&utf8)))
        ws_socket_fault(socket, WS_MALFORMED, "text that is no UTF-8");
    else
        tell(socket, found);
    free(bytes);
}

static void on_message(struct ws_socket *socket, struct ws_found *found)
{
    if (socket->closing)
        return;
    if (found->packed)
        unpack(socket, found);
    else
        tell(socket, found);
}

/* Its code is sent back to it; when it answers ours, both have said all. */
static void on_close(struct ws_socket *socket, const struct ws_found *found)
{
    socket->leaving = true;
    ws_socket_close(socket, found->code ? found->code : WS_NO_CODE, NULL, 0, false);
    ws_output_dirty(socket);
}

static void on_control(struct ws_socket *socket, const struct ws_found *found)
{
    const struct ws_options *options = &socket->lane->options;
    if (found->opcode == WS_CLOSE) {
        on_close(socket, found);
        return;
    }
    if (socket->closing)
        return;
    if (found->opcode == WS_PING && !socket->coded)
        ws_output_control(socket, WS_PONG, found->bytes, found->length);
    if (options->control)
        options->control(socket->user);
}

static void hold(struct ws_socket *socket, const char *bytes, size_t length)
{
    socket->held = malloc(length);
    if (!socket->held) {
        ws_socket_fault(socket, WS_FAILED, "no memory");
        return;
    }
    memcpy(socket->held, bytes, length);
    socket->held_length = length;
}

/* The codec sees what the reader has passed: all but close frames, which are ours to answer. */
static void show_codec(struct ws_socket *socket, const char *bytes, size_t length, struct ws_found *found)
{
    const struct ws_codec *codec = socket->lane->codec;
    bool closes = found->kind == WS_FOUND_CONTROL && found->opcode == WS_CLOSE;
    if (socket->closing || closes || found->kind == WS_FOUND_FAULT || length == 0)
        return;
    codec->take(socket->coded, bytes, length, found);
    struct ws_message *answer = found->kind == WS_FOUND_CONTROL ? codec->fetch(socket->coded) : NULL;
    if (answer && ws_output_push(socket, answer) != C18N_OK)
        ws_message_unref(answer);
}

/* `looked`: the same bytes, for the reader to write into. */
static void take_as(struct ws_socket *socket, const char *bytes, char *looked, size_t length)
{
    size_t at = 0;
    while (!socket->leaving) {
        if (!ws_socket_listens(socket)) {
            if (at < length)
                hold(socket, bytes + at, length - at);
            return;
        }
        size_t from = at;
        struct ws_found found = ws_reader_next(&socket->reader, looked, length, &at);
        if (socket->coded)
            show_codec(socket, bytes + from, at - from, &found);
        if (found.kind == WS_NOTHING)
            return;
        if (found.kind == WS_FOUND_MESSAGE)
            on_message(socket, &found);
        else if (found.kind == WS_FOUND_CONTROL)
            on_control(socket, &found);
        else
            ws_socket_fault(socket, found.code, found.why);
    }
}

/* A codec needs the bytes as they came, and the reader unmasks them. */
static void take(struct ws_socket *socket, char *bytes, size_t length)
{
    char *copy = socket->coded ? malloc(length) : NULL;
    if (copy)
        memcpy(copy, bytes, length);
    if (copy || !socket->coded)
        take_as(socket, bytes, copy ? copy : bytes, length);
    else
        ws_socket_fault(socket, WS_FAILED, "no memory");
    free(copy);
}

void ws_input_resume(struct ws_socket *socket)
{
    char *held = socket->held;
    socket->held = NULL;
    take(socket, held, socket->held_length);
    free(held);
}

void ws_input_read(struct ws_socket *socket)
{
    char *buffer = socket->lane->buffer;
    ssize_t count = recv(socket->fd, buffer, NATIVE_READ_SIZE, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR))
        return;
    if (count <= 0) {
        ws_socket_lose(socket);
        return;
    }
    socket->seen_us = platform_monotonic_us();
    socket->pinged = false;
    if (!socket->departed) {
        take(socket, buffer, (size_t)count);
        ws_socket_watch(socket);
    }
}
