#include "data/consumers.h"

#include "base/crumb.h"
#include "base/log.h"
#include "base/thread.h"
#include "c18n/log.h"
#include "data/parts.h"
#include "data/record.h"

#include <stdio.h>
#include <stdlib.h>

enum { CONSUMER_ARENA = 64 * 1024 * 1024, WAIT_MS = 1000, RETRY_MS = 200, FAILURE_MS = 10 };

struct consumer {
    struct data *data;
    struct module *module;
    c18n_consumer declared;
    char name[96]; /* "MODULE.NAME" */
    pthread_t thread;
    struct data_scope reader;
    struct arena *arena; /* of a batch */
    c18n_record records[CONSUMER_BATCH];
    c18n_event events[CONSUMER_BATCH];
    bool unreadable[CONSUMER_BATCH]; /* what was sealed can't be opened */
    size_t count;
};

struct delivery {
    struct data_item item; /* must stay first */
    struct request request;
    struct consumer *consumer;
    const c18n_event *events;
    size_t count;
    const char *bury; /* the reason; NULL: the events are to be handled */
};

/* --- on the writer's thread --- */

static int deliver_event(struct delivery *delivery, const c18n_event *event)
{
    struct consumer *consumer = delivery->consumer;
    struct data *data = consumer->data;
    c18n_store *store = delivery->request.scope->store;
    int code = data->bus->advance(data->bus_self, store, consumer->name, event->position);
    if (code == C18N_EXISTS)
        return C18N_OK; /* it was handled before */
    if (code != C18N_OK)
        return scope_noted(delivery->request.scope, code);
    if (delivery->bury)
        return data->bus->bury(data->bus_self, store, consumer->name, event->position, delivery->bury);
    crumb_enter(consumer->module->self.id, "consumer", consumer->declared.name);
    code = consumer->declared.handle(request_pub(&delivery->request), event, consumer->module->self.state);
    crumb_leave();
    return code;
}

static int delivery_run(struct data_item *item)
{
    struct delivery *delivery = (struct delivery *)(void *)item;
    int code = C18N_OK;
    for (size_t i = 0; i < delivery->count && code == C18N_OK; i++)
        code = deliver_event(delivery, &delivery->events[i]);
    return code;
}

/* --- on the consumer's thread --- */

static int deliver(struct consumer *consumer, size_t first, size_t count, const char *bury, char ret_reason[256])
{
    struct delivery delivery = {.consumer = consumer, .events = &consumer->events[first], .count = count, .bury = bury};
    struct arena *arena = arena_new(CONSUMER_ARENA);
    if (!arena)
        return C18N_NO_MEMORY;
    request_init_internal(&delivery.request, consumer->data->server, arena, &consumer->module->self);
    delivery.item = (struct data_item){.request = &delivery.request, .run = delivery_run};
    int code = data_submit_wait(consumer->data, &delivery.item);
    const char *detail = delivery.request.problem_detail;
    snprintf(ret_reason, 256, "%s (%d)", detail ? detail : "the consumer failed", code);
    arena_free(arena);
    return code;
}

/* Not the event's fault: it is tried again until it goes. */
static bool is_passing(int code)
{
    return code == C18N_UNAVAILABLE || code == C18N_NO_SPACE || code == C18N_AGAIN || code == C18N_BUSY ||
           code == C18N_NO_MEMORY;
}

/* Sleeps, unless the server stops. */
static bool pause_for(struct consumer *consumer, int64_t wait_ms)
{
    return progress_wait(consumer->data, UINT64_MAX, wait_ms);
}

static int bury(struct consumer *consumer, size_t number, const char *reason)
{
    char ignored[256];
    log_line(C18N_LOG_ERROR, consumer->name, "event %s at position %llu goes to the dead letters: %s",
             consumer->events[number].type, (unsigned long long)consumer->events[number].position, reason);
    return deliver(consumer, number, 1, reason, ignored);
}

static int deliver_one(struct consumer *consumer, size_t number)
{
    char reason[256] = "what was sealed in it can't be opened";
    for (int failures = consumer->unreadable[number] ? CONSUMER_FAILURES : 0;;) {
        int code =
            failures < CONSUMER_FAILURES ? deliver(consumer, number, 1, NULL, reason) : bury(consumer, number, reason);
        if (code == C18N_OK)
            return C18N_OK;
        if (!is_passing(code) && failures < CONSUMER_FAILURES)
            failures++;
        if (!pause_for(consumer, is_passing(code) ? RETRY_MS : (int64_t)FAILURE_MS << failures))
            return C18N_UNAVAILABLE;
    }
}

/* A batch in one item; when that fails, one by one, so that only the bad event suffers. */
static int deliver_batch(struct consumer *consumer)
{
    char reason[256];
    bool readable = true;
    for (size_t i = 0; i < consumer->count; i++)
        readable &= !consumer->unreadable[i];
    if (consumer->count > 1 && readable && deliver(consumer, 0, consumer->count, NULL, reason) == C18N_OK)
        return C18N_OK;
    int code = C18N_OK;
    for (size_t i = 0; i < consumer->count && code == C18N_OK; i++)
        code = deliver_one(consumer, i);
    return code;
}

static int take_record(void *arg, const c18n_record *record)
{
    struct consumer *consumer = arg;
    int code = record_copy(consumer->arena, record, &consumer->records[consumer->count]);
    if (code != C18N_OK)
        return code;
    consumer->count++;
    return consumer->count == CONSUMER_BATCH ? C18N_AGAIN : C18N_OK;
}

static int open_events(struct consumer *consumer)
{
    for (size_t i = 0; i < consumer->count; i++) {
        const c18n_record *record = &consumer->records[i];
        int code = record_event(&consumer->reader, consumer->arena, record, &consumer->events[i]);
        consumer->unreadable[i] = code == C18N_CORRUPT;
        if (code == C18N_CORRUPT)
            consumer->events[i] = (c18n_event){.type = record->type, .position = record->position};
        else if (code != C18N_OK)
            return code;
    }
    return C18N_OK;
}

static int fetch(struct consumer *consumer)
{
    struct data *data = consumer->data;
    uint64_t after = 0;
    arena_reset(consumer->arena);
    consumer->count = 0;
    int code = scope_begin(&consumer->reader);
    if (code == C18N_OK)
        code = data->bus->offset(data->bus_self, consumer->reader.store, consumer->name, &after);
    if (code == C18N_OK)
        code = data->bus->fetch(data->bus_self, consumer->reader.store, consumer->name, consumer->declared.topics,
                                after, take_record, consumer);
    if (code == C18N_OK || code == C18N_AGAIN)
        code = open_events(consumer);
    scope_end(&consumer->reader);
    return code;
}

static int consume(struct consumer *consumer)
{
    int code;
    do {
        code = fetch(consumer);
        if (code == C18N_OK)
            code = deliver_batch(consumer);
    } while (code == C18N_OK && consumer->count == CONSUMER_BATCH);
    return code;
}

static void *consumer_main(void *arg)
{
    struct consumer *consumer = arg;
    uint64_t seen = 0;
    int code = C18N_OK;
    while (progress_wait(consumer->data, code == C18N_OK ? seen : UINT64_MAX, code == C18N_OK ? WAIT_MS : RETRY_MS)) {
        uint64_t position = data_position(consumer->data);
        if (code == C18N_OK && position == seen)
            continue;
        code = consume(consumer);
        if (code == C18N_OK)
            seen = position;
        else if (!is_passing(code))
            log_line(C18N_LOG_ERROR, consumer->name, "events can't be fetched (%d); trying again", code);
    }
    return NULL;
}

/* --- starting and stopping --- */

static void consumer_free(struct consumer *consumer)
{
    scope_disconnect(&consumer->reader);
    arena_free(consumer->arena);
    free(consumer);
}

static int consumer_open(struct data *data, struct module *module, struct consumer *consumer)
{
    consumer->data = data;
    consumer->module = module;
    consumer->arena = arena_new(CONSUMER_ARENA);
    snprintf(consumer->name, sizeof consumer->name, "%s.%s", module->self.id, consumer->declared.name);
    int code = consumer->arena ? scope_connect(&consumer->reader, data, C18N_STORE_READ) : C18N_NO_MEMORY;
    if (code == C18N_OK)
        code = scope_begin(&consumer->reader);
    if (code == C18N_OK)
        code = scope_resolve(&consumer->reader, "");
    scope_end(&consumer->reader);
    return code == C18N_OK ? thread_start(&consumer->thread, consumer->name, consumer_main, consumer) : code;
}

static int start_one(struct data *data, struct module *module, size_t number)
{
    struct consumers *consumers = &data->consumers;
    struct consumer *consumer = consumers->count < CONSUMERS_MOST ? calloc(1, sizeof *consumer) : NULL;
    if (!consumer)
        return C18N_NO_MEMORY;
    loader_item(&module->descriptor->consumers, number, &consumer->declared, sizeof consumer->declared);
    int code = consumer_open(data, module, consumer);
    if (code == C18N_OK)
        consumers->at[consumers->count++] = consumer;
    else
        consumer_free(consumer);
    return code;
}

int consumers_start(struct data *data)
{
    data->consumers.at = calloc(CONSUMERS_MOST, sizeof *data->consumers.at);
    if (!data->consumers.at)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < loader_count(data->loader); i++) {
        struct module *module = loader_at(data->loader, i);
        for (size_t j = 0; j < module->descriptor->consumers.count; j++) {
            int code = start_one(data, module, j);
            if (code != C18N_OK)
                return code;
        }
    }
    return C18N_OK;
}

void consumers_stop(struct data *data)
{
    struct consumers *consumers = &data->consumers;
    for (size_t i = 0; i < consumers->count; i++) {
        pthread_join(consumers->at[i]->thread, NULL);
        consumer_free(consumers->at[i]);
    }
    free(consumers->at);
    *consumers = (struct consumers){0};
}
