#include "data/replay.h"

#include "base/log.h"
#include "c18n/log.h"
#include "data/history.h"

#include <stdio.h>
#include <stdlib.h>

struct replay {
    struct data *data;
    struct data_scope *scope;
    uint64_t batch, count;
    void (*progress)(void *arg, uint64_t position);
    void *arg;
};

static int next_transaction(struct data_scope *scope)
{
    int code = scope->storage->commit(scope->store);
    return code == C18N_OK ? scope->storage->begin(scope->store) : code;
}

static int replay_event(void *arg, const c18n_event *event, const c18n_record *raw, struct arena *arena)
{
    struct replay *replay = arg;
    (void)raw;
    int code = apply_event(replay->scope, arena, event);
    if (code != C18N_OK) {
        log_line(C18N_LOG_ERROR, "data", "replay: event %s of type %s, position %llu, can't be applied (%d)",
                 event->event_id, event->type, (unsigned long long)event->position, code);
        return code;
    }
    replay->count++;
    if (replay->progress && replay->count % 1000 == 0)
        replay->progress(replay->arg, event->position);
    return replay->batch && replay->count % replay->batch == 0 ? next_transaction(replay->scope) : C18N_OK;
}

int replay_history(struct data *data, struct data_scope *scope, uint64_t batch,
                   void (*progress)(void *arg, uint64_t position), void *arg, uint64_t *ret_records)
{
    struct replay replay = {.data = data, .scope = scope, .batch = batch, .progress = progress, .arg = arg};
    struct data_scope reader; /* a connection of its own: a storage does not write while it walks */
    int code = scope_connect(&reader, data, C18N_STORE_READ);
    if (code != C18N_OK)
        return code;
    code = scope_begin(&reader);
    if (code == C18N_OK)
        code = scope_resolve(&reader, "");
    if (code == C18N_OK)
        code = history_walk(&reader, NULL, 0, replay_event, &replay);
    scope_end(&reader);
    scope_disconnect(&reader);
    if (code == C18N_OK && ret_records)
        *ret_records = replay.count;
    return code;
}

int replay_clear(struct data_scope *scope, const struct view *view)
{
    int code = scope_clear(scope, view->slot);
    for (size_t i = 0; i < view->index_count && code == C18N_OK; i++)
        code = scope_clear(scope, view->indexes[i].slot);
    return code;
}

/* --- which views are of today's making: host.meta has what each was made by --- */

static bool meta_is(struct data_scope *scope, const char *key, const char *value, int *ret_code)
{
    c18n_bytes found;
    *ret_code = scope_get(scope, SLOT_META, bytes_of(key), &found);
    bool same = *ret_code == C18N_OK && found.length == strlen(value) && memcmp(found.at, value, found.length) == 0;
    if (*ret_code == C18N_NOT_FOUND)
        *ret_code = C18N_OK;
    return same;
}

static void meta_key(const struct view *view, char ret_key[64])
{
    snprintf(ret_key, 64, "view.%s", view->declared.name);
}

/* Another set of modules with an apply makes something else of the same events: then all are outdated. */
static int find_outdated(struct data *data, bool *only, bool *ret_any)
{
    struct data_scope *scope = &data->writer.scope;
    int code;
    bool all = !meta_is(scope, "applies", data->applies.fingerprint, &code);
    *ret_any = all;
    for (size_t i = 0; i < data->views.count && code == C18N_OK; i++) {
        char key[64];
        meta_key(&data->views.at[i], key);
        only[i] = !meta_is(scope, key, data->views.at[i].fingerprint, &code) || all;
        *ret_any |= only[i];
    }
    return code;
}

/* Before the first batch is committed the views are marked as unfinished, so that a crash starts over. */
static int begin_rebuild(struct data *data, const bool *only)
{
    struct data_scope *scope = &data->writer.scope;
    int code = scope_remove(scope, SLOT_META, bytes_of("applies"));
    for (size_t i = 0; i < data->views.count && code == C18N_OK; i++) {
        char key[64];
        if (!only[i])
            continue;
        meta_key(&data->views.at[i], key);
        code = scope_remove(scope, SLOT_META, bytes_of(key));
        if (code == C18N_OK)
            code = replay_clear(scope, &data->views.at[i]);
    }
    return code;
}

static int end_rebuild(struct data *data, const bool *only)
{
    struct data_scope *scope = &data->writer.scope;
    int code = scope_put(scope, SLOT_META, bytes_of("applies"), bytes_of(data->applies.fingerprint));
    for (size_t i = 0; i < data->views.count && code == C18N_OK; i++) {
        char key[64];
        meta_key(&data->views.at[i], key);
        if (only[i])
            code = scope_put(scope, SLOT_META, bytes_of(key), bytes_of(data->views.at[i].fingerprint));
    }
    return code;
}

static int rebuild(struct data *data, const bool *only)
{
    struct data_scope *scope = &data->writer.scope;
    uint64_t records = 0;
    scope->only = only;
    int code = begin_rebuild(data, only);
    if (code == C18N_OK && data->writer.durable.position > 0)
        code = replay_history(data, scope, REPLAY_BATCH, NULL, NULL, &records);
    if (code == C18N_OK)
        code = end_rebuild(data, only);
    scope->only = NULL;
    if (code == C18N_OK && records > 0)
        log_line(C18N_LOG_NOTICE, "data", "views were built anew from %llu events", (unsigned long long)records);
    return code;
}

int replay_outdated(struct data *data, struct text *ret_why)
{
    struct data_scope *scope = &data->writer.scope;
    bool any = false, *only = calloc(data->views.count + 1, sizeof *only);
    int code = only ? scope->storage->begin(scope->store) : C18N_NO_MEMORY;
    if (code == C18N_OK) {
        code = find_outdated(data, only, &any);
        if (code == C18N_OK && any)
            code = rebuild(data, only);
        if (code == C18N_OK)
            code = scope->storage->commit(scope->store);
        else
            scope->storage->rollback(scope->store);
    }
    if (code != C18N_OK)
        text_print(ret_why, "The views can't be built from the history (%d); the log says which event.\n", code);
    free(only);
    return code;
}

/* --- c18nctl replay: one transaction, so that readers see the old views or the new ones --- */

struct order {
    void (*progress)(void *arg, uint64_t position);
    void *arg;
    uint64_t records;
};

static int replay_job(struct data *data, void *arg)
{
    struct order *order = arg;
    struct data_scope *scope = &data->writer.scope;
    scope->fault = C18N_OK;
    int code = scope->storage->begin(scope->store);
    if (code != C18N_OK)
        return code;
    for (size_t i = 0; i < data->views.count && code == C18N_OK; i++)
        code = replay_clear(scope, &data->views.at[i]);
    if (code == C18N_OK)
        code = replay_history(data, scope, 0, order->progress, order->arg, &order->records);
    if (code == C18N_OK)
        return scope->storage->commit(scope->store);
    scope->storage->rollback(scope->store);
    return code;
}

int data_replay(struct data *data, void (*progress)(void *arg, uint64_t position), void *arg, uint64_t *ret_records)
{
    struct order order = {.progress = progress, .arg = arg};
    int code = writer_alone(data, replay_job, &order);
    if (code == C18N_OK)
        *ret_records = order.records;
    return code;
}
