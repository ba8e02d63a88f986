/**
 * http.h: routes, requests and answers.
 *
 * A c18n_request is a unit of work that the host runs for a module. Most often it is an HTTP
 * request; an event brought to a consumer, a timer and a line of an import are requests too
 * (c18n_method is then NULL), so that reading views and emitting events looks the same everywhere.
 * A request is handled by one thread at a time and lives until its answer is out.
 *
 * Where a handler runs is its route's class:
 *   INLINE  on the event thread. At most 50 us, reads no view, never blocks.
 *   READ    on a pool thread with a snapshot of the views. May be run twice; does nothing but read
 *           and reply. The default of GET and HEAD.
 *   WRITE   inside a transaction of the writer. Sees all that is committed, may emit events; the
 *           reply goes out when the transaction is durable. Failing undoes all it did. Must not
 *           block or compute for long: that belongs in `prepare`. The default of other methods.
 *   BLOCKING on a pool thread that may be held for long. For streamed answers; writes with
 *           c18n_transact.
 * The order is: token, CSRF, policy, body; then `prepare` (pool), then `handle`. For a WRITE route
 * the policy is asked inside the transaction, so that a right lost meanwhile is lost.
 */
#ifndef C18N_HTTP_H
#define C18N_HTTP_H

#include "abi.h"
#include "fields.h"
#include "json.h"
#include "mem.h"

/** Where a handler runs, see above. */
enum { C18N_CLASS_DEFAULT, C18N_CLASS_INLINE, C18N_CLASS_READ, C18N_CLASS_WRITE, C18N_CLASS_BLOCKING };

/** Flags of a route. */
enum {
    C18N_ROUTE_PAGE = 1,      /**< answers an array; takes limit and after */
    C18N_ROUTE_STREAM = 2,    /**< answers a stream; no Idempotency-Key */
    C18N_ROUTE_LOGIN = 4,     /**< counted per account and address: 5 a minute */
    C18N_ROUTE_CREATED = 8,   /**< answers a Location header */
    C18N_ROUTE_SESSION = 16,  /**< hands out or ends a session: the answer must not be stored */
    C18N_ROUTE_IF_MATCH = 32, /**< updates one resource: takes If-Match */
    C18N_ROUTE_BY_ID = 64,    /**< READ: policy and handler get records by id and do nothing else that takes time, so
                               *   that they may run on the event thread when the records are in memory */
    C18N_ROUTE_BLOB = 128,    /**< READ of GET: answers by c18n_reply_blob. Since 0.3 */
};

/** Handles a request: replies, or returns why it fails.
 *  Thread: request's: by the route's class. Owner: request; `module` is c18n_self.state. Errors: any code: it becomes
 *  the problem that is answered. Since 0.1. */
typedef int (*c18n_handler)(c18n_request *rq, void *module);

/** A row of a module's table of routes. */
typedef struct c18n_route {
    const char *method;
    /** Below /api/v1: "/communities/{community}/posts/". A parameter in braces is an id: what is no UUID is
     *  404 before the handler is asked. "{name:text}" takes any one segment; its name is then `name`. */
    const char *path;
    c18n_handler handle;
    const char *allow;    /**< the policy's name; a route without one stops the start */
    uint32_t run;         /**< C18N_CLASS_… */
    uint32_t flags;       /**< C18N_ROUTE_… */
    c18n_handler prepare; /**< slow work before a WRITE: hashing, decoding. On the pool; NULL: none */
    c18n_table body;      /**< c18n_field[]; none: the route takes no body */
    c18n_table query;     /**< c18n_field[] of the query; an unknown one is 400 */
    c18n_table answer;    /**< c18n_field[] of the resource that is answered, for OpenAPI */
    const char *does;     /**< a few words, for people */
    const char *fails;    /**< statuses beyond the usual ones, "409 410" */
} c18n_route;

/** Decides on a request.
 *  Thread: request's. Owner: request; `module` is c18n_self.state. Errors: C18N_UNAUTHENTICATED, C18N_FORBIDDEN,
 *  C18N_NOT_FOUND, C18N_GONE: no; any other code: it failed. Since 0.1. */
typedef int (*c18n_policy_check)(c18n_request *rq, void *module);
/** A row of a module's table of policies: who may. */
typedef struct c18n_policy {
    const char *name;
    c18n_policy_check check;
    const char *help;   /**< who that is, for people */
    uint32_t anonymous; /**< 1: asked also without a token */
} c18n_policy;
/* Policies of the host: "public", "user" (any valid token), "admin", "self" (the {user} of the path,
 * or an admin), "moderator_role", "analytics_role". Modules add their own by name. */

/** Who asks. Members are never NULL but where said. */
typedef struct c18n_caller {
    const char *user;         /**< id; "" when anonymous, "system" for the host itself */
    const char *on_behalf_of; /**< id of the impersonating admin; NULL: nobody */
    const char *roles;        /**< " admin user ": each with a space on both sides */
    const char *session;      /**< jti; "" when anonymous */
    const char *token;        /**< as presented; "" when anonymous */
    int64_t issued, expires;  /**< Unix seconds */
    uint32_t admin;
} c18n_caller;

/** A list to answer. What the page and the search point to is read before the call returns. */
typedef struct c18n_page {
    uint32_t size; /**< sizeof(c18n_page) */
    const char *view;
    const char *index;    /**< as declared by the view */
    const char *match[4]; /**< the index's first columns must equal these; NULL ends */
    c18n_table fields;    /**< c18n_field[] of each item */
    /** Shows an item? C18N_OK: yes. NULL: all are shown.
     *  Thread: request's. Owner: request. Errors: any code: it is left out. Since 0.1. */
    int (*keep)(c18n_request *rq, const c18n_doc *record, void *arg);
    void *arg;
    /** Another record to show in place of the index's own (a membership's user); NULL: itself.
     *  Thread: request's. Owner: request. Errors: NULL (it is left out). Since 0.1. */
    const c18n_doc *(*instead)(c18n_request *rq, const c18n_doc *record, void *arg);
    int64_t since; /**< with an index whose next column is a time, descending: stop below; 0: no */
} c18n_page;

/** Hits of a search to answer. */
typedef struct c18n_search {
    uint32_t size;
    const char *view;        /**< a view that declares `.search` */
    const char *query;       /**< words; NULL or "": none */
    const char *in;          /**< "name" or "name tags": only these fields; NULL: all */
    const char *filter_name; /**< a field of the view's `.search_filters` that must equal filter_value; NULL: none */
    const char *filter_value;
    c18n_table fields;
    /** Shows a hit? C18N_OK: yes. NULL: all are shown.
     *  Thread: request's. Owner: request. Errors: any code: it is left out. Since 0.1. */
    int (*keep)(c18n_request *rq, const c18n_doc *record, void *arg);
    void *arg;
} c18n_search;

/** A list to answer that no index has: the module has put it together. Since 0.3. */
typedef struct c18n_list {
    uint32_t size;  /**< sizeof(c18n_list) */
    uint32_t count; /**< at most 4,096 */
    const c18n_doc *const *items;
    /** Of each item, by which the list is in order: strictly ascending by strcmp. A cursor is the key of a page's last
     *  item, so that what moves or is added meanwhile neither hides nor doubles others. */
    const char *const *keys;
    c18n_table fields; /**< c18n_field[] of each item */
    /** Makes what is shown of an item, for those of the page only: what costs something needs not be made for all.
     * NULL: the item itself. Thread: request's. Owner: request. Errors: NULL (the request fails). Since 0.3. */
    const c18n_doc *(*show)(c18n_request *rq, const c18n_doc *item, void *arg);
    void *arg;
    /** Of a module that pages by parameters of its own, "before" say: `keys` is NULL, the items are just this page's,
     *  and this is the parameter of the next page with its value, "before=42"; it takes the place of the one that the
     *  request came with. NULL: there are keys, or there is no next page. */
    const char *next;
} c18n_list;

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_http_family {
    c18n_family family;
    const char *(*method)(c18n_request *rq);
    const char *(*path)(c18n_request *rq, const char *name);
    const char *(*query)(c18n_request *rq, const char *name);
    const char *(*header)(c18n_request *rq, const char *name);
    const char *(*address)(c18n_request *rq);
    const char *(*request_id)(c18n_request *rq);
    const c18n_doc *(*body)(c18n_request *rq);
    const c18n_caller *(*caller)(c18n_request *rq);
    void (*keep)(c18n_request *rq, void *pointer);
    void *(*kept)(c18n_request *rq);
    int (*set_header)(c18n_request *rq, const char *name, const char *value);
    int (*reply_json)(c18n_request *rq, int status, c18n_out *out);
    int (*reply_record)(c18n_request *rq, const char *location, const c18n_table *fields, const c18n_doc *record);
    int (*reply_page)(c18n_request *rq, const c18n_page *page);
    int (*reply_search)(c18n_request *rq, const c18n_search *search);
    int (*reply_history)(c18n_request *rq, const char *resource);
    int (*fail)(c18n_request *rq, int code, const char *word, const char *detail);
    int (*fail_field)(c18n_request *rq, int code, const char *field, const char *detail);
    int (*stream_begin)(c18n_request *rq, const char *content_type);
    int (*stream_write)(c18n_request *rq, const void *bytes, size_t count);
    int (*allowed)(c18n_request *rq, const char *policy);
    void (*out_record)(c18n_request *rq, c18n_out *out, const c18n_table *fields, const c18n_doc *record);
    int (*if_match)(c18n_request *rq, const c18n_doc *record);
    int (*reply_list)(c18n_request *rq, const c18n_list *list); /* since 0.3 */
} c18n_http_family;

/** "GET", "POST", …; NULL when the request is no HTTP request.
 *  Thread: request's. Owner: request. Errors: none. Since 0.1. */
static inline const char *c18n_method(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->http->method(rq);
}
/** A parameter of the path, decoded.
 *  Thread: request's. Owner: request. Errors: "" (the route has none of that name). Since 0.1. */
static inline const char *c18n_path(c18n_request *rq, const char *name)
{
    return C18N_HOST_OF(rq)->http->path(rq, name);
}
/** A decoded parameter of the query.
 *  Thread: request's. Owner: request. Errors: NULL (absent). Since 0.1. */
static inline const char *c18n_query(c18n_request *rq, const char *name)
{
    return C18N_HOST_OF(rq)->http->query(rq, name);
}
/** A header of the request, in any case.
 *  Thread: request's. Owner: request. Errors: NULL (absent). Since 0.1. */
static inline const char *c18n_header(c18n_request *rq, const char *name)
{
    return C18N_HOST_OF(rq)->http->header(rq, name);
}
/** The client's address in text.
 *  Thread: request's. Owner: request. Errors: "" (there is none). Since 0.1. */
static inline const char *c18n_address(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->http->address(rq);
}
/** The id that the answer, the log and the events carry.
 *  Thread: request's. Owner: request. Errors: none. Since 0.1. */
static inline const char *c18n_request_id(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->http->request_id(rq);
}
/** The validated body (in an import: the line). Never NULL; empty when the route takes none.
 *  Thread: request's. Owner: request. Errors: none. Since 0.1. */
static inline const c18n_doc *c18n_body(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->http->body(rq);
}
/** Who asks. Never NULL.
 *  Thread: request's. Owner: request. Errors: none. Since 0.1. */
static inline const c18n_caller *c18n_who(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->http->caller(rq);
}
/** Hands a pointer from `prepare` to `handle`.
 *  Thread: request's. Owner: module: it points to request memory, or to what lives longer. Errors: none. Since 0.1. */
static inline void c18n_keep(c18n_request *rq, void *pointer)
{
    C18N_HOST_OF(rq)->http->keep(rq, pointer);
}
/** What c18n_keep was given.
 *  Thread: request's. Owner: module. Errors: NULL (nothing). Since 0.1. */
static inline void *c18n_kept(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->http->kept(rq);
}
/** Adds a header to the answer.
 *  Thread: request's. Owner: caller. Errors: C18N_INVALID (not a legal name or value), C18N_NO_MEMORY. Since 0.1. */
C18N_MUST_USE static inline int c18n_set_header(c18n_request *rq, const char *name, const char *value)
{
    return C18N_HOST_OF(rq)->http->set_header(rq, name, value);
}
/** Answers a JSON object. A status of 400 or more undoes what a WRITE did. Every reply_… takes the place of an earlier
 *  one.
 *  Thread: request's. Owner: caller; `out` is ended by this. Errors: what stuck in `out` (NULL is C18N_NO_MEMORY).
 *  Since 0.1. */
C18N_MUST_USE static inline int c18n_reply_json(c18n_request *rq, int status, c18n_out *out)
{
    return C18N_HOST_OF(rq)->http->reply_json(rq, status, out);
}
/** Answers `{}`.
 *  Thread: request's. Owner: none. Errors: C18N_NO_MEMORY. Since 0.1. */
C18N_MUST_USE static inline int c18n_reply_empty(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->http->reply_json(rq, 200, c18n_out_new(rq));
}
/** Answers one record by a field table, with its ETag (and 304 by If-None-Match). What is no GET also answers a
 *  Location header (`location` is a path below /api/v1; NULL: none).
 *  Thread: request's. Owner: caller. Errors: C18N_NO_MEMORY. Since 0.1. */
C18N_MUST_USE static inline int c18n_reply_record(c18n_request *rq, const char *location, c18n_table fields,
                                                  const c18n_doc *record)
{
    return C18N_HOST_OF(rq)->http->reply_record(rq, location, &fields, record);
}
/** Answers a page of a view: limit, cursor, Link header and ETag are the host's. Routes with C18N_ROUTE_PAGE.
 *  Thread: request's. Owner: caller. Errors: C18N_BAD_REQUEST (a forged cursor), C18N_INVALID (no such view or index),
 *  as c18n_each. Since 0.1. */
C18N_MUST_USE static inline int c18n_reply_page(c18n_request *rq, const c18n_page *page)
{
    return C18N_HOST_OF(rq)->http->reply_page(rq, page);
}
/** Answers a page of a list that the module has put together: limit, cursor, Link header and ETag are the host's.
 * Routes with C18N_ROUTE_PAGE. Thread: request's. Owner: caller; the items belong to the request. Errors:
 * C18N_BAD_REQUEST (a forged cursor), C18N_INVALID (keys are not in order), C18N_NO_MEMORY. Since 0.3. */
C18N_MUST_USE static inline int c18n_reply_list(c18n_request *rq, const c18n_list *list)
{
    return C18N_HOST_OF(rq)->http->reply_list(rq, list);
}
/** Answers a page of search hits, most relevant first. Every hit is read from its view and shown only when it is there,
 *  not deleted, and kept.
 *  Thread: request's. Owner: caller. Errors: C18N_UNAVAILABLE (no index), as c18n_each. Since 0.1. */
C18N_MUST_USE static inline int c18n_reply_search(c18n_request *rq, const c18n_search *search)
{
    return C18N_HOST_OF(rq)->http->reply_search(rq, search);
}
/** Answers the events of a resource, oldest first, unsealed as far as keys are there. Routes with C18N_ROUTE_PAGE.
 *  Thread: request's. Owner: caller. Errors: C18N_BAD_REQUEST (a forged cursor), as c18n_each. Since 0.1. */
C18N_MUST_USE static inline int c18n_reply_history(c18n_request *rq, const char *resource)
{
    return C18N_HOST_OF(rq)->http->reply_history(rq, resource);
}
/** Notes why the request fails: `return c18n_fail(rq, C18N_CONFLICT, "…", "…")`. `word` is the problem's `code`; NULL:
 *  the usual one.
 *  Thread: request's. Owner: caller. Errors: `code`, always (C18N_ERROR in place of one that is none). Since 0.1. */
C18N_MUST_USE static inline int c18n_fail(c18n_request *rq, int code, const char *word, const char *detail)
{
    return C18N_HOST_OF(rq)->http->fail(rq, code, word, detail);
}
/** As c18n_fail, naming a field in errors[]; call it once a field.
 *  Thread: request's. Owner: caller. Errors: as c18n_fail. Since 0.1. */
C18N_MUST_USE static inline int c18n_fail_field(c18n_request *rq, int code, const char *field, const char *detail)
{
    return C18N_HOST_OF(rq)->http->fail_field(rq, code, field, detail);
}
/** Begins a streamed answer. BLOCKING routes with C18N_ROUTE_STREAM.
 *  Thread: request's. Owner: caller; `content_type` must live as long as the request. Errors: C18N_INVALID (another
 *  route, or begun already). Since 0.1. */
C18N_MUST_USE static inline int c18n_stream_begin(c18n_request *rq, const char *content_type)
{
    return C18N_HOST_OF(rq)->http->stream_begin(rq, content_type);
}
/** Sends a piece; waits while the client is slow.
 *  Thread: request's. Owner: caller. Errors: C18N_GONE (the client left), C18N_INVALID (not begun). Since 0.1. */
C18N_MUST_USE static inline int c18n_stream_write(c18n_request *rq, const void *bytes, size_t count)
{
    return C18N_HOST_OF(rq)->http->stream_write(rq, bytes, count);
}
/** Before an update: does the client's If-Match name the record as it is now? C18N_OK also without the header.
 *  Thread: request's. Owner: caller. Errors: C18N_PRECONDITION (somebody else was faster). Since 0.1. */
C18N_MUST_USE static inline int c18n_if_match(c18n_request *rq, const c18n_doc *record)
{
    return C18N_HOST_OF(rq)->http->if_match(rq, record);
}
/** Asks a policy by name for this request. Where views may be read.
 *  Thread: request's. Owner: caller. Errors: the policy's; C18N_ERROR (nobody declares it). Since 0.1. */
C18N_MUST_USE static inline int c18n_allowed(c18n_request *rq, const char *policy)
{
    return C18N_HOST_OF(rq)->http->allowed(rq, policy);
}
/** Writes a record's members by a field table into an open object. `out` NULL: nothing.
 *  Thread: request's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
static inline void c18n_out_record(c18n_request *rq, c18n_out *out, c18n_table fields, const c18n_doc *record)
{
    if (out)
        C18N_HOST_OF(rq)->http->out_record(rq, out, &fields, record);
}

#endif
