/* writer.c: the queue and the thread. What is done with a group of items is in group.c. */
#include "data/writer.h"

#include "base/condition.h"
#include "base/log.h"
#include "base/platform.h"
#include "base/thread.h"
#include "c18n/log.h"
#include "data/group.h"
#include "data/parts.h"

#include <assert.h>
#include <stdlib.h>

enum { IDLE_MS = 250 }; /* how long gathered reads may lie unseen while nothing is written */

/* --- the queue --- */

static int push(struct writer *writer, struct data_item *item, bool wait)
{
    int code = C18N_OK;
    pthread_mutex_lock(&writer->lock);
    while (wait && writer->count >= writer->limit && !writer->draining)
        pthread_cond_wait(&writer->room, &writer->lock);
    if (writer->draining || !writer->started)
        code = C18N_UNAVAILABLE;
    else if (writer->count >= writer->limit)
        code = C18N_AGAIN;
    if (code == C18N_OK) {
        item->next = NULL;
        *writer->tail = item;
        writer->tail = &item->next;
        if (writer->count++ == 0)
            pthread_cond_signal(&writer->work);
    }
    pthread_mutex_unlock(&writer->lock);
    return code;
}

static int refusal(const struct data *data)
{
    int state = writer_state(&data->writer);
    return state == C18N_OK || state == C18N_NO_SPACE ? C18N_OK : C18N_UNAVAILABLE;
}

int data_submit(struct data *data, struct data_item *item)
{
    int code = refusal(data);
    return code == C18N_OK ? push(&data->writer, item, false) : code;
}

unsigned data_waiting(const struct data *data)
{
    struct writer *writer = (struct writer *)(uintptr_t)&data->writer; /* const does not mean the lock */
    pthread_mutex_lock(&writer->lock);
    unsigned count = writer->count;
    pthread_mutex_unlock(&writer->lock);
    return count;
}

/* Stands in the queue for an item whose submitter waits. */
struct waiting {
    struct data_item item; /* must stay first */
    struct data_item *real;
    pthread_mutex_t lock;
    pthread_cond_t done;
    bool finished;
};

static int waiting_run(struct data_item *item)
{
    struct waiting *waiting = (struct waiting *)(void *)item;
    return waiting->real->run(waiting->real);
}

static void waiting_done(struct data_item *item, int code)
{
    struct waiting *waiting = (struct waiting *)(void *)item;
    waiting->real->code = code;
    if (waiting->real->done)
        waiting->real->done(waiting->real, code);
    pthread_mutex_lock(&waiting->lock);
    waiting->finished = true;
    pthread_cond_signal(&waiting->done);
    pthread_mutex_unlock(&waiting->lock);
}

int data_submit_wait(struct data *data, struct data_item *item)
{
    struct waiting waiting = {.item = {.request = item->request, .run = waiting_run, .done = waiting_done},
                              .real = item};
    assert(!writer_is_here(data));
    int code = refusal(data);
    if (code != C18N_OK)
        return code;
    pthread_mutex_init(&waiting.lock, NULL);
    pthread_cond_init(&waiting.done, NULL);
    code = push(&data->writer, &waiting.item, true);
    if (code == C18N_OK) {
        pthread_mutex_lock(&waiting.lock);
        while (!waiting.finished)
            pthread_cond_wait(&waiting.done, &waiting.lock);
        pthread_mutex_unlock(&waiting.lock);
        code = waiting.item.code;
    }
    pthread_cond_destroy(&waiting.done);
    pthread_mutex_destroy(&waiting.lock);
    return code;
}

/* --- the thread --- */

/* Takes up to a group from the queue. The lock is held. */
static struct data_item *take_group(struct writer *writer)
{
    struct data_item *first = writer->head, *last = first;
    if (!first)
        return NULL;
    unsigned taken = 1;
    while (last->next && taken < WRITER_GROUP_MOST) {
        last = last->next;
        taken++;
    }
    writer->head = last->next;
    last->next = NULL;
    if (!writer->head)
        writer->tail = &writer->head;
    writer->count -= taken;
    pthread_cond_broadcast(&writer->room);
    return first;
}

static struct data_item *with_accesses(struct data *data, struct data_item *group, bool draining)
{
    if (!access_due(&data->access, draining))
        return group;
    struct data_item *accesses = access_item(data);
    if (!accesses)
        return group;
    struct data_item **tail = &group;
    while (*tail)
        tail = &(*tail)->next;
    *tail = accesses;
    return group;
}

static void run_job(struct data *data, struct job *job)
{
    struct writer *writer = &data->writer;
    job->code = refusal(data) == C18N_OK ? job->run(data, job->arg) : C18N_UNAVAILABLE;
    cache_settle(data->cache, job->code == C18N_OK);
    pthread_mutex_lock(&writer->lock);
    job->finished = true;
    writer->job = NULL;
    pthread_cond_broadcast(&writer->finished);
    pthread_mutex_unlock(&writer->lock);
}

static void turn(struct data *data, struct data_item *group, struct job *job, bool draining)
{
    if (refusal(data) != C18N_OK)
        group_reopen(data);
    if (job)
        run_job(data, job);
    group = with_accesses(data, group, draining);
    if (group)
        group_run(data, group);
    else
        group_probe(data);
    group_checkpoint(data, false);
}

static void *writer_main(void *arg)
{
    struct data *data = arg;
    struct writer *writer = &data->writer;
    pthread_mutex_lock(&writer->lock);
    while (!writer->stopping || writer->head || writer->job) {
        if (!writer->head && !writer->job && !writer->woken) {
            writer->busy = false;
            pthread_cond_broadcast(&writer->finished);
            condition_wait(&writer->work, &writer->lock, IDLE_MS);
        }
        writer->woken = false;
        struct data_item *group = take_group(writer);
        struct job *job = writer->job;
        bool draining = writer->draining;
        writer->busy = true;
        pthread_mutex_unlock(&writer->lock);
        turn(data, group, job, draining);
        pthread_mutex_lock(&writer->lock);
    }
    pthread_mutex_unlock(&writer->lock);
    return NULL;
}

void writer_wake(struct data *data)
{
    struct writer *writer = &data->writer;
    pthread_mutex_lock(&writer->lock);
    writer->woken = true;
    pthread_cond_signal(&writer->work);
    pthread_mutex_unlock(&writer->lock);
}

bool writer_is_here(const struct data *data)
{
    return data->writer.started && pthread_equal(data->writer.thread, pthread_self());
}

int writer_alone(struct data *data, int (*run)(struct data *data, void *arg), void *arg)
{
    struct writer *writer = &data->writer;
    struct job job = {.run = run, .arg = arg};
    assert(!writer_is_here(data));
    if (!writer->started)
        return run(data, arg);
    pthread_mutex_lock(&writer->lock);
    while (writer->job && !writer->stopping)
        pthread_cond_wait(&writer->finished, &writer->lock);
    job.finished = writer->stopping;
    job.code = C18N_UNAVAILABLE;
    if (!job.finished) {
        writer->job = &job;
        pthread_cond_signal(&writer->work);
    }
    while (!job.finished)
        pthread_cond_wait(&writer->finished, &writer->lock);
    pthread_mutex_unlock(&writer->lock);
    return job.code;
}

int writer_note(struct data *data, const char *topic, const char *type, const char *resource)
{
    struct writer *writer = &data->writer;
    struct notice *notice = arena_alloc(writer->arena, sizeof *notice);
    const char *copies[] = {topic, type, resource};
    for (size_t i = 0; notice && i < 3; i++)
        if (!(copies[i] = arena_copy(writer->arena, copies[i], strlen(copies[i]))))
            return C18N_NO_MEMORY;
    if (!notice)
        return C18N_NO_MEMORY;
    *notice = (struct notice){copies[0], copies[1], copies[2], NULL};
    *writer->last_notice = notice;
    writer->last_notice = &notice->next;
    return C18N_OK;
}

void writer_distrust(struct data *data, const char *why)
{
    struct writer *writer = &data->writer;
    __atomic_store_n(&writer->untrusted, true, __ATOMIC_RELEASE);
    if (__atomic_exchange_n(&writer->state, C18N_CORRUPT, __ATOMIC_RELAXED) != C18N_CORRUPT)
        log_line(C18N_LOG_ERROR, "data", "%s: it is only read from now on; run c18nctl verify", why);
}

/* --- opening and closing --- */

int writer_init(struct data *data, unsigned queue_limit)
{
    struct writer *writer = &data->writer;
    pthread_mutex_init(&writer->lock, NULL);
    writer->limit = queue_limit ? queue_limit : 1;
    writer->tail = &writer->head;
    writer->last_notice = &writer->notices;
    writer->arena = arena_new(WRITER_ARENA);
    writer->apply_arena = arena_new(WRITER_ARENA);
    int code = condition_init(&writer->work);
    pthread_cond_init(&writer->room, NULL);
    pthread_cond_init(&writer->finished, NULL);
    return code == C18N_OK && (!writer->arena || !writer->apply_arena) ? C18N_NO_MEMORY : code;
}

int writer_start(struct data *data)
{
    struct writer *writer = &data->writer;
    pthread_mutex_lock(&writer->lock);
    int code = thread_start(&writer->thread, "writer", writer_main, data);
    writer->started = code == C18N_OK;
    pthread_mutex_unlock(&writer->lock);
    return code;
}

/* Reads that are not recorded yet, and can be. The queue's lock is held. */
static bool accesses_wait(struct data *data)
{
    return writer_state(&data->writer) == C18N_OK && access_due(&data->access, true);
}

void writer_drain(struct data *data)
{
    struct writer *writer = &data->writer;
    pthread_mutex_lock(&writer->lock);
    writer->draining = true;
    pthread_cond_broadcast(&writer->room);
    pthread_cond_signal(&writer->work);
    while (writer->started && (writer->head || writer->busy || accesses_wait(data)))
        pthread_cond_wait(&writer->finished, &writer->lock);
    pthread_mutex_unlock(&writer->lock);
}

void writer_close(struct data *data)
{
    struct writer *writer = &data->writer;
    pthread_mutex_lock(&writer->lock);
    writer->draining = writer->stopping = true;
    pthread_cond_broadcast(&writer->work);
    pthread_cond_broadcast(&writer->room);
    pthread_cond_broadcast(&writer->finished);
    pthread_mutex_unlock(&writer->lock);
    if (writer->started)
        pthread_join(writer->thread, NULL);
    writer->started = false;
    if (data->opened)
        group_checkpoint(data, true);
    scope_disconnect(&writer->scope);
    arena_free(writer->arena);
    arena_free(writer->apply_arena);
    pthread_cond_destroy(&writer->work);
    pthread_cond_destroy(&writer->room);
    pthread_cond_destroy(&writer->finished);
    pthread_mutex_destroy(&writer->lock);
}
