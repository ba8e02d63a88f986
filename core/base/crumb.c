#include "base/crumb.h"

#include <assert.h>
#include <stdatomic.h>

struct trail {
    atomic_ulong call; /* outermost calls that have begun */
    atomic_uint depth;
    struct {
        _Atomic(const char *) module, stage, route;
    } crumbs[CRUMBS_MOST];
};

static _Thread_local struct trail here;

/* The lock keeps a thread from ending while somebody looks at it. */
static struct {
    pthread_mutex_t lock;
    struct watched {
        struct trail *trail; /* NULL: free */
        pthread_t thread;
    } at[WATCHED_MOST];
} watched = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --- the thread's own side. One writer, so a load and a store will do where others would need one atomic step. --- */

void crumb_enter(const char *module, const char *stage, const char *route)
{
    unsigned depth = atomic_load_explicit(&here.depth, memory_order_relaxed);
    if (depth < CRUMBS_MOST) {
        atomic_store_explicit(&here.crumbs[depth].module, module, memory_order_relaxed);
        atomic_store_explicit(&here.crumbs[depth].stage, stage, memory_order_relaxed);
        atomic_store_explicit(&here.crumbs[depth].route, route, memory_order_relaxed);
    }
    if (depth == 0) {
        unsigned long call = atomic_load_explicit(&here.call, memory_order_relaxed);
        atomic_store_explicit(&here.call, call + 1, memory_order_relaxed);
    }
    atomic_store_explicit(&here.depth, depth + 1, memory_order_release);
}

void crumb_leave(void)
{
    unsigned depth = atomic_load_explicit(&here.depth, memory_order_relaxed);
    assert(depth > 0);
    atomic_store_explicit(&here.depth, depth - 1, memory_order_release);
}

static bool trail_innermost(struct trail *trail, struct crumb *ret_crumb)
{
    unsigned depth = atomic_load_explicit(&trail->depth, memory_order_acquire);
    if (depth == 0)
        return false;
    unsigned at = depth <= CRUMBS_MOST ? depth - 1 : CRUMBS_MOST - 1;
    *ret_crumb = (struct crumb){atomic_load_explicit(&trail->crumbs[at].module, memory_order_relaxed),
                                atomic_load_explicit(&trail->crumbs[at].stage, memory_order_relaxed),
                                atomic_load_explicit(&trail->crumbs[at].route, memory_order_relaxed)};
    return true;
}

bool crumb_current(struct crumb *ret_crumb)
{
    return trail_innermost(&here, ret_crumb);
}

/* --- for the watchdog --- */

static struct watched *watched_by(const struct trail *trail)
{
    for (size_t i = 0; i < WATCHED_MOST; i++)
        if (watched.at[i].trail == trail)
            return &watched.at[i];
    return NULL;
}

bool crumb_watch(void)
{
    pthread_mutex_lock(&watched.lock);
    struct watched *slot = watched_by(NULL);
    if (slot)
        *slot = (struct watched){&here, pthread_self()};
    pthread_mutex_unlock(&watched.lock);
    return slot;
}

void crumb_unwatch(void)
{
    pthread_mutex_lock(&watched.lock);
    struct watched *slot = watched_by(&here);
    if (slot)
        slot->trail = NULL;
    pthread_mutex_unlock(&watched.lock);
}

void crumb_look(void (*look)(void *arg, const struct crumb_seen *seen), void *arg)
{
    pthread_mutex_lock(&watched.lock);
    for (unsigned i = 0; i < WATCHED_MOST; i++) {
        struct trail *trail = watched.at[i].trail;
        if (!trail)
            continue;
        struct crumb_seen seen = {.slot = i, .thread = watched.at[i].thread};
        seen.running = trail_innermost(trail, &seen.crumb);
        seen.call = atomic_load_explicit(&trail->call, memory_order_relaxed);
        look(arg, &seen);
    }
    pthread_mutex_unlock(&watched.lock);
}
