/**
 * work.h: work of modules that no client waits for: c18n_submit and the timers' turns.
 *
 * Both run as requests of the host on the blocking pool, with a reading connection.
 */
#ifndef BOOT_WORK_H
#define BOOT_WORK_H

#include "c18n/mem.h"

#include <stdbool.h>

struct server;

/** Runs `work` on the blocking pool as a request of `self`, then `after` on the same thread (NULL: nothing).
 *  Any thread. C18N_AGAIN: the pool's queue is full; C18N_NO_MEMORY. */
int work_run(struct server *server, c18n_self *self, void (*work)(c18n_request *rq, void *arg), void *arg,
             void (*after)(void *arg));

#endif
