/**
 * hooks.h: which hooks hang on which point, found out at start; and code of one module in the request of another.
 *
 * Points are constant from then on. Render points are followed up in render.c, the host's points around handlers in
 * route_hooks.c.
 */
#ifndef API_HOOKS_H
#define API_HOOKS_H

#include "api/state.h"

struct attached { /* one hook */
    struct module *module;
    c18n_hook declared;
};

struct hook_point {
    struct module *module; /* that runs it; NULL: the host */
    c18n_point declared;
    struct attached *hooks; /* by priority, then by module id */
    size_t count;
};

/** Takes in all points and hooks. 0, or 78 with a line a fault: an unknown point, two points of one name, a hook that
 *  lacks what its point calls. */
int hooks_compile(struct api *api, struct text *ret_why);
/** NULL: nobody declares it. */
struct hook_point *hooks_find(const struct api *api, const char *name);

/** What code of another module must not change for the code around it: whose request it is, and what `prepare` kept. */
struct hook_turn {
    c18n_self *self;
    void *kept;
};
/** From here on the request is the hook's module's, until hook_end. */
struct hook_turn hook_begin(struct request *request, const struct attached *hook);
void hook_end(struct request *request, struct hook_turn turn);
/** hook_begin, `run`, hook_end. */
int hook_run(struct request *request, const struct attached *hook, const c18n_doc *subject);

#endif
