/**
 * crumb.h: which module's code a thread is running, so that a crash or a hang has a name.
 *
 * Around every call into a module stand crumb_enter and crumb_leave; calls nest. A thread's crumbs are written by that
 * thread alone, with plain stores. The crash handler reads them on the same thread, the watchdog those of event threads
 * from another one. Texts live until crumb_leave; on an event thread as long as the process, since the watchdog may
 * still hold one when the call is over.
 */
#ifndef BASE_CRUMB_H
#define BASE_CRUMB_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

enum {
    CRUMBS_MOST = 16,   /* nested deeper, calls are counted but not named */
    WATCHED_MOST = 128, /* threads */
};

struct crumb {
    const char *module; /* id. NULL: the core itself */
    const char *stage;  /* "init", "handle", "apply", "hook", "timer", "consumer", "policy", … */
    const char *route;  /* "POST /communities/new", a hook's point, a timer's name; NULL: none */
};

void crumb_enter(const char *module, const char *stage, const char *route);
void crumb_leave(void);
/** Copies this thread's innermost crumb. False: no module's code runs. Async-signal-safe. */
bool crumb_current(struct crumb *ret_crumb);

/** From now on this thread is looked at; false: WATCHED_MOST are. Ends with crumb_unwatch, on the same thread. */
bool crumb_watch(void);
void crumb_unwatch(void);

struct crumb_seen {
    unsigned slot;      /* of the thread, below WATCHED_MOST */
    bool running;       /* in a module's code, and `crumb` is its innermost call */
    unsigned long call; /* number of the outermost call: another number, another call */
    struct crumb crumb;
    pthread_t thread; /* there until `look` returns */
};
/** Calls `look` for every watched thread. Any thread. */
void crumb_look(void (*look)(void *arg, const struct crumb_seen *seen), void *arg);

#endif
