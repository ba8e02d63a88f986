/**
 * catch_up.h: who missed something in one of its channels, or may have, gets it from the module's log. Lane's thread.
 *
 * Of each socket one channel after the other, one read at a time (read.h), and of each lane LIVE_READS_MOST at a time.
 * A read begins when less than half of the engine's queue is taken. It has come to the end when it brought the log's
 * last number and nothing newer was heard meanwhile, or what was heard is kept (recent.h); from then on the listener is
 * live. What fails is tried again, later and later.
 */
#ifndef LIVE_CATCH_UP_H
#define LIVE_CATCH_UP_H

#include "live/channels.h"

enum {
    LIVE_READS_MOST = 8, /* of a lane, away at a time: the rest of the pool's queue is for requests */
    LIVE_RETRY_MS = 250, /* after the first failure; doubled for each further one */
    LIVE_RETRY_MOST_MS = 8000,
};

/** Numbers are left to the reads from here on. C18N_NO_MEMORY. */
int live_catch_up_begin(struct live_member *member);
/** It hears again what comes, or nothing any more. Of a member that is not catching up: nothing. */
void live_catch_up_end(struct live_member *member);
/** `opened` is over: what had to wait for it begins. */
void live_catch_up_go(struct live_socket *socket);
/** The socket listens no more. All its subscriptions have ended. */
void live_catch_up_leave(struct live_socket *socket);
void live_catch_up_close(struct live_lane *lane); /* no socket is left */

#endif
