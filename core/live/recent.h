/**
 * recent.h: what a channel published last, kept while somebody is catching up in it.
 *
 * In a busy room something new comes during every read, so reads alone would follow the log for ever. What came
 * meanwhile is kept here: the read that reaches it ends the catching up. Numbers without gaps; at most LIVE_RECENT_MOST
 * and LIVE_RECENT_BYTES, the oldest go. Lane's thread.
 */
#ifndef LIVE_RECENT_H
#define LIVE_RECENT_H

#include "live/channels.h"

enum { LIVE_RECENT_MOST = 256, LIVE_RECENT_BYTES = 65536 };

struct live_heard {
    struct ws_message *message;
    uint64_t not_to; /* number of the socket that has it already; 0: none */
};

/** All of a channel's listeners heard this number. */
void live_recent_add(struct live_channel *channel, uint64_t number, struct ws_message *message, uint64_t not_to);
/** Nothing is kept any more: nobody is catching up. */
void live_recent_forget(struct live_channel *channel);
/** Does it have all that came after this number? Of a channel of which nothing is kept: no. */
bool live_recent_covers(const struct live_channel *channel, uint64_t last);
size_t live_recent_bytes(const struct live_channel *channel); /* as they will be queued, at most */
/** A number that it covers. */
const struct live_heard *live_recent_at(const struct live_channel *channel, uint64_t number);

#endif
