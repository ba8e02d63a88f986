/* feed.c: what the host's indexer puts in, in batches that end with the position reached. */
#include "index.h"

#include <string.h>

static const char *const texts[FEED_COUNT] = {
    [FEED_FIND] = "SELECT doc FROM docs_%d WHERE id = ?1",
    [FEED_ADD] = "INSERT INTO docs_%d(id) VALUES(?1)",
    [FEED_PUT] = ("REPLACE INTO words_%d(rowid, id, filters, c0, c1, c2, c3, c4, c5, c6, c7, c8, c9, c10, c11)"
                  " VALUES(?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15)"),
    [FEED_FORGET] = "DELETE FROM docs_%d WHERE doc = ?1",
    [FEED_REMOVE] = "DELETE FROM words_%d WHERE rowid = ?1",
};
enum { PLACE_ID = 2, PLACE_FILTERS = 3, PLACE_COLUMNS = 4 };

static int statement(struct index_state *state, struct collection *collection, int which, sqlite3_stmt **ret_statement)
{
    sqlite3_stmt **kept = &collection->statements[which];
    if (!*kept) {
        char *sql = sqlite3_mprintf(texts[which], collection->number);
        int result =
            sql ? sqlite3_prepare_v3(state->writer, sql, -1, SQLITE_PREPARE_PERSISTENT, kept, NULL) : SQLITE_NOMEM;
        sqlite3_free(sql);
        if (result != SQLITE_OK)
            return database_result(state, state->writer, result);
    }
    *ret_statement = *kept;
    return C18N_OK;
}

static int run(struct index_state *state, sqlite3_stmt *at)
{
    int result = sqlite3_step(at);
    sqlite3_reset(at);
    sqlite3_clear_bindings(at);
    return database_result(state, state->writer, result);
}

static int find_doc(struct index_state *state, struct collection *collection, const char *id, int64_t *ret_doc)
{
    sqlite3_stmt *at = NULL;
    int code = statement(state, collection, FEED_FIND, &at);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_text(at, 1, id, -1, SQLITE_STATIC);
    int result = sqlite3_step(at);
    if (result == SQLITE_ROW)
        *ret_doc = sqlite3_column_int64(at, 0);
    sqlite3_reset(at);
    return result == SQLITE_DONE ? C18N_NOT_FOUND : database_result(state, state->writer, result);
}

static int find_or_add_doc(struct index_state *state, struct collection *collection, const char *id, int64_t *ret_doc)
{
    int code = find_doc(state, collection, id, ret_doc);
    if (code != C18N_NOT_FOUND)
        return code;
    sqlite3_stmt *at = NULL;
    code = statement(state, collection, FEED_ADD, &at);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_text(at, 1, id, -1, SQLITE_STATIC);
    code = run(state, at);
    if (code == C18N_OK)
        *ret_doc = sqlite3_last_insert_rowid(state->writer);
    return code;
}

/* --- the catalog, which searches read too --- */

static int open_collection(struct index_state *state, const char *name, struct collection **ret_collection)
{
    pthread_mutex_lock(&state->lock);
    *ret_collection = collection_find(state, name);
    int code = *ret_collection ? C18N_OK : collection_make(state, name, ret_collection);
    pthread_mutex_unlock(&state->lock);
    return code;
}

static int bind_fields(struct index_state *state, struct collection *collection, sqlite3_stmt *at,
                       const c18n_index_field *fields, size_t count)
{
    sqlite3_str *filters = sqlite3_str_new(NULL);
    int code = C18N_OK;
    pthread_mutex_lock(&state->lock);
    for (size_t i = 0; i < count && code == C18N_OK; i++) {
        int column = 0;
        if (!fields[i].text)
            continue;
        if (fields[i].filter) {
            words_add_filter(filters, fields[i].name, fields[i].text);
            continue;
        }
        code = collection_add_column(state, collection, &fields[i], &column);
        if (code == C18N_OK)
            sqlite3_bind_text(at, PLACE_COLUMNS + column, fields[i].text, -1, SQLITE_STATIC);
    }
    pthread_mutex_unlock(&state->lock);
    sqlite3_bind_text(at, PLACE_FILTERS, sqlite3_str_finish(filters), -1, sqlite3_free);
    return code;
}

int feed_put(c18n_self *self, const char *collection_name, const char *id, const c18n_index_field *fields, size_t count)
{
    struct index_state *state = self->state;
    struct collection *collection = NULL;
    sqlite3_stmt *at = NULL;
    int64_t doc = 0;
    int code = open_collection(state, collection_name, &collection);
    if (code == C18N_OK)
        code = find_or_add_doc(state, collection, id, &doc);
    if (code == C18N_OK)
        code = statement(state, collection, FEED_PUT, &at);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_int64(at, 1, doc);
    sqlite3_bind_text(at, PLACE_ID, id, -1, SQLITE_STATIC);
    code = bind_fields(state, collection, at, fields, count);
    if (code == C18N_OK)
        return run(state, at);
    sqlite3_clear_bindings(at);
    return code;
}

static int run_for_doc(struct index_state *state, struct collection *collection, int which, int64_t doc)
{
    sqlite3_stmt *at = NULL;
    int code = statement(state, collection, which, &at);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_int64(at, 1, doc);
    return run(state, at);
}

int feed_remove(c18n_self *self, const char *collection_name, const char *id)
{
    struct index_state *state = self->state;
    struct collection *collection = NULL;
    int64_t doc = 0;
    int code = open_collection(state, collection_name, &collection);
    if (code == C18N_OK)
        code = find_doc(state, collection, id, &doc);
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND ? C18N_OK : code;
    code = run_for_doc(state, collection, FEED_REMOVE, doc);
    return code == C18N_OK ? run_for_doc(state, collection, FEED_FORGET, doc) : code;
}

/* --- batches --- */

int feed_position(c18n_self *self, uint64_t *ret_position)
{
    struct index_state *state = self->state;
    int code = database_open(state);
    if (code == C18N_OK)
        *ret_position = atomic_load(&state->position);
    return code;
}

/* All or nothing: also what this batch added to the catalog goes. */
static void undo(struct index_state *state)
{
    pthread_mutex_lock(&state->lock);
    collection_finalize(state);
    if (!sqlite3_get_autocommit(state->writer))
        (void)database_run(state->writer, "ROLLBACK");
    if (state->catalog_changed)
        (void)collection_load(state);
    pthread_mutex_unlock(&state->lock);
    state->in_batch = false;
}

int feed_begin(c18n_self *self)
{
    struct index_state *state = self->state;
    int code = database_open(state);
    if (code != C18N_OK)
        return code;
    if (atomic_load(&state->failed) == C18N_CORRUPT)
        return C18N_CORRUPT;
    if (state->in_batch) /* the one before was given up */
        undo(state);
    code = database_result(state, state->writer, database_run(state->writer, "BEGIN IMMEDIATE"));
    state->in_batch = code == C18N_OK;
    state->catalog_changed = false;
    return code;
}

int feed_end(c18n_self *self, uint64_t position)
{
    struct index_state *state = self->state;
    if (!state->in_batch || sqlite3_get_autocommit(state->writer)) {
        state->in_batch = false;
        return C18N_ERROR; /* a failure ended the transaction: nothing of it is kept */
    }
    char *sql =
        sqlite3_mprintf("UPDATE meta SET value = %llu WHERE name = 'position'; COMMIT", (unsigned long long)position);
    int result = sql ? database_run(state->writer, sql) : SQLITE_NOMEM;
    sqlite3_free(sql);
    int code = database_result(state, state->writer, result);
    if (code != C18N_OK) {
        undo(state);
        return code;
    }
    state->in_batch = false;
    atomic_store(&state->position, (unsigned long long)position);
    return C18N_OK;
}

static char *reset_sql(struct index_state *state)
{
    sqlite3_str *sql = sqlite3_str_new(NULL);
    sqlite3_str_appendall(sql, "BEGIN IMMEDIATE; UPDATE meta SET value = 0 WHERE name = 'position';"
                               "DELETE FROM columns; DELETE FROM collections;");
    for (int i = 0; i < state->collection_count; i++)
        sqlite3_str_appendf(sql, "DROP TABLE docs_%d; DROP TABLE words_%d;", state->collections[i].number,
                            state->collections[i].number);
    sqlite3_str_appendall(sql, "COMMIT");
    return sqlite3_str_finish(sql);
}

int feed_reset(c18n_self *self)
{
    struct index_state *state = self->state;
    int code = database_open(state);
    if (code != C18N_OK)
        return code;
    if (state->in_batch)
        undo(state);
    pthread_mutex_lock(&state->lock);
    collection_finalize(state);
    char *sql = reset_sql(state);
    code = database_result(state, state->writer, sql ? database_run(state->writer, sql) : SQLITE_NOMEM);
    sqlite3_free(sql);
    if (code == C18N_OK) {
        collection_unload(state);
        atomic_store(&state->position, 0);
    } else if (!sqlite3_get_autocommit(state->writer)) {
        (void)database_run(state->writer, "ROLLBACK");
    }
    pthread_mutex_unlock(&state->lock);
    return code;
}
