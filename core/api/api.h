/**
 * api.h: from an HTTP request to a module's handler and back.
 *
 * route.c compiles the modules' route tables; dispatch.c takes a request through the gate and to its
 * thread; fields.c judges bodies; page.c, problem.c, idempotency.c, etag.c make answers; openapi.c and
 * asyncapi.c describe what is loaded. Tables decide, not branches.
 */
#ifndef API_API_H
#define API_API_H

#include "loader/loader.h"
#include "request/request.h"

struct api;

struct policy {
    c18n_policy declared;
    struct module *module; /* NULL: the host's own */
    bool needs_views;      /* false: decided from the caller alone, on the loop's thread */
};

/** Compiles routes, policies, hooks and field tables of all loaded modules. A route without a policy, with an
 *  unknown one, or that another module has: ret_why and 78. */
int api_new(struct server *server, struct api **ret_api, struct text *ret_why);
void api_free(struct api *api);

/** struct http_options.request and .refuse of the API listener; `arg` is the struct server, whose api is set. */
void api_request(void *arg, struct http_request *http);
void api_refuse(void *arg, struct http_request *http, int status, const char *code, const char *detail,
                struct http_answer *ret_answer);

size_t api_route_count(const struct api *api);
const struct route *api_route(const struct api *api, size_t number);

/** Places to connect to, of all modules in load order. */
size_t api_socket_count(const struct api *api);
const struct route *api_socket(const struct api *api, size_t number);
/** Where requests for these go once token, rate and policy are judged, on their loop's thread. Before listening. */
void api_on_upgrade(struct api *api, void (*upgrade)(struct request *request));
/** Ends such a request with what its reply holds, as any other. */
void api_answer(struct request *request);

/** Judges an object by a field table; the canonical result (defaults nothing, lists split, order of the table) becomes
 *  *ret_doc. Faults are added to request->errors: C18N_INVALID. Also used by import. */
int api_validate(struct request *request, const c18n_table *fields, const c18n_doc *input, const char *allow_extra,
                 const c18n_doc **ret_doc);
/** problem+json for a code and what c18n_fail noted, into request->reply. */
void api_problem(struct request *request, int code);

/** c18n_as. */
int api_as(c18n_self *self, c18n_request *rq, int (*work)(c18n_request *rq, void *arg), void *arg);

/** For listings: the host's own c18n_event_type[], and the topics in their order; NULL: there is no such number. */
const c18n_table *api_host_events(void);
const char *api_topic(size_t number);
/** For listings: every point, by name, and after each what hangs on it, in the order in which it runs. */
typedef void (*api_point_seen)(void *arg, const c18n_point *point);
typedef void (*api_hook_seen)(void *arg, const c18n_hook *hook, const char *module);
void api_each_point(const struct api *api, api_point_seen point, api_hook_seen hook, void *arg);

extern const c18n_http_family http_family;
extern const c18n_hooks_family hooks_family;
extern const c18n_audit_family audit_family;
extern const c18n_blobs_family blobs_family;

#endif
