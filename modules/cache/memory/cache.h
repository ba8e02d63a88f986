/**
 * cache.h: what the files of this folder share.
 *
 * The cache is split into shards by the key's hash, each with a lock, a table, a list by last use and an equal part of
 * the memory, so that threads seldom meet. Everything is any thread's. Values, counters and leases are entries of the
 * same kind, told apart by `kind`, so that one limit bounds all of them.
 */
#ifndef CACHE_MEMORY_CACHE_H
#define CACHE_MEMORY_CACHE_H

#include <c18n/module.h>
#include <c18n/providers/cache.h>

#include <pthread.h>
#include <stdatomic.h>

enum { CACHE_SHARDS = 16, CACHE_KEY_LONGEST = 1024 };

enum entry_kind { ENTRY_VALUE, ENTRY_COUNTER, ENTRY_LEASE };

struct entry {
    struct entry *chain;         /* next of the same bucket */
    struct entry *newer, *older; /* by last use */
    uint64_t hash;
    int64_t until_ms; /* of the monotonic clock; INT64_MAX: no end */
    int64_t count;    /* ENTRY_COUNTER */
    enum entry_kind kind;
    uint32_t key_length;
    size_t value_length;   /* ENTRY_VALUE, and ENTRY_LEASE: the owner */
    unsigned char bytes[]; /* the key, then the value */
};

struct shard {
    pthread_mutex_t lock;
    struct entry **buckets;
    size_t bucket_count; /* a power of two */
    size_t entries;
    size_t used, limit; /* bytes */
    struct entry *newest, *oldest;
};

struct cache_state {
    struct shard shards[CACHE_SHARDS];
    atomic_size_t value_limit;
    uint64_t seed; /* of the hash, so that nobody can choose keys that collide */
};

/* shard.c. The caller has the shard's lock. */
int shard_open(struct shard *shard, size_t limit);
void shard_set_limit(struct shard *shard, size_t limit); /* pushes out what has no room any more */
void shard_close(struct shard *shard);
/** The live entry of that kind, now the newest; what has run out is taken away. NULL: none. */
struct entry *shard_find(struct shard *shard, uint64_t hash, enum entry_kind kind, c18n_bytes key, int64_t now_ms);
/** Adds an entry in place of one with the same key, pushing out what was used longest ago. NULL: no memory, or too
 * large. */
struct entry *shard_add(struct shard *shard, uint64_t hash, enum entry_kind kind, c18n_bytes key, c18n_bytes value,
                        int64_t now_ms);
void shard_remove(struct shard *shard, struct entry *entry);

#endif
