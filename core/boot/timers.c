#include "boot/timers.h"

#include "base/condition.h"
#include "base/crumb.h"
#include "base/log.h"
#include "base/platform.h"
#include "base/thread.h"
#include "boot/families.h"
#include "boot/server.h"
#include "boot/work.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

enum { TIMER_LEAST_MS = 10, TIMERS_MOST = 256 };

struct timer {
    struct timers *timers;
    struct server *server;
    struct module *module;
    c18n_timer declared;
    int64_t due_us; /* under the lock, as is `wanted` */
    bool wanted;    /* out of turn: as soon as it does not run */
    atomic_bool running;
};

struct timers {
    struct server *server;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool stopping;
    size_t count;
    struct timer timer[TIMERS_MOST];
};

static void timer_turn(c18n_request *rq, void *arg)
{
    struct timer *timer = arg;
    crumb_enter(timer->module->self.id, "timer", timer->declared.name);
    int code = timer->declared.run(rq, timer->module->self.state);
    crumb_leave();
    if (code != C18N_OK)
        log_line(C18N_LOG_WARNING, timer->module->self.id, "timer %s: code %d", timer->declared.name, code);
}

static void timer_done(void *arg)
{
    struct timer *timer = arg;
    struct timers *timers = timer->timers;
    atomic_store(&timer->running, false);
    pthread_mutex_lock(&timers->lock);
    if (timer->wanted)
        pthread_cond_signal(&timers->changed);
    pthread_mutex_unlock(&timers->lock);
}

/* While the last turn still runs, this one is left out; but one that was asked for waits. */
static void timer_begin(struct timer *timer)
{
    if (atomic_exchange(&timer->running, true))
        return;
    if (work_run(timer->server, &timer->module->self, timer_turn, timer, timer_done) == C18N_OK)
        timer->wanted = false;
    else
        atomic_store(&timer->running, false);
}

/* Begins what is due. Returns when the next one is. */
static int64_t timers_begin_due(struct timers *timers, int64_t now_us)
{
    int64_t next_us = now_us + 3600 * INT64_C(1000000);
    for (size_t i = 0; i < timers->count; i++) {
        struct timer *timer = &timers->timer[i];
        if (timer->due_us <= now_us || timer->wanted)
            timer_begin(timer);
        if (timer->due_us <= now_us)
            timer->due_us = now_us + (int64_t)timer->declared.every_ms * 1000;
        if (timer->due_us < next_us)
            next_us = timer->due_us;
    }
    return next_us;
}

static void *timers_thread(void *arg)
{
    struct timers *timers = arg;
    pthread_mutex_lock(&timers->lock);
    while (!timers->stopping) {
        int64_t next_us = timers_begin_due(timers, platform_monotonic_us());
        struct timespec until = {.tv_sec = next_us / 1000000, .tv_nsec = (next_us % 1000000) * 1000};
        pthread_cond_timedwait(&timers->changed, &timers->lock, &until);
    }
    pthread_mutex_unlock(&timers->lock);
    return NULL;
}

static void timers_add_module(struct timers *timers, struct module *module, int64_t now_us)
{
    const c18n_table *table = &module->descriptor->timers;
    for (size_t i = 0; i < table->count; i++) {
        if (timers->count == TIMERS_MOST) {
            log_line(C18N_LOG_ERROR, module->self.id, "only %d timers are run; the others of the module are not",
                     TIMERS_MOST);
            return;
        }
        struct timer *timer = &timers->timer[timers->count++];
        timer->timers = timers;
        timer->server = timers->server;
        timer->module = module;
        loader_item(table, i, &timer->declared, sizeof timer->declared);
        if (timer->declared.every_ms < TIMER_LEAST_MS)
            timer->declared.every_ms = TIMER_LEAST_MS;
        timer->due_us = now_us + (int64_t)timer->declared.every_ms * 1000;
    }
}

int timers_start(struct server *server, struct timers **ret_timers)
{
    struct timers *timers = calloc(1, sizeof *timers);
    if (!timers || condition_init(&timers->changed) != C18N_OK) {
        free(timers);
        return C18N_NO_MEMORY;
    }
    pthread_mutex_init(&timers->lock, NULL);
    timers->server = server;
    for (size_t i = 0; i < loader_count(server->loader); i++)
        timers_add_module(timers, loader_at(server->loader, i), platform_monotonic_us());
    *ret_timers = timers; /* before the thread: a turn may ask for another one */
    if (thread_start(&timers->thread, "timers", timers_thread, timers) == C18N_OK)
        return C18N_OK;
    *ret_timers = NULL;
    timers_free(timers);
    return C18N_NO_MEMORY;
}

void timers_stop(struct timers *timers)
{
    if (!timers)
        return;
    pthread_mutex_lock(&timers->lock);
    timers->stopping = true;
    pthread_cond_signal(&timers->changed);
    pthread_mutex_unlock(&timers->lock);
    pthread_join(timers->thread, NULL);
}

void timers_free(struct timers *timers)
{
    if (!timers)
        return;
    pthread_cond_destroy(&timers->changed);
    pthread_mutex_destroy(&timers->lock);
    free(timers);
}

static int timer_now(c18n_self *self, const char *name)
{
    struct server *server = (struct server *)(uintptr_t)self->host;
    struct timers *timers = server->timers;
    if (!timers)
        return C18N_UNAVAILABLE;
    int code = C18N_NOT_FOUND;
    pthread_mutex_lock(&timers->lock);
    for (size_t i = 0; i < timers->count; i++)
        if (&timers->timer[i].module->self == self && strcmp(timers->timer[i].declared.name, name) == 0) {
            timers->timer[i].wanted = true;
            code = C18N_OK;
        }
    pthread_cond_signal(&timers->changed);
    pthread_mutex_unlock(&timers->lock);
    return code;
}

const c18n_timer_family boot_timer_family = {
    .family = {sizeof boot_timer_family, C18N_ABI_MINOR},
    .now = timer_now,
};
