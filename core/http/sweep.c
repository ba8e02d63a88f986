/*
 * Time-outs. A timer of its own for each connection would be set and reset with every request; here a
 * request only notes when a phase began, and one timer a lane looks over all connections now and then.
 */
#include "http/server.h"

#include "base/platform.h"

enum { SWEEP_LEAST_MS = 10, SWEEP_MOST_MS = 500, SWEEP_PARTS = 8 };

static int64_t least(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static bool is_over(int64_t since_us, int64_t now_us, int64_t limit_ms)
{
    return now_us - since_us >= limit_ms * 1000;
}

static void refuse_slow(struct http_connection *connection, const char *detail)
{
    http_connection_refuse(connection, &(struct http_refusal){408, "request_timeout", detail});
    http_connection_settle(connection);
}

static void check_farewell(struct http_connection *connection, int64_t now_us)
{
    if (is_over(connection->since_us, now_us, HTTP_LINGER_MS))
        http_connection_abort(connection);
}

static void check_writing(struct http_connection *connection, int64_t now_us)
{
    size_t left = uv_stream_get_write_queue_size(&connection->stream);
    if (left != connection->write_left) {
        connection->write_left = left;
        connection->write_since_us = now_us;
    } else if (is_over(connection->write_since_us, now_us, connection->lane->server->options.write_ms)) {
        http_connection_abort(connection);
    }
}

/* A body may take as long as it needs, if it keeps coming. */
static void check_body(struct http_connection *connection, int64_t now_us)
{
    const struct http_options *options = &connection->lane->server->options;
    int64_t elapsed_us = now_us - connection->since_us;
    if (!connection->reading) { /* it is us who don't read: that time does not count */
        connection->since_us = now_us;
        return;
    }
    uint64_t least_bytes = (uint64_t)(elapsed_us / 1000) * options->body_rate / 1000;
    if (elapsed_us >= options->header_ms * 1000 && connection->incoming->message.received < least_bytes)
        refuse_slow(connection, "The body came too slowly.");
}

static void check_head(struct http_connection *connection, int64_t now_us)
{
    if (is_over(connection->since_us, now_us, connection->lane->server->options.header_ms))
        refuse_slow(connection, "The request came too slowly.");
}

/* Who is silent while the server stops hears that it stops, by our half of the connection; what he says now is read, so
 * that no reset comes back. */
static void check_idle(struct http_connection *connection, int64_t now_us)
{
    if (connection->awaited && is_over(connection->since_us, now_us, HTTP_LAST_MS)) {
        connection->receiving = false;
        http_connection_settle(connection);
    } else if (is_over(connection->since_us, now_us, connection->lane->server->options.idle_ms)) {
        http_connection_abort(connection);
    }
}

static void check(struct http_connection *connection, int64_t now_us)
{
    if (connection->lingering)
        check_farewell(connection, now_us);
    else if (connection->writing)
        check_writing(connection, now_us);
    else if (connection->incoming)
        check_body(connection, now_us);
    else if (connection->first) /* being handled: its handler has the time-outs */
        return;
    else if (connection->held_length > 0)
        check_head(connection, now_us);
    else
        check_idle(connection, now_us);
}

static void on_sweep(uv_timer_t *timer)
{
    struct http_lane *lane = timer->data;
    int64_t now_us = platform_monotonic_us();
    http_listener_again(lane, now_us);
    for (struct http_connection *connection = lane->connections, *next; connection; connection = next) {
        next = connection->next;
        check(connection, now_us);
    }
}

void http_sweep_begin(struct http_lane *lane)
{
    const struct http_options *options = &lane->server->options;
    int64_t tick = least(least(options->header_ms, options->idle_ms), options->write_ms) / SWEEP_PARTS;
    tick = tick < SWEEP_LEAST_MS ? SWEEP_LEAST_MS : least(tick, SWEEP_MOST_MS);
    uv_timer_start(&lane->sweep, on_sweep, (uint64_t)tick, (uint64_t)tick);
}
