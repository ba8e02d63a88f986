/** hooks.h: which hooks hang on which point, found out at start. */
#ifndef API_HOOKS_H
#define API_HOOKS_H

#include "api/state.h"

struct attached { /* one hook */
    struct module *module;
    c18n_hook declared;
};

struct hook_point {
    struct module *module; /* that runs it */
    c18n_point declared;
    struct attached *hooks; /* by priority, then by module id */
    size_t count;
};

/** Takes in all points and hooks. 0, or 78 with a line a fault: an unknown point, two points of one name. */
int hooks_compile(struct api *api, struct text *ret_why);

#endif
