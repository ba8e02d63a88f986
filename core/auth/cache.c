#include "auth/cache.h"

#include "auth/auth.h"
#include "base/platform.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { CACHE_WAYS = 4, CACHE_SETS = AUTH_CACHE_ENTRIES / CACHE_WAYS, CACHE_DIGEST = 32 };

struct cache_entry {
    unsigned char digest[CACHE_DIGEST];
    struct auth_claims claims; /* expires 0: free */
};

struct auth_cache {
    unsigned char key[crypto_generichash_KEYBYTES];
    const void *keys; /* that verified what is in it */
    unsigned next;    /* the way that gives room next */
    struct cache_entry entries[CACHE_SETS][CACHE_WAYS];
};

struct auth_cache *auth_cache_new(void)
{
    struct auth_cache *cache = calloc(1, sizeof *cache);
    if (cache)
        platform_random(cache->key, sizeof cache->key);
    return cache;
}

void auth_cache_free(struct auth_cache *cache)
{
    free(cache);
}

void auth_cache_under(struct auth_cache *cache, const void *keys)
{
    if (cache->keys != keys)
        memset(cache->entries, 0, sizeof cache->entries);
    cache->keys = keys;
}

static struct cache_entry *cache_set(struct auth_cache *cache, const char *token,
                                     unsigned char ret_digest[CACHE_DIGEST])
{
    uint32_t number;
    crypto_generichash(ret_digest, CACHE_DIGEST, (const unsigned char *)token, strlen(token), cache->key,
                       sizeof cache->key);
    memcpy(&number, ret_digest, sizeof number);
    return cache->entries[number % CACHE_SETS];
}

bool auth_cache_get(struct auth_cache *cache, const char *token, int64_t now_s, struct auth_claims *ret_claims)
{
    unsigned char digest[CACHE_DIGEST];
    const struct cache_entry *set = cache_set(cache, token, digest);
    for (unsigned way = 0; way < CACHE_WAYS; way++) {
        if (set[way].claims.expires <= now_s || memcmp(set[way].digest, digest, sizeof digest) != 0)
            continue;
        *ret_claims = set[way].claims;
        return true;
    }
    return false;
}

void auth_cache_put(struct auth_cache *cache, const char *token, const struct auth_claims *claims)
{
    unsigned char digest[CACHE_DIGEST];
    struct cache_entry *set = cache_set(cache, token, digest);
    struct cache_entry *place = &set[cache->next++ % CACHE_WAYS];
    memcpy(place->digest, digest, sizeof digest);
    place->claims = *claims;
}
