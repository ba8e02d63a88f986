/**
 * check_watch.h: what a module publishes, seen on its way through the modules' table. A process watches one world at a
 * time; publications come from any thread.
 */
#ifndef KIT_CHECK_WATCH_H
#define KIT_CHECK_WATCH_H

#include "kit/check_world.h"

enum { WATCH_LOGS_MOST = 512 };

struct watch_log { /* a channel with numbers */
    const char *channel;
    uint64_t newest; /* that is durable */
};

/** From here on what the checked module publishes is seen. */
void check_watch_begin(struct world *world);
void check_watch_end(struct world *world);
/** The channels with numbers so far; copied into the world's arena. */
size_t check_watch_logs(struct world *world, struct watch_log ret_logs[WATCH_LOGS_MOST]);
/** What was wrong with a publication since the last call; NULL: nothing. */
const char *check_watch_fault(struct world *world);

/** What was announced last by c18n_expect_bytes since the last call; 0: nothing. */
uint64_t check_watch_expected(void);

#endif
