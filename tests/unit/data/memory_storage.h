/**
 * memory_storage.h: a storage.v1 and a bus.v1 in memory, for the tests of core/data.
 *
 * The writer works on `live` with an undo log; a commit carries what was touched over to `committed`;
 * a reader's snapshot is a copy of that. Faults can be asked for, as a disk would give them.
 */
#ifndef TEST_MEMORY_STORAGE_H
#define TEST_MEMORY_STORAGE_H

#include "c18n/module.h"
#include "c18n/providers/bus.h"
#include "c18n/providers/storage.h"

#include <assert.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MEMORY_TABLES = 64 };

struct memory_bytes {
    char *at;
    size_t length;
};

struct memory_row {
    struct memory_bytes key, value;
};

struct memory_table {
    char name[96];
    struct memory_row *rows; /* in order */
    size_t count, room;
};

struct memory_record {
    c18n_record record; /* its texts point into `texts` */
    char *texts[10];
};

struct memory_state {
    struct memory_table tables[MEMORY_TABLES];
    size_t table_count;
    struct memory_record *records;
    size_t record_count, record_room;
};

struct memory_undo {
    uint32_t table;
    struct memory_bytes key, before;
    bool was_there;
};

struct memory {
    pthread_mutex_t lock; /* of `committed` and the faults */
    struct memory_state live, committed;
    struct memory_undo *undo;
    size_t undo_count, undo_room;
    size_t item_undo, item_records;
    bool in_item, writer_connected;
    int fail_commit, fail_put, fail_connect; /* the code to give; commit: once, put: while set */
    bool commit_anyway;                      /* a commit that fails is kept all the same */
    unsigned commits, connects;
};

struct c18n_store {
    struct memory *memory;
    struct memory_state *state; /* the writer's: live; a reader's: its own copy */
    bool writer, open;
};

static inline struct memory_bytes memory_copy(const void *at, size_t length)
{
    struct memory_bytes bytes = {malloc(length + 1), length};
    assert(bytes.at);
    if (length)
        memcpy(bytes.at, at, length);
    bytes.at[length] = '\0';
    return bytes;
}

static inline int memory_order(c18n_bytes a, const struct memory_bytes *b)
{
    size_t common = a.length < b->length ? a.length : b->length;
    int order = common ? memcmp(a.at, b->at, common) : 0;
    return order ? order : a.length < b->length ? -1 : a.length > b->length;
}

/* The first row whose key is not before `key`. */
static inline size_t memory_place(const struct memory_table *table, c18n_bytes key)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = (low + high) / 2;
        if (memory_order(key, &table->rows[middle].key) > 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static inline struct memory_row *memory_find(struct memory_table *table, c18n_bytes key)
{
    size_t place = memory_place(table, key);
    return place < table->count && memory_order(key, &table->rows[place].key) == 0 ? &table->rows[place] : NULL;
}

static inline void memory_set(struct memory_table *table, c18n_bytes key, c18n_bytes value)
{
    size_t place = memory_place(table, key);
    if (place < table->count && memory_order(key, &table->rows[place].key) == 0) {
        free(table->rows[place].value.at);
        table->rows[place].value = memory_copy(value.at, value.length);
        return;
    }
    if (table->count == table->room) {
        table->room = table->room ? 2 * table->room : 16;
        table->rows = realloc(table->rows, table->room * sizeof *table->rows);
        assert(table->rows);
    }
    memmove(&table->rows[place + 1], &table->rows[place], (table->count - place) * sizeof *table->rows);
    table->rows[place] = (struct memory_row){memory_copy(key.at, key.length), memory_copy(value.at, value.length)};
    table->count++;
}

static inline void memory_unset(struct memory_table *table, c18n_bytes key)
{
    struct memory_row *row = memory_find(table, key);
    if (!row)
        return;
    free(row->key.at);
    free(row->value.at);
    size_t place = (size_t)(row - table->rows);
    memmove(row, row + 1, (--table->count - place) * sizeof *row);
}

static inline void memory_add_record(struct memory_state *state, const c18n_record *record)
{
    if (state->record_count == state->record_room) {
        state->record_room = state->record_room ? 2 * state->record_room : 16;
        state->records = realloc(state->records, state->record_room * sizeof *state->records);
        assert(state->records);
    }
    struct memory_record *kept = &state->records[state->record_count++];
    kept->record = *record;
    const char **const texts[] = {&kept->record.topic,    &kept->record.type, &kept->record.actor,
                                  &kept->record.on_behalf_of, &kept->record.resource, &kept->record.key,
                                  &kept->record.request_id, &kept->record.subject};
    for (size_t i = 0; i < 8; i++)
        *texts[i] = kept->texts[i] = memory_copy(*texts[i], strlen(*texts[i])).at;
    kept->record.data.at = kept->texts[8] = memory_copy(record->data.at, record->data.length).at;
    kept->record.sealed.at = kept->texts[9] = memory_copy(record->sealed.at, record->sealed.length).at;
}

static inline void memory_cut_records(struct memory_state *state, size_t count)
{
    while (state->record_count > count)
        for (size_t i = 0, last = --state->record_count; i < 10; i++)
            free(state->records[last].texts[i]);
}

static inline void memory_clear_state(struct memory_state *state)
{
    memory_cut_records(state, 0);
    free(state->records);
    for (size_t i = 0; i < state->table_count; i++) {
        for (size_t j = 0; j < state->tables[i].count; j++) {
            free(state->tables[i].rows[j].key.at);
            free(state->tables[i].rows[j].value.at);
        }
        free(state->tables[i].rows);
    }
    *state = (struct memory_state){0};
}

static inline void memory_copy_state(const struct memory_state *from, struct memory_state *ret_to)
{
    *ret_to = (struct memory_state){.table_count = from->table_count};
    for (size_t i = 0; i < from->table_count; i++) {
        struct memory_table *table = &ret_to->tables[i];
        memcpy(table->name, from->tables[i].name, sizeof table->name);
        table->count = table->room = from->tables[i].count;
        table->rows = calloc(table->room + 1, sizeof *table->rows);
        assert(table->rows);
        for (size_t j = 0; j < table->count; j++) {
            const struct memory_row *row = &from->tables[i].rows[j];
            table->rows[j] = (struct memory_row){memory_copy(row->key.at, row->key.length),
                                                 memory_copy(row->value.at, row->value.length)};
        }
        table->room = table->count + 1;
    }
    for (size_t i = 0; i < from->record_count; i++)
        memory_add_record(ret_to, &from->records[i].record);
}

static inline void memory_init(struct memory *memory)
{
    memset(memory, 0, sizeof *memory);
    pthread_mutex_init(&memory->lock, NULL);
}

static inline void memory_free(struct memory *memory)
{
    memory_clear_state(&memory->live);
    memory_clear_state(&memory->committed);
    free(memory->undo);
    pthread_mutex_destroy(&memory->lock);
}

/* --- the undo log --- */

static inline void memory_log(struct memory *memory, uint32_t table, c18n_bytes key)
{
    struct memory_row *row = memory_find(&memory->live.tables[table], key);
    if (memory->undo_count == memory->undo_room) {
        memory->undo_room = memory->undo_room ? 2 * memory->undo_room : 64;
        memory->undo = realloc(memory->undo, memory->undo_room * sizeof *memory->undo);
        assert(memory->undo);
    }
    memory->undo[memory->undo_count++] = (struct memory_undo){
        .table = table, .key = memory_copy(key.at, key.length), .was_there = row != NULL,
        .before = row ? memory_copy(row->value.at, row->value.length) : (struct memory_bytes){NULL, 0}};
}

static inline void memory_undo_to(struct memory *memory, size_t mark)
{
    while (memory->undo_count > mark) {
        struct memory_undo *undo = &memory->undo[--memory->undo_count];
        c18n_bytes key = {undo->key.at, undo->key.length}, before = {undo->before.at, undo->before.length};
        if (undo->was_there)
            memory_set(&memory->live.tables[undo->table], key, before);
        else
            memory_unset(&memory->live.tables[undo->table], key);
        free(undo->key.at);
        free(undo->before.at);
    }
}

/* What was touched goes over to what readers see. */
static inline void memory_carry_over(struct memory *memory)
{
    struct memory_state *live = &memory->live, *committed = &memory->committed;
    for (size_t i = committed->table_count; i < live->table_count; i++)
        memcpy(committed->tables[i].name, live->tables[i].name, sizeof live->tables[i].name);
    committed->table_count = live->table_count;
    for (size_t i = 0; i < memory->undo_count; i++) {
        struct memory_undo *undo = &memory->undo[i];
        c18n_bytes key = {undo->key.at, undo->key.length};
        struct memory_row *row = memory_find(&live->tables[undo->table], key);
        if (row)
            memory_set(&committed->tables[undo->table], key, (c18n_bytes){row->value.at, row->value.length});
        else
            memory_unset(&committed->tables[undo->table], key);
        free(undo->key.at);
        free(undo->before.at);
    }
    memory->undo_count = 0;
    for (size_t i = committed->record_count; i < live->record_count; i++)
        memory_add_record(committed, &live->records[i].record);
}

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

static inline int memory_scan(c18n_store *store, uint32_t table_id, const c18n_range *range, c18n_store_row row, void *arg)
{
    const struct memory_table *table = &store->state->tables[table_id];
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

static inline int memory_history_of(c18n_store *store, const char *resource, uint64_t after, c18n_store_record record, void *arg)
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
    .size = sizeof(c18n_storage), .connect = memory_connect, .disconnect = memory_disconnect, .begin = memory_begin,
    .commit = memory_commit, .rollback = memory_rollback, .item_begin = memory_item_begin,
    .item_keep = memory_item_keep, .item_undo = memory_item_undo, .table = memory_table_id, .clear = memory_clear,
    .get = memory_get, .put = memory_put, .remove = memory_remove, .scan = memory_scan, .append = memory_append,
    .history = memory_history, .history_of = memory_history_of, .newest = memory_newest, .check = memory_check,
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
    uint32_t table;
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
    uint32_t table;
    uint64_t before;
    char digits[24];
    memory_bus_offset(self, writer, consumer, &before);
    if (before >= position)
        return C18N_EXISTS;
    memory_table_id(writer, "bus.offsets", &table);
    int length = snprintf(digits, sizeof digits, "%" PRIu64, position);
    return memory_put(writer, table, (c18n_bytes){consumer, strlen(consumer)}, (c18n_bytes){digits, (size_t)length});
}

static inline int memory_bury(c18n_self *self, c18n_store *writer, const char *consumer, uint64_t position, const char *reason)
{
    uint32_t table;
    char key[128];
    (void)self;
    memory_table_id(writer, "bus.dead", &table);
    int length = snprintf(key, sizeof key, "%s/%" PRIu64, consumer, position);
    return memory_put(writer, table, (c18n_bytes){key, (size_t)length}, (c18n_bytes){reason, strlen(reason)});
}

static inline int memory_dead(c18n_self *self, c18n_store *reader, c18n_store_row row, void *arg)
{
    uint32_t table;
    c18n_range all = {{NULL, 0}, {NULL, 0}, 0};
    (void)self;
    return memory_table_id(reader, "bus.dead", &table) == C18N_OK ? memory_scan(reader, table, &all, row, arg) : C18N_OK;
}

static const c18n_bus memory_bus = {
    .size = sizeof(c18n_bus), .publish = memory_publish, .fetch = memory_bus_fetch, .offset = memory_bus_offset,
    .advance = memory_bus_advance, .bury = memory_bury, .dead = memory_dead, .state = memory_is_well,
};

#endif
