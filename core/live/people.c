#include "live/people.h"

#include "base/codec.h"
#include "live/table.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static uint64_t user_hash(const struct live *live, const char *user)
{
    return codec_hash(user, strlen(user), live->hash_seed);
}

/* --- on one lane --- */

struct live_person {
    struct live_entry entry; /* must stay first */
    struct live_socket *first;
};

struct live_people {
    struct live_table table;
};

int live_people_open(struct live_lane *lane)
{
    struct live_people *people = calloc(1, sizeof *people);
    if (!people || !live_table_new(&people->table)) {
        free(people);
        return C18N_NO_MEMORY;
    }
    lane->people = people;
    return C18N_OK;
}

void live_people_close(struct live_lane *lane)
{
    assert(lane->people->table.count == 0);
    live_table_free(&lane->people->table);
    free(lane->people);
    lane->people = NULL;
}

static struct live_person *find(struct live_lane *lane, const char *user)
{
    uint64_t hash = user_hash(lane->live, user);
    struct live_entry *entry = live_table_first(&lane->people->table, hash);
    for (; entry; entry = live_table_next(entry->next, hash)) {
        struct live_person *person = (struct live_person *)(void *)entry;
        if (strcmp(person->first->claims.user, user) == 0)
            return person;
    }
    return NULL;
}

struct live_socket *live_people_find(struct live_lane *lane, const char *user)
{
    const struct live_person *person = find(lane, user);
    return person ? person->first : NULL;
}

int live_people_add(struct live_socket *socket)
{
    struct live_lane *lane = socket->lane;
    struct live_person *person = find(lane, socket->claims.user);
    if (!person) {
        person = calloc(1, sizeof *person);
        if (!person)
            return C18N_NO_MEMORY;
        person->entry.hash = user_hash(lane->live, socket->claims.user);
        live_table_add(&lane->people->table, &person->entry);
    }
    socket->same_person = person->first;
    person->first = socket;
    return C18N_OK;
}

void live_people_remove(struct live_socket *socket)
{
    struct live_person *person = find(socket->lane, socket->claims.user);
    struct live_socket **at = &person->first;
    while (*at != socket)
        at = &(*at)->same_person;
    *at = socket->same_person;
    socket->same_person = NULL;
    if (person->first)
        return;
    live_table_remove(&socket->lane->people->table, &person->entry);
    free(person);
}

/* --- on all lanes --- */

struct present {
    struct live_entry entry; /* must stay first */
    uint32_t count;
    char user[sizeof(((struct auth_claims *)0)->user)];
};

struct live_presence { /* people come and go seldom, and are counted in no time: one lock */
    pthread_mutex_t lock;
    struct live_table table;
};

struct live_presence *live_presence_new(void)
{
    struct live_presence *presence = calloc(1, sizeof *presence);
    if (!presence || !live_table_new(&presence->table)) {
        free(presence);
        return NULL;
    }
    pthread_mutex_init(&presence->lock, NULL);
    return presence;
}

void live_presence_free(struct live_presence *presence)
{
    if (!presence)
        return;
    assert(presence->table.count == 0);
    pthread_mutex_destroy(&presence->lock);
    live_table_free(&presence->table);
    free(presence);
}

static struct present *present_find(struct live_presence *presence, uint64_t hash, const char *user)
{
    struct live_entry *entry = live_table_first(&presence->table, hash);
    for (; entry; entry = live_table_next(entry->next, hash)) {
        struct present *present = (struct present *)(void *)entry;
        if (strcmp(present->user, user) == 0)
            return present;
    }
    return NULL;
}

static struct present *present_new(struct live_presence *presence, uint64_t hash, const char *user)
{
    struct present *present = calloc(1, sizeof *present);
    size_t length = strlen(user);
    if (!present)
        return NULL;
    assert(length < sizeof present->user);
    memcpy(present->user, user, length);
    present->entry.hash = hash;
    live_table_add(&presence->table, &present->entry);
    return present;
}

int live_presence_add(struct live_presence *presence, const struct live *live, const char *user)
{
    uint64_t hash = user_hash(live, user);
    pthread_mutex_lock(&presence->lock);
    struct present *present = present_find(presence, hash, user);
    if (!present)
        present = present_new(presence, hash, user);
    if (present)
        present->count++;
    pthread_mutex_unlock(&presence->lock);
    return present ? C18N_OK : C18N_NO_MEMORY;
}

void live_presence_remove(struct live_presence *presence, const struct live *live, const char *user)
{
    uint64_t hash = user_hash(live, user);
    pthread_mutex_lock(&presence->lock);
    struct present *present = present_find(presence, hash, user);
    assert(present);
    if (--present->count == 0) {
        live_table_remove(&presence->table, &present->entry);
        free(present);
    }
    pthread_mutex_unlock(&presence->lock);
}

uint32_t live_presence_count(struct live_presence *presence, const struct live *live, const char *user)
{
    pthread_mutex_lock(&presence->lock);
    const struct present *present = present_find(presence, user_hash(live, user), user);
    uint32_t count = present ? present->count : 0;
    pthread_mutex_unlock(&presence->lock);
    return count;
}
