/** message.h: making messages, for engines: raw bytes, and frames whose payload is filled in first. */
#ifndef WS_MESSAGE_H
#define WS_MESSAGE_H

#include "ws/ws.h"

#include <stdbool.h>

enum { WS_RAW = 0, WS_CONTINUATION = 0, WS_CLOSE = 8, WS_PING = 9, WS_PONG = 10 };

/** Bytes without a head (WS_RAW), to be written into `payload`. NULL: no memory. */
struct ws_message *ws_message_make(size_t length);
/** Gives it a head. `packed`: the payload was compressed. */
void ws_message_frame(struct ws_message *message, int opcode, bool packed);

/** All of it, as it leaves. */
static inline const char *ws_message_bytes(const struct ws_message *message, size_t *ret_length)
{
    *ret_length = (size_t)message->head_length + message->length;
    return message->payload - message->head_length;
}
static inline size_t ws_message_size(const struct ws_message *message)
{
    return (size_t)message->head_length + message->length;
}

#endif
