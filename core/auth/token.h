/**
 * token.h: the format of our tokens, which token.c alone writes and reads.
 *
 * A JWT: header {"alg":"HS256","typ":"JWT"} and nothing more; claims iss, aud, sub, jti, iat, nbf, exp,
 * ver (the person's generation) and, when an administrator acts for somebody, act {"sub": ID}.
 */
#ifndef AUTH_TOKEN_H
#define AUTH_TOKEN_H

#include "auth/auth.h"
#include "auth/secret.h"

const char *auth_token_sign(const struct auth_keys *keys, struct arena *arena, const struct auth_claims *claims);
/** C18N_OK; C18N_TIMEOUT: genuine, but its time is over (ret_claims is set); else C18N_UNAUTHENTICATED.
 *  *ret_reason: a few words for the log, never for the client. */
int auth_token_verify(const struct auth_keys *keys, const char *token, int64_t now_s, struct auth_claims *ret_claims,
                      const char **ret_reason);

#endif
