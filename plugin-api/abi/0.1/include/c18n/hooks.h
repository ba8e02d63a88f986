/**
 * hooks.h: points where other modules may look in or say no.
 *
 * The module that owns an action declares the point and runs it; any module attaches to it by name.
 * Order is by priority, lowest first, then by module id. A veto is a c18n_fail: the client sees it.
 * A point is named after its module, "posts.before_create": a hook on a module that is not loaded never
 * runs, and one on a point that a loaded module lacks stops the start.
 */
#ifndef C18N_HOOKS_H
#define C18N_HOOKS_H

#include "abi.h"
#include "mem.h"

typedef struct c18n_point {
    const char *name; /**< "posts.before_create" */
    const char *help; /**< when it runs, and what the subject is */
} c18n_point;

typedef struct c18n_hook {
    const char *point;
    int32_t priority; /**< 0 is usual */
    int (*run)(c18n_request *rq, const c18n_doc *subject, void *module);
} c18n_hook;

typedef struct c18n_hooks_family {
    c18n_family family;
    int (*run)(c18n_request *rq, const char *point, const c18n_doc *subject);
} c18n_hooks_family;

/** Runs all that is attached to a point of this module, until one says no; gives its code. A hook runs in the same
 *  request: it reads what the request may read, and emits its own module's events where that may emit.
 *  C18N_INVALID: the module does not declare the point. Since 0.1. */
C18N_MUST_USE static inline int c18n_run_hooks(c18n_request *rq, const char *point, const c18n_doc *subject)
{
    return C18N_HOST_OF(rq)->hooks->run(rq, point, subject);
}

#endif
