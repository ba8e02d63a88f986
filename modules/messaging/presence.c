/* presence.c: who is connected to this server. Event threads note who comes and goes, for which they take one short
 * lock; a timer tells others once a second. Who goes and comes back within the grace was never away. */
#include "messaging.h"

#include "presence.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { BUCKETS = 4096, PEOPLE_MOST = 100000 };

struct person {
    struct person *next;  /* in the bucket */
    struct person *later; /* in the queue that they stand in */
    char user[C18N_ID_SIZE];
    int64_t left_ms; /* 0: is here */
    bool waits;      /* stands in a queue */
    bool told;       /* others know that they are here */
};

struct queue {
    struct person *first, **end;
};

struct presence {
    pthread_mutex_t lock;
    struct person *buckets[BUCKETS];
    size_t count;
    struct queue arrivals, departures; /* the latter in order of time */
    uint32_t renewed;                  /* the bucket whose leases were renewed last */
};

struct presence *messaging_presence_new(void)
{
    struct presence *presence = calloc(1, sizeof *presence);
    if (!presence)
        return NULL;
    pthread_mutex_init(&presence->lock, NULL); /* of the default kind it can't fail */
    presence->arrivals.end = &presence->arrivals.first;
    presence->departures.end = &presence->departures.first;
    return presence;
}

void messaging_presence_free(struct presence *presence)
{
    if (!presence)
        return;
    for (size_t i = 0; i < BUCKETS; i++) {
        for (struct person *person = presence->buckets[i], *next; person; person = next) {
            next = person->next;
            free(person);
        }
    }
    pthread_mutex_destroy(&presence->lock);
    free(presence);
}

static uint32_t bucket_of(const char *user)
{
    uint32_t hash = UINT32_C(2166136261);
    for (; *user; user++)
        hash = (hash ^ (unsigned char)*user) * UINT32_C(16777619);
    return (hash ^ hash >> 16) % BUCKETS;
}

static struct person **place_of(struct presence *presence, const char *user)
{
    struct person **place = &presence->buckets[bucket_of(user)];
    while (*place && strcmp((*place)->user, user) != 0)
        place = &(*place)->next;
    return place;
}

static void queue_up(struct queue *queue, struct person *person)
{
    person->waits = true;
    person->later = NULL;
    *queue->end = person;
    queue->end = &person->later;
}

static struct person *queue_take(struct queue *queue)
{
    struct person *person = queue->first;
    queue->first = person->later;
    if (!queue->first)
        queue->end = &queue->first;
    person->waits = false;
    return person;
}

/* Beyond the limit, or without memory, somebody is here without others knowing. */
static struct person *add(struct presence *presence, struct person **place, const char *user)
{
    struct person *person = presence->count < PEOPLE_MOST ? calloc(1, sizeof *person) : NULL;
    size_t length = strlen(user);
    if (!person || length >= sizeof person->user) {
        free(person);
        return NULL;
    }
    memcpy(person->user, user, length + 1);
    *place = person;
    presence->count++;
    return person;
}

/** A person has a delivering socket here. Any thread. */
void messaging_arrived(struct messaging *messaging, const char *user)
{
    struct presence *presence = messaging->presence;
    pthread_mutex_lock(&presence->lock);
    struct person **place = place_of(presence, user);
    struct person *person = *place ? *place : add(presence, place, user);
    if (person) {
        person->left_ms = 0;
        if (!person->told && !person->waits)
            queue_up(&presence->arrivals, person);
    }
    pthread_mutex_unlock(&presence->lock);
}

/** One of their sockets is gone: it may have been the last. An event thread. */
void messaging_departed(struct messaging *messaging, const char *user)
{
    struct presence *presence = messaging->presence;
    int64_t now = c18n_monotonic_us(messaging->self->host) / 1000;
    if (c18n_socket_count(messaging->self, user) > 0)
        return;
    pthread_mutex_lock(&presence->lock);
    struct person *person = *place_of(presence, user);
    if (person && person->left_ms == 0) {
        person->left_ms = now > 0 ? now : 1;
        if (!person->waits)
            queue_up(&presence->departures, person);
    }
    pthread_mutex_unlock(&presence->lock);
}

static void forget(struct presence *presence, struct person *person)
{
    *place_of(presence, person->user) = person->next;
    presence->count--;
    free(person);
}

static void note(struct presence_change *change, const struct person *person, bool online)
{
    memcpy(change->user, person->user, sizeof change->user);
    change->online = online;
}

/* Who came and went before anybody was told waits in the wrong queue: the next turn has them leave. */
static size_t take_arrivals(struct presence *presence, struct presence_change *changes, size_t most)
{
    size_t count = 0;
    while (presence->arrivals.first && count < most) {
        struct person *person = queue_take(&presence->arrivals);
        person->told = true;
        note(&changes[count++], person, true);
        if (person->left_ms > 0)
            queue_up(&presence->departures, person);
    }
    return count;
}

/* Who has come back in the meantime stays, also when their new socket was not yet counted as their old one closed. */
static size_t take_departures(const struct messaging *messaging, int64_t until_ms, struct presence_change *changes,
                              size_t most)
{
    struct presence *presence = messaging->presence;
    size_t count = 0, looked_at = 0;
    while (presence->departures.first && count < most && looked_at++ < most) {
        if (presence->departures.first->left_ms > until_ms && presence->departures.first->left_ms > 0)
            break;
        struct person *person = queue_take(&presence->departures);
        if (person->left_ms == 0 || c18n_socket_count(messaging->self, person->user) > 0) {
            person->left_ms = 0;
            continue;
        }
        note(&changes[count++], person, false);
        forget(presence, person);
    }
    return count;
}

/** Who has come, and who has been away since `until_ms`. Gives how many. */
size_t presence_take(const struct messaging *messaging, int64_t until_ms, struct presence_change *changes, size_t most)
{
    struct presence *presence = messaging->presence;
    pthread_mutex_lock(&presence->lock);
    size_t count = take_arrivals(presence, changes, most);
    count += take_departures(messaging, until_ms, changes + count, most - count);
    pthread_mutex_unlock(&presence->lock);
    return count;
}

/** The next people whose leases are to be renewed: all are, once in PRESENCE_ROUND calls. Gives how many. */
size_t presence_round(struct presence *presence, char (*ret_users)[C18N_ID_SIZE], size_t most)
{
    size_t count = 0;
    pthread_mutex_lock(&presence->lock);
    for (uint32_t i = 0; i < BUCKETS / PRESENCE_ROUND + 1; i++) {
        presence->renewed = (presence->renewed + 1) % BUCKETS;
        for (struct person *person = presence->buckets[presence->renewed]; person && count < most;
             person = person->next)
            if (person->told && person->left_ms == 0)
                memcpy(ret_users[count++], person->user, C18N_ID_SIZE);
    }
    pthread_mutex_unlock(&presence->lock);
    return count;
}

/** Does this server know them as being here? */
bool presence_has(struct presence *presence, const char *user)
{
    pthread_mutex_lock(&presence->lock);
    bool has = *place_of(presence, user) != NULL;
    pthread_mutex_unlock(&presence->lock);
    return has;
}
