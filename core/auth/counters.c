#include "auth/counters.h"

#include "base/platform.h"

#include <pthread.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { COUNTER_SHARDS = 256, COUNTER_WAYS = AUTH_COUNTERS / COUNTER_SHARDS, COUNTER_DIGEST = 16 };

struct counter {
    unsigned char digest[COUNTER_DIGEST];
    int64_t count, ends_ms; /* ends_ms in the past: free */
};

struct counter_shard {
    pthread_mutex_t lock;
    struct counter counters[COUNTER_WAYS];
};

struct auth_counters {
    unsigned char key[crypto_generichash_KEYBYTES];
    struct counter_shard shards[COUNTER_SHARDS];
};

struct auth_counters *auth_counters_new(void)
{
    struct auth_counters *counters = calloc(1, sizeof *counters);
    if (!counters)
        return NULL;
    platform_random(counters->key, sizeof counters->key);
    for (size_t i = 0; i < COUNTER_SHARDS; i++)
        pthread_mutex_init(&counters->shards[i].lock, NULL);
    return counters;
}

void auth_counters_free(struct auth_counters *counters)
{
    for (size_t i = 0; counters && i < COUNTER_SHARDS; i++)
        pthread_mutex_destroy(&counters->shards[i].lock);
    free(counters);
}

/* The hash keeps accounts and addresses out of memory dumps, and makes it impossible to aim at a place. */
static void counter_digest(const struct auth_counters *counters, const char *const parts[3],
                           unsigned char ret_digest[COUNTER_DIGEST])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, counters->key, sizeof counters->key, COUNTER_DIGEST);
    for (int i = 0; i < 3; i++)
        crypto_generichash_update(&state, (const unsigned char *)parts[i], strlen(parts[i]) + 1);
    crypto_generichash_final(&state, ret_digest, COUNTER_DIGEST);
}

/* The counter of this digest, or the one that gives way to it. */
static struct counter *counter_place(struct counter_shard *shard, const unsigned char digest[COUNTER_DIGEST])
{
    struct counter *first = &shard->counters[0];
    for (size_t way = 0; way < COUNTER_WAYS; way++) {
        struct counter *counter = &shard->counters[way];
        if (memcmp(counter->digest, digest, COUNTER_DIGEST) == 0)
            return counter;
        if (counter->ends_ms < first->ends_ms)
            first = counter;
    }
    memcpy(first->digest, digest, COUNTER_DIGEST);
    first->ends_ms = 0;
    return first;
}

void auth_counters_count(struct auth_counters *counters, const char *what, const char *who, const char *where,
                         int64_t now_ms, int64_t *ret_count, int64_t *ret_left_ms)
{
    unsigned char digest[COUNTER_DIGEST];
    counter_digest(counters, (const char *const[]){what, who, where}, digest);
    struct counter_shard *shard = &counters->shards[digest[0]];
    pthread_mutex_lock(&shard->lock);
    struct counter *counter = counter_place(shard, digest);
    if (counter->ends_ms <= now_ms)
        *counter = (struct counter){.ends_ms = now_ms + AUTH_WINDOW_MS};
    memcpy(counter->digest, digest, COUNTER_DIGEST);
    *ret_count = ++counter->count;
    *ret_left_ms = counter->ends_ms - now_ms;
    pthread_mutex_unlock(&shard->lock);
}
