/**
 * memory_state.h: what the storage of the tests keeps: ordered tables, records, an undo log.
 *
 * The writer works on `live` with an undo log; a commit carries what was touched over to `committed`;
 * a reader's snapshot is a copy of that. Faults can be asked for, as a disk would give them.
 */
#ifndef TEST_MEMORY_STATE_H
#define TEST_MEMORY_STATE_H

#include "c18n/module.h"
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
    int fail_scan;                           /* of every table but scratch ones, while set */
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
    const char **const texts[] = {&kept->record.topic,        &kept->record.type,     &kept->record.actor,
                                  &kept->record.on_behalf_of, &kept->record.resource, &kept->record.key,
                                  &kept->record.request_id,   &kept->record.subject};
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
        .table = table,
        .key = memory_copy(key.at, key.length),
        .was_there = row != NULL,
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

/* --- faults, from any thread --- */

static inline void memory_fail_commit(struct memory *memory, int code, bool anyway)
{
    pthread_mutex_lock(&memory->lock);
    memory->fail_commit = code;
    memory->commit_anyway = anyway;
    pthread_mutex_unlock(&memory->lock);
}

static inline void memory_fail(struct memory *memory, int put, int connect)
{
    pthread_mutex_lock(&memory->lock);
    memory->fail_put = put;
    memory->fail_connect = connect;
    pthread_mutex_unlock(&memory->lock);
}

static inline unsigned memory_count(struct memory *memory, const unsigned *counter)
{
    pthread_mutex_lock(&memory->lock);
    unsigned count = *counter;
    pthread_mutex_unlock(&memory->lock);
    return count;
}

#endif
