/* tally.c: how many sockets there are of a person, of a person on one path, of a session, of who acts for somebody.
 *
 * One table of counted keys for all lanes. It answers a handshake (is it one too many?), a commit (does it concern
 * anybody who is connected?) and a departure (was it the last?). */
#include "base/codec.h"
#include "base/platform.h"
#include "live/inside.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { FIRST_ROOM = 256 };                                            /* a power of two, as every room is */
enum { OF_ANYBODY = 0xffff, OF_SESSION = 0xfffe, OF_ACTOR = 0xfffd }; /* else a path's number */

struct tally_key {
    uint8_t id[16];
    uint16_t of;
};

struct tally_entry {
    struct tally_key key;
    uint32_t count; /* 0: free */
};

struct live_tally {
    pthread_mutex_t lock;
    uint64_t seed;
    struct tally_entry *entries; /* open addressing, at most half full */
    size_t room, used;
};

struct live_tally *live_tally_new(void)
{
    struct live_tally *tally = calloc(1, sizeof *tally);
    if (!tally)
        return NULL;
    tally->room = FIRST_ROOM;
    tally->entries = calloc(tally->room, sizeof *tally->entries);
    if (!tally->entries) {
        free(tally);
        return NULL;
    }
    platform_random(&tally->seed, sizeof tally->seed);
    pthread_mutex_init(&tally->lock, NULL);
    return tally;
}

void live_tally_free(struct live_tally *tally)
{
    if (!tally)
        return;
    pthread_mutex_destroy(&tally->lock);
    free(tally->entries);
    free(tally);
}

/* --- the table; the lock is held --- */

static bool key_make(const char *id, uint16_t of, struct tally_key *ret_key)
{
    memset(ret_key, 0, sizeof *ret_key);
    ret_key->of = of;
    return codec_uuid_parse(id, ret_key->id);
}

static size_t home(const struct live_tally *tally, const struct tally_key *key)
{
    return codec_hash(key, sizeof *key, tally->seed) & (tally->room - 1);
}

/* The entry of a key, or the free one where it belongs. */
static struct tally_entry *place(const struct live_tally *tally, const struct tally_key *key)
{
    size_t at = home(tally, key);
    while (tally->entries[at].count > 0 && memcmp(&tally->entries[at].key, key, sizeof *key) != 0)
        at = (at + 1) & (tally->room - 1);
    return &tally->entries[at];
}

static bool make_room(struct live_tally *tally, size_t more)
{
    if ((tally->used + more) * 2 <= tally->room)
        return true;
    struct live_tally larger = {.seed = tally->seed, .room = tally->room * 2};
    larger.entries = calloc(larger.room, sizeof *larger.entries);
    if (!larger.entries)
        return false;
    for (size_t i = 0; i < tally->room; i++)
        if (tally->entries[i].count > 0)
            *place(&larger, &tally->entries[i].key) = tally->entries[i];
    free(tally->entries);
    tally->entries = larger.entries;
    tally->room = larger.room;
    return true;
}

static void add(struct live_tally *tally, const struct tally_key *key)
{
    struct tally_entry *entry = place(tally, key);
    tally->used += entry->count == 0;
    entry->key = *key;
    entry->count++;
}

/* What stands behind a freed entry, up to the next free one, may belong where it was. */
static void close_gap(struct live_tally *tally, size_t gap)
{
    const size_t mask = tally->room - 1;
    for (size_t at = (gap + 1) & mask; tally->entries[at].count > 0; at = (at + 1) & mask) {
        size_t way = (at - home(tally, &tally->entries[at].key)) & mask;
        if (way < ((at - gap) & mask))
            continue;
        tally->entries[gap] = tally->entries[at];
        tally->entries[at].count = 0;
        gap = at;
    }
}

static uint32_t take(struct live_tally *tally, const struct tally_key *key)
{
    struct tally_entry *entry = place(tally, key);
    if (entry->count == 0)
        return 0;
    uint32_t left = --entry->count;
    if (left == 0) {
        tally->used--;
        close_gap(tally, (size_t)(entry - tally->entries));
    }
    return left;
}

/* --- what is asked of it --- */

/* The keys of a socket; gives how many. */
static size_t keys_of(const struct auth_claims *claims, unsigned path, struct tally_key ret_keys[4])
{
    const struct {
        const char *id;
        uint16_t of;
    } wanted[] = {{claims->user, OF_ANYBODY},
                  {claims->user, (uint16_t)path},
                  {claims->session, OF_SESSION},
                  {claims->on_behalf_of, OF_ACTOR}};
    size_t count = 0;
    for (size_t i = 0; i < sizeof wanted / sizeof *wanted; i++)
        count += key_make(wanted[i].id, wanted[i].of, &ret_keys[count]);
    return count;
}

int live_tally_enter(struct live_tally *tally, const struct auth_claims *claims, unsigned path, unsigned limit)
{
    struct tally_key keys[4];
    size_t count = keys_of(claims, path, keys);
    int code = C18N_OK;
    pthread_mutex_lock(&tally->lock);
    if (limit > 0 && place(tally, &keys[0])->count >= limit)
        code = C18N_LIMITED;
    else if (!make_room(tally, count))
        code = C18N_NO_MEMORY;
    for (size_t i = 0; code == C18N_OK && i < count; i++)
        add(tally, &keys[i]);
    pthread_mutex_unlock(&tally->lock);
    return code;
}

uint32_t live_tally_leave(struct live_tally *tally, const struct auth_claims *claims, unsigned path)
{
    struct tally_key keys[4];
    size_t count = keys_of(claims, path, keys);
    uint32_t left = 0;
    pthread_mutex_lock(&tally->lock);
    for (size_t i = 0; i < count; i++) {
        uint32_t of_this = take(tally, &keys[i]);
        if (keys[i].of == path)
            left = of_this;
    }
    pthread_mutex_unlock(&tally->lock);
    return left;
}

int live_tally_renew(struct live_tally *tally, const struct auth_claims *old, const struct auth_claims *fresh)
{
    struct tally_key before, after;
    int code = C18N_OK;
    if (!key_make(old->session, OF_SESSION, &before) || !key_make(fresh->session, OF_SESSION, &after))
        return C18N_INVALID;
    pthread_mutex_lock(&tally->lock);
    if (make_room(tally, 1)) {
        add(tally, &after);
        take(tally, &before);
    } else {
        code = C18N_NO_MEMORY;
    }
    pthread_mutex_unlock(&tally->lock);
    return code;
}

unsigned live_tally_knows(struct live_tally *tally, const char *id)
{
    static const struct {
        uint16_t of;
        unsigned known;
    } roles[] = {{OF_ANYBODY, LIVE_KNOWN_PERSON}, {OF_SESSION, LIVE_KNOWN_SESSION}, {OF_ACTOR, LIVE_KNOWN_ACTOR}};
    struct tally_key key;
    unsigned known = 0;
    pthread_mutex_lock(&tally->lock);
    for (size_t i = 0; i < sizeof roles / sizeof *roles; i++)
        if (key_make(id, roles[i].of, &key) && place(tally, &key)->count > 0)
            known |= roles[i].known;
    pthread_mutex_unlock(&tally->lock);
    return known;
}
