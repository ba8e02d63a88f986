/* Bytes in, requests out: pipelining with a bounded queue. */
#include "http/server.h"

#include "base/platform.h"

#include <stdlib.h>
#include <string.h>

/* Reading stops while answers pile up: too many requests waiting, or a client that does not read; and behind a request
 * that asks for another protocol, until it is known whether it gets it. */
bool http_input_wanted(const struct http_connection *connection)
{
    return connection->receiving && !connection->upgrading && connection->unsent < HTTP_HIGH_WATER &&
           (connection->incoming || connection->queued < HTTP_MAX_QUEUE);
}

static void add_interim(struct http_exchange *exchange)
{
    static const char words[] = "HTTP/1.1 100 Continue\r\n\r\n";
    http_exchange_add_own(exchange, words, sizeof words - 1);
    http_connection_dirty(exchange->connection);
}

/* `more`: the client already sends its body, so it does not wait for a 100. */
static void step(struct http_connection *connection, struct http_exchange *exchange, enum http_step result, bool more)
{
    if (result == HTTP_REFUSED) {
        connection->receiving = false;
        connection->incoming = NULL;
        http_answer_refusal(exchange, &exchange->message.refusal);
        return;
    }
    if (result == HTTP_WHOLE) {
        connection->incoming = NULL;
        if (exchange->message.known_count[HTTP_UPGRADE] > 0 && !exchange->message.old)
            connection->upgrading = exchange;
        else
            http_exchange_dispatch(exchange);
        return;
    }
    if (!connection->incoming) {
        connection->incoming = exchange;
        connection->since_us = exchange->request.started_us;
        if (exchange->message.expects && !more)
            add_interim(exchange);
    }
}

static size_t take_body(struct http_connection *connection, const char *bytes, size_t length)
{
    struct http_exchange *exchange = connection->incoming;
    size_t used = length;
    step(connection, exchange, http_message_body(&exchange->message, bytes, length, &used), true);
    return used;
}

/* A head is whole: it gets its exchange, and the rest of the bytes may be its body. */
static size_t take_head(struct http_connection *connection, const char *bytes, size_t length)
{
    struct http_scan scan = connection->scan;
    struct http_exchange *exchange = http_exchange_new(connection);
    connection->scan = (struct http_scan){0};
    if (!exchange) {
        http_connection_abort(connection);
        return length;
    }
    enum http_step result =
        http_message_begin(&exchange->message, &exchange->request, &scan, bytes, &connection->lane->terms->rules);
    step(connection, exchange, result, length > scan.at);
    return scan.at;
}

static size_t look_for_head(struct http_connection *connection, const char *bytes, size_t length)
{
    struct http_refusal refusal;
    if (connection->scan.at == 0 && bytes[0] == '\r') /* an empty line before a request is forgiven: RFC 9112, 2.2 */
        if (length < 2 || bytes[1] == '\n')
            return length < 2 ? 0 : 2;
    if (connection->scan.at == 0)
        connection->since_us = platform_monotonic_us();
    switch (http_scan_head(&connection->scan, bytes, length, &refusal)) {
    case HTTP_WHOLE:
        return take_head(connection, bytes, length);
    case HTTP_REFUSED:
        http_connection_refuse(connection, &refusal);
        return length;
    default:
        return 0;
    }
}

/* How many bytes were used. What follows a refusal or the last request is never parsed. */
static size_t parse(struct http_connection *connection, const char *bytes, size_t length)
{
    size_t at = 0;
    while (at < length && http_input_wanted(connection)) {
        size_t used = connection->incoming ? take_body(connection, bytes + at, length - at)
                                           : look_for_head(connection, bytes + at, length - at);
        if (used == 0)
            break;
        at += used;
    }
    return connection->receiving || connection->upgrading ? at : length;
}

static bool hold(struct http_connection *connection, const char *bytes, size_t length)
{
    size_t kept = connection->held_length - connection->held_at;
    if (kept + length > connection->held_room) {
        char *held = malloc(kept + length);
        if (!held)
            return false;
        if (kept)
            memcpy(held, connection->held + connection->held_at, kept);
        free(connection->held);
        connection->held = held;
        connection->held_room = kept + length;
    } else if (connection->held_at > 0) {
        memmove(connection->held, connection->held + connection->held_at, kept);
    }
    memcpy(connection->held + kept, bytes, length);
    connection->held_at = 0;
    connection->held_length = kept + length;
    return true;
}

static void parse_held(struct http_connection *connection)
{
    connection->held_at +=
        parse(connection, connection->held + connection->held_at, connection->held_length - connection->held_at);
    if (connection->closing || connection->held_at == connection->held_length) { /* idle connections hold nothing */
        free(connection->held);
        connection->held = NULL;
        connection->held_at = connection->held_length = connection->held_room = 0;
    }
}

/* What follows it is held now, so that it can be handed over while it is being handled. */
static void dispatch_upgrade(struct http_connection *connection)
{
    if (connection->upgrading && connection->upgrading->state == HTTP_RECEIVING)
        http_exchange_dispatch(connection->upgrading);
}

void http_input_take(struct http_connection *connection, const char *bytes, size_t length)
{
    bool kept = true;
    if (connection->held_length > 0) {
        kept = hold(connection, bytes, length);
        if (kept)
            parse_held(connection);
    } else {
        size_t used = parse(connection, bytes, length);
        if (used < length && !connection->closing)
            kept = hold(connection, bytes + used, length - used);
    }
    if (!kept)
        http_connection_abort(connection);
    dispatch_upgrade(connection);
}

void http_input_resume(struct http_connection *connection)
{
    if (connection->held_length > 0 && http_input_wanted(connection)) {
        parse_held(connection);
        dispatch_upgrade(connection);
    }
}
