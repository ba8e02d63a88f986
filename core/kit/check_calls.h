/** check_calls.h: what the checks with failing calls share: how long they may go on, and what is left behind. */
#ifndef KIT_CHECK_CALLS_H
#define KIT_CHECK_CALLS_H

#include "kit/check_world.h"

enum { CALLS_MOST = 1000 }; /* of one request */

struct tally {
    struct check *check;
    uint64_t runs, cut; /* routes or verbs that were not tried to the end */
    int64_t until_us;
};
struct tally tally_begin(struct check *check);
bool tally_is_over(const struct tally *tally);

/** How many events of modules are in the history after a position; what the host notes of a refusal is none. */
size_t calls_events_since(struct world *world, uint64_t position);

#endif
