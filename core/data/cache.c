/* cache.c: shards, each a hash table under a lock with a queue of what gives way next. */
#include "data/cache.h"

#include "base/codec.h"
#include "base/platform.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

enum { SHARDS = 64, BUCKETS = 512, SHARD_BYTES = CACHE_BYTES / SHARDS };

struct entry {
    struct entry *next;       /* of its bucket */
    TAILQ_ENTRY(entry) queue; /* of its shard; of the writer's changes when code is C18N_AGAIN */
    uint64_t hash;
    size_t id_length, length;
    unsigned slot;
    int code;     /* what cache_get answers; C18N_AGAIN: it is being changed */
    bool used;    /* since it was last passed over */
    char bytes[]; /* the id, then the record */
};

TAILQ_HEAD(entries, entry);

struct shard {
    pthread_mutex_t lock;
    uint64_t changed; /* when a record of it was last changed; UINT64_MAX: nothing is known */
    size_t bytes;
    struct entries queue; /* without those that are being changed */
    struct entry *buckets[BUCKETS];
};

struct cache {
    uint64_t seed;
    _Atomic uint64_t now;
    struct shard shards[SHARDS];
    /* The writer's alone. */
    struct entries changes;
    size_t change_count;
    bool closed; /* all shards' `changed` is UINT64_MAX */
};

struct cache *cache_new(void)
{
    struct cache *cache = calloc(1, sizeof *cache);
    if (!cache)
        return NULL;
    platform_random(&cache->seed, sizeof cache->seed);
    TAILQ_INIT(&cache->changes);
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_init(&cache->shards[i].lock, NULL);
        TAILQ_INIT(&cache->shards[i].queue);
    }
    return cache;
}

/* --- a shard, under its lock --- */

static size_t size_of(const struct entry *entry)
{
    return sizeof *entry + entry->id_length + entry->length;
}

static struct entry **place_of(struct shard *shard, uint64_t hash, unsigned slot, c18n_bytes id)
{
    struct entry **at = &shard->buckets[hash / SHARDS % BUCKETS];
    while (*at && !((*at)->hash == hash && (*at)->slot == slot && (*at)->id_length == id.length &&
                    memcmp((*at)->bytes, id.at, id.length) == 0))
        at = &(*at)->next;
    return at;
}

/* Frees the entry at a place, unless the writer has it in its list. */
static void drop(struct shard *shard, struct entry **place)
{
    struct entry *entry = *place;
    *place = entry->next;
    if (entry->code == C18N_AGAIN)
        return;
    TAILQ_REMOVE(&shard->queue, entry, queue);
    shard->bytes -= size_of(entry);
    free(entry);
}

static void drop_all(struct shard *shard)
{
    for (size_t i = 0; i < BUCKETS; i++)
        while (shard->buckets[i])
            drop(shard, &shard->buckets[i]);
}

/* The oldest goes, but one that was asked for since gets a second turn. */
static void make_room(struct shard *shard, size_t needed)
{
    while (shard->bytes + needed > SHARD_BYTES) {
        struct entry *oldest = TAILQ_FIRST(&shard->queue);
        if (oldest->used) {
            oldest->used = false;
            TAILQ_REMOVE(&shard->queue, oldest, queue);
            TAILQ_INSERT_TAIL(&shard->queue, oldest, queue);
            continue;
        }
        c18n_bytes id = {oldest->bytes, oldest->id_length};
        drop(shard, place_of(shard, oldest->hash, oldest->slot, id));
    }
}

/* --- any thread --- */

static uint64_t hash_of(const struct cache *cache, unsigned slot, c18n_bytes id)
{
    return codec_hash(id.at, id.length, cache->seed + slot);
}

static struct shard *lock_shard(struct cache *cache, uint64_t hash)
{
    struct shard *shard = &cache->shards[hash % SHARDS];
    pthread_mutex_lock(&shard->lock);
    return shard;
}

uint64_t cache_now(const struct cache *cache)
{
    return atomic_load(&cache->now);
}

static int give(struct entry *entry, struct arena *arena, c18n_bytes *ret_record)
{
    entry->used = true;
    if (entry->code != C18N_OK && entry->code != C18N_GONE)
        return entry->code;
    const char *copy = arena_copy(arena, entry->bytes + entry->id_length, entry->length);
    if (!copy)
        return C18N_NO_MEMORY;
    *ret_record = (c18n_bytes){copy, entry->length};
    return entry->code;
}

int cache_get(struct cache *cache, uint64_t since, unsigned slot, c18n_bytes id, struct arena *arena,
              c18n_bytes *ret_record)
{
    uint64_t hash = hash_of(cache, slot, id);
    struct shard *shard = lock_shard(cache, hash);
    struct entry *entry = shard->changed <= since ? *place_of(shard, hash, slot, id) : NULL;
    int code = entry ? give(entry, arena, ret_record) : C18N_AGAIN;
    pthread_mutex_unlock(&shard->lock);
    return code;
}

static struct entry *entry_new(uint64_t hash, unsigned slot, c18n_bytes id, int code, c18n_bytes record)
{
    struct entry *entry = malloc(sizeof *entry + id.length + record.length);
    if (!entry)
        return NULL;
    *entry = (struct entry){.hash = hash, .id_length = id.length, .length = record.length, .slot = slot, .code = code};
    memcpy(entry->bytes, id.at, id.length);
    if (record.length)
        memcpy(entry->bytes + id.length, record.at, record.length);
    return entry;
}

void cache_put(struct cache *cache, uint64_t since, unsigned slot, c18n_bytes id, int code, c18n_bytes record)
{
    uint64_t hash = hash_of(cache, slot, id);
    struct entry *entry =
        id.length + record.length <= CACHE_RECORD_MOST ? entry_new(hash, slot, id, code, record) : NULL;
    if (!entry)
        return;
    struct shard *shard = lock_shard(cache, hash);
    struct entry **place = place_of(shard, hash, slot, id);
    if (shard->changed <= since && !*place) {
        make_room(shard, size_of(entry));
        entry->next = shard->buckets[hash / SHARDS % BUCKETS];
        shard->buckets[hash / SHARDS % BUCKETS] = entry;
        TAILQ_INSERT_TAIL(&shard->queue, entry, queue);
        shard->bytes += size_of(entry);
        entry = NULL;
    }
    pthread_mutex_unlock(&shard->lock);
    free(entry); /* it is known, or may be out of date */
}

/* --- the writer --- */

static void forget_changes(struct cache *cache)
{
    struct entry *entry;
    while ((entry = TAILQ_FIRST(&cache->changes))) {
        TAILQ_REMOVE(&cache->changes, entry, queue);
        free(entry);
    }
    cache->change_count = 0;
}

void cache_change_all(struct cache *cache)
{
    for (size_t i = 0; i < SHARDS && !cache->closed; i++) {
        struct shard *shard = &cache->shards[i];
        pthread_mutex_lock(&shard->lock);
        shard->changed = UINT64_MAX;
        drop_all(shard);
        pthread_mutex_unlock(&shard->lock);
    }
    cache->closed = true;
    forget_changes(cache);
}

void cache_change(struct cache *cache, unsigned slot, c18n_bytes id)
{
    if (cache->closed)
        return;
    uint64_t hash = hash_of(cache, slot, id);
    struct entry *mark =
        cache->change_count < CACHE_CHANGES_MOST ? entry_new(hash, slot, id, C18N_AGAIN, (c18n_bytes){0}) : NULL;
    if (!mark) {
        cache_change_all(cache);
        return;
    }
    struct shard *shard = lock_shard(cache, hash);
    struct entry **place = place_of(shard, hash, slot, id);
    bool marked = *place && (*place)->code == C18N_AGAIN;
    if (*place && !marked)
        drop(shard, place);
    if (!marked) {
        mark->next = *place;
        *place = mark;
        TAILQ_INSERT_TAIL(&cache->changes, mark, queue);
        cache->change_count++;
    }
    pthread_mutex_unlock(&shard->lock);
    if (marked)
        free(mark);
}

static void open_all(struct cache *cache, uint64_t now)
{
    for (size_t i = 0; i < SHARDS; i++) {
        pthread_mutex_lock(&cache->shards[i].lock);
        cache->shards[i].changed = now;
        pthread_mutex_unlock(&cache->shards[i].lock);
    }
    cache->closed = false;
}

void cache_settle(struct cache *cache, bool committed)
{
    if (!committed) {
        cache_change_all(cache);
        return;
    }
    struct entry *mark;
    uint64_t now = atomic_fetch_add(&cache->now, 1) + 1;
    TAILQ_FOREACH(mark, &cache->changes, queue)
    {
        struct shard *shard = lock_shard(cache, mark->hash);
        shard->changed = now;
        drop(shard, place_of(shard, mark->hash, mark->slot, (c18n_bytes){mark->bytes, mark->id_length}));
        pthread_mutex_unlock(&shard->lock);
    }
    forget_changes(cache);
    if (cache->closed)
        open_all(cache, now);
}

void cache_free(struct cache *cache)
{
    if (!cache)
        return;
    for (size_t i = 0; i < SHARDS; i++) {
        drop_all(&cache->shards[i]);
        pthread_mutex_destroy(&cache->shards[i].lock);
    }
    forget_changes(cache);
    free(cache);
}
