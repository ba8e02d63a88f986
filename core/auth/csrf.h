/**
 * csrf.h: CSRF tokens, and the origins that a changing request may come from.
 *
 * A token is HMAC(secret, "session" || jti); without a session HMAC(secret, "pre" || value of the pre-session
 * cookie). So nothing is stored, and a token is worth nothing in another session.
 */
#ifndef AUTH_CSRF_H
#define AUTH_CSRF_H

#include "auth/auth.h"

enum { AUTH_CSRF_LENGTH = 43, AUTH_PRE_TTL_S = 3600 };

/** The token of a session, in the arena. NULL: no memory. */
const char *auth_csrf_of_session(struct auth *auth, struct arena *arena, const char *session);
/** The token of the request's session, else of its pre-session, else of a fresh one whose cookie the answer sets. */
const char *auth_csrf_of_request(struct auth *auth, struct request *request);
/** "https://Host:443/x" → "https://host": scheme, host and a port that isn't the usual one. NULL: no such thing.
 * malloc'd. */
char *auth_origin_of(const char *url);

#endif
