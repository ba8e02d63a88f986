/**
 * batch.h: messages that leave together, as one piece of bytes, made once for all sockets that are to get just these.
 *
 * Two forms: frames one after the other, and, for `lines`, the texts as one message with a newline between. Batches
 * are found again by the messages that they consist of; a lane keeps the last few, until its turn is over.
 */
#ifndef WS_BATCH_H
#define WS_BATCH_H

#include "ws/message.h"

struct ws_deflater;

enum {
    WS_BATCH_MOST = 64,        /* messages of a batch */
    WS_BATCH_SIZE = 32 * 1024, /* and their bytes; larger ones leave by themselves */
    WS_BATCHES = 4,            /* kept by a lane */
};

struct ws_batch {
    struct ws_message *parts[WS_BATCH_MOST]; /* references, so that no other message can have their addresses */
    uint32_t count;
    bool lines, packed;
    struct ws_message *whole;
};

struct ws_batches {
    struct ws_batch kept[WS_BATCHES];
    unsigned used, newest;
};

/** What these messages are as one; `count` of at least 2. `packed`: compressed by `deflater`. It lives until
 *  ws_batches_clear. NULL: no memory. */
struct ws_message *ws_batch_of(struct ws_batches *batches, struct ws_message *const *parts, uint32_t count, bool lines,
                               struct ws_deflater **deflater);
void ws_batches_clear(struct ws_batches *batches);

#endif
