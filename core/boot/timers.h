/**
 * timers.h: the modules' timers.
 *
 * Each runs on the blocking pool, never twice at once. The control thread's loop keeps the time.
 */
#ifndef BOOT_TIMERS_H
#define BOOT_TIMERS_H

#include "base/text.h"

#include <stdint.h>

struct server;
struct timers;

/** Makes the timers of all started modules; the clock starts at once. C18N_ codes. */
int timers_start(struct server *server, struct timers **ret_timers);
/** No turn begins after it; turns that run go on in the pool, which is stopped later. Takes NULL. */
void timers_stop(struct timers *timers);
void timers_free(struct timers *timers); /* after the pool has stopped */

#endif
