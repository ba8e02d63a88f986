/**
 * state.h: struct api, what its files share. Nobody outside this folder includes it.
 *
 * Made by api_new on the control thread and constant from then on, so every thread may read it. All of
 * it is in one arena that api_free gives back. (The cursors' key is the one late thing: cursor.c.)
 */
#ifndef API_STATE_H
#define API_STATE_H

#include "api/api.h"
#include "auth/auth.h"
#include "conf/conf.h"
#include "data/data.h"
#include "request/server.h"
#include "run/task.h"

#include <pthread.h>
#include <stdatomic.h>

#define API_BASE "/api/v1"

enum {
    API_MAGIC = 0x61706931,
    API_PARAMS_MAX = 8,        /* of a path; as request.params */
    API_SEGMENTS_MAX = 16,     /* of a path */
    API_QUERY_MAX = 24,        /* as request.query */
    API_MEMORY_MAX = 64 << 20, /* of the compiled tables and the two documents */
};

struct route_node; /* route.c */
struct hook_point; /* hooks.c */

struct document { /* a text made at start */
    const char *text, *etag;
    size_t length;
};

struct api {
    uint32_t magic;
    struct server *server;
    struct arena *arena;
    struct policy *policies;
    size_t policy_count;
    struct route *routes;
    struct route_node *root;
    size_t route_count;
    struct route *sockets; /* places to connect to: GET routes of the same tree, whose requests go to `upgrade` */
    size_t socket_count;
    void (*upgrade)(struct request *request);
    struct hook_point *points; /* ordered by name */
    size_t point_count;
    struct hook_point **renders; /* those render points on which something hangs */
    size_t render_count;
    struct document openapi, asyncapi;

    pthread_mutex_t cursor_lock; /* guards the two below until cursor_ready */
    uint8_t cursor_key[32];
    bool cursor_ready;           /* atomic */
    atomic_uint blocking_routes; /* requests of the class BLOCKING that run or wait */
};

/** What a module's functions get as their last argument. */
static inline void *module_argument(struct module *module)
{
    return module ? module->self.state : NULL;
}
static inline const char *module_id(const struct module *module)
{
    return module ? module->self.id : NULL;
}
static inline c18n_self *module_self(struct module *module)
{
    return module ? &module->self : NULL;
}

/** Calls `each` for every module that was not left out, in load order, until one says no. */
typedef int (*api_module_step)(struct api *api, struct module *module, struct text *ret_why);
int api_each_module(struct api *api, api_module_step each, struct text *ret_why);

/** Element `number` of a table of fields: in place when it has today's size, else copied to *scratch. */
static inline const c18n_field *field_at(const c18n_table *table, size_t number, c18n_field *scratch)
{
    if (table->stride == sizeof(c18n_field))
        return (const c18n_field *)table->at + number;
    loader_item(table, number, scratch, sizeof *scratch);
    return scratch;
}

#endif
