/* collection.c: the catalog: which collections there are, and which field stands in which column. */
#include "index.h"

#include <stdlib.h>
#include <string.h>

/* Columns get numbers instead of the fields' names, because FTS5 can't add one later: a new field takes a free one.
 * Filters are tokens of a column of their own, which no search for words looks into. */
static const char creation[] =
    "CREATE TABLE docs_%d(doc INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE) STRICT;"
    "CREATE VIRTUAL TABLE words_%d USING fts5(id UNINDEXED, filters, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11,"
    " tokenize = 'unicode61 remove_diacritics 2', prefix = '2 3 4')";

struct collection *collection_find(struct index_state *state, const char *name)
{
    for (int i = 0; i < state->collection_count; i++)
        if (strcmp(state->collections[i].name, name) == 0)
            return &state->collections[i];
    return NULL;
}

int collection_column(const struct collection *collection, const char *field)
{
    for (int i = 0; i < collection->column_count; i++)
        if (strcmp(collection->columns[i].field, field) == 0)
            return i;
    return -1;
}

static int run_printed(struct index_state *state, char *sql)
{
    int result = sql ? database_run(state->writer, sql) : SQLITE_NOMEM;
    sqlite3_free(sql);
    return database_result(state, state->writer, result);
}

/* --- in memory --- */

static struct collection *remember(struct index_state *state, const char *name, int number)
{
    char *copy = state->collection_count < INDEX_COLLECTIONS_MOST ? strdup(name) : NULL;
    if (!copy)
        return NULL;
    struct collection *collection = &state->collections[state->collection_count++];
    *collection = (struct collection){.name = copy, .number = number};
    return collection;
}

static bool remember_column(struct collection *collection, const char *field, double weight)
{
    char *copy = collection->column_count < INDEX_COLUMNS ? strdup(field) : NULL;
    if (!copy)
        return false;
    collection->columns[collection->column_count++] = (struct column){copy, weight};
    return true;
}

void collection_finalize(struct index_state *state)
{
    for (int i = 0; i < state->collection_count; i++) {
        for (int which = 0; which < FEED_COUNT; which++) {
            sqlite3_finalize(state->collections[i].statements[which]);
            state->collections[i].statements[which] = NULL;
        }
    }
}

void collection_unload(struct index_state *state)
{
    collection_finalize(state);
    for (int i = 0; i < state->collection_count; i++) {
        struct collection *collection = &state->collections[i];
        for (int column = 0; column < collection->column_count; column++)
            free(collection->columns[column].field);
        free(collection->name);
    }
    state->collection_count = 0;
}

/* --- in the file --- */

static int load_columns(struct index_state *state, sqlite3_stmt *statement)
{
    int result = SQLITE_OK;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 1);
        const char *field = (const char *)sqlite3_column_text(statement, 2);
        struct collection *collection = collection_find(state, name);
        if (!collection)
            collection = remember(state, name, sqlite3_column_int(statement, 0));
        if (!collection || (field && !remember_column(collection, field, sqlite3_column_double(statement, 3))))
            return SQLITE_NOMEM;
    }
    return result;
}

int collection_load(struct index_state *state)
{
    collection_unload(state);
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(state->writer,
                                    "SELECT number, name, field, weight FROM collections"
                                    " LEFT JOIN columns ON collection = number ORDER BY number, place",
                                    -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = load_columns(state, statement);
    sqlite3_finalize(statement);
    return database_result(state, state->writer, result);
}

int collection_make(struct index_state *state, const char *name, struct collection **ret_collection)
{
    int number = state->collection_count;
    state->catalog_changed = true;
    int code = run_printed(state, sqlite3_mprintf("INSERT INTO collections VALUES(%d, %Q)", number, name));
    if (code == C18N_OK)
        code = run_printed(state, sqlite3_mprintf(creation, number, number));
    if (code != C18N_OK)
        return code;
    *ret_collection = remember(state, name, number);
    return *ret_collection ? C18N_OK : C18N_NO_MEMORY;
}

int collection_add_column(struct index_state *state, struct collection *collection, const c18n_index_field *field,
                          int *ret_column)
{
    int place = collection_column(collection, field->name);
    if (place >= 0 && collection->columns[place].weight == field->weight) {
        *ret_column = place;
        return C18N_OK;
    }
    if (place < 0 && collection->column_count == INDEX_COLUMNS)
        return C18N_UNSUPPORTED;
    state->catalog_changed = true;
    int next = place < 0 ? collection->column_count : place;
    int code = run_printed(state, sqlite3_mprintf("REPLACE INTO columns VALUES(%d, %d, %Q, %!.15g)", collection->number,
                                                  next, field->name, field->weight));
    if (code != C18N_OK)
        return code;
    if (place >= 0)
        collection->columns[place].weight = field->weight;
    else if (!remember_column(collection, field->name, field->weight))
        return C18N_NO_MEMORY;
    *ret_column = next;
    return C18N_OK;
}
