#include "auth/person.h"

#include "base/codec.h"
#include "base/platform.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

/* A shard has its own lock, so that threads seldom meet, and its own epoch, so that one person's change
 * doesn't keep answers about most others from being kept. */
enum { PERSON_SHARDS = 256, PERSON_WAYS = AUTH_PERSONS_ENTRIES / PERSON_SHARDS };

struct person_entry {
    char user[37]; /* "": free */
    char roles[AUTH_PERSONS_ROLES];
    int64_t generation;
    uint32_t active;
};

struct person_shard {
    pthread_mutex_t lock;
    uint64_t epoch;
    unsigned next; /* the way that gives room next */
    struct person_entry entries[PERSON_WAYS];
};

struct auth_persons {
    uint64_t seed;
    struct person_shard shards[PERSON_SHARDS];
};

struct auth_persons *auth_persons_new(void)
{
    struct auth_persons *persons = calloc(1, sizeof *persons);
    if (!persons)
        return NULL;
    platform_random(&persons->seed, sizeof persons->seed);
    for (size_t i = 0; i < PERSON_SHARDS; i++)
        pthread_mutex_init(&persons->shards[i].lock, NULL);
    return persons;
}

void auth_persons_free(struct auth_persons *persons)
{
    for (size_t i = 0; persons && i < PERSON_SHARDS; i++)
        pthread_mutex_destroy(&persons->shards[i].lock);
    free(persons);
}

static struct person_shard *person_lock(struct auth_persons *persons, const char *user)
{
    struct person_shard *shard = &persons->shards[codec_hash(user, strlen(user), persons->seed) % PERSON_SHARDS];
    pthread_mutex_lock(&shard->lock);
    return shard;
}

static struct person_entry *person_find(struct person_shard *shard, const char *user)
{
    for (size_t way = 0; way < PERSON_WAYS; way++)
        if (strcmp(shard->entries[way].user, user) == 0)
            return &shard->entries[way];
    return NULL;
}

uint64_t auth_persons_epoch(struct auth_persons *persons, const char *user)
{
    struct person_shard *shard = person_lock(persons, user);
    uint64_t epoch = shard->epoch;
    pthread_mutex_unlock(&shard->lock);
    return epoch;
}

int auth_persons_get(struct auth_persons *persons, const char *user, struct arena *arena, c18n_person *ret_person)
{
    int code = C18N_NOT_FOUND;
    struct person_shard *shard = person_lock(persons, user);
    const struct person_entry *entry = person_find(shard, user);
    if (entry) {
        const char *roles = arena_copy(arena, entry->roles, strlen(entry->roles));
        code = roles ? C18N_OK : C18N_NO_MEMORY;
        if (roles)
            *ret_person = (c18n_person){.roles = roles, .generation = entry->generation, .active = entry->active};
    }
    pthread_mutex_unlock(&shard->lock);
    return code;
}

void auth_persons_put(struct auth_persons *persons, const char *user, uint64_t epoch, const c18n_person *person)
{
    size_t roles = strlen(person->roles), length = strlen(user);
    if (length == 0 || length >= sizeof((struct person_entry *)0)->user || roles >= AUTH_PERSONS_ROLES)
        return;
    struct person_shard *shard = person_lock(persons, user);
    if (shard->epoch == epoch) {
        struct person_entry *entry = person_find(shard, user);
        if (!entry)
            entry = &shard->entries[shard->next++ % PERSON_WAYS];
        memcpy(entry->user, user, length + 1);
        memcpy(entry->roles, person->roles, roles + 1);
        entry->generation = person->generation;
        entry->active = person->active;
    }
    pthread_mutex_unlock(&shard->lock);
}

void auth_persons_drop(struct auth_persons *persons, const char *user)
{
    struct person_shard *shard = person_lock(persons, user);
    struct person_entry *entry = *user ? person_find(shard, user) : NULL;
    if (entry)
        entry->user[0] = '\0';
    shard->epoch++;
    pthread_mutex_unlock(&shard->lock);
}
