/** pieces.h: a connection in small, without sockets: feeds the parser in steps and writes down what it understood. */
#ifndef TEST_HTTP_PIECES_H
#define TEST_HTTP_PIECES_H

#include "base/arena.h"
#include "http/parse.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct outcome {
    int requests, status; /* status: of the refusal, or 0 */
    char log[2000];
};

struct pieces {
    const struct http_rules *rules;
    struct http_scan scan;
    struct http_message message;
    struct http_request request;
    struct http_refusal refusal;
    struct arena *arena;
    bool in_body;
};

static inline void pieces_note(struct pieces *pieces, struct outcome *outcome)
{
    const struct http_request *request = &pieces->request;
    size_t length = strlen(outcome->log);
    snprintf(outcome->log + length, sizeof outcome->log - length, "[%s %s?%s %zu %.*s]", request->method, request->path,
             request->query, request->body_length, (int)request->body_length, request->body);
    outcome->requests++;
    http_message_end(&pieces->message);
    pieces->in_body = false;
}

static inline enum http_step pieces_head(struct pieces *pieces, const char *bytes, size_t length, size_t *ret_used)
{
    enum http_step result = http_scan_head(&pieces->scan, bytes, length, &pieces->refusal);
    if (result != HTTP_WHOLE)
        return result;
    pieces->request = (struct http_request){.arena = pieces->arena, .address = "a"};
    result = http_message_begin(&pieces->message, &pieces->request, &pieces->scan, bytes, pieces->rules);
    pieces->refusal = pieces->message.refusal;
    pieces->in_body = result == HTTP_MORE;
    *ret_used = pieces->scan.at;
    pieces->scan = (struct http_scan){0};
    return result;
}

static inline enum http_step pieces_body(struct pieces *pieces, const char *bytes, size_t length, size_t *ret_used)
{
    *ret_used = length;
    enum http_step result = http_message_body(&pieces->message, bytes, length, ret_used);
    pieces->refusal = pieces->message.refusal;
    return result;
}

/* The parser sees exactly these bytes, so that ASan sees it reading on. Gives how many it used. */
static inline size_t pieces_feed(struct pieces *pieces, const char *bytes, size_t length, struct outcome *outcome)
{
    char *copy = malloc(length);
    size_t used = 0;
    memcpy(copy, bytes, length);
    enum http_step result = (pieces->in_body ? pieces_body : pieces_head)(pieces, copy, length, &used);
    free(copy);
    if (result == HTTP_REFUSED)
        outcome->status = pieces->refusal.status;
    if (result == HTTP_WHOLE)
        pieces_note(pieces, outcome);
    return used;
}

/** Bytes come `step` at a time. */
static inline void pieces_run(const struct http_rules *rules, const char *bytes, size_t length, size_t step,
                              struct outcome *ret_outcome)
{
    struct pieces pieces = {.rules = rules, .arena = arena_new(1 << 20)};
    size_t at = 0;
    *ret_outcome = (struct outcome){0};
    for (size_t known = 0; known < length && ret_outcome->status == 0;) {
        known = known + step < length ? known + step : length;
        for (size_t used = 1; used > 0 && at < known && ret_outcome->status == 0; at += used)
            used = pieces_feed(&pieces, bytes + at, known - at, ret_outcome);
    }
    http_message_end(&pieces.message);
    arena_free(pieces.arena);
}

#endif
