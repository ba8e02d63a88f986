/**
 * channels.h: the channels of one lane, and who listens to each. Lane's thread.
 *
 * A channel is there as long as somebody on the lane listens. Its listeners stand in one dense array, which is all that
 * a publication walks; a socket knows its places there. Both arrays are in no order: who leaves gives its place to the
 * last one. So who walks listeners goes from the last to the first, and whoever is closed on the way disturbs nothing.
 *
 * A listener whose state is 0 is live: it gets every publication, when it comes. The others:
 *   CATCHING  something is missing, or may be: numbers are left to the reads (catch_up.h).
 *   UNPROVEN  by a resume, of which nobody knows yet whether the person may still listen: hears nothing before a read.
 *   JOINED    joined again since its last read began: that read's "may not listen" is an old one.
 *   AGAIN     and so it was read again.
 *   MUTE      `opened` still runs; nothing leaves before hello.
 */
#ifndef LIVE_CHANNELS_H
#define LIVE_CHANNELS_H

#include "live/socket.h"
#include "live/table.h"

enum { LIVE_CATCHING = 1, LIVE_UNPROVEN = 2, LIVE_JOINED = 4, LIVE_AGAIN = 8, LIVE_MUTE = 16 };
enum { LIVE_CHANNELS_MOST = 4096 }; /* of a socket */
#define LIVE_NO_POSITION UINT64_MAX /* the first number that comes will be it */

struct live_recent; /* recent.h */

struct live_channel_name {
    c18n_self *module;
    const char *name;
    uint64_t hash; /* live_channel_hash */
};
uint64_t live_channel_hash(const struct live *live, const c18n_self *module, const char *name);

struct live_member { /* one who listens */
    struct live_socket *socket;
    uint64_t last; /* the newest number that it has, or is let off; LIVE_NO_POSITION */
    uint32_t slot; /* of socket->subscriptions */
    uint32_t state;
};

struct live_channel {
    struct live_entry entry; /* must stay first */
    c18n_self *module;
    struct live_member *members;
    uint32_t count, room;
    uint32_t catching;          /* how many of them are */
    uint32_t holds;             /* somebody walks it: it stays, also without members */
    uint64_t newest;            /* number that came while somebody listened */
    struct live_recent *recent; /* while somebody is catching up: what came last; may be NULL */
    char name[];
};

struct live_subscription { /* of a socket: its place in a channel */
    struct live_channel *channel;
    uint32_t index;
    uint32_t generation; /* unique on the lane: a read that comes back looks whether it is still the same */
};

struct live_channels {
    struct live_table table;
    uint32_t last_generation;
    unsigned reads_away; /* to the pool */
    struct live_catch_up *first_waiting, **last_waiting, *retrying;
};

struct live_channel *live_channel_find(struct live_lane *lane, const struct live_channel_name *name); /* NULL: none */
static inline void live_channel_hold(struct live_channel *channel)
{
    channel->holds++;
}
void live_channel_release(struct live_lane *lane, struct live_channel *channel);

static inline struct live_member *live_member_of(const struct live_subscription *subscription)
{
    return &subscription->channel->members[subscription->index];
}

/** The socket listens, from the number after `after` on; it doesn't yet. `state`: LIVE_… C18N_LIMITED, C18N_NO_MEMORY.
 */
int live_subscribe(struct live_socket *socket, const struct live_channel_name *name, uint64_t after, uint32_t state);
/** What is at this slot ends. The channel may be gone with it. */
void live_unsubscribe(struct live_socket *socket, uint32_t slot);
/** Where the socket is subscribed to a channel; NULL: it is not. */
struct live_subscription *live_subscription_find(struct live_socket *socket, const struct live_channel *channel);
/** The same, by its name. */
struct live_subscription *live_subscription_named(struct live_socket *socket, const struct live_channel_name *name);

#endif
