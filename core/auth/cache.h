/**
 * cache.h: tokens whose signature and claims were found good, so that the next check is free.
 *
 * One a thread, used by that thread alone. An entry is found by a keyed hash of the whole token, so
 * that nobody can make two tokens meet. It never outlives `exp`, nor the keys that verified it. What may change while a
 * token lives (revocation, roles, generation) isn't here but asked anew each time.
 */
#ifndef AUTH_CACHE_H
#define AUTH_CACHE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct auth_claims;
struct auth_cache;

enum { AUTH_CACHE_ENTRIES = 4096 };

struct auth_cache *auth_cache_new(void); /* NULL: no memory */
/** Empties it, if what it holds was verified by other keys than these. Load them before verifying what is put. */
void auth_cache_under(struct auth_cache *cache, const void *keys);
void auth_cache_free(struct auth_cache *cache);
bool auth_cache_get(struct auth_cache *cache, const char *token, int64_t now_s, struct auth_claims *ret_claims);
void auth_cache_put(struct auth_cache *cache, const char *token, const struct auth_claims *claims);

#endif
