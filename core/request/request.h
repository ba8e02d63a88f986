/**
 * request.h: the host's side of a c18n_request: a unit of work for a module.
 *
 * An HTTP request, an event for a consumer, a timer's turn and an imported line are all one of
 * these. One thread at a time has it. What it allocates is in its arena.
 */
#ifndef REQUEST_REQUEST_H
#define REQUEST_REQUEST_H

#include "base/arena.h"
#include "base/text.h"
#include "c18n/http.h"
#include "c18n/json.h"
#include "c18n/mem.h"
#include "http/http.h"

struct auth_note;
struct data;
struct data_scope;  /* data/: the connection, and whether it may write */
struct live_socket; /* live/ */
struct live_notes;  /* live/ */
struct module;      /* loader/ */
struct policy;      /* api/ */
struct request;     /* below */
struct route_hooks; /* api/ */
struct server;      /* server.h */

enum { ROUTE_SOCKET = C18N_CLASS_BLOCKING + 1 }; /* struct route.run of a place to connect to: live/ takes it */

/* Where requests go: a row of a module's table, compiled by api/. */
struct route {
    struct module *module; /* NULL: the host's own */
    c18n_route declared;   /* its path without the marks of free text */
    const char *called;    /* "GET /posts/{post}" */
    const struct policy *policy;
    uint32_t run;                    /* with the default resolved */
    unsigned number;                 /* among routes; of a socket: among sockets */
    uint32_t free_text;              /* bit N: parameter N of the path is any text, not an id */
    const struct route_hooks *hooks; /* around its handler; NULL: none */
};

struct request_param {
    const char *name, *value;
};

struct request_error { /* one entry of errors[] */
    const char *field, *detail;
    struct request_error *next;
};

struct request_reply {
    int status; /* 0: nothing was replied */
    const char *content_type;
    const char *body;
    size_t body_length;
    struct http_header headers[16];
    size_t header_count;
    bool streaming;
    /** Sends it, on the loop's thread: its bytes are not in memory. NULL: they are, or come by c18n_stream_write. */
    void (*send)(struct request *request);
    void *sending; /* of `send` */
};

struct request {
    struct c18n_request_head head; /* must stay first: host, self */
    struct server *server;
    struct arena *arena;
    struct http_request *http;  /* NULL when not from HTTP */
    struct live_socket *socket; /* that it came by, or that is being opened; NULL: by none */
    const char *address;        /* the client's, when it came by a socket; see request_address */
    struct live_notes *live;    /* live/: what it subscribed to; NULL: nothing */
    const struct route *route;
    struct request_param params[8]; /* of the path, decoded */
    size_t param_count;
    struct request_param query[24]; /* decoded */
    size_t query_count;
    c18n_caller caller;
    struct auth_note *auth; /* auth/: what it knows of the token; NULL before auth_identify */
    const c18n_doc *body;
    const char *request_id;
    void *kept;
    bool rendering; /* a hook adds to a record: what it shows itself, it shows bare */

    struct data_scope *scope; /* NULL: views can't be read here (INLINE) */
    int64_t event_time_ms;    /* 0: now */
    bool starved;             /* its module was refused memory: what that makes of it is not believed */

    struct request_reply reply;
    const char *problem_word, *problem_detail; /* of c18n_fail */
    struct request_error *errors;
};

extern const c18n_caller request_nobody; /* who asks without a token */

/** A request that comes from the host itself (timer, consumer, import). `self` is the module whose code will run. */
void request_init_internal(struct request *request, struct server *server, struct arena *arena, c18n_self *self);
/** While code of another module runs in a request, the request is that module's: whose events, state and services these
 *  are, and whose name a crash has (base/crumb.h). `self` NULL: the host's own code, and the request stays whose it is.
 *  What it gives, request_return takes. Request's thread; what is lent is returned in reverse order. */
c18n_self *request_lend(struct request *request, c18n_self *self, const char *stage, const char *route);
void request_return(struct request *request, c18n_self *before);

/** The client's address in text; "": there is no client. */
static inline const char *request_address(const struct request *request)
{
    const char *address = request->http ? request->http->address : request->address;
    return address ? address : "";
}
static inline struct request *request_of(c18n_request *rq)
{
    return (struct request *)(void *)rq;
}
static inline c18n_request *request_pub(struct request *request)
{
    return (c18n_request *)(void *)request;
}

extern const c18n_json_family json_family; /* families.c */
extern const c18n_mem_family mem_family;

#endif
