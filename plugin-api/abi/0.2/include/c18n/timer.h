/** timer.h: work that comes round. Declared as a table; the host owns the timers. */
#ifndef C18N_TIMER_H
#define C18N_TIMER_H

#include "abi.h"
#include "mem.h"

/** A row of a module's table of timers. */
typedef struct c18n_timer {
    const char *name;
    uint32_t every_ms; /**< at least 10; less counts as 10. The first turn comes after that time, not at once */
    /** The work, as a BLOCKING request; never twice at once.
     *  Thread: request's: the pool's. Owner: request; `module` is c18n_self.state. Errors: any code: it is logged, and
     *  the next turn comes. Since 0.1. */
    int (*run)(c18n_request *rq, void *module);
} c18n_timer;

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_timer_family {
    c18n_family family;
    int (*now)(c18n_self *self, const char *name);
} c18n_timer_family;

/** Runs a declared timer's work soon, out of turn; after its present turn when that still runs.
 *  Thread: any, while the server serves. Owner: caller. Errors: C18N_NOT_FOUND (not declared), C18N_UNAVAILABLE (not
 *  yet, in `init` and `start`, or no longer). Since 0.1. */
C18N_MUST_USE static inline int c18n_timer_now(c18n_self *self, const char *name)
{
    return self->host->timer->now(self, name);
}

#endif
