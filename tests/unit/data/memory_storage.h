/** memory_storage.h: a storage.v1 and a bus.v1 over memory_state.h, for the tests of core/data. */
#ifndef TEST_MEMORY_STORAGE_H
#define TEST_MEMORY_STORAGE_H

#include "memory_state.h"

#include "c18n/providers/bus.h"

/* --- storage.v1 --- */

static inline int memory_connect(c18n_self *self, uint32_t role, c18n_store **ret_store)
{
    struct memory *memory = self->state;
    pthread_mutex_lock(&memory->lock);
    int code = memory->fail_connect;
    memory->connects++;
    pthread_mutex_unlock(&memory->lock);
    if (code != C18N_OK)
        return code;
    c18n_store *store = calloc(1, sizeof *store);
    assert(store);
    store->memory = memory;
    store->writer = role == C18N_STORE_WRITE;
    store->state = store->writer ? &memory->live : calloc(1, sizeof *store->state);
    *ret_store = store;
    return C18N_OK;
}

static inline void memory_rollback(c18n_store *store)
{
    assert(store->open);
    store->open = false;
    if (!store->writer) {
        memory_clear_state(store->state);
        return;
    }
    memory_undo_to(store->memory, 0);
    memory_cut_records(&store->memory->live, store->memory->committed.record_count);
    store->memory->in_item = false;
}

static inline void memory_disconnect(c18n_store *store)
{
    if (store->open)
        memory_rollback(store);
    if (!store->writer)
        free(store->state);
    free(store);
}

static inline int memory_begin(c18n_store *store)
{
    assert(!store->open);
    store->open = true;
    if (store->writer)
        return C18N_OK;
    pthread_mutex_lock(&store->memory->lock);
    memory_copy_state(&store->memory->committed, store->state);
    pthread_mutex_unlock(&store->memory->lock);
    return C18N_OK;
}

static inline int memory_commit(c18n_store *store)
{
    struct memory *memory = store->memory;
    assert(store->open && store->writer && !memory->in_item);
    pthread_mutex_lock(&memory->lock);
    int code = memory->fail_commit;
    bool keep = code == C18N_OK || memory->commit_anyway;
    memory->fail_commit = C18N_OK;
    memory->commit_anyway = false;
    if (keep)
        memory_carry_over(memory);
    memory->commits++;
    pthread_mutex_unlock(&memory->lock);
    if (!keep)
        memory_rollback(store);
    store->open = false;
    return code;
}

static inline int memory_item_begin(c18n_store *store)
{
    assert(!store->memory->in_item && store->open);
    store->memory->in_item = true;
    store->memory->item_undo = store->memory->undo_count;
    store->memory->item_records = store->memory->live.record_count;
    return C18N_OK;
}

static inline int memory_item_keep(c18n_store *store)
{
    assert(store->memory->in_item);
    store->memory->in_item = false;
    return C18N_OK;
}

static inline int memory_item_undo(c18n_store *store)
{
    assert(store->memory->in_item);
    store->memory->in_item = false;
    memory_undo_to(store->memory, store->memory->item_undo);
    memory_cut_records(&store->memory->live, store->memory->item_records);
    return C18N_OK;
}

static inline int memory_table_id(c18n_store *store, const char *name, uint32_t *ret_table)
{
    struct memory_state *state = store->state;
    for (uint32_t i = 0; i < state->table_count; i++)
        if (strcmp(state->tables[i].name, name) == 0) {
            *ret_table = i;
            return C18N_OK;
        }
    if (!store->writer)
        return C18N_NOT_FOUND;
    assert(state->table_count < MEMORY_TABLES);
    snprintf(state->tables[state->table_count].name, sizeof state->tables->name, "%s", name);
    *ret_table = (uint32_t)state->table_count++;
    return C18N_OK;
}

static inline int memory_fault(c18n_store *store)
{
    pthread_mutex_lock(&store->memory->lock);
    int code = store->memory->fail_put;
    pthread_mutex_unlock(&store->memory->lock);
    return code;
}

static inline int memory_put(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes value)
{
    assert(store->writer && store->open && key.length > 0);
    int code = memory_fault(store);
    if (code != C18N_OK)
        return code;
    memory_log(store->memory, table, key);
    memory_set(&store->state->tables[table], key, value);
    return C18N_OK;
}

static inline int memory_remove(c18n_store *store, uint32_t table, c18n_bytes key)
{
    assert(store->writer && store->open);
    memory_log(store->memory, table, key);
    memory_unset(&store->state->tables[table], key);
    return C18N_OK;
}

static inline int memory_clear(c18n_store *store, uint32_t table)
{
    while (store->state->tables[table].count > 0) {
        const struct memory_row *row = &store->state->tables[table].rows[0];
        memory_remove(store, table, (c18n_bytes){row->key.at, row->key.length});
    }
    return C18N_OK;
}

static inline int memory_get(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes *ret_value)
{
    assert(store->open);
    struct memory_row *row = memory_find(&store->state->tables[table], key);
    if (!row)
        return C18N_NOT_FOUND;
    *ret_value = (c18n_bytes){row->value.at, row->value.length};
    return C18N_OK;
}

static inline int memory_scan(c18n_store *store, uint32_t table_id, const c18n_range *range, c18n_store_row row,
                              void *arg)
{
    const struct memory_table *table = &store->state->tables[table_id];
    pthread_mutex_lock(&store->memory->lock);
    int fault = strncmp(table->name, "scratch.", 8) == 0 ? C18N_OK : store->memory->fail_scan;
    pthread_mutex_unlock(&store->memory->lock);
    if (fault != C18N_OK)
        return fault;
    size_t first = range->from.length ? memory_place(table, range->from) : 0;
    size_t end = range->until.length ? memory_place(table, range->until) : table->count;
    for (size_t i = first; i < end; i++) {
        const struct memory_row *at = &table->rows[range->reverse ? end - 1 - (i - first) : i];
        int code = row(arg, (c18n_bytes){at->key.at, at->key.length}, (c18n_bytes){at->value.at, at->value.length});
        if (code != C18N_OK)
            return code == C18N_AGAIN ? C18N_OK : code;
    }
    return C18N_OK;
}

static inline int memory_append(c18n_store *store, const c18n_record *record)
{
    assert(store->writer && store->open);
    for (size_t i = 0; i < store->state->record_count; i++)
        if (memcmp(store->state->records[i].record.event_id, record->event_id, 16) == 0)
            return C18N_EXISTS;
    memory_add_record(store->state, record);
    return C18N_OK;
}

static inline int memory_history_of(c18n_store *store, const char *resource, uint64_t after, c18n_store_record record,
                                    void *arg)
{
    for (size_t i = 0; i < store->state->record_count; i++) {
        const c18n_record *at = &store->state->records[i].record;
        if (at->position <= after || (resource && strcmp(at->resource, resource) != 0))
            continue;
        int code = record(arg, at);
        if (code != C18N_OK)
            return code == C18N_AGAIN ? C18N_OK : code;
    }
    return C18N_OK;
}

static inline int memory_history(c18n_store *store, uint64_t after, c18n_store_record record, void *arg)
{
    return memory_history_of(store, NULL, after, record, arg);
}

static inline int memory_newest(c18n_store *store, uint64_t *ret_position, uint8_t ret_hash[32])
{
    *ret_position = 0;
    memset(ret_hash, 0, 32);
    if (store->state->record_count > 0) {
        const c18n_record *newest = &store->state->records[store->state->record_count - 1].record;
        *ret_position = newest->position;
        memcpy(ret_hash, newest->hash, 32);
    }
    return C18N_OK;
}

static inline int memory_check(c18n_store *store, void (*fault)(void *arg, const char *what), void *arg)
{
    (void)store;
    (void)fault;
    (void)arg;
    return C18N_OK;
}

static inline int memory_is_well(c18n_self *self, const char **ret_detail)
{
    (void)self;
    *ret_detail = "in memory";
    return C18N_OK;
}

static const c18n_storage memory_storage = {
    .size = sizeof(c18n_storage),
    .connect = memory_connect,
    .disconnect = memory_disconnect,
    .begin = memory_begin,
    .commit = memory_commit,
    .rollback = memory_rollback,
    .item_begin = memory_item_begin,
    .item_keep = memory_item_keep,
    .item_undo = memory_item_undo,
    .table = memory_table_id,
    .clear = memory_clear,
    .get = memory_get,
    .put = memory_put,
    .remove = memory_remove,
    .scan = memory_scan,
    .append = memory_append,
    .history = memory_history,
    .history_of = memory_history_of,
    .newest = memory_newest,
    .check = memory_check,
    .state = memory_is_well,
};

/* --- bus.v1: the history is its log --- */

static inline int memory_publish(c18n_self *self, c18n_store *writer, const c18n_record *record)
{
    (void)self;
    (void)writer;
    (void)record;
    return C18N_OK;
}

struct memory_fetch {
    const char *topics;
    c18n_store_record record;
    void *arg;
};

static inline int memory_fetch_record(void *arg, const c18n_record *record)
{
    struct memory_fetch *fetch = arg;
    return strstr(fetch->topics, record->topic) ? fetch->record(fetch->arg, record) : C18N_OK;
}

static inline int memory_bus_fetch(c18n_self *self, c18n_store *reader, const char *consumer, const char *topics,
                                   uint64_t after, c18n_store_record record, void *arg)
{
    struct memory_fetch fetch = {topics, record, arg};
    (void)self;
    (void)consumer;
    return memory_history(reader, after, memory_fetch_record, &fetch);
}

static inline int memory_bus_offset(c18n_self *self, c18n_store *store, const char *consumer, uint64_t *ret_position)
{
    uint32_t table = 0;
    c18n_bytes value;
    (void)self;
    *ret_position = 0;
    if (memory_table_id(store, "bus.offsets", &table) == C18N_OK &&
        memory_get(store, table, (c18n_bytes){consumer, strlen(consumer)}, &value) == C18N_OK)
        *ret_position = strtoull(value.at, NULL, 10);
    return C18N_OK;
}

static inline int memory_bus_advance(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position)
{
    uint32_t table = 0;
    uint64_t before;
    char digits[24];
    memory_bus_offset(self, writer, consumer, &before);
    if (before >= position)
        return C18N_EXISTS;
    memory_table_id(writer, "bus.offsets", &table);
    int length = snprintf(digits, sizeof digits, "%" PRIu64, position);
    return memory_put(writer, table, (c18n_bytes){consumer, strlen(consumer)}, (c18n_bytes){digits, (size_t)length});
}

static inline int memory_bury(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position,
                              const char *reason)
{
    uint32_t table = 0;
    char key[128];
    (void)self;
    memory_table_id(writer, "bus.dead", &table);
    int length = snprintf(key, sizeof key, "%s/%" PRIu64, consumer, position);
    return memory_put(writer, table, (c18n_bytes){key, (size_t)length}, (c18n_bytes){reason, strlen(reason)});
}

static inline int memory_dead(c18n_self *self, c18n_store *reader, c18n_store_row row, void *arg)
{
    uint32_t table = 0;
    c18n_range all = {{NULL, 0}, {NULL, 0}, 0};
    (void)self;
    return memory_table_id(reader, "bus.dead", &table) == C18N_OK ? memory_scan(reader, table, &all, row, arg)
                                                                  : C18N_OK;
}

static const c18n_bus memory_bus = {
    .size = sizeof(c18n_bus),
    .publish = memory_publish,
    .fetch = memory_bus_fetch,
    .offset = memory_bus_offset,
    .advance = memory_bus_advance,
    .bury = memory_bury,
    .dead = memory_dead,
    .state = memory_is_well,
};

#endif
