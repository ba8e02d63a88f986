/** frames.h: a client's frames, and what the reader makes of bytes that come in pieces. Shared with the fuzzer. */
#ifndef TEST_WS_FRAMES_H
#define TEST_WS_FRAMES_H

#include "ws/message.h"
#include "ws/reader.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FRAMES_LOG = 4096 };

struct frames_outcome {
    char log[FRAMES_LOG]; /* a line for each thing found: "text 5 48656c…", "fault 1002" */
    size_t length;
    int fault; /* 0: none */
    size_t found, most_kept;
};

static inline void frames_note(struct frames_outcome *outcome, const struct ws_found *found)
{
    static const char *const names[] = {
        [WS_TEXT] = "text", [WS_BINARY] = "binary", [WS_CLOSE] = "close", [WS_PING] = "ping", [WS_PONG] = "pong"};
    char line[160];
    int length = found->kind == WS_FOUND_FAULT
                     ? snprintf(line, sizeof line, "fault %d\n", found->code)
                     : snprintf(line, sizeof line, "%s%s %d %zu ", found->packed ? "packed " : "", names[found->opcode],
                                found->code, found->length);
    for (size_t i = 0; found->bytes && i < found->length && i < 32; i++)
        length += snprintf(line + length, sizeof line - (size_t)length, "%02x", (uint8_t)found->bytes[i]);
    if (found->kind != WS_FOUND_FAULT)
        length += snprintf(line + length, sizeof line - (size_t)length, "\n");
    outcome->found++;
    if (outcome->length + (size_t)length < sizeof outcome->log) {
        memcpy(outcome->log + outcome->length, line, (size_t)length + 1);
        outcome->length += (size_t)length;
    }
}

/** Feeds pieces of this size, each a copy of its own, so that sanitizers see every step beyond it. `judges`: as for a
 *  codec. */
static inline void frames_run_as(const void *bytes, size_t length, size_t piece, size_t max_message, bool deflate,
                                 bool judges, struct frames_outcome *outcome)
{
    struct ws_reader reader;
    *outcome = (struct frames_outcome){.length = 0};
    ws_reader_init(&reader, max_message, deflate);
    reader.judges = judges;
    for (size_t begin = 0; begin < length && !outcome->fault; begin += piece) {
        size_t size = length - begin < piece ? length - begin : piece, at = 0;
        char *copy = malloc(size);
        memcpy(copy, (const char *)bytes + begin, size);
        for (;;) {
            struct ws_found found = ws_reader_next(&reader, copy, size, &at);
            if (found.kind == WS_NOTHING)
                break;
            frames_note(outcome, &found);
            if (found.kind == WS_FOUND_FAULT) {
                outcome->fault = found.code;
                break;
            }
        }
        if (reader.kept_room > outcome->most_kept)
            outcome->most_kept = reader.kept_room;
        free(copy);
    }
    ws_reader_free(&reader);
}

static inline void frames_run(const void *bytes, size_t length, size_t piece, size_t max_message, bool deflate,
                              struct frames_outcome *outcome)
{
    frames_run_as(bytes, length, piece, max_message, deflate, false, outcome);
}

/** Adds a client's frame; how long it is. `first`: FIN, RSV and opcode. */
static inline size_t frames_add(char *at, uint8_t first, const char *payload, size_t length)
{
    static const uint8_t key[4] = {0x12, 0xf0, 0x9a, 0x31};
    size_t head = 2;
    at[0] = (char)first;
    at[1] = (char)(0x80 | (length < 126 ? length : length <= UINT16_MAX ? 126 : 127));
    if (length >= 126) {
        unsigned bytes = length <= UINT16_MAX ? 2 : 8;
        for (unsigned i = 0; i < bytes; i++)
            at[head++] = (char)((uint64_t)length >> (8 * (bytes - 1 - i)));
    }
    memcpy(at + head, key, sizeof key);
    head += sizeof key;
    for (size_t i = 0; i < length; i++)
        at[head + i] = (char)((uint8_t)payload[i] ^ key[i & 3]);
    return head + length;
}

#endif
