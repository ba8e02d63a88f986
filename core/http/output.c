/* Answers out, in the order of their requests, as many as are ready in one write. */
#include "http/server.h"

#include "base/platform.h"

#include <stdlib.h>

static void tell(struct http_piece *piece, bool gone)
{
    void (*sent)(void *, bool) = piece->sent;
    void *arg = piece->arg;
    if (piece->owned)
        free(piece);
    if (sent)
        sent(arg, gone);
}

void http_output_tell_gone(struct http_lane *lane)
{
    struct http_piece *piece;
    while ((piece = lane->gone)) {
        lane->gone = piece->next;
        tell(piece, true);
    }
}

/* Everything that may go now: up to the first request whose answer is not complete. */
static unsigned gather(struct http_connection *connection, uv_buf_t *bufs, size_t *ret_total)
{
    unsigned count = 0;
    size_t total = 0;
    for (struct http_exchange *exchange = connection->first; exchange && count < HTTP_GATHER;
         exchange = exchange->next) {
        for (struct http_piece *piece = exchange->first; piece && count < HTTP_GATHER; piece = piece->next) {
            if (piece->length == 0)
                continue;
            bufs[count++] = uv_buf_init((char *)(uintptr_t)piece->bytes, (unsigned)piece->length);
            total += piece->length;
        }
        if (exchange->state != HTTP_FINISHED || exchange->close || exchange->cut)
            break;
    }
    *ret_total = total;
    return count;
}

static void pop_piece(struct http_exchange *exchange)
{
    struct http_piece *piece = exchange->first;
    exchange->first = piece->next;
    if (!exchange->first)
        exchange->end = &exchange->first;
    tell(piece, false);
}

/* Requests behind an answer that closes were promised nothing. */
static void drop_queue(struct http_connection *connection)
{
    struct http_exchange *exchange;
    while ((exchange = connection->first)) {
        connection->first = exchange->next;
        http_exchange_detach(exchange);
    }
    connection->last = connection->incoming = connection->upgrading = NULL;
    connection->queued = 0;
    connection->unsent = 0;
}

static void pop_exchange(struct http_connection *connection)
{
    struct http_exchange *exchange = connection->first;
    bool last = exchange->close;
    connection->first = exchange->next;
    if (!connection->first)
        connection->last = NULL;
    if (connection->upgrading == exchange) /* it was not handed over: what follows is HTTP */
        connection->upgrading = NULL;
    connection->queued--;
    http_exchange_free(exchange);
    if (last) {
        connection->receiving = false;
        drop_queue(connection);
    }
}

/* `sent` bytes of what gather() gave are out. Also drops pieces and exchanges that are empty. False: cut. */
static bool consume(struct http_connection *connection, size_t sent)
{
    connection->unsent -= sent;
    while (connection->first) {
        struct http_exchange *exchange = connection->first;
        while (exchange->first && sent >= exchange->first->length) {
            sent -= exchange->first->length;
            pop_piece(exchange);
        }
        if (exchange->first) {
            exchange->first->bytes += sent;
            exchange->first->length -= sent;
            return true;
        }
        if (exchange->state != HTTP_FINISHED)
            return true;
        if (exchange->cut)
            return false;
        pop_exchange(connection);
    }
    connection->since_us = platform_monotonic_us(); /* idle from now */
    return true;
}

static void on_written(uv_write_t *write, int status)
{
    struct http_connection *connection = write->data;
    if (connection->closing)
        return;
    connection->writing = false;
    if (status < 0 || !consume(connection, connection->in_write)) {
        http_connection_abort(connection);
        return;
    }
    http_connection_dirty(connection);
}

/* The socket is full: uv writes the rest as the client reads, and sweep.c watches that it does. */
static bool write_rest(struct http_connection *connection)
{
    uv_buf_t bufs[HTTP_GATHER];
    size_t total;
    unsigned count = gather(connection, bufs, &total);
    connection->write.data = connection;
    connection->writing = true;
    connection->in_write = connection->write_left = total;
    connection->write_since_us = platform_monotonic_us();
    return uv_write(&connection->write, &connection->stream, bufs, count, on_written) == 0;
}

static bool write_ready(struct http_connection *connection)
{
    uv_buf_t bufs[HTTP_GATHER];
    size_t total;
    while (!connection->writing && !connection->closing) {
        unsigned count = gather(connection, bufs, &total);
        int sent = count > 0 ? uv_try_write(&connection->stream, bufs, count) : 0;
        if (sent < 0 && sent != UV_EAGAIN)
            return false;
        if (!consume(connection, sent > 0 ? (size_t)sent : 0))
            return false;
        if (count == 0)
            return true;
        if ((size_t)(sent > 0 ? sent : 0) < total && !write_rest(connection))
            return false;
    }
    return true;
}

void http_output_flush(struct http_connection *connection)
{
    if (connection->lingering)
        return;
    if (!write_ready(connection)) {
        http_connection_abort(connection);
        return;
    }
    http_input_resume(connection); /* there may be room in the queue again */
    http_connection_settle(connection);
}
