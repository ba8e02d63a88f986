/**
 * hooks.h: points where other modules may look in or say no.
 *
 * The module that owns an action declares the point and runs it; any module attaches to it by name.
 * Order is by priority, lowest first, then by module id. A veto is a c18n_fail: the client sees it.
 * A point is named after its module, "posts.before_create": a hook on a module that is not loaded never
 * runs, and one on a point that a loaded module lacks stops the start.
 *
 * Kinds of points (since 0.2):
 *
 * before_…, after_…: around an action. `run` is asked, in the action's own request.
 *
 * A render point has `renders`, a field table: `render` adds members wherever a record is shown by that table, or by
 * one that begins that same array.
 *
 * core.before_route and core.after_route are the host's, around every handler. The subject is {"method", "path",
 * "module", "status"}: the route's pattern, not the client's path; status (after only) is a number. `before` runs when
 * the policy and the input are right, where the handler will run, and may say no. `after` runs when the handler has
 * answered; it may set headers, and a no takes the place of the answer.
 *
 * A hook runs in the class of the handler that is around or behind it: in a WRITE it may emit, in a READ it reads and
 * may be run twice, around an INLINE handler it has 50 us and no view. Its c18n_keep ends when it returns.
 */
#ifndef C18N_HOOKS_H
#define C18N_HOOKS_H

#include "abi.h"
#include "mem.h"

/** A row of a module's table of points that it runs. */
typedef struct c18n_point {
    const char *name;   /**< "posts.before_create" */
    const char *help;   /**< when it runs, and what the subject is */
    c18n_table renders; /**< a render point: the field table that it follows; none: not one. Since 0.2 */
} c18n_point;

/** A row of a module's table of hooks, on points of any module. */
typedef struct c18n_hook {
    const char *point;
    int32_t priority; /**< 0 is usual */
    /** Looks in, or says no. NULL on a render point.
     *  Thread: request's. Owner: request; `module` is c18n_self.state. Errors: any code: a veto, which the client sees.
     *  Since 0.1. */
    int (*run)(c18n_request *rq, const c18n_doc *subject, void *module);
    /* Since 0.2 */
    /** On a core point: "POST /communities/new", only around that one; NULL: around every. One that no loaded module
     * has stops the start, unless a service that the hook's module `wants` is absent: it may be that one's. */
    const char *route;
    c18n_table fields; /**< on a render point: what it adds, for openapi.json. No name that the table has already */
    /** On a render point, in place of `run`: writes members, those of `fields`, into the object of a record that is
     *  being shown. May read what the request may read. What it shows itself (c18n_out_record) is shown without
     *  additions.
     *  Thread: request's. Owner: request; `module` is c18n_self.state. Errors: any code, or a member that is not among
     *  `fields`: the request fails. Since 0.2. */
    int (*render)(c18n_request *rq, const c18n_doc *record, c18n_out *out, void *module);
} c18n_hook;

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_hooks_family {
    c18n_family family;
    int (*run)(c18n_request *rq, const char *point, const c18n_doc *subject);
} c18n_hooks_family;

/** Runs all that is attached to a point of this module, until one says no. A hook runs in the same request: it reads
 *  what the request may read, and emits its own module's events where that may emit.
 *  Thread: request's. Owner: caller. Errors: the hook's that said no; C18N_INVALID (the module does not declare the
 *  point). Since 0.1. */
C18N_MUST_USE static inline int c18n_run_hooks(c18n_request *rq, const char *point, const c18n_doc *subject)
{
    return C18N_HOST_OF(rq)->hooks->run(rq, point, subject);
}

#endif
