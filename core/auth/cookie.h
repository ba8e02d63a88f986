/**
 * cookie.h: the two cookies of the API, and where a request carries its token.
 *
 * Both are HttpOnly, SameSite=Lax and for the whole site: the session (always Secure), and the pre-session that a
 * CSRF token is bound to before there is a session (Secure where the public URL is).
 */
#ifndef AUTH_COOKIE_H
#define AUTH_COOKIE_H

#include "request/request.h"

#define AUTH_COOKIE_SESSION "c18n_session"
#define AUTH_COOKIE_PRE     "c18n_pre"

/** A cookie's value, in the arena. C18N_NOT_FOUND; C18N_INVALID: it is there twice with different values. */
int auth_cookie_get(struct request *request, const char *name, const char **ret_value);
/** Adds Set-Cookie to the answer, in place of one of the same name. `seconds` 0 takes the cookie away. */
int auth_cookie_set(struct request *request, const char *name, const char *value, int64_t seconds);
/** The token of Authorization, else (of a handshake: ROUTE_SOCKET) of the sub-protocol "bearer.TOKEN", else of the
 *  session cookie. *ret_token NULL: there is none. C18N_UNAUTHENTICATED: something is there but it is no Bearer token;
 *  it never falls back to the next. */
int auth_cookie_or_bearer(struct request *request, const char **ret_token, bool *ret_from_cookie);

#endif
