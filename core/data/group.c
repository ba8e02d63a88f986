#include "data/group.h"

#include "base/log.h"
#include "base/platform.h"
#include "c18n/log.h"
#include "data/parts.h"
#include "data/sequel.h"

#include <stdlib.h>

static void set_state(struct writer *writer, int state, const char *why)
{
    if (!writer_is_trusted(writer))
        return; /* nothing brings that back */
    if (__atomic_exchange_n(&writer->state, state, __ATOMIC_RELAXED) != state)
        log_line(state == C18N_OK ? C18N_LOG_NOTICE : C18N_LOG_ERROR, "data", "%s", why);
}

static bool same_point(const struct chain_point *a, const struct chain_point *b)
{
    return a->position == b->position && memcmp(a->hash, b->hash, CHAIN_HASH) == 0;
}

/* --- one item --- */

static int item_call(struct data_item *item, struct data_scope *scope)
{
    struct request *request = item->request;
    struct data_scope *before = request ? request->scope : NULL;
    if (request)
        request->scope = scope;
    int code = item->run(item);
    if (request)
        request->scope = before;
    return code;
}

/* Runs an item under an undo point. Returns what ends the whole group; the item's own end is item->code. */
static int item_run(struct writer *writer, struct data_item *item)
{
    const c18n_storage *storage = writer->scope.storage;
    struct chain_point tip = writer->tip;
    struct notice **last_notice = writer->last_notice;
    int code = storage->item_begin(writer->scope.store);
    if (code != C18N_OK)
        return code;
    writer->doomed = C18N_OK;
    writer->running = item;
    int result = item_call(item, &writer->scope);
    writer->running = NULL;
    if (result == C18N_OK)
        result = writer->doomed;
    if (result == C18N_OK && item->request && item->request->starved)
        result = C18N_NO_MEMORY;
    if (writer->scope.fault != C18N_OK)
        return writer->scope.fault;
    item->code = result;
    if (result == C18N_OK)
        return storage->item_keep(writer->scope.store);
    writer->tip = tip;
    writer->last_notice = last_notice;
    *last_notice = NULL;
    sequels_end(item, false);
    return storage->item_undo(writer->scope.store);
}

static int items_run(struct writer *writer, struct data_item *items)
{
    int code = C18N_OK;
    for (struct data_item *item = items; item && code == C18N_OK; item = item->next)
        code = item_run(writer, item);
    return code;
}

/* --- the group --- */

static void group_begin(struct writer *writer, struct data_item *items)
{
    arena_reset(writer->arena);
    writer->notices = NULL;
    writer->last_notice = &writer->notices;
    writer->tip = writer->durable;
    writer->scope.fault = C18N_OK;
    for (struct data_item *item = items; item; item = item->next)
        item->code = C18N_OK;
}

static int group_transaction(struct writer *writer, struct data_item *items)
{
    const c18n_storage *storage = writer->scope.storage;
    c18n_store *store = writer->scope.store;
    int code = storage->begin(store);
    if (code != C18N_OK)
        return code;
    code = items_run(writer, items);
    if (code != C18N_OK) {
        storage->rollback(store);
        return code;
    }
    return storage->commit(store);
}

static void tell_committed(struct data *data)
{
    struct writer *writer = &data->writer;
    for (const struct notice *notice = writer->notices; notice; notice = notice->next)
        for (size_t i = 0; i < data->committed_count; i++)
            data->committed[i].call(data->committed[i].arg, notice->topic, notice->type, notice->resource);
    progress_committed(data, writer->durable.position);
}

static void group_succeeded(struct data *data)
{
    struct writer *writer = &data->writer;
    writer->durable = writer->tip;
    __atomic_store_n(&writer->position, writer->durable.position, __ATOMIC_RELEASE);
    set_state(writer, C18N_OK, "writes are taken again");
    if (writer->notices)
        tell_committed(data);
}

/* What the group's items are told. */
static int group_failed(struct data *data, int code)
{
    struct writer *writer = &data->writer;
    switch (code) {
    case C18N_NO_SPACE:
        set_state(writer, code, "the disk is full: nothing can be written until there is space");
        return code;
    case C18N_BUSY:
    case C18N_NO_MEMORY:
        log_line(C18N_LOG_WARNING, "data", "a transaction was given up (%d)", code);
        return C18N_UNAVAILABLE;
    case C18N_CORRUPT:
        writer_distrust(data, "the storage is damaged");
        return C18N_UNAVAILABLE;
    default:
        writer->attempted = writer->tip;
        set_state(writer, C18N_UNAVAILABLE,
                  "a write to the storage failed: writes stop until it is opened and verified again");
        return C18N_UNAVAILABLE;
    }
}

void group_run(struct data *data, struct data_item *items)
{
    struct writer *writer = &data->writer;
    int state = writer_state(writer), failure = C18N_OK;
    group_begin(writer, items);
    if (state != C18N_OK && state != C18N_NO_SPACE) {
        failure = C18N_UNAVAILABLE;
    } else {
        int code = group_transaction(writer, items);
        cache_settle(data->cache, code == C18N_OK);
        if (code == C18N_OK)
            group_succeeded(data);
        else
            failure = group_failed(data, code);
    }
    while (items) {
        struct data_item *item = items;
        items = item->next; /* done may free it */
        if (item->code == C18N_OK)
            item->code = failure;
        sequels_end(item, item->code == C18N_OK);
        if (item->done)
            item->done(item, item->code);
    }
    if (failure == C18N_UNAVAILABLE)
        group_reopen(data);
}

/* --- a full disk: is there space again? Without asking, an idle server would stay unready for ever. --- */

struct probe {
    struct data_item item; /* must stay first */
    struct data *data;
    const char *bytes; /* NULL: takes the row away again */
};

static int probe_run(struct data_item *item)
{
    const struct probe *probe = (const struct probe *)(void *)item;
    struct data_scope *scope = &probe->data->writer.scope;
    return probe->bytes ? scope_put(scope, SLOT_META, bytes_of("probe"), (c18n_bytes){probe->bytes, WRITER_PROBE})
                        : scope_remove(scope, SLOT_META, bytes_of("probe"));
}

/* Not more often than the interval, of whatever is tried again. */
static bool retry_is_due(struct writer *writer)
{
    int64_t now = platform_monotonic_us();
    if (writer->retried_us && now - writer->retried_us < WRITER_RETRY_MS * INT64_C(1000))
        return false;
    writer->retried_us = now;
    return true;
}

void group_probe(struct data *data)
{
    struct probe probe = {.item = {.run = probe_run}, .data = data};
    if (writer_state(&data->writer) != C18N_NO_SPACE || !retry_is_due(&data->writer))
        return;
    char *bytes = calloc(1, WRITER_PROBE);
    probe.bytes = bytes;
    if (bytes)
        group_run(data, &probe.item);
    free(bytes);
    probe.bytes = NULL;
    if (writer_state(&data->writer) == C18N_OK)
        group_run(data, &probe.item);
}

/* --- opening again --- */

static int reopen(struct data *data, struct chain_point *ret_newest)
{
    struct writer *writer = &data->writer;
    scope_disconnect(&writer->scope);
    int code = scope_connect(&writer->scope, data, C18N_STORE_WRITE);
    if (code == C18N_OK)
        code = data->storage->begin(writer->scope.store);
    if (code != C18N_OK)
        return code;
    code = scope_resolve(&writer->scope, "");
    if (code == C18N_OK)
        code = data->storage->newest(writer->scope.store, &ret_newest->position, ret_newest->hash);
    if (code == C18N_OK)
        return data->storage->commit(writer->scope.store);
    data->storage->rollback(writer->scope.store);
    return code;
}

void group_reopen(struct data *data)
{
    struct writer *writer = &data->writer;
    struct chain_point newest = {0};
    int state = writer_state(writer);
    if (state == C18N_OK || state == C18N_NO_SPACE || state == C18N_CORRUPT || !retry_is_due(writer))
        return;
    if (reopen(data, &newest) != C18N_OK)
        return;
    if (same_point(&newest, &writer->attempted) && newest.position > writer->durable.position) {
        writer->tip = newest; /* its items were told that it failed; it is history all the same */
        writer->durable = newest;
        __atomic_store_n(&writer->position, newest.position, __ATOMIC_RELEASE);
        tell_committed(data);
    }
    if (same_point(&newest, &writer->durable)) {
        writer->retried_us = 0;
        set_state(writer, C18N_OK, "the storage was opened again and verified: writes are taken");
        return;
    }
    writer_distrust(data, "the newest record is not the one that was acknowledged");
}

void group_checkpoint(struct data *data, bool always)
{
    struct writer *writer = &data->writer;
    uint64_t behind = writer->durable.position - writer->checkpointed;
    if (!writer_is_trusted(writer) || behind == 0 || (!always && behind < WRITER_CHECKPOINT_EVENTS))
        return;
    writer->checkpointed = writer->durable.position;
    if (checkpoint_write(data->state_dir, &data->seal.checkpoint, &writer->durable) != C18N_OK)
        log_line(C18N_LOG_ERROR, "data", "%s/checkpoint can't be written; the old one stays", data->state_dir);
}
