/** timer.h: work that comes round. Declared as a table; the host owns the timers. */
#ifndef C18N_TIMER_H
#define C18N_TIMER_H

#include "abi.h"
#include "mem.h"

typedef struct c18n_timer {
    const char *name;
    uint32_t every_ms; /**< at least 10; less counts as 10. The first turn comes after that time, not at once */
    int (*run)(c18n_request *rq, void *module); /**< as a BLOCKING request on the pool; never twice at once */
} c18n_timer;

typedef struct c18n_timer_family {
    c18n_family family;
    int (*now)(c18n_self *self, const char *name);
} c18n_timer_family;

/** Runs a declared timer's work soon, out of turn; after its present turn when that still runs. Any thread, while the
 *  server serves. C18N_NOT_FOUND: not declared; C18N_UNAVAILABLE: not yet (in `init` and `start`), or no longer.
 *  Since 0.1. */
C18N_MUST_USE static inline int c18n_timer_now(c18n_self *self, const char *name)
{
    return self->host->timer->now(self, name);
}

#endif
