/* rows.c: ordered tables of rows with versions. A table is an array in order: an insertion moves pointers, which is
 * cheap up to some hundred thousand rows, and a test has fewer. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

/* --- finding --- */

int rows_order(const struct row *row, c18n_bytes key)
{
    size_t common = row->length < key.length ? row->length : key.length;
    int order = common ? memcmp(row->key, key.at, common) : 0;
    return order ? order : (row->length > key.length) - (row->length < key.length);
}

size_t rows_place(const struct table *table, c18n_bytes key)
{
    size_t low = 0, high = table->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (rows_order(table->at[middle], key) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct row *rows_find(const struct table *table, c18n_bytes key)
{
    size_t place = rows_place(table, key);
    return place < table->count && rows_order(table->at[place], key) == 0 ? table->at[place] : NULL;
}

/* --- arrays that grow --- */

/* Room for one more; NULL: no memory. */
static void *grown(void *array, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return array;
    size_t wanted = *room ? 2 * *room : 16;
    void *larger = realloc(array, wanted * size);
    if (larger)
        *room = wanted;
    return larger;
}

static bool make_room(struct touches *touches)
{
    void *at = grown(touches->at, touches->count, &touches->room, sizeof *touches->at);
    if (at)
        touches->at = at;
    return at != NULL;
}

/* --- writing --- */

static struct row *row_new(struct table *table, c18n_bytes key)
{
    void *at = grown(table->at, table->count, &table->room, sizeof(struct row *));
    if (!at)
        return NULL;
    table->at = at;
    struct row *row = calloc(1, sizeof *row + key.length);
    if (!row)
        return NULL;
    row->length = key.length;
    if (key.length)
        memcpy(row->key, key.at, key.length);
    size_t place = rows_place(table, key);
    memmove(&table->at[place + 1], &table->at[place], (table->count - place) * sizeof *table->at);
    table->at[place] = row;
    table->count++;
    table->changes++;
    return row;
}

static struct version *version_new(uint64_t since, c18n_bytes value, bool removed)
{
    struct version *version = malloc(sizeof *version + value.length);
    if (!version)
        return NULL;
    *version = (struct version){.since = since, .removed = removed, .length = value.length};
    if (value.length)
        memcpy(version->bytes, value.at, value.length);
    return version;
}

int rows_write(struct memory_state *state, struct table *table, c18n_bytes key, c18n_bytes value, bool removed)
{
    struct row *row = rows_find(table, key);
    if (!row && removed)
        return C18N_OK;
    if (!make_room(&state->undo) || !make_room(&state->pending))
        return C18N_NO_MEMORY;
    struct version *version = version_new(state->committed + 1, value, removed);
    if (version && !row)
        row = row_new(table, key);
    if (!version || !row) {
        free(version);
        return C18N_NO_MEMORY;
    }
    version->older = row->newest;
    row->newest = version;
    state->undo.at[state->undo.count++] = (struct touched){table, row};
    if (!row->pending)
        state->pending.at[state->pending.count++] = (struct touched){table, row};
    row->pending = true;
    return C18N_OK;
}

/* The row stays, if need be without a version: the next sweep takes it. */
void rows_undo(struct memory_state *state, size_t mark)
{
    while (state->undo.count > mark) {
        struct row *row = state->undo.at[--state->undo.count].row;
        struct version *undone = row->newest;
        row->newest = undone->older;
        free(undone);
    }
}

/* --- letting go --- */

static void versions_free(struct version *version)
{
    while (version) {
        struct version *older = version->older;
        free(version);
        version = older;
    }
}

static void row_remove(struct table *table, struct row *row)
{
    size_t place = rows_place(table, (c18n_bytes){row->key, row->length});
    memmove(&table->at[place], &table->at[place + 1], (--table->count - place) * sizeof *table->at);
    table->changes++;
    versions_free(row->newest);
    free(row);
}

/* False: there will be more to take later. */
static bool trim(const struct touched *touched, uint64_t oldest)
{
    struct row *row = touched->row;
    struct version *needed = row->newest; /* what the oldest snapshot sees */
    while (needed && needed->since > oldest)
        needed = needed->older;
    if (needed) {
        versions_free(needed->older);
        needed->older = NULL;
    }
    if (needed != row->newest)
        return false;
    if (!needed || needed->removed)
        row_remove(touched->table, row);
    else
        row->pending = false;
    return true;
}

void rows_sweep(struct memory_state *state, uint64_t oldest)
{
    struct touches *pending = &state->pending;
    size_t kept = 0;
    for (size_t i = 0; i < pending->count; i++)
        if (!trim(&pending->at[i], oldest))
            pending->at[kept++] = pending->at[i];
    pending->count = kept;
}

/* --- tables --- */

int rows_table_new(struct memory_state *state, const char *name, struct table **ret_table)
{
    struct table **tables = realloc(state->tables, (state->table_count + 1) * sizeof(struct table *));
    if (!tables)
        return C18N_NO_MEMORY;
    state->tables = tables;
    struct table *table = calloc(1, sizeof *table);
    if (table && name && !(table->name = strdup(name))) {
        free(table);
        table = NULL;
    }
    if (!table)
        return C18N_NO_MEMORY;
    table->since = state->committed + 1;
    state->tables[state->table_count++] = table;
    *ret_table = table;
    return C18N_OK;
}

static void table_free(struct table *table)
{
    for (size_t i = 0; i < table->count; i++) {
        versions_free(table->at[i]->newest);
        free(table->at[i]);
    }
    free(table->at);
    free(table->name);
    free(table);
}

void rows_free(struct memory_state *state)
{
    for (size_t i = 0; i < state->table_count; i++)
        table_free(state->tables[i]);
    free(state->tables);
    free(state->undo.at);
    free(state->pending.at);
    *state = (struct memory_state){.table_count = 0};
}
