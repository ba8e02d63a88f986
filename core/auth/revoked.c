#include "auth/revoked.h"

#include "base/codec.h"
#include "base/platform.h"
#include "c18n/abi.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { REVOKED_FIRST_ROOM = 1024 }; /* a power of two, as every room is */

struct revoked_entry {
    uint8_t session[16];
    int64_t forget_s; /* 0: free */
};

struct auth_revoked {
    pthread_rwlock_t lock;
    uint64_t seed;
    struct revoked_entry *entries; /* open addressing; at most half full */
    size_t room, count, expired_count;
    struct revoked_entry pending[AUTH_PENDING_MOST]; /* forget_s holds the token's end */
    size_t pending_next;
};

struct auth_revoked *auth_revoked_new(void)
{
    struct auth_revoked *revoked = calloc(1, sizeof *revoked);
    if (!revoked)
        return NULL;
    revoked->room = REVOKED_FIRST_ROOM;
    revoked->entries = calloc(revoked->room, sizeof *revoked->entries);
    if (!revoked->entries) {
        free(revoked);
        return NULL;
    }
    platform_random(&revoked->seed, sizeof revoked->seed);
    pthread_rwlock_init(&revoked->lock, NULL);
    return revoked;
}

void auth_revoked_free(struct auth_revoked *revoked)
{
    if (!revoked)
        return;
    pthread_rwlock_destroy(&revoked->lock);
    free(revoked->entries);
    free(revoked);
}

/* The entry of a session, or the free one where it belongs. */
static struct revoked_entry *revoked_place(struct revoked_entry *entries, size_t room, uint64_t seed,
                                           const uint8_t session[16])
{
    size_t at = codec_hash(session, 16, seed) & (room - 1);
    while (entries[at].forget_s != 0 && memcmp(entries[at].session, session, 16) != 0)
        at = (at + 1) & (room - 1);
    return &entries[at];
}

bool auth_revoked_has(struct auth_revoked *revoked, const char *session)
{
    uint8_t id[16];
    if (!codec_uuid_parse(session, id))
        return false;
    pthread_rwlock_rdlock(&revoked->lock);
    bool has = revoked_place(revoked->entries, revoked->room, revoked->seed, id)->forget_s != 0;
    pthread_rwlock_unlock(&revoked->lock);
    return has;
}

/* Forgets what is over; grows when that isn't enough. */
static int revoked_make_room(struct auth_revoked *revoked, int64_t now_s)
{
    size_t living = 0;
    for (size_t i = 0; i < revoked->room; i++)
        living += revoked->entries[i].forget_s > now_s;
    size_t room = living * 4 > revoked->room ? revoked->room * 2 : revoked->room;
    struct revoked_entry *entries = calloc(room, sizeof *entries);
    if (!entries)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < revoked->room; i++)
        if (revoked->entries[i].forget_s > now_s)
            *revoked_place(entries, room, revoked->seed, revoked->entries[i].session) = revoked->entries[i];
    free(revoked->entries);
    revoked->entries = entries;
    revoked->room = room;
    revoked->count = living;
    revoked->expired_count = 0; /* starts a new count: the bound is on what comes in between two clearings */
    return C18N_OK;
}

static int revoked_insert(struct auth_revoked *revoked, const uint8_t session[16], int64_t expires, int64_t now_s)
{
    if ((revoked->count + 1) * 2 > revoked->room && revoked_make_room(revoked, now_s) != C18N_OK &&
        revoked->count + 1 >= revoked->room)
        return C18N_NO_MEMORY;
    struct revoked_entry *entry = revoked_place(revoked->entries, revoked->room, revoked->seed, session);
    if (entry->forget_s == 0)
        revoked->count++;
    memcpy(entry->session, session, sizeof entry->session);
    entry->forget_s = expires + AUTH_REVOKED_MARGIN_S;
    return C18N_OK;
}

int auth_revoked_add(struct auth_revoked *revoked, const char *session, int64_t expires, int64_t now_s)
{
    uint8_t id[16];
    if (!codec_uuid_parse(session, id))
        return C18N_INVALID;
    pthread_rwlock_wrlock(&revoked->lock);
    int code = revoked_insert(revoked, id, expires, now_s);
    pthread_rwlock_unlock(&revoked->lock);
    return code;
}

void auth_revoked_expired(struct auth_revoked *revoked, const char *session, int64_t expires, int64_t now_s)
{
    uint8_t id[16];
    if (expires + AUTH_REVOKED_MARGIN_S <= now_s || auth_revoked_has(revoked, session) ||
        !codec_uuid_parse(session, id))
        return;
    pthread_rwlock_wrlock(&revoked->lock);
    if (revoked->expired_count < AUTH_EXPIRED_MOST && revoked_insert(revoked, id, expires, now_s) == C18N_OK)
        revoked->expired_count++;
    pthread_rwlock_unlock(&revoked->lock);
}

void auth_revoked_pending(struct auth_revoked *revoked, const char *session, int64_t expires)
{
    struct revoked_entry entry = {.forget_s = expires};
    if (!codec_uuid_parse(session, entry.session))
        return;
    pthread_rwlock_wrlock(&revoked->lock);
    revoked->pending[revoked->pending_next++ % AUTH_PENDING_MOST] = entry;
    pthread_rwlock_unlock(&revoked->lock);
}

int64_t auth_revoked_settle(struct auth_revoked *revoked, const char *session, int64_t otherwise)
{
    uint8_t id[16];
    int64_t expires = otherwise;
    if (!codec_uuid_parse(session, id))
        return otherwise;
    pthread_rwlock_wrlock(&revoked->lock);
    for (size_t i = 0; i < AUTH_PENDING_MOST; i++) {
        struct revoked_entry *entry = &revoked->pending[i];
        if (entry->forget_s == 0 || memcmp(entry->session, id, sizeof id) != 0)
            continue;
        expires = entry->forget_s;
        *entry = (struct revoked_entry){0};
        break;
    }
    pthread_rwlock_unlock(&revoked->lock);
    return expires;
}

size_t auth_revoked_count(struct auth_revoked *revoked)
{
    pthread_rwlock_rdlock(&revoked->lock);
    size_t count = revoked->count;
    pthread_rwlock_unlock(&revoked->lock);
    return count;
}
