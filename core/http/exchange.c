/* A request and its answer: made when a head is whole, given back when the answer is out. */
#include "http/server.h"

#include "base/platform.h"
#include "base/uuid.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define EXCHANGE_MAGIC UINT32_C(0x68747871)

static void link_live(struct http_exchange *exchange)
{
    struct http_lane *lane = exchange->lane;
    exchange->live_next = lane->live;
    exchange->live_previous = NULL;
    if (lane->live)
        lane->live->live_previous = exchange;
    lane->live = exchange;
}

static void unlink_live(struct http_exchange *exchange)
{
    if (exchange->live_next)
        exchange->live_next->live_previous = exchange->live_previous;
    if (exchange->live_previous)
        exchange->live_previous->live_next = exchange->live_next;
    else
        exchange->lane->live = exchange->live_next;
}

/* Reuse: the arena keeps its first block, so that a request in steady state allocates nothing. A spare one of the time
 * of another max_body has an arena of another limit. */
static struct http_exchange *take_spare(struct http_lane *lane)
{
    struct http_exchange *exchange;
    size_t room = HTTP_ARENA_LIMIT + 4 * lane->terms->rules.max_body;
    while ((exchange = lane->spare)) {
        lane->spare = exchange->next;
        lane->spare_count--;
        if (exchange->room == room)
            return exchange;
        http_exchange_destroy(exchange);
    }
    exchange = calloc(1, sizeof *exchange);
    if (!exchange)
        return NULL;
    exchange->room = room;
    exchange->request.arena = arena_new(room);
    if (!exchange->request.arena) {
        free(exchange);
        return NULL;
    }
    return exchange;
}

/* What a request has before anything is known of it, so that a refusal can be answered and logged. */
static void init_request(struct http_exchange *exchange)
{
    struct arena *arena = exchange->request.arena;
    exchange->request = (struct http_request){
        .arena = arena,
        .loop = exchange->lane->loop,
        .method = "",
        .path = "/",
        .query = "",
        .host = "",
        .body = "",
        .address = exchange->address,
        .started_us = platform_monotonic_us(),
    };
}

struct http_exchange *http_exchange_new(struct http_connection *connection)
{
    struct http_exchange *exchange = take_spare(connection->lane);
    if (!exchange)
        return NULL;
    exchange->magic = EXCHANGE_MAGIC;
    exchange->state = HTTP_RECEIVING;
    exchange->lane = connection->lane;
    exchange->connection = connection;
    exchange->next = NULL;
    exchange->own_used = 0;
    exchange->first = NULL;
    exchange->end = &exchange->first;
    exchange->bytes = exchange->missing = 0;
    exchange->counted = exchange->close = exchange->cut = exchange->chunked = exchange->bodyless = exchange->sized =
        false;
    memcpy(exchange->address, connection->address, sizeof exchange->address);
    init_request(exchange);
    link_live(exchange);
    if (connection->last)
        connection->last->next = exchange;
    else
        connection->first = exchange;
    connection->last = exchange;
    connection->queued++;
    return exchange;
}

void http_exchange_destroy(struct http_exchange *exchange)
{
    http_message_end(&exchange->message);
    arena_free(exchange->request.arena);
    exchange->magic = 0;
    free(exchange);
}

void http_exchange_free(struct http_exchange *exchange)
{
    struct http_lane *lane = exchange->lane;
    assert(exchange->magic == EXCHANGE_MAGIC);
    unlink_live(exchange);
    if (exchange->counted)
        atomic_fetch_sub_explicit(&lane->in_flight, 1, memory_order_relaxed);
    if (lane->spare_count >= HTTP_SPARE_EXCHANGES) {
        http_exchange_destroy(exchange);
        return;
    }
    http_message_end(&exchange->message);
    arena_reset(exchange->request.arena);
    exchange->magic = 0;
    exchange->next = lane->spare;
    lane->spare = exchange;
    lane->spare_count++;
}

/* Pieces that somebody waits for outlive the exchange until that somebody was told. */
static void give_up_pieces(struct http_exchange *exchange)
{
    struct http_piece *piece;
    while ((piece = exchange->first)) {
        exchange->first = piece->next;
        if (!piece->owned)
            continue;
        piece->next = exchange->lane->gone;
        exchange->lane->gone = piece;
    }
    exchange->end = &exchange->first;
}

void http_exchange_detach(struct http_exchange *exchange)
{
    bool running = exchange->state == HTTP_HANDLING || exchange->state == HTTP_STREAMING;
    give_up_pieces(exchange);
    exchange->connection = NULL;
    exchange->next = NULL;
    if (!running) /* else it is given back when its late answer comes */
        http_exchange_free(exchange);
}

struct http_exchange *http_exchange_of(struct http_request *request)
{
    struct http_exchange *exchange = (struct http_exchange *)request;
    assert(exchange->magic == EXCHANGE_MAGIC); /* else it was answered twice */
    assert(!loop_here() || loop_here() == exchange->lane->loop);
    return exchange;
}

/* The last moment to make an id: most requests bring none. */
void http_exchange_give_id(struct http_exchange *exchange)
{
    if (exchange->request.request_id[0] == '\0')
        uuid_new_text(0, exchange->request.request_id);
}

void http_exchange_dispatch(struct http_exchange *exchange)
{
    const struct http_options *options = &exchange->lane->server->options;
    http_exchange_give_id(exchange);
    if (!exchange->message.keep_alive)
        exchange->connection->receiving = false;
    exchange->state = HTTP_HANDLING;
    exchange->counted = true;
    atomic_fetch_add_explicit(&exchange->lane->in_flight, 1, memory_order_relaxed);
    http_connection_arrived(exchange->connection);
    options->request(options->arg, &exchange->request);
}

void http_exchange_add(struct http_exchange *exchange, struct http_piece *piece)
{
    piece->next = NULL;
    *exchange->end = piece;
    exchange->end = &piece->next;
    exchange->bytes += piece->length;
    exchange->connection->unsent += piece->length;
}

void http_exchange_add_own(struct http_exchange *exchange, const char *bytes, size_t length)
{
    assert(exchange->own_used < sizeof exchange->own / sizeof *exchange->own);
    struct http_piece *piece = &exchange->own[exchange->own_used++];
    *piece = (struct http_piece){.bytes = bytes, .length = length};
    http_exchange_add(exchange, piece);
}
