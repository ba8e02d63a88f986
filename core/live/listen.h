/** listen.h: what changes who listens: a person joins or leaves a channel, on one lane. Lane's thread. (listen.c) */
#ifndef LIVE_LISTEN_H
#define LIVE_LISTEN_H

#include "live/channels.h"

/** All delivering sockets of the person listen from the number after `after` on; those that do already go on. */
void live_listen_join(struct live_lane *lane, const char *user, const struct live_channel_name *name, uint64_t after);
/** None of them listens any more. `lost`: one that then listens to nothing is closed. */
void live_listen_leave(struct live_lane *lane, const char *user, const struct live_channel_name *name, bool lost);
/** Nobody knows whether the person joined or left: the sockets are closed; when they come back, `opened` reads it. */
void live_listen_unsettle(struct live_lane *lane, const char *user);
/** The socket's place in the channel; when it has none, a new one, behind `after`. NULL: that failed, and the socket is
 *  being closed, since it would miss something. */
struct live_member *live_listen(struct live_socket *socket, const struct live_channel_name *name, uint64_t after);

/* What a request subscribed to or resumed (family.c), oldest first. */
struct live_note {
    struct live_note *next;
    struct live_channel_name name;
    uint64_t after;
};
struct live_notes {
    struct live_note *first, **last;
    size_t count;
};

#endif
