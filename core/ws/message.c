/* A message to send: its payload and the head of its frame in one piece, so that it leaves in one write. */
#include "ws/message.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* RFC 6455 5.2: whole, not masked. It ends where the payload begins. */
static void write_head(struct ws_message *message, uint8_t first)
{
    uint8_t head[10] = {first}, length = 2;
    if (message->length < 126) {
        head[1] = (uint8_t)message->length;
    } else {
        unsigned bytes = message->length <= UINT16_MAX ? 2 : 8;
        head[1] = bytes == 2 ? 126 : 127;
        for (unsigned i = 0; i < bytes; i++)
            head[2 + i] = (uint8_t)((uint64_t)message->length >> (8 * (bytes - 1 - i)));
        length = (uint8_t)(2 + bytes);
    }
    memcpy(message->head_room + sizeof message->head_room - length, head, length);
    message->head_length = length;
}

struct ws_message *ws_message_make(size_t length)
{
    assert(length <= UINT32_MAX);
    struct ws_message *message = malloc(sizeof *message + length);
    if (!message)
        return NULL;
    atomic_init(&message->references, 1);
    atomic_init(&message->packed, NULL);
    message->opcode = 0;
    message->head_length = 0;
    message->length = (uint32_t)length;
    return message;
}

void ws_message_frame(struct ws_message *message, int opcode, bool packed)
{
    message->opcode = (uint8_t)opcode;
    write_head(message, (uint8_t)(0x80 | (packed ? 0x40 : 0) | opcode));
}

struct ws_message *ws_message_new(int opcode, const char *payload, size_t length)
{
    struct ws_message *message = ws_message_make(length);
    if (!message)
        return NULL;
    if (length)
        memcpy(message->payload, payload, length);
    ws_message_frame(message, opcode, false);
    return message;
}

struct ws_message *ws_message_ref(struct ws_message *message)
{
    atomic_fetch_add_explicit(&message->references, 1, memory_order_relaxed);
    return message;
}

void ws_message_unref(struct ws_message *message)
{
    if (!message || atomic_fetch_sub_explicit(&message->references, 1, memory_order_acq_rel) != 1)
        return;
    struct ws_message *packed = atomic_load_explicit(&message->packed, memory_order_relaxed);
    if (packed != message)
        ws_message_unref(packed);
    free(message);
}
