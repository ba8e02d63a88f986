#include "data/history.h"

#include "data/parts.h"
#include "data/record.h"

struct batch {
    struct arena *arena;
    c18n_record records[HISTORY_BATCH];
    size_t count;
    bool full; /* there may be more */
};

static int take_record(void *arg, const c18n_record *record)
{
    struct batch *batch = arg;
    int code = record_copy(batch->arena, record, &batch->records[batch->count]);
    if (code != C18N_OK)
        return code;
    batch->count++;
    batch->full = batch->count == HISTORY_BATCH || arena_used(batch->arena) >= HISTORY_ARENA / 8;
    return batch->full ? C18N_AGAIN : C18N_OK;
}

static int take_batch(struct data_scope *scope, const char *resource, uint64_t after, struct batch *batch)
{
    arena_reset(batch->arena);
    batch->count = 0;
    batch->full = false;
    int code = resource ? scope->storage->history_of(scope->store, resource, after, take_record, batch)
                        : scope->storage->history(scope->store, after, take_record, batch);
    return code == C18N_AGAIN ? C18N_OK : scope_noted(scope, code);
}

int history_walk(struct data_scope *scope, const char *resource, uint64_t after, history_item item, void *arg)
{
    if (scope->cached_only)
        return scope_missed(scope);
    struct batch batch = {.arena = arena_new(HISTORY_ARENA)};
    int code = batch.arena ? C18N_OK : C18N_NO_MEMORY;
    do {
        if (code == C18N_OK)
            code = take_batch(scope, resource, after, &batch);
        for (size_t i = 0; i < batch.count && code == C18N_OK; i++) {
            c18n_event event;
            code = record_event(scope, batch.arena, &batch.records[i], &event);
            if (code == C18N_OK)
                code = item(arg, &event, &batch.records[i], batch.arena);
            after = batch.records[i].position;
        }
    } while (code == C18N_OK && batch.full);
    arena_free(batch.arena);
    return code == C18N_AGAIN ? C18N_OK : code;
}

struct give {
    int (*item)(void *arg, const c18n_event *event);
    void *arg;
};

static int give_event(void *arg, const c18n_event *event, const c18n_record *raw, struct arena *arena)
{
    struct give *give = arg;
    (void)raw;
    (void)arena;
    return give->item(give->arg, event);
}

int data_history(struct request *request, const char *resource, uint64_t after,
                 int (*item)(void *arg, const c18n_event *event), void *arg)
{
    struct give give = {item, arg};
    return request->scope ? history_walk(request->scope, resource, after, give_event, &give) : C18N_ERROR;
}

int data_events(struct request *request, uint64_t after, int (*item)(void *arg, const c18n_event *event), void *arg)
{
    struct give give = {item, arg};
    return request->scope ? history_walk(request->scope, NULL, after, give_event, &give) : C18N_ERROR;
}
