/* progress.c: how far the history and the index are, and waiting for them. */
#include "data/parts.h"

#include <errno.h>
#include <time.h>

int condition_init(pthread_cond_t *condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int error = pthread_cond_init(condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return error == 0 ? C18N_OK : C18N_NO_MEMORY;
}

/* The condition's own clock, not the platform's: a test that moves time must not make threads spin. */
static struct timespec deadline_after(int64_t wait_ms)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    int64_t nanos = deadline.tv_nsec + (wait_ms % 1000) * 1000000;
    deadline.tv_sec += wait_ms / 1000 + nanos / 1000000000;
    deadline.tv_nsec = nanos % 1000000000;
    return deadline;
}

bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t wait_ms)
{
    struct timespec deadline = deadline_after(wait_ms);
    return pthread_cond_timedwait(condition, lock, &deadline) != ETIMEDOUT;
}

static void move(struct data *data, uint64_t *place, uint64_t position)
{
    pthread_mutex_lock(&data->progress.lock);
    *place = position;
    pthread_cond_broadcast(&data->progress.moved);
    pthread_mutex_unlock(&data->progress.lock);
}

void progress_committed(struct data *data, uint64_t position)
{
    move(data, &data->progress.committed, position);
}

void progress_indexed(struct data *data, uint64_t position)
{
    move(data, &data->progress.indexed, position);
}

bool progress_wait(struct data *data, uint64_t seen, int64_t wait_ms)
{
    struct timespec deadline = deadline_after(wait_ms);
    int error = 0;
    pthread_mutex_lock(&data->progress.lock);
    while (!data->progress.stopping && data->progress.committed <= seen && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&data->progress.moved, &data->progress.lock, &deadline);
    bool go_on = !data->progress.stopping;
    pthread_mutex_unlock(&data->progress.lock);
    return go_on;
}

int data_index_wait(struct data *data, uint64_t position, int64_t wait_ms)
{
    struct timespec deadline = deadline_after(wait_ms);
    int error = 0;
    if (!data->index)
        return C18N_UNAVAILABLE;
    pthread_mutex_lock(&data->progress.lock);
    while (data->progress.indexed < position && !data->progress.stopping && error != ETIMEDOUT)
        error = pthread_cond_timedwait(&data->progress.moved, &data->progress.lock, &deadline);
    bool reached = data->progress.indexed >= position;
    pthread_mutex_unlock(&data->progress.lock);
    return reached ? C18N_OK : C18N_TIMEOUT;
}
