/**
 * watchdog.h: an event thread that a module keeps.
 *
 * Whoever else is on that thread waits for as long. Over 50 ms is a line in the log, and another when it is over; over
 * 5 s ends the process (base/crash.h), since then nobody there is served any more. Both name module, stage and route.
 */
#ifndef RUN_WATCHDOG_H
#define RUN_WATCHDOG_H

enum {
    WATCHDOG_TICK_MS = 25,
    WATCHDOG_SLOW_MS = 50,
    WATCHDOG_HUNG_MS = 5000,
    WATCHDOG_ACCUSE_MS = 6000, /* the thread doesn't even take a signal */
};

struct watchdog;
/** Starts its thread, which watches all event threads. NULL: no memory, no thread. */
struct watchdog *watchdog_start(void);
void watchdog_stop(struct watchdog *watchdog); /* NULL too */

#endif
