/* progress.c: how far the history and the index are, and waiting for them. */
#include "data/parts.h"

#include "base/condition.h"

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
    struct timespec deadline = condition_deadline(wait_ms);
    bool in_time = true;
    pthread_mutex_lock(&data->progress.lock);
    while (!data->progress.stopping && data->progress.committed <= seen && in_time)
        in_time = condition_wait_until(&data->progress.moved, &data->progress.lock, &deadline);
    bool go_on = !data->progress.stopping;
    pthread_mutex_unlock(&data->progress.lock);
    return go_on;
}

int data_index_wait(struct data *data, uint64_t position, int64_t wait_ms)
{
    struct timespec deadline = condition_deadline(wait_ms);
    bool in_time = true;
    if (!data->index)
        return C18N_UNAVAILABLE;
    pthread_mutex_lock(&data->progress.lock);
    while (data->progress.indexed < position && !data->progress.stopping && in_time)
        in_time = condition_wait_until(&data->progress.moved, &data->progress.lock, &deadline);
    bool reached = data->progress.indexed >= position;
    pthread_mutex_unlock(&data->progress.lock);
    return reached ? C18N_OK : C18N_TIMEOUT;
}
