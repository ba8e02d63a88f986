/* shard.c: a hash table whose entries also stand in a list by last use, bounded in bytes. */
#include "cache.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum {
    FIRST_BUCKETS = 256,
    OVERHEAD = 32, /* what malloc and the bucket take for an entry, about */
};

int shard_open(struct shard *shard, size_t limit)
{
    *shard = (struct shard){.limit = limit, .bucket_count = FIRST_BUCKETS};
    shard->buckets = calloc(FIRST_BUCKETS, sizeof *shard->buckets);
    if (!shard->buckets)
        return C18N_NO_MEMORY;
    if (pthread_mutex_init(&shard->lock, NULL) == 0)
        return C18N_OK;
    free(shard->buckets);
    shard->buckets = NULL;
    return C18N_NO_MEMORY;
}

void shard_close(struct shard *shard)
{
    if (!shard->buckets)
        return;
    while (shard->oldest)
        shard_remove(shard, shard->oldest);
    free(shard->buckets);
    shard->buckets = NULL;
    pthread_mutex_destroy(&shard->lock);
}

/* --- the list by last use --- */

static void list_add(struct shard *shard, struct entry *entry)
{
    entry->newer = NULL;
    entry->older = shard->newest;
    if (shard->newest)
        shard->newest->newer = entry;
    else
        shard->oldest = entry;
    shard->newest = entry;
}

static void list_remove(struct shard *shard, struct entry *entry)
{
    if (entry->newer)
        entry->newer->older = entry->older;
    else
        shard->newest = entry->older;
    if (entry->older)
        entry->older->newer = entry->newer;
    else
        shard->oldest = entry->newer;
}

/* --- the table --- */

static struct entry **bucket_of(struct shard *shard, uint64_t hash)
{
    return &shard->buckets[hash & (shard->bucket_count - 1)];
}

static bool is(const struct entry *entry, uint64_t hash, enum entry_kind kind, c18n_bytes key)
{
    return entry->hash == hash && entry->kind == kind && entry->key_length == key.length &&
           memcmp(entry->bytes, key.at, key.length) == 0;
}

static size_t weight(size_t key_length, size_t value_length)
{
    return sizeof(struct entry) + OVERHEAD + key_length + value_length;
}

/* More buckets when there is an entry a bucket; without memory for them chains only grow longer. */
static void grow(struct shard *shard)
{
    size_t count = shard->bucket_count * 2;
    struct entry **buckets = calloc(count, sizeof *buckets), **old = shard->buckets;
    if (!buckets)
        return;
    size_t old_count = shard->bucket_count;
    shard->buckets = buckets;
    shard->bucket_count = count;
    for (size_t i = 0; i < old_count; i++) {
        for (struct entry *entry = old[i], *next; entry; entry = next) {
            next = entry->chain;
            struct entry **bucket = bucket_of(shard, entry->hash);
            entry->chain = *bucket;
            *bucket = entry;
        }
    }
    free(old);
}

void shard_remove(struct shard *shard, struct entry *entry)
{
    struct entry **at = bucket_of(shard, entry->hash);
    while (*at != entry) {
        assert(*at);
        at = &(*at)->chain;
    }
    *at = entry->chain;
    list_remove(shard, entry);
    shard->used -= weight(entry->key_length, entry->value_length);
    shard->entries--;
    free(entry);
}

struct entry *shard_find(struct shard *shard, uint64_t hash, enum entry_kind kind, c18n_bytes key, int64_t now_ms)
{
    struct entry *entry = *bucket_of(shard, hash);
    while (entry && !is(entry, hash, kind, key))
        entry = entry->chain;
    if (!entry)
        return NULL;
    if (entry->until_ms <= now_ms) {
        shard_remove(shard, entry);
        return NULL;
    }
    list_remove(shard, entry);
    list_add(shard, entry);
    return entry;
}

static void make_room(struct shard *shard, size_t needed)
{
    while (shard->oldest && shard->used + needed > shard->limit) {
        assert(!shard->oldest->older); /* else it would still be the oldest after it is freed */
        shard_remove(shard, shard->oldest);
    }
}

void shard_set_limit(struct shard *shard, size_t limit)
{
    shard->limit = limit;
    make_room(shard, 0);
}

struct entry *shard_add(struct shard *shard, uint64_t hash, enum entry_kind kind, c18n_bytes key, c18n_bytes value,
                        int64_t now_ms)
{
    struct entry *before = shard_find(shard, hash, kind, key, now_ms);
    if (before)
        shard_remove(shard, before);
    size_t needed = weight(key.length, value.length);
    struct entry *entry = needed <= shard->limit ? malloc(sizeof *entry + key.length + value.length) : NULL;
    if (!entry)
        return NULL;
    make_room(shard, needed);
    if (shard->entries >= shard->bucket_count)
        grow(shard);
    *entry = (struct entry){.hash = hash,
                            .until_ms = INT64_MAX,
                            .kind = kind,
                            .key_length = (uint32_t)key.length,
                            .value_length = value.length};
    memcpy(entry->bytes, key.at, key.length);
    if (value.length > 0)
        memcpy(entry->bytes + key.length, value.at, value.length);
    struct entry **bucket = bucket_of(shard, hash);
    entry->chain = *bucket;
    *bucket = entry;
    list_add(shard, entry);
    shard->used += needed;
    shard->entries++;
    return entry;
}
