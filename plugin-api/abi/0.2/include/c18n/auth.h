/**
 * auth.h: tokens and sessions, for the module that knows the people.
 *
 * The host signs and verifies tokens, keeps CSRF tokens and revocations. Who a person is, and which
 * roles they have now, it asks of the one module that provides "identity.v1".
 */
#ifndef C18N_AUTH_H
#define C18N_AUTH_H

#include "abi.h"
#include "mem.h"

/** What "identity.v1" answers. Text lives as long as the request. The struct never grows. */
typedef struct c18n_person {
    const char *roles;  /**< " admin user " */
    int64_t generation; /**< tokens of an older generation are refused (`ver` of the token) */
    uint32_t active;    /**< 0: deactivated, no token is taken */
} c18n_person;

/** The functions of the service "identity.v1". The host caches the answer until an event of topic
 *  `users` with that resource commits. */
typedef struct c18n_identity {
    uint32_t size;
    /** Finds a person by id. In a request that may read.
     *  Thread: request's. Owner: request, the texts in ret_person. Errors: C18N_NOT_FOUND (nobody), or the storage's.
     *  Since 0.1. */
    int (*person)(c18n_self *self, c18n_request *rq, const char *user, c18n_person *ret_person);
    /** Finds an id by e-mail or username, for the command line. In a request that may read.
     *  Thread: request's. Owner: caller. Errors: C18N_NOT_FOUND (nobody), or the storage's. Since 0.1. */
    int (*lookup)(c18n_self *self, c18n_request *rq, const char *name, char ret_id[37]);
    /** Creates a person, in a WRITE request. Roles are space-separated.
     *  Thread: request's. Owner: caller. Errors: C18N_INVALID, C18N_EXISTS (the name or address is taken), or as
     *  c18n_emit. Since 0.1. */
    int (*create)(c18n_self *self, c18n_request *rq, const char *email, const char *username, const char *password,
                  const char *roles, char ret_id[37]);
} c18n_identity;

/** A signed token. Text lives as long as the request. The struct never grows. */
typedef struct c18n_token {
    const char *token;
    const char *session; /**< jti */
    const char *csrf;
    int64_t issued, expires;
} c18n_token;

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_auth_family {
    c18n_family family;
    int (*issue)(c18n_request *rq, const char *user, int64_t generation, int64_t ttl, c18n_token *ret_token);
    int (*set_cookie)(c18n_request *rq, const c18n_token *token);
    int (*clear_cookie)(c18n_request *rq);
    int (*revoke)(c18n_request *rq);
    const char *(*csrf)(c18n_request *rq);
} c18n_auth_family;

/** Signs a token. `ttl` in seconds; 0: auth.token_ttl. Nothing is stored.
 *  Thread: request's. Owner: request, the texts in ret_token. Errors: C18N_INVALID (`user` is no id, or the ttl is out
 *  of range), C18N_NO_MEMORY. Since 0.1. */
C18N_MUST_USE static inline int c18n_issue_token(c18n_request *rq, const char *user, int64_t generation, int64_t ttl,
                                                 c18n_token *ret_token)
{
    return C18N_HOST_OF(rq)->auth->issue(rq, user, generation, ttl, ret_token);
}
/** Puts the token into the session cookie of the answer.
 *  Thread: request's. Owner: caller. Errors: C18N_NO_MEMORY. Since 0.1. */
C18N_MUST_USE static inline int c18n_set_session_cookie(c18n_request *rq, const c18n_token *token)
{
    return C18N_HOST_OF(rq)->auth->set_cookie(rq, token);
}
/** Takes the session cookie away from the client.
 *  Thread: request's. Owner: none. Errors: C18N_NO_MEMORY. Since 0.1. */
C18N_MUST_USE static inline int c18n_clear_session_cookie(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->auth->clear_cookie(rq);
}
/** Revokes the session of the token presented: an event of the host, so it is durable. WRITE requests.
 *  Thread: request's. Owner: none. Errors: as c18n_emit. Since 0.1. */
C18N_MUST_USE static inline int c18n_revoke_session(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->auth->revoke(rq);
}
/** The CSRF token of the session; without one, of a fresh pre-session whose cookie the answer sets.
 *  Thread: request's. Owner: request. Errors: NULL (out of memory). Since 0.1. */
static inline const char *c18n_csrf_token(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->auth->csrf(rq);
}

#endif
