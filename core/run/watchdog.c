/*
 * watchdog.c: looks at each event thread every 25 ms and counts the looks at which it was in the same call.
 *
 * Only what was seen counts, never a clock: a process that was stopped (a debugger, a suspended machine) sees one look
 * pass, however long it was away, and is not ended for it.
 */
#include "run/watchdog.h"

#include "base/condition.h"
#include "base/crash.h"
#include "base/log.h"
#include "base/thread.h"
#include "c18n/abi.h"
#include "c18n/log.h"

#include <stdlib.h>

struct watchdog {
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t changed; /* of `lock` */
    bool stopping;
    struct look {
        unsigned long call;
        unsigned count; /* looks at which this call was running */
        bool told;
        struct crumb crumb; /* as it was told */
    } looks[WATCHED_MOST];
};

static const char *or_core(const char *module)
{
    return module ? module : "core";
}

static void tell_slow(struct look *look, const struct crumb *crumb)
{
    look->told = true;
    look->crumb = *crumb;
    log_line(C18N_LOG_WARNING, or_core(crumb->module), "%s %s keeps an event thread for over %d ms; others wait for it",
             crumb->stage, crumb->route ? crumb->route : "", WATCHDOG_SLOW_MS);
}

static void tell_over(const struct look *look)
{
    log_line(C18N_LOG_WARNING, or_core(look->crumb.module), "%s %s kept its event thread for about %u ms",
             look->crumb.stage, look->crumb.route ? look->crumb.route : "", look->count * WATCHDOG_TICK_MS);
}

static void look_at(void *arg, const struct crumb_seen *seen)
{
    struct watchdog *watchdog = arg;
    struct look *look = &watchdog->looks[seen->slot];
    bool same = seen->running && seen->call == look->call;
    if (!same && look->told)
        tell_over(look);
    if (!same)
        *look = (struct look){.call = seen->call};
    if (!seen->running)
        return;
    unsigned ran_ms = look->count++ * WATCHDOG_TICK_MS; /* at least: it began before the first look */
    if (ran_ms >= WATCHDOG_SLOW_MS && !look->told)
        tell_slow(look, &seen->crumb);
    if (ran_ms == WATCHDOG_HUNG_MS)
        crash_interrupt(seen->thread);
    if (ran_ms >= WATCHDOG_ACCUSE_MS)
        crash_accuse(&seen->crumb);
}

static void *watch(void *arg)
{
    struct watchdog *watchdog = arg;
    pthread_mutex_lock(&watchdog->lock);
    while (!watchdog->stopping) {
        (void)condition_wait(&watchdog->changed, &watchdog->lock, WATCHDOG_TICK_MS);
        crumb_look(look_at, watchdog);
    }
    pthread_mutex_unlock(&watchdog->lock);
    return NULL;
}

static void watchdog_free(struct watchdog *watchdog)
{
    pthread_cond_destroy(&watchdog->changed);
    pthread_mutex_destroy(&watchdog->lock);
    free(watchdog);
}

struct watchdog *watchdog_start(void)
{
    struct watchdog *watchdog = calloc(1, sizeof *watchdog);
    if (!watchdog)
        return NULL;
    if (condition_init(&watchdog->changed) != C18N_OK) {
        free(watchdog);
        return NULL;
    }
    pthread_mutex_init(&watchdog->lock, NULL);
    if (thread_start(&watchdog->thread, "watchdog", watch, watchdog) == C18N_OK)
        return watchdog;
    watchdog_free(watchdog);
    return NULL;
}

void watchdog_stop(struct watchdog *watchdog)
{
    if (!watchdog)
        return;
    pthread_mutex_lock(&watchdog->lock);
    watchdog->stopping = true;
    pthread_cond_signal(&watchdog->changed);
    pthread_mutex_unlock(&watchdog->lock);
    pthread_join(watchdog->thread, NULL);
    watchdog_free(watchdog);
}
