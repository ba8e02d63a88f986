/*
 * pool.c: threads that take tasks from one bounded queue.
 *
 * A mutex guards the queue: a task of the pool costs microseconds at least, the lock a fraction of one.
 * Each thread makes its context itself, so that the context may belong to its thread; the start
 * waits for all of them.
 */
#include "base/thread.h"
#include "c18n/abi.h"
#include "run/task.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>

#define POOL_MAGIC UINT32_C(0x706f6f6c)

struct pool {
    uint32_t magic;
    struct pool_options options;
    pthread_mutex_t lock;
    pthread_cond_t work, entered; /* of `lock`: a task waits, or the pool stops; a thread has its context */
    struct task *first, *last;
    atomic_uint waiting;
    unsigned started, ready;
    unsigned working; /* threads that still take tasks */
    bool failed, stopping;
    pthread_t threads[];
};

/* --- a thread --- */

static void *enter(struct pool *pool, bool *ret_ready)
{
    void *context = pool->options.enter ? pool->options.enter(pool->options.arg) : NULL;
    *ret_ready = context || !pool->options.enter;
    pthread_mutex_lock(&pool->lock);
    pool->ready += *ret_ready;
    pool->working += *ret_ready;
    pool->failed |= !*ret_ready;
    pthread_cond_signal(&pool->entered);
    pthread_mutex_unlock(&pool->lock);
    return context;
}

/* Waits for a task. NULL: the pool stops and nothing waits. */
static struct task *take(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (!pool->first && !pool->stopping)
        pthread_cond_wait(&pool->work, &pool->lock);
    struct task *task = pool->first;
    if (task) {
        pool->first = task->next;
        if (!pool->first)
            pool->last = NULL;
        atomic_fetch_sub(&pool->waiting, 1);
        task->next = NULL;
    } else {
        pool->working--;
    }
    pthread_mutex_unlock(&pool->lock);
    return task;
}

static void *run_thread(void *arg)
{
    struct pool *pool = arg;
    bool ready;
    void *context = enter(pool, &ready);
    if (!ready)
        return NULL;
    for (struct task *task = take(pool); task; task = take(pool))
        task->run(task, context);
    if (pool->options.leave)
        pool->options.leave(context, pool->options.arg);
    return NULL;
}

/* --- start and stop --- */

static bool start_thread(struct pool *pool)
{
    char name[16];
    snprintf(name, sizeof name, "%.10s-%u", pool->options.name, pool->started % 1000);
    if (thread_start(&pool->threads[pool->started], name, run_thread, pool) != C18N_OK)
        return false;
    pool->started++;
    return true;
}

static bool all_ready(struct pool *pool)
{
    pthread_mutex_lock(&pool->lock);
    while (pool->ready < pool->started && !pool->failed)
        pthread_cond_wait(&pool->entered, &pool->lock);
    bool ready = !pool->failed;
    pthread_mutex_unlock(&pool->lock);
    return ready;
}

struct pool *pool_start(const struct pool_options *options)
{
    assert(options->threads > 0 && options->limit > 0);
    struct pool *pool = calloc(1, sizeof *pool + options->threads * sizeof *pool->threads);
    if (!pool)
        return NULL;
    pool->magic = POOL_MAGIC;
    pool->options = *options;
    if (!pool->options.name)
        pool->options.name = "pool";
    pthread_mutex_init(&pool->lock, NULL);
    pthread_cond_init(&pool->work, NULL);
    pthread_cond_init(&pool->entered, NULL);
    bool enough = true;
    while (enough && pool->started < options->threads)
        enough = start_thread(pool);
    if (enough && all_ready(pool))
        return pool;
    pool_stop(pool);
    return NULL;
}

void pool_close(struct pool *pool)
{
    assert(pool->magic == POOL_MAGIC);
    pthread_mutex_lock(&pool->lock);
    pool->stopping = true;
    pthread_cond_broadcast(&pool->work);
    pthread_mutex_unlock(&pool->lock);
    while (pool->started > 0)
        pthread_join(pool->threads[--pool->started], NULL);
    assert(!pool->first);
}

void pool_stop(struct pool *pool)
{
    if (!pool)
        return;
    pool_close(pool);
    pthread_cond_destroy(&pool->entered);
    pthread_cond_destroy(&pool->work);
    pthread_mutex_destroy(&pool->lock);
    pool->magic = 0;
    free(pool);
}

/* --- work --- */

/* A stopping pool takes work as long as one of its threads is still there to run it. */
bool pool_submit(struct pool *pool, struct task *task)
{
    assert(pool->magic == POOL_MAGIC);
    task->next = NULL;
    pthread_mutex_lock(&pool->lock);
    bool over = pool->stopping && pool->working == 0;
    bool room = !over && atomic_load(&pool->waiting) < pool->options.limit;
    if (room) {
        if (pool->last)
            pool->last->next = task;
        else
            pool->first = task;
        pool->last = task;
        atomic_fetch_add(&pool->waiting, 1);
        pthread_cond_signal(&pool->work);
    }
    pthread_mutex_unlock(&pool->lock);
    return room;
}

unsigned pool_waiting(const struct pool *pool)
{
    return atomic_load(&pool->waiting);
}
