/**
 * reader.h: from a client's bytes to whole messages, strictly (RFC 6455 5, 7, 8.1; RFC 7692 6). No sockets here.
 *
 * It is fed with whatever a read brought, and gives back what it finds, one after the other. What lies whole in what it
 * was fed is given from there, unmasked in place; only what comes in pieces is kept, and never more than a message may
 * be long. So an idle reader holds no memory.
 */
#ifndef WS_READER_H
#define WS_READER_H

#include "ws/utf8.h"

enum { WS_MAX_HEAD = 14, WS_MAX_CONTROL = 125 };

enum ws_found_kind {
    WS_NOTHING,       /* all bytes were taken, more are needed */
    WS_FOUND_MESSAGE, /* text (valid) or binary; or compressed, which whoever unpacks it has to judge */
    WS_FOUND_CONTROL, /* ping, pong, or a close whose code and reason are good */
    WS_FOUND_FAULT,   /* what follows means nothing any more */
};

struct ws_found {
    enum ws_found_kind kind;
    uint8_t opcode;
    bool packed;
    int code; /* of a close: its code, 0 when it has none; of a fault: the close code that it deserves */
    const char *why;
    char *bytes; /* until the next call */
    size_t length;
};

struct ws_reader {
    size_t max_message;
    bool deflate; /* RSV1 may be set */
    bool judges;  /* only that: messages are found without their bytes, and nothing is kept */
    bool in_payload, in_message, packed, given;
    uint8_t head[WS_MAX_HEAD], head_length;
    uint8_t opcode;         /* of the frame */
    uint8_t message_opcode; /* of the message that its fragments make */
    bool last;              /* the frame ends its message */
    uint8_t mask[4];
    uint8_t mask_at;
    struct ws_utf8 utf8;
    uint8_t control_length;
    uint64_t left; /* of the frame's payload */
    size_t empty;  /* fragments without a byte, which would cost nothing else */
    char *kept;    /* of the message, so far */
    size_t kept_length, kept_room;
    char control[WS_MAX_CONTROL];
};

void ws_reader_init(struct ws_reader *reader, size_t max_message, bool deflate);
void ws_reader_free(struct ws_reader *reader); /* what it keeps */
/** Takes bytes from *at on, and moves it. Writes into them. */
struct ws_found ws_reader_next(struct ws_reader *reader, char *bytes, size_t length, size_t *at);

#endif
