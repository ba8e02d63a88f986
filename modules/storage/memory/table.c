/* table.c: the ordered tables of the contract. */
#include "memory.h"

#include <assert.h>
#include <string.h>

enum { NAME_LONGEST = 120 };

static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.");
    return length > 0 && length <= NAME_LONGEST && name[length] == '\0';
}

static struct table *table_at(const c18n_store *store, uint32_t table)
{
    assert(table < store->state->table_count);
    return store->state->tables[table];
}

static int number_of(c18n_store *store, const char *name, uint32_t *ret_table)
{
    const struct memory_state *state = store->state;
    for (uint32_t i = TABLE_FIRST_NAMED; i < state->table_count; i++) {
        const struct table *table = state->tables[i];
        if (strcmp(table->name, name) != 0)
            continue;
        if (store->role == C18N_STORE_READ && table->since > store->snapshot)
            return C18N_NOT_FOUND;
        *ret_table = i;
        return C18N_OK;
    }
    return C18N_NOT_FOUND;
}

int table_named(c18n_store *store, const char *name, uint32_t *ret_table)
{
    struct table *made;
    if (!is_name(name))
        return C18N_INVALID;
    connection_enter(store);
    int code = number_of(store, name, ret_table);
    if (code == C18N_NOT_FOUND && store->role == C18N_STORE_WRITE) {
        code = rows_table_new(store->state, name, &made);
        if (code == C18N_OK)
            *ret_table = (uint32_t)store->state->table_count - 1;
    }
    connection_leave(store);
    return code;
}

int table_get(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes *ret_value)
{
    connection_enter(store);
    const struct version *seen = connection_sees(store, rows_find(table_at(store, table), key));
    if (seen)
        *ret_value = (c18n_bytes){seen->bytes, seen->length};
    connection_leave(store);
    return seen ? C18N_OK : C18N_NOT_FOUND;
}

/* --- writing --- */

static int write_row(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes value, bool removed)
{
    bool own;
    int code = connection_write_begin(store, &own);
    if (code != C18N_OK)
        return code;
    connection_enter(store);
    code = rows_write(store->state, table_at(store, table), key, value, removed);
    connection_leave(store);
    return connection_write_end(store, own, code);
}

int table_put(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes value)
{
    return write_row(store, table, key, value, false);
}

int table_remove(c18n_store *store, uint32_t table, c18n_bytes key)
{
    return write_row(store, table, key, (c18n_bytes){NULL, 0}, true);
}

int table_clear(c18n_store *store, uint32_t table)
{
    bool own;
    int code = connection_write_begin(store, &own);
    if (code != C18N_OK)
        return code;
    connection_enter(store);
    struct table *cleared = table_at(store, table);
    for (size_t i = 0; i < cleared->count && code == C18N_OK; i++) {
        const struct row *row = cleared->at[i];
        if (connection_sees(store, row))
            code = rows_write(store->state, cleared, (c18n_bytes){row->key, row->length}, (c18n_bytes){NULL, 0}, true);
    }
    connection_leave(store);
    return connection_write_end(store, own, code);
}

/* --- scanning --- */

struct walk {
    c18n_store *store;
    const struct table *table;
    const c18n_range *range;
    size_t place; /* of the row that was shown; reverse: likewise */
    bool begun;
    const struct row *row; /* the one that was shown */
    uint64_t changes;
};

/* Where the walk goes on. Rows may have come and gone since, by the writer or by what the last row led to. */
static size_t next_place(struct walk *walk)
{
    const struct table *table = walk->table;
    const c18n_range *range = walk->range;
    if (!walk->begun && range->reverse)
        return range->until.at ? rows_place(table, range->until) : table->count;
    if (!walk->begun)
        return range->from.at ? rows_place(table, range->from) : 0;
    if (walk->changes != table->changes)
        walk->place = rows_place(table, (c18n_bytes){walk->row->key, walk->row->length});
    return range->reverse ? walk->place : walk->place + 1;
}

static bool past_end(const struct walk *walk, const struct row *row)
{
    c18n_bytes end = walk->range->reverse ? walk->range->from : walk->range->until;
    if (!end.at)
        return false;
    return walk->range->reverse ? rows_order(row, end) < 0 : rows_order(row, end) >= 0;
}

static const struct version *walk_on(struct walk *walk)
{
    const struct table *table = walk->table;
    size_t place = next_place(walk);
    while (walk->range->reverse ? place > 0 : place < table->count) {
        if (walk->range->reverse)
            place--;
        const struct row *row = table->at[place];
        if (past_end(walk, row))
            return NULL;
        const struct version *seen = connection_sees(walk->store, row);
        if (seen) {
            *walk = (struct walk){walk->store, table, walk->range, place, true, row, table->changes};
            return seen;
        }
        if (!walk->range->reverse)
            place++;
    }
    return NULL;
}

int table_scan(c18n_store *store, uint32_t table, const c18n_range *range, c18n_store_row row, void *arg)
{
    int code = C18N_OK;
    connection_enter(store);
    struct walk walk = {.store = store, .table = table_at(store, table), .range = range};
    store->scans++;
    for (const struct version *seen; code == C18N_OK && (seen = walk_on(&walk)) != NULL;) {
        connection_leave(store);
        code = row(arg, (c18n_bytes){walk.row->key, walk.row->length}, (c18n_bytes){seen->bytes, seen->length});
        connection_enter(store);
    }
    store->scans--;
    connection_leave(store);
    return code == C18N_AGAIN ? C18N_OK : code;
}
