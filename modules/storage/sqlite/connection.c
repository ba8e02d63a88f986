/* connection.c: opens and closes connections, and sets them up so that an acknowledged commit stays. */
#include "store.h"

#include <assert.h>
#include <stdlib.h>

static int run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

static int run_number(sqlite3 *db, const char *pragma, int64_t value)
{
    char *sql = sqlite3_mprintf("PRAGMA %s = %lld", pragma, (long long)value);
    int result = sql ? run(db, sql) : SQLITE_NOMEM;
    sqlite3_free(sql);
    return result;
}

/* A negative cache_size is in KiB. */
static int set_sizes(struct sqlite_state *state, sqlite3 *db, bool writer)
{
    int64_t cache = c18n_setting_integer(state->self, writer ? "cache_size" : "reader_cache_size");
    int64_t most = c18n_setting_integer(state->self, "max_size");
    int result = run_number(db, "cache_size", -(cache / 1024));
    if (result == SQLITE_OK && most > 0)
        result = run_number(db, "max_page_count", most / 4096 > 0 ? most / 4096 : 1);
    return result;
}

/* FULL is what makes COMMIT durable: the log is synced before it returns. Checkpoints are ours (checkpoint.c). */
static const char durable[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
    "PRAGMA journal_size_limit = 67108864; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF;";

int connection_open_plain(struct sqlite_state *state, sqlite3 **ret_db)
{
    sqlite3 *db = NULL;
    int result = sqlite3_open_v2(state->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_busy_timeout(db, STORE_BUSY_MS);
    *ret_db = db; /* also on failure: its message is wanted */
    return store_code(db, result);
}

int connection_make_durable(sqlite3 *db)
{
    return store_code(db, run(db, durable));
}

int connection_open_file(struct sqlite_state *state, sqlite3 **ret_db)
{
    int code = connection_open_plain(state, ret_db);
    return code == C18N_OK ? connection_make_durable(*ret_db) : code;
}

static int set_up(struct c18n_store *store)
{
    bool writer = store->role == C18N_STORE_WRITE;
    int code = connection_open_file(store->state, &store->db);
    if (code != C18N_OK)
        return store_result(store, sqlite3_errcode(store->db));
    int result = set_sizes(store->state, store->db, writer);
    if (result == SQLITE_OK && !writer)
        result = run(store->db, "PRAGMA query_only = ON");
    if (result == SQLITE_OK)
        result = sqlite3_db_config(store->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
    if (result == SQLITE_OK)
        result = guard_install(store);
    if (writer)
        checkpoint_watch(store);
    return store_result(store, result);
}

static void close_file(struct c18n_store *store)
{
    statement_give(&store->held);
    table_forget(store);
    for (unsigned i = 0; i < STATEMENT_COUNT; i++)
        statement_close(&store->slots[i]);
    int result = sqlite3_close(store->db);
    assert(result == SQLITE_OK); /* a statement or blob left open is a bug of ours */
    store->db = NULL;
}

/* After a failed write or sync: what is in the file may differ from what this connection believes. */
int connection_reopen(struct c18n_store *store)
{
    assert(!store->in_transaction);
    c18n_log(store->state->self, C18N_LOG_WARNING, "opening the database again after a failed write");
    close_file(store);
    int code = set_up(store);
    if (code == C18N_OK) {
        store->setting_up = true;
        code = store_result(store, check_quickly(store->db));
        store->setting_up = false;
    }
    store->broken = code != C18N_OK;
    return code;
}

static struct c18n_store *store_new(struct sqlite_state *state, uint32_t role)
{
    struct c18n_store *store = calloc(1, sizeof *store);
    if (!store)
        return NULL;
    store->magic = STORE_MAGIC;
    store->role = role;
    store->state = state;
    return store;
}

int connection_connect(c18n_self *self, uint32_t role, c18n_store **ret_store)
{
    struct sqlite_state *state = self->state;
    pthread_mutex_lock(&state->lock);
    int code = folder_open(state);
    pthread_mutex_unlock(&state->lock);
    if (code != C18N_OK)
        return code;
    struct c18n_store *store = store_new(state, role);
    if (!store)
        return C18N_NO_MEMORY;
    code = set_up(store);
    if (code != C18N_OK) {
        connection_disconnect(store);
        return code;
    }
    *ret_store = store;
    return C18N_OK;
}

void connection_disconnect(c18n_store *store)
{
    if (!store)
        return;
    assert(store->magic == STORE_MAGIC);
    if (store->in_transaction)
        transaction_rollback(store);
    close_file(store);
    for (uint32_t i = 0; i < STORE_TABLES_MOST; i++)
        free(store->tables[i]);
    store->magic = 0;
    free(store);
}
