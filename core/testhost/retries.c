/*
 * retries.c: which consumers try the same event again and again.
 *
 * A consumer that says that something it needs is down is asked again until it goes, and that may be for ever: waiting
 * for it would be, too. Each attempt begins with the bus's `advance`, so a module that provides "bus.v1" gets one of
 * ours in front, which counts.
 */
#include "testhost/inside.h"

#include "c18n/providers/bus.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum {
    CONSUMERS_WATCHED = 64,
    ATTEMPTS = 7, /* after five failures and the attempt to bury it, an event that could be given up has been */
};

static struct {
    pthread_mutex_t lock; /* guards the rest */
    const c18n_bus *real;
    c18n_bus ours;
    struct attempts {
        char consumer[96];
        uint64_t position;
        unsigned count;
    } at[CONSUMERS_WATCHED];
    size_t count;
} retries = {.lock = PTHREAD_MUTEX_INITIALIZER};

static struct attempts *attempts_of(const char *consumer)
{
    for (size_t i = 0; i < retries.count; i++)
        if (strcmp(retries.at[i].consumer, consumer) == 0)
            return &retries.at[i];
    return NULL;
}

static void note(const char *consumer, uint64_t position)
{
    pthread_mutex_lock(&retries.lock);
    struct attempts *attempts = attempts_of(consumer);
    if (!attempts && retries.count < CONSUMERS_WATCHED) {
        attempts = &retries.at[retries.count++];
        snprintf(attempts->consumer, sizeof attempts->consumer, "%s", consumer);
    }
    if (attempts) {
        attempts->count = attempts->position == position ? attempts->count + 1 : 1;
        attempts->position = position;
    }
    pthread_mutex_unlock(&retries.lock);
}

static int advance(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position)
{
    note(consumer, position);
    return retries.real->advance(self, writer, consumer, position);
}

const void *retries_watch(const char *service, const void *functions)
{
    if (strcmp(service, "bus.v1") != 0 || !functions)
        return functions;
    pthread_mutex_lock(&retries.lock);
    retries.count = 0;
    pthread_mutex_unlock(&retries.lock);
    retries.real = functions;
    retries.ours = *retries.real;
    retries.ours.advance = advance;
    return &retries.ours;
}

bool retries_are_endless(const char *consumer, uint64_t position)
{
    pthread_mutex_lock(&retries.lock);
    const struct attempts *attempts = attempts_of(consumer);
    bool endless = attempts && attempts->position == position && attempts->count >= ATTEMPTS;
    pthread_mutex_unlock(&retries.lock);
    return endless;
}
