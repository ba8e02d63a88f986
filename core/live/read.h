/**
 * read.h: one read of a channel's log, in the name of who missed something: made on the lane, run on the pool of reads,
 * and handed back to the lane with frames that are ready to send.
 */
#ifndef LIVE_READ_H
#define LIVE_READ_H

#include "live/channels.h"
#include "request/server.h"

enum {
    LIVE_BATCH_MOST = 256,    /* frames of a read */
    LIVE_BATCH_BYTES = 65536, /* with this many it is enough */
    LIVE_FRAME_MOST = 262000, /* bytes of any frame: one must fit into an empty queue, head and all */
};

struct live_frames { /* what a c18n_frames of the host really is */
    c18n_frames pub;
    struct ws_message *messages[LIVE_BATCH_MOST];
    uint64_t next; /* number that the next one must have */
    uint32_t count;
    size_t bytes; /* as they will be queued */
    int failed;   /* first C18N_ code: then what there is isn't believed */
};

struct live_read {
    struct task task;
    void (*back)(struct live_read *read);
    struct live_lane *lane;
    struct live_catch_up *owner;
    struct live_socket *socket; /* a reference */
    uint32_t generation;        /* of the subscription */
    uint64_t after;
    uint64_t newest; /* of the channel, when the read began */
    struct request request;
    struct arena *arena;
    c18n_self *module;
    const char *channel;
    struct live_frames frames;
    int code;
    bool ended; /* the log has no more */
};

/** Of a subscription of the socket. `back` runs on the lane. NULL: no memory. */
struct live_read *live_read_new(struct live_socket *socket, const struct live_subscription *subscription,
                                void (*back)(struct live_read *read));
bool live_read_submit(struct live_read *read); /* false: the pool takes no more */
void live_read_free(struct live_read *read);

/** A frame's text, ended, as a message. C18N_ codes: what stuck in it, C18N_TOO_LARGE, C18N_NO_MEMORY. Any thread. */
int live_message_of(c18n_out *frame, struct ws_message **ret_message);
int live_add_frame(c18n_frames *frames, uint64_t number, c18n_out *frame);

#endif
