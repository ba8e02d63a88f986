/* watch.c: a module's stage that doesn't return can't be interrupted, only named. The watching thread
 * says which module and stage it is, and ends the process. */
#include "loader/inside.h"

#include "base/condition.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct watch {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended;
    bool is_over;
    const char *id, *stage;
    int64_t limit_ms;
    struct timespec until;
};

static _Noreturn void watch_give_up(const struct watch *watch)
{
    char words[256];
    print_into(words, sizeof words, "%s: %s did not return within %" PRId64 " ms; the start stops\n", watch->id,
               watch->stage, watch->limit_ms);
    ssize_t written = write(STDERR_FILENO, words, strlen(words)); /* no stream: its lock may be held */
    (void)written;
    _exit(EXIT_CONFIG);
}

static void *watch_main(void *arg)
{
    struct watch *watch = arg;
    bool in_time = true;
    pthread_mutex_lock(&watch->lock);
    while (!watch->is_over && in_time)
        in_time = condition_wait_until(&watch->ended, &watch->lock, &watch->until);
    if (!watch->is_over)
        watch_give_up(watch);
    pthread_mutex_unlock(&watch->lock);
    return NULL;
}

static void watch_free(struct watch *watch)
{
    pthread_cond_destroy(&watch->ended);
    pthread_mutex_destroy(&watch->lock);
    free(watch);
}

struct watch *watch_begin(const char *id, const char *stage, int64_t limit_ms)
{
    struct watch *watch = calloc(1, sizeof *watch);
    if (!watch || condition_init(&watch->ended) != C18N_OK) {
        free(watch);
        return NULL; /* unwatched is better than not started */
    }
    pthread_mutex_init(&watch->lock, NULL);
    watch->id = id;
    watch->stage = stage;
    watch->limit_ms = limit_ms;
    watch->until = condition_deadline(limit_ms);
    if (pthread_create(&watch->thread, NULL, watch_main, watch) == 0)
        return watch;
    watch_free(watch);
    return NULL;
}

void watch_end(struct watch *watch)
{
    if (!watch)
        return;
    pthread_mutex_lock(&watch->lock);
    watch->is_over = true;
    pthread_cond_signal(&watch->ended);
    pthread_mutex_unlock(&watch->lock);
    pthread_join(watch->thread, NULL);
    watch_free(watch);
}
