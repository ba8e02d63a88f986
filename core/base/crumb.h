/**
 * crumb.h: which module's code a thread is running, so that a crash or a hang has a name.
 *
 * Around every call into a module stand crumb_enter and crumb_leave; calls nest. A thread's crumbs are written by that
 * thread alone; the crash handler reads them on the same thread. Costs a few stores.
 */
#ifndef BASE_CRUMB_H
#define BASE_CRUMB_H

#include <stddef.h>

enum { CRUMBS_MOST = 16 }; /* nested deeper, calls are counted but not named */

struct crumb {
    const char *module; /* id; all three live as long as the process. NULL: the core itself */
    const char *stage;  /* "init", "handle", "apply", "hook", "timer", "consumer", "policy", … */
    const char *route;  /* "POST /communities/new", a hook's point, a timer's name; NULL: none */
};

void crumb_enter(const char *module, const char *stage, const char *route);
void crumb_leave(void);
/** Copies this thread's innermost crumb. False: no module's code runs. Async-signal-safe. */
_Bool crumb_current(struct crumb *ret_crumb);

#endif
