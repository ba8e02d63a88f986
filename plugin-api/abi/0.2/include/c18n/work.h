/** work.h: work that has no client waiting, on the host's pool. */
#ifndef C18N_WORK_H
#define C18N_WORK_H

#include "abi.h"

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_work_family {
    c18n_family family;
    int (*submit)(c18n_self *self, void (*work)(c18n_request *rq, void *arg), void *arg);
} c18n_work_family;

/** Runs `work` once on a pool thread as a BLOCKING request of the host. What was taken before the server stops is run
 *  before `drain`.
 *  Thread: any, while the server serves. Owner: module: `arg` must live until `work` returns. Errors: C18N_AGAIN (the
 *  queue, 256, is full), C18N_NO_MEMORY, C18N_UNAVAILABLE (not yet, in `init` and `start`: use a timer; or no longer).
 *  Since 0.1. */
C18N_MUST_USE static inline int c18n_submit(c18n_self *self, void (*work)(c18n_request *rq, void *arg), void *arg)
{
    return self->host->work->submit(self, work, arg);
}

#endif
