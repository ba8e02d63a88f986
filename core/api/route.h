/**
 * route.h: which route a method and a path mean.
 *
 * The modules' route tables are compiled at start into a tree of path segments, read by all event
 * threads. A literal segment wins over a parameter; a trailing slash is the same resource. A
 * parameter `{name}` is an id: what is no UUID in canonical form is 404. `{name:text}` takes any one
 * segment of up to 255 bytes.
 */
#ifndef API_ROUTE_H
#define API_ROUTE_H

#include "api/state.h"

/** Compiles all routes. 0, or 78 with one line a fault in ret_why. After the policies. */
int routes_compile(struct api *api, struct text *ret_why);

enum route_found { ROUTE_FOUND, ROUTE_NO_METHOD, ROUTE_NONE, ROUTE_BAD_PATH };

struct route_match {
    const struct route *route;
    const char *allow; /* ROUTE_FOUND and _NO_METHOD: "GET, HEAD, OPTIONS, …" */
    struct request_param params[API_PARAMS_MAX];
    size_t param_count;
};
/** Finds the route. `path` is encoded and begins with /api/v1. Texts of *ret_match are in the arena. */
enum route_found route_find(const struct api *api, struct arena *arena, const char *method, const char *path,
                            struct route_match *ret_match);

#endif
