/**
 * revoked.h: sessions (jti) that are over before their time, in memory.
 *
 * Shared by all threads; asked for every request with a token. What stands in the host's table
 * `host.revoked` is loaded at the start; a revocation counts from its commit. An entry is forgotten a day
 * after the token's own end: a clock that jumps back an hour brings no token back to life.
 */
#ifndef AUTH_REVOKED_H
#define AUTH_REVOKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct auth_revoked;

enum { AUTH_REVOKED_MARGIN_S = 86400, AUTH_EXPIRED_MOST = 65536, AUTH_PENDING_MOST = 256 };

struct auth_revoked *auth_revoked_new(void); /* NULL: no memory */
void auth_revoked_free(struct auth_revoked *revoked);
bool auth_revoked_has(struct auth_revoked *revoked, const char *session);
/** Adds one; `expires` is the token's. C18N_NO_MEMORY: it isn't in, and the caller must not go on as if it were. */
int auth_revoked_add(struct auth_revoked *revoked, const char *session, int64_t expires, int64_t now_s);
/** Remembers a genuine token that was seen when its time was over. Gives up quietly when there are too many. */
void auth_revoked_expired(struct auth_revoked *revoked, const char *session, int64_t expires, int64_t now_s);
/** Between the revoking event and its commit: keeps the token's end, which the commit doesn't tell. */
void auth_revoked_pending(struct auth_revoked *revoked, const char *session, int64_t expires);
/** The end kept for it, or `otherwise`. */
int64_t auth_revoked_settle(struct auth_revoked *revoked, const char *session, int64_t otherwise);
size_t auth_revoked_count(struct auth_revoked *revoked);

#endif
