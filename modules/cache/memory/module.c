/* module.c: "cache.v1" in the server's own memory: values, counters with a window, leases. */
#include "cache.h"

#include <string.h>

static const c18n_setting settings[] = {
    {.name = "size",
     .type = C18N_SETTING_INTEGER,
     .flags = C18N_SETTING_RELOADABLE,
     .otherwise = "64M",
     .min = 1 << 20,
     .max = INT64_C(1) << 40,
     .unit = "bytes",
     .help = "Memory for all entries; what was used longest ago makes room."},
    {.name = "max_value",
     .type = C18N_SETTING_INTEGER,
     .flags = C18N_SETTING_RELOADABLE,
     .otherwise = "1M",
     .min = 1024,
     .max = 1 << 30,
     .unit = "bytes",
     .help = "Largest value; a larger one is not kept. Never more than a thirty-second of size."},
};

/* --- finding the shard --- */

/* Multiplied and mixed eight bytes at a time; seeded, so keys that collide can't be prepared. */
static uint64_t mix(uint64_t hash, uint64_t word)
{
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 29);
}

static uint64_t hash_of(uint64_t seed, c18n_bytes key)
{
    const unsigned char *at = key.at;
    uint64_t hash = mix(seed, key.length), word = 0;
    for (size_t i = 0; i < key.length; i++) {
        word = word << 8 | at[i];
        if (i % 8 == 7) {
            hash = mix(hash, word);
            word = 0;
        }
    }
    hash = mix(hash, word);
    return mix(hash, seed);
}

struct place {
    struct shard *shard;
    uint64_t hash;
    int64_t now_ms;
};

static bool is_key(c18n_bytes key)
{
    return key.length > 0 && key.length <= CACHE_KEY_LONGEST;
}

/* The shard is chosen by the hash's high bits, the bucket by its low ones. */
static struct place enter(c18n_self *self, c18n_bytes key)
{
    struct cache_state *state = self->state;
    struct place place = {.hash = hash_of(state->seed, key), .now_ms = c18n_monotonic_us(self->host) / 1000};
    place.shard = &state->shards[place.hash >> 60];
    pthread_mutex_lock(&place.shard->lock);
    return place;
}

static void leave(struct place *place)
{
    pthread_mutex_unlock(&place->shard->lock);
}

static int64_t end_of(int64_t now_ms, int64_t span_ms)
{
    return span_ms > 0 && span_ms < INT64_MAX - now_ms ? now_ms + span_ms : INT64_MAX;
}

/* --- values --- */

static int get(c18n_self *self, c18n_bytes key, void *buffer, size_t room, size_t *ret_length)
{
    if (!is_key(key))
        return C18N_INVALID;
    struct place place = enter(self, key);
    const struct entry *entry = shard_find(place.shard, place.hash, ENTRY_VALUE, key, place.now_ms);
    int code = !entry ? C18N_NOT_FOUND : entry->value_length > room ? C18N_TOO_LARGE : C18N_OK;
    if (entry)
        *ret_length = entry->value_length;
    if (code == C18N_OK && entry->value_length > 0)
        memcpy(buffer, entry->bytes + entry->key_length, entry->value_length);
    leave(&place);
    return code;
}

static int put(c18n_self *self, c18n_bytes key, c18n_bytes value, int64_t ttl_ms)
{
    struct cache_state *state = self->state;
    if (!is_key(key) || ttl_ms < 0)
        return C18N_INVALID;
    if (value.length > atomic_load_explicit(&state->value_limit, memory_order_relaxed))
        return C18N_TOO_LARGE;
    struct place place = enter(self, key);
    struct entry *entry = shard_add(place.shard, place.hash, ENTRY_VALUE, key, value, place.now_ms);
    if (entry)
        entry->until_ms = end_of(place.now_ms, ttl_ms);
    leave(&place);
    return entry ? C18N_OK : C18N_NO_MEMORY;
}

static int forget(c18n_self *self, c18n_bytes key)
{
    if (!is_key(key))
        return C18N_INVALID;
    struct place place = enter(self, key);
    struct entry *entry = shard_find(place.shard, place.hash, ENTRY_VALUE, key, place.now_ms);
    if (entry)
        shard_remove(place.shard, entry);
    leave(&place);
    return C18N_OK;
}

/* --- counters --- */

static int64_t add_bounded(int64_t count, int64_t delta)
{
    int64_t sum = 0;
    if (!__builtin_add_overflow(count, delta, &sum))
        return sum;
    return delta > 0 ? INT64_MAX : INT64_MIN;
}

static int count(c18n_self *self, c18n_bytes key, int64_t delta, int64_t window_ms, int64_t *ret_value,
                 int64_t *ret_left_ms)
{
    if (!is_key(key) || window_ms <= 0)
        return C18N_INVALID;
    struct place place = enter(self, key);
    struct entry *entry = shard_find(place.shard, place.hash, ENTRY_COUNTER, key, place.now_ms);
    if (!entry) {
        entry = shard_add(place.shard, place.hash, ENTRY_COUNTER, key, (c18n_bytes){0}, place.now_ms);
        if (entry)
            entry->until_ms = end_of(place.now_ms, window_ms);
    }
    if (entry) {
        entry->count = add_bounded(entry->count, delta);
        *ret_value = entry->count;
        *ret_left_ms = entry->until_ms - place.now_ms;
    }
    leave(&place);
    return entry ? C18N_OK : C18N_NO_MEMORY;
}

/* --- leases --- */

static bool is_owner(const struct entry *entry, const char *owner)
{
    size_t length = strlen(owner);
    return entry->value_length == length && memcmp(entry->bytes + entry->key_length, owner, length) == 0;
}

static int lease(c18n_self *self, c18n_bytes key, const char *owner, int64_t ttl_ms)
{
    if (!is_key(key) || ttl_ms <= 0 || strlen(owner) == 0 || strlen(owner) > CACHE_KEY_LONGEST)
        return C18N_INVALID;
    struct place place = enter(self, key);
    struct entry *entry = shard_find(place.shard, place.hash, ENTRY_LEASE, key, place.now_ms);
    int code = entry && !is_owner(entry, owner) ? C18N_BUSY : C18N_OK;
    if (!entry)
        entry = shard_add(place.shard, place.hash, ENTRY_LEASE, key, (c18n_bytes){owner, strlen(owner)}, place.now_ms);
    if (!entry)
        code = C18N_NO_MEMORY;
    if (code == C18N_OK)
        entry->until_ms = end_of(place.now_ms, ttl_ms);
    leave(&place);
    return code;
}

static int release(c18n_self *self, c18n_bytes key, const char *owner)
{
    if (!is_key(key))
        return C18N_INVALID;
    struct place place = enter(self, key);
    struct entry *entry = shard_find(place.shard, place.hash, ENTRY_LEASE, key, place.now_ms);
    int code = !entry ? C18N_NOT_FOUND : is_owner(entry, owner) ? C18N_OK : C18N_BUSY;
    if (code == C18N_OK)
        shard_remove(place.shard, entry);
    leave(&place);
    return code;
}

static int tell_state(c18n_self *self, const char **ret_detail)
{
    (void)self;
    *ret_detail = "serving";
    return C18N_OK;
}

/* --- the module --- */

static const c18n_cache cache = {
    .size = sizeof cache,
    .get = get,
    .put = put,
    .remove = forget,
    .count = count,
    .lease = lease,
    .release = release,
    .state = tell_state,
};

/* A shard's part of the memory; the largest value follows from it, too. */
static size_t take_settings(c18n_self *self)
{
    struct cache_state *state = self->state;
    size_t share = (size_t)c18n_setting_integer(self, "size") / CACHE_SHARDS;
    size_t value_limit = (size_t)c18n_setting_integer(self, "max_value");
    atomic_store(&state->value_limit, value_limit < share / 2 ? value_limit : share / 2);
    return share;
}

static int init(c18n_self *self)
{
    struct cache_state *state = self->state;
    size_t share = take_settings(self);
    c18n_random(self->host, &state->seed, sizeof state->seed);
    int code = C18N_OK;
    for (unsigned i = 0; i < CACHE_SHARDS && code == C18N_OK; i++)
        code = shard_open(&state->shards[i], share);
    return code == C18N_OK ? c18n_provide(self, "cache.v1", &cache) : code;
}

static void reload_commit(c18n_self *self)
{
    struct cache_state *state = self->state;
    size_t share = take_settings(self);
    for (unsigned i = 0; i < CACHE_SHARDS; i++) {
        pthread_mutex_lock(&state->shards[i].lock);
        shard_set_limit(&state->shards[i], share);
        pthread_mutex_unlock(&state->shards[i].lock);
    }
}

static void stop(c18n_self *self)
{
    struct cache_state *state = self->state;
    for (unsigned i = 0; i < CACHE_SHARDS; i++)
        shard_close(&state->shards[i]);
}

C18N_MODULE(cache_memory, "1.0.0", "A cache in the server's memory", "provides: cache.v1",
            .state_size = sizeof(struct cache_state), .settings = C18N_ALL(settings), .init = init, .stop = stop,
            .reload_commit = reload_commit);
