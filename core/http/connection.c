/* The life of a connection: opened, settled again and again, ended politely or aborted. */
#include "http/server.h"

#include "base/platform.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTION_MAGIC UINT32_C(0x68747063)

static void on_closed(uv_handle_t *handle)
{
    struct http_connection *connection = handle->data;
    struct http_lane *lane = connection->lane;
    assert(connection->magic == CONNECTION_MAGIC && !connection->dirty);
    connection->magic = 0;
    free(connection->held);
    free(connection);
    atomic_fetch_sub_explicit(&lane->open, 1, memory_order_relaxed);
    http_lane_handle_closed(lane);
}

static void unlink_connection(struct http_connection *connection)
{
    if (connection->next)
        connection->next->previous = connection->previous;
    if (connection->previous)
        connection->previous->next = connection->next;
    else
        connection->lane->connections = connection->next;
}

void http_connection_abort(struct http_connection *connection)
{
    if (connection->closing)
        return;
    connection->closing = true;
    http_connection_arrived(connection);
    connection->receiving = false;
    connection->incoming = connection->upgrading = NULL;
    struct http_exchange *exchange;
    while ((exchange = connection->first)) {
        connection->first = exchange->next;
        http_exchange_detach(exchange);
    }
    connection->last = NULL;
    unlink_connection(connection);
    uv_close(&connection->handle, on_closed);
}

/* --- reading --- */

static void on_allocate(uv_handle_t *handle, size_t suggested, uv_buf_t *buffer)
{
    struct http_connection *connection = handle->data;
    size_t room = HTTP_READ_SIZE;
    char *bytes = NULL;
    (void)suggested;
    if (connection->incoming && connection->held_length == 0)
        bytes = http_message_room(&connection->incoming->message, &room);
    if (!bytes) {
        bytes = connection->lane->read_buffer; /* one for all: what stays is moved away before the next read */
        room = HTTP_READ_SIZE;
    }
    *buffer = uv_buf_init(bytes, (unsigned)(room > INT32_MAX ? INT32_MAX : room));
}

/* Half-closed by the client: what was asked is still answered. */
static void end_of_input(struct http_connection *connection)
{
    connection->ended = true;
    connection->receiving = false;
    if (connection->lingering) {
        http_connection_abort(connection);
        return;
    }
    if (connection->incoming) { /* always the last of the queue; nobody waits for it */
        connection->incoming = NULL;
        connection->last->close = true;
        connection->last->state = HTTP_FINISHED;
        http_connection_dirty(connection);
    }
    http_connection_settle(connection);
}

static void on_read(uv_stream_t *stream, ssize_t count, const uv_buf_t *buffer)
{
    struct http_connection *connection = stream->data;
    if (count == UV_EOF) {
        end_of_input(connection);
    } else if (count < 0) {
        http_connection_abort(connection);
    } else if (connection->lingering) {
        connection->lingered += (size_t)count;
        if (connection->lingered > HTTP_LINGER_SIZE)
            http_connection_abort(connection);
    } else if (count > 0) {
        http_input_take(connection, buffer->base, (size_t)count);
        http_connection_settle(connection);
    }
}

static void set_reading(struct http_connection *connection, bool wanted)
{
    if (wanted == connection->reading || connection->closing)
        return;
    connection->reading = wanted;
    if (!wanted)
        uv_read_stop(&connection->stream);
    else if (uv_read_start(&connection->stream, on_allocate, on_read) < 0)
        http_connection_abort(connection);
}

/* --- ending --- */

static void on_shutdown(uv_shutdown_t *request, int status)
{
    (void)request;
    (void)status;
}

/* The last answer is out. Closing while bytes of the client are unread would reset the connection and
 * could destroy the answer on its way, so we say "no more", and read until the client closes too. */
static void say_farewell(struct http_connection *connection)
{
    if (connection->lingering)
        return;
    connection->lingering = true;
    http_connection_arrived(connection);
    connection->since_us = platform_monotonic_us();
    if (connection->ended || uv_shutdown(&connection->shutdown, &connection->stream, on_shutdown) < 0) {
        http_connection_abort(connection);
        return;
    }
    set_reading(connection, true);
}

static void await_request(struct http_connection *connection)
{
    connection->awaited = true;
    atomic_fetch_add_explicit(&connection->lane->in_flight, 1, memory_order_relaxed);
}

void http_connection_settle(struct http_connection *connection)
{
    if (connection->closing || connection->lingering)
        return;
    if (connection->first) {
        set_reading(connection, http_input_wanted(connection) && !connection->ended);
        return;
    }
    if (!connection->receiving) {
        say_farewell(connection);
        return;
    }
    if (connection->lane->draining)
        http_connection_drain(connection);
    set_reading(connection, !connection->ended);
}

void http_connection_arrived(struct http_connection *connection)
{
    if (!connection->awaited)
        return;
    connection->awaited = false;
    atomic_fetch_sub_explicit(&connection->lane->in_flight, 1, memory_order_relaxed);
}

/* Nothing idle is closed at once: its next request may be on its way, and would be lost. It is awaited for a moment, is
 * answered with "Connection: close", and ends; who stays silent is told that no answer will come (sweep.c). */
void http_connection_drain(struct http_connection *connection)
{
    if (connection->closing || connection->lingering || connection->awaited || !connection->receiving)
        return;
    if (connection->first && !connection->incoming && connection->held_length == 0)
        return; /* its answer ends it, or it is awaited when that is out */
    if (!connection->incoming && connection->held_length == 0)
        connection->since_us = platform_monotonic_us();
    await_request(connection);
}

void http_connection_dirty(struct http_connection *connection)
{
    if (connection->dirty || connection->closing)
        return;
    connection->dirty = true;
    connection->dirty_next = connection->lane->dirty;
    connection->lane->dirty = connection;
}

/* Refuses what is not even a request yet. Answers of earlier requests still go first. */
void http_connection_refuse(struct http_connection *connection, const struct http_refusal *refusal)
{
    struct http_exchange *exchange = connection->incoming;
    if (!exchange) {
        exchange = http_exchange_new(connection);
        if (!exchange) {
            http_connection_abort(connection);
            return;
        }
        exchange->message = (struct http_message){.request = &exchange->request};
        if (connection->scan.line.method)
            exchange->request.method = connection->scan.line.method;
    }
    connection->receiving = false;
    connection->incoming = NULL;
    http_answer_refusal(exchange, refusal);
}

/* --- opening --- */

static int open_handle(struct http_connection *connection, int fd, bool local)
{
    uv_loop_t *uv = connection->lane->uv;
    if (local) {
        uv_pipe_init(uv, &connection->pipe, 0);
        return uv_pipe_open(&connection->pipe, fd);
    }
    uv_tcp_init(uv, &connection->tcp);
    int code = uv_tcp_open(&connection->tcp, fd);
    if (code == 0)
        uv_tcp_nodelay(&connection->tcp, 1);
    return code;
}

void http_connection_open(struct http_lane *lane, int fd, const char *address, bool local)
{
    struct http_connection *connection = calloc(1, sizeof *connection);
    if (!connection) {
        platform->close(fd);
        return;
    }
    connection->magic = CONNECTION_MAGIC;
    connection->lane = lane;
    connection->receiving = true;
    connection->since_us = platform_monotonic_us();
    size_t length = strnlen(address, sizeof connection->address - 1);
    memcpy(connection->address, address, length);
    connection->next = lane->connections;
    if (lane->connections)
        lane->connections->previous = connection;
    lane->connections = connection;
    lane->handles++;
    atomic_fetch_add_explicit(&lane->open, 1, memory_order_relaxed);
    int code = open_handle(connection, fd, local);
    connection->handle.data = connection;
    if (code < 0) {
        platform->close(fd);
        http_connection_abort(connection);
        return;
    }
    set_reading(connection, true);
}
