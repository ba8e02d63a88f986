/**
 * auth.h: who asks, and is the request really theirs.
 *
 * Tokens are JWTs (HS256) signed by this server. One file verifies (token.c). A thread's cache of
 * verified tokens makes the check free; roles, generation and revocation are asked of state that is
 * brought up to date at every commit, so a right lost is lost at the next request.
 */
#ifndef AUTH_AUTH_H
#define AUTH_AUTH_H

#include "c18n/auth.h"
#include "conf/conf.h"
#include "request/request.h"

struct auth;

struct auth_claims { /* of a verified token */
    char user[37], session[37];
    char on_behalf_of[37]; /* "" none */
    int64_t generation, issued, expires;
};

/** Reads or makes the secret file (0600; refuses one that others may read). */
int auth_open(struct server *server, const struct conf_section *settings, struct auth **ret_auth, struct text *ret_why);
void auth_close(struct auth *auth);
/** For server_load and `c18nctl check`: complains of a secret file that auth_open would refuse. Opens nothing. */
void auth_check_settings(struct server *server);

/** A reload: reads keys and origins as the proposed settings say, between conf_try on and off. Not C18N_OK: complained
 *  of to the conf. Then one of commit and abort, which take the terms back. What the keys that are gone have verified
 * is verified anew. The thread that reloads. */
struct auth_terms;
int auth_prepare(struct auth *auth, struct auth_terms **ret_terms);
/** How many keys the terms have, if they are others than those that hold; 0: the same. */
size_t auth_other_keys(struct auth *auth, const struct auth_terms *terms);
void auth_commit(struct auth *auth, struct auth_terms *terms);
void auth_abort(struct auth *auth, struct auth_terms *terms);

/** Signs. Returns the token in the arena; NULL: no memory. */
const char *auth_sign(struct auth *auth, struct arena *arena, const struct auth_claims *claims);
/** Verifies signature, algorithm, times, issuer, type. C18N_TIMEOUT: genuine, but its time is over, for good;
 *  C18N_UNAUTHENTICATED: not ours. The reason is for the log only. */
int auth_verify(struct auth *auth, const char *token, struct auth_claims *ret_claims, const char **ret_reason);
int64_t auth_default_ttl(const struct auth *auth);

/** First step of the gate, on the loop's thread: finds and verifies the token (header or cookie) and fills
 *  request->caller but for the roles. C18N_OK (also without a token: anonymous), C18N_UNAUTHENTICATED. */
int auth_identify(struct auth *auth, struct request *request);
/** Second step: roles, generation, active, revoked. From the cache: C18N_AGAIN when it must be asked of
 *  a thread that may read views. */
int auth_person(struct auth *auth, struct request *request, bool may_read);
/** The first step with a token that came by another way: a socket's next one. It lives as long as the request. */
int auth_present(struct auth *auth, struct request *request, const char *token);
/** In place of the first step, for work in the name of somebody who was identified before: a socket's. auth_person
 * follows as ever. C18N_NO_MEMORY. */
int auth_assume(struct auth *auth, struct request *request, const struct auth_claims *claims, const char *token);
/** What the first step has verified; NULL: nobody asks. */
const struct auth_claims *auth_claims_of(const struct request *request);
/** Is `Origin`, when there, one of ours? C18N_FORBIDDEN with the problem noted. For a handshake, which is a GET. */
int auth_origin_check(struct auth *auth, struct request *request);
/** CSRF, Origin and Sec-Fetch-Site of a request that changes something. C18N_FORBIDDEN with the problem noted. */
int auth_csrf_check(struct auth *auth, struct request *request);
/** Is the session revoked? Loaded at start from the host table `revoked`. */
int auth_load_revoked(struct auth *auth, struct data *data);
void auth_on_commit(void *arg, const char *topic, const char *type, const char *resource);

/** Requests a minute an identity (core.rate_limit) and logins a minute an account and address. Fills the numbers
 *  of the RateLimit headers. C18N_LIMITED. */
struct auth_limit {
    int64_t limit, remaining, reset_s;
};
int auth_rate(struct auth *auth, struct request *request, struct auth_limit *ret_limit);
int auth_login_rate(struct auth *auth, struct request *request, const char *account, struct auth_limit *ret_limit);

extern const c18n_auth_family auth_family;

#endif
