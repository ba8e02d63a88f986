/**
 * route_hooks.h: core.before_route and core.after_route: what modules hang around handlers.
 *
 * Found out at start for each route: route->hooks is NULL where nothing hangs, and then it costs a look at a pointer.
 */
#ifndef API_ROUTE_HOOKS_H
#define API_ROUTE_HOOKS_H

#include "api/hooks.h"

struct route_hooks {
    const struct attached **before, **after;
    size_t before_count, after_count;
    const c18n_doc *asked; /* the subject before; after, the status comes to it */
};

/** After routes_compile and hooks_compile. 0, or 78 with a line for each hook whose route nobody has. */
int route_hooks_compile(struct api *api, struct text *ret_why);

/** Writes what both subjects say of a route. */
void route_hooks_subject(const struct route *route, c18n_out *out);
/** Ask what hangs around the request's route, until one says no. In the class and thread of the handler. */
int route_hooks_before(struct request *request) __attribute__((warn_unused_result));
int route_hooks_after(struct request *request) __attribute__((warn_unused_result));

#endif
