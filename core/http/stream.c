/* Answers whose end is not known when they begin. */
#include "http/server.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_FRAME = 24 }; /* size in hexadecimal and two line ends */

void http_stream_begin(struct http_request *request, const struct http_answer *answer)
{
    if (request->outlet) {
        request->outlet->stream_begin(request, answer);
        return;
    }
    struct http_exchange *exchange = http_exchange_of(request);
    assert(exchange->state == HTTP_HANDLING);
    exchange->state = HTTP_STREAMING;
    exchange->answer = *answer;
    if (!exchange->connection)
        return;
    http_answer_begin(exchange, answer, true);
    http_connection_dirty(exchange->connection);
}

/* Of what was promised by Content-Length, nothing may be too much: it would be taken for the next answer. */
static bool fits(struct http_exchange *exchange, size_t length)
{
    if (!exchange->sized)
        return true;
    if (length > exchange->missing)
        return false;
    exchange->missing -= length;
    return true;
}

static struct http_piece *lend_piece(const void *bytes, size_t length)
{
    struct http_piece *piece = malloc(sizeof *piece);
    if (piece)
        *piece = (struct http_piece){.bytes = bytes, .length = length, .owned = true};
    return piece;
}

/* The piece and its bytes in one allocation, framed as a chunk where the client knows chunks. */
static struct http_piece *make_piece(const void *bytes, size_t length, bool chunked)
{
    struct http_piece *piece = malloc(sizeof *piece + length + CHUNK_FRAME);
    if (!piece)
        return NULL;
    char *at = (char *)(piece + 1);
    size_t size = 0;
    if (chunked && length > 0)
        size = (size_t)snprintf(at, CHUNK_FRAME, "%zx\r\n", length);
    if (length > 0)
        memcpy(at + size, bytes, length);
    size += length;
    if (chunked && length > 0) {
        memcpy(at + size, "\r\n", 2);
        size += 2;
    }
    *piece = (struct http_piece){.bytes = at, .length = size, .owned = true};
    return piece;
}

static void write_piece(struct http_request *request, const void *bytes, size_t length, bool lent,
                        void (*sent)(void *arg, bool gone), void *arg)
{
    if (request->outlet) {
        request->outlet->stream_write(request, bytes, length);
        if (sent)
            sent(arg, false);
        return;
    }
    struct http_exchange *exchange = http_exchange_of(request);
    bool silent = !exchange->connection || exchange->bodyless || exchange->cut;
    assert(exchange->state == HTTP_STREAMING && (!lent || !exchange->chunked));
    if (!silent && !fits(exchange, length))
        silent = exchange->cut = true;
    struct http_piece *piece =
        lent ? lend_piece(bytes, silent ? 0 : length) : make_piece(bytes, silent ? 0 : length, exchange->chunked);
    if (!piece) {
        exchange->cut = true; /* a hole in the stream must not look like its end */
        if (sent)
            sent(arg, true);
        return;
    }
    piece->sent = sent;
    piece->arg = arg;
    if (exchange->connection && !exchange->cut) {
        http_exchange_add(exchange, piece);
        http_connection_dirty(exchange->connection);
        return;
    }
    piece->next = exchange->lane->gone;
    exchange->lane->gone = piece;
    if (exchange->lane->stopping) /* nobody works the list off any more */
        http_output_tell_gone(exchange->lane);
}

void http_stream_write(struct http_request *request, const void *bytes, size_t length,
                       void (*sent)(void *arg, bool gone), void *arg)
{
    write_piece(request, bytes, length, false, sent, arg);
}

void http_stream_lend(struct http_request *request, const void *bytes, size_t length,
                      void (*sent)(void *arg, bool gone), void *arg)
{
    write_piece(request, bytes, length, true, sent, arg);
}

void http_stream_end(struct http_request *request, bool complete)
{
    if (request->outlet) {
        request->outlet->stream_end(request, complete);
        return;
    }
    static const char last_chunk[] = "0\r\n\r\n";
    struct http_exchange *exchange = http_exchange_of(request);
    assert(exchange->state == HTTP_STREAMING);
    if (!complete || (exchange->missing > 0 && !exchange->bodyless))
        exchange->cut = true;
    if (exchange->connection && exchange->chunked && !exchange->bodyless && !exchange->cut)
        http_exchange_add_own(exchange, last_chunk, sizeof last_chunk - 1);
    exchange->state = HTTP_FINISHED;
    http_answer_count(exchange, &exchange->answer);
    if (exchange->connection)
        http_connection_dirty(exchange->connection);
    else
        http_exchange_free(exchange);
}
