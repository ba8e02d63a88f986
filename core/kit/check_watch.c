/* check_watch.c: the family of sockets with a look at what goes by. What a transaction publishes counts when it is
 * durable. */
#include "kit/check_watch.h"

#include "data/data.h"
#include "data/scope.h"

#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static struct {
    const c18n_sockets_family *real;
    c18n_sockets_family ours;
    const c18n_events_family *real_events;
    c18n_events_family our_events;
    const c18n_self *module;
    pthread_mutex_t lock; /* guards the rest */
    struct watch_log logs[WATCH_LOGS_MOST];
    size_t count;
    char fault[512];
    uint64_t expected;
} watch = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* --- the numbers of a log; the lock is held --- */

static struct watch_log *log_of(const char *channel)
{
    for (size_t i = 0; i < watch.count; i++)
        if (strcmp(watch.logs[i].channel, channel) == 0)
            return &watch.logs[i];
    if (watch.count == WATCH_LOGS_MOST)
        return NULL;
    struct watch_log *log = &watch.logs[watch.count++];
    *log = (struct watch_log){.channel = strdup(channel)};
    return log;
}

static void note_fault(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void note_fault(const char *format, ...)
{
    va_list values;
    va_start(values, format);
    if (!watch.fault[0])
        vsnprintf(watch.fault, sizeof watch.fault, format, values);
    va_end(values);
}

/* Whoever published before this process began did so under another number. */
static void note_durable(const char *channel, uint64_t number)
{
    struct watch_log *log = log_of(channel);
    if (!log || !log->channel)
        return;
    if (log->newest > 0 && number > log->newest + 1)
        note_fault("on the channel \"%s\" number %" PRIu64 " was published after number %" PRIu64, channel, number,
                   log->newest);
    if (number > log->newest)
        log->newest = number;
}

/* --- publications --- */

struct numbered {
    struct data_sequel sequel; /* must stay first */
    uint64_t number;
    char channel[];
};

static void happen(struct data_sequel *sequel)
{
    struct numbered *numbered = (struct numbered *)(void *)sequel;
    pthread_mutex_lock(&watch.lock);
    note_durable(numbered->channel, numbered->number);
    pthread_mutex_unlock(&watch.lock);
    free(numbered);
}

static void drop(struct data_sequel *sequel)
{
    free(sequel);
}

static void remember(c18n_request *rq, const c18n_publication *publication)
{
    size_t length = strlen(publication->channel) + 1;
    struct numbered *numbered = malloc(sizeof *numbered + length);
    if (!numbered)
        return;
    *numbered = (struct numbered){.sequel = {.happen = happen, .drop = drop}, .number = publication->number};
    memcpy(numbered->channel, publication->channel, length);
    if (data_after_commit(request_of(rq), &numbered->sequel) != C18N_OK)
        free(numbered);
}

static int publish(c18n_request *rq, const c18n_publication *publication, c18n_out *frame)
{
    int code = watch.real->publish(rq, publication, frame);
    if (request_of(rq)->head.self != watch.module)
        return code;
    pthread_mutex_lock(&watch.lock);
    if (code == C18N_INVALID)
        note_fault("c18n_publish gave C18N_INVALID on the channel \"%s\", number %" PRIu64
                   ": numbers are for a WRITE of a module with catch_up",
                   publication->channel ? publication->channel : "", publication->number);
    pthread_mutex_unlock(&watch.lock);
    if (code == C18N_OK && publication->number > 0 && publication->channel)
        remember(rq, publication);
    return code;
}

/* A verb that is not answered would hide it. */
static int emit(c18n_request *rq, const char *type, const char *resource, const char *key, c18n_out *data)
{
    const struct data_scope *scope = request_of(rq)->scope;
    bool may = (scope && scope->writing) || request_of(rq)->head.self != watch.module;
    int code = watch.real_events->emit(rq, type, resource, key, data);
    pthread_mutex_lock(&watch.lock);
    if (!may)
        note_fault("c18n_emit gave %d for \"%s\": only a WRITE may emit", code, type);
    pthread_mutex_unlock(&watch.lock);
    return code;
}

/* --- uploads --- */

static int expect_bytes(c18n_request *rq, uint64_t count, void *upload)
{
    int code = watch.real->expect_bytes(rq, count, upload);
    pthread_mutex_lock(&watch.lock);
    if (code == C18N_OK)
        watch.expected = count;
    pthread_mutex_unlock(&watch.lock);
    return code;
}

uint64_t check_watch_expected(void)
{
    pthread_mutex_lock(&watch.lock);
    uint64_t expected = watch.expected;
    watch.expected = 0;
    pthread_mutex_unlock(&watch.lock);
    return expected;
}

/* --- watching --- */

void check_watch_begin(struct world *world)
{
    watch.real = world->server->host.sockets;
    watch.ours = *watch.real;
    watch.ours.publish = publish;
    watch.ours.expect_bytes = expect_bytes;
    watch.module = &world->module->self;
    watch.expected = 0;
    watch.fault[0] = '\0';
    world->server->host.sockets = &watch.ours;
    watch.real_events = world->server->host.events;
    watch.our_events = *watch.real_events;
    watch.our_events.emit = emit;
    world->server->host.events = &watch.our_events;
}

void check_watch_end(struct world *world)
{
    world->server->host.sockets = watch.real;
    world->server->host.events = watch.real_events;
    while (watch.count > 0)
        free((char *)(uintptr_t)watch.logs[--watch.count].channel);
}

size_t check_watch_logs(struct world *world, struct watch_log ret_logs[WATCH_LOGS_MOST])
{
    pthread_mutex_lock(&watch.lock);
    size_t count = watch.count;
    for (size_t i = 0; i < count; i++) {
        ret_logs[i] = watch.logs[i];
        ret_logs[i].channel = arena_copy(world->source.arena, watch.logs[i].channel, strlen(watch.logs[i].channel));
    }
    pthread_mutex_unlock(&watch.lock);
    return count;
}

const char *check_watch_fault(struct world *world)
{
    pthread_mutex_lock(&watch.lock);
    const char *fault = watch.fault[0] ? arena_copy(world->source.arena, watch.fault, strlen(watch.fault)) : NULL;
    watch.fault[0] = '\0';
    pthread_mutex_unlock(&watch.lock);
    return fault;
}
