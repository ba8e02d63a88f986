/* table.c: ordered tables of bytes; each is a WITHOUT ROWID table of its own, so that a scan reads one b-tree. */
#include "store.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { NAME_LONGEST = 120 };

/* %w: the name, quoted. SQLite compares BLOBs by memcmp, which is the order that the contract asks for. REPLACE on such
 * a table overwrites in place; the upsert clause would search first. */
static const char *const texts[TABLE_STATEMENT_COUNT] = {
    [TABLE_GET] = "SELECT value FROM \"t.%w\" WHERE key = ?1",
    [TABLE_PUT] = "REPLACE INTO \"t.%w\"(key, value) VALUES(?1, ?2)",
    [TABLE_REMOVE] = "DELETE FROM \"t.%w\" WHERE key = ?1",
    [TABLE_CLEAR] = "DELETE FROM \"t.%w\"",
    [TABLE_SCAN] = "SELECT key, value FROM \"t.%w\" WHERE key >= ?1 ORDER BY key",
    [TABLE_SCAN_UNTIL] = "SELECT key, value FROM \"t.%w\" WHERE key >= ?1 AND key < ?2 ORDER BY key",
    [TABLE_SCAN_BACK] = "SELECT key, value FROM \"t.%w\" WHERE key >= ?1 ORDER BY key DESC",
    [TABLE_SCAN_BACK_UNTIL] = "SELECT key, value FROM \"t.%w\" WHERE key >= ?1 AND key < ?2 ORDER BY key DESC",
};
static const char creation[] =
    "CREATE TABLE IF NOT EXISTS \"t.%w\"(key BLOB PRIMARY KEY, value BLOB NOT NULL) STRICT, WITHOUT ROWID";

static bool is_name(const char *name)
{
    size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_.");
    return length > 0 && length <= NAME_LONGEST && name[length] == '\0';
}

/* --- the list of names --- */

static int add_name(struct sqlite_state *state, const char *name, uint32_t *ret_table)
{
    if (state->name_count == STORE_TABLES_MOST)
        return C18N_TOO_LARGE;
    char *copy = strdup(name);
    if (!copy)
        return C18N_NO_MEMORY;
    state->names[state->name_count] = copy;
    *ret_table = state->name_count++;
    return C18N_OK;
}

static int number_of(struct sqlite_state *state, const char *name, uint32_t *ret_table)
{
    pthread_mutex_lock(&state->names_lock);
    uint32_t number = 0;
    while (number < state->name_count && strcmp(state->names[number], name) != 0)
        number++;
    int code = C18N_OK;
    if (number == state->name_count)
        code = add_name(state, name, &number);
    pthread_mutex_unlock(&state->names_lock);
    if (code == C18N_OK)
        *ret_table = number;
    return code;
}

static const char *name_of(struct sqlite_state *state, uint32_t table)
{
    pthread_mutex_lock(&state->names_lock);
    assert(table < state->name_count);
    const char *name = state->names[table];
    pthread_mutex_unlock(&state->names_lock);
    return name;
}

/* --- statements of a table --- */

static int make_table(struct c18n_store *store, const char *name)
{
    char *sql = sqlite3_mprintf(creation, name);
    if (!sql)
        return C18N_NO_MEMORY;
    int code = store_result(store, sqlite3_exec(store->db, sql, NULL, NULL, NULL));
    sqlite3_free(sql);
    store->made_table = store->made_table || store->in_transaction;
    return code;
}

/* A table that isn't in the file can't be prepared for. The writer then makes it: also a second time, when the first
 * was undone with its transaction. */
static int prepare(struct c18n_store *store, uint32_t table, unsigned which, struct statement *ret_statement)
{
    const char *name = name_of(store->state, table);
    char *sql = sqlite3_mprintf(texts[which], name);
    if (!sql)
        return C18N_NO_MEMORY;
    struct slot *slot = &store->tables[table]->slots[which];
    int code = statement_take_sql(store, slot, sql, ret_statement);
    if (code == C18N_ERROR && store->role == C18N_STORE_WRITE) {
        code = make_table(store, name);
        if (code == C18N_OK)
            code = statement_take_sql(store, slot, sql, ret_statement);
    } else if (code == C18N_ERROR) {
        code = C18N_NOT_FOUND;
    }
    sqlite3_free(sql);
    return code;
}

static int take(struct c18n_store *store, uint32_t table, unsigned which, struct statement *ret_statement)
{
    assert(table < STORE_TABLES_MOST);
    if (!store->tables[table])
        store->tables[table] = calloc(1, sizeof(struct store_table));
    if (!store->tables[table])
        return C18N_NO_MEMORY;
    struct slot *slot = &store->tables[table]->slots[which];
    if (slot->kept && !slot->busy)
        return statement_take_sql(store, slot, NULL, ret_statement);
    return prepare(store, table, which, ret_statement);
}

void table_forget(struct c18n_store *store)
{
    for (uint32_t table = 0; table < STORE_TABLES_MOST; table++)
        for (unsigned which = 0; store->tables[table] && which < TABLE_STATEMENT_COUNT; which++)
            statement_close(&store->tables[table]->slots[which]);
}

/* --- the contract --- */

int table_find(c18n_store *store, const char *name, uint32_t *ret_table)
{
    store_enter(store);
    if (store->failed != C18N_OK)
        return store->failed;
    if (!is_name(name))
        return C18N_INVALID;
    uint32_t number = 0;
    int code = number_of(store->state, name, &number);
    struct statement statement = {0};
    if (code == C18N_OK)
        code = take(store, number, TABLE_GET, &statement);
    statement_give(&statement);
    if (code == C18N_OK)
        *ret_table = number;
    return code;
}

int table_clear(c18n_store *store, uint32_t table)
{
    int code = store_enter_write(store);
    struct statement statement = {0};
    if (code == C18N_OK)
        code = take(store, table, TABLE_CLEAR, &statement);
    return code == C18N_OK ? statement_run(store, &statement) : code;
}

int table_get(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes *ret_value)
{
    store_enter(store);
    struct statement statement = {0};
    int code = store->failed ? store->failed : take(store, table, TABLE_GET, &statement);
    if (code != C18N_OK)
        return code;
    statement_bind_bytes(statement.at, 1, key);
    int result = sqlite3_step(statement.at);
    if (result == SQLITE_ROW) {
        *ret_value = statement_bytes(statement.at, 0);
        store->held = statement;
        return C18N_OK;
    }
    code = result == SQLITE_DONE ? C18N_NOT_FOUND : store_result(store, result);
    statement_give(&statement);
    return code;
}

int table_put(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes value)
{
    int code = store_enter_write(store);
    struct statement statement = {0};
    if (code == C18N_OK)
        code = take(store, table, TABLE_PUT, &statement);
    if (code != C18N_OK)
        return code;
    statement_bind_bytes(statement.at, 1, key);
    statement_bind_bytes(statement.at, 2, value);
    return statement_run(store, &statement);
}

int table_remove(c18n_store *store, uint32_t table, c18n_bytes key)
{
    int code = store_enter_write(store);
    struct statement statement = {0};
    if (code == C18N_OK)
        code = take(store, table, TABLE_REMOVE, &statement);
    if (code != C18N_OK)
        return code;
    statement_bind_bytes(statement.at, 1, key);
    return statement_run(store, &statement);
}

static unsigned scan_statement(const c18n_range *range)
{
    if (range->reverse)
        return range->until.at ? TABLE_SCAN_BACK_UNTIL : TABLE_SCAN_BACK;
    return range->until.at ? TABLE_SCAN_UNTIL : TABLE_SCAN;
}

static int scan_rows(struct c18n_store *store, sqlite3_stmt *statement, c18n_store_row row, void *arg)
{
    int result = SQLITE_OK;
    while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
        int code = row(arg, statement_bytes(statement, 0), statement_bytes(statement, 1));
        if (code != C18N_OK)
            return code == C18N_AGAIN ? C18N_OK : code;
    }
    return store_result(store, result);
}

int table_scan(c18n_store *store, uint32_t table, const c18n_range *range, c18n_store_row row, void *arg)
{
    store_enter(store);
    struct statement statement = {0};
    int code = store->failed ? store->failed : take(store, table, scan_statement(range), &statement);
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND ? C18N_OK : code; /* a reader whose snapshot is older than the table */
    statement_bind_bytes(statement.at, 1, range->from);
    if (range->until.at)
        statement_bind_bytes(statement.at, 2, range->until);
    code = scan_rows(store, statement.at, row, arg);
    statement_give(&statement);
    return code;
}
