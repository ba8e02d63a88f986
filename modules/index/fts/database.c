/* database.c: opens the file, makes it anew when it is no good, and lends connections to searches. */
#include "index.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Losing the newest commits in a power cut is no loss: the position goes with them and the host feeds on from there. */
static const char set_up[] =
    "PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA journal_size_limit = 33554432;"
    "PRAGMA trusted_schema = OFF; PRAGMA temp_store = MEMORY;";

/* Raise it when what is kept changes its form: an older file is thrown away. */
enum { FORM = 1 };

static const char schema[] = "BEGIN IMMEDIATE;"
                             "CREATE TABLE meta(name TEXT PRIMARY KEY, value INTEGER NOT NULL) STRICT, WITHOUT ROWID;"
                             "CREATE TABLE collections(number INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE) STRICT;"
                             "CREATE TABLE columns(collection INTEGER NOT NULL, place INTEGER NOT NULL, field TEXT NOT "
                             "NULL, weight REAL NOT NULL,"
                             " PRIMARY KEY (collection, place)) STRICT, WITHOUT ROWID;"
                             "INSERT INTO meta VALUES('position', 0); PRAGMA user_version = 1; COMMIT";

static const char *const suffixes[] = {"", "-wal", "-shm", ".damaged"};

int database_run(sqlite3 *db, const char *sql)
{
    return sqlite3_exec(db, sql, NULL, NULL, NULL);
}

int database_number(sqlite3 *db, const char *sql, int64_t *ret_number)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return result == SQLITE_ROW ? SQLITE_OK : result;
}

/* --- the file --- */

static char *path_with(struct index_state *state, const char *suffix)
{
    char *path = NULL;
    return asprintf(&path, "%s%s", state->path, suffix) < 0 ? NULL : path;
}

static void throw_away(struct index_state *state)
{
    for (size_t i = 0; i < sizeof suffixes / sizeof *suffixes; i++) {
        char *path = path_with(state, suffixes[i]);
        if (path)
            unlink(path);
        free(path);
    }
}

/* A mark beside the file that outlives the process: a damaged database can't be trusted to keep one. */
static void mark_damaged(struct index_state *state)
{
    char *path = path_with(state, ".damaged");
    int file = path ? open(path, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600) : -1;
    if (file >= 0)
        close(file);
    free(path);
}

static bool is_marked(struct index_state *state)
{
    char *path = path_with(state, ".damaged");
    bool marked = path && access(path, F_OK) == 0;
    free(path);
    return marked;
}

static const struct {
    int sqlite, code;
} codes[] = {
    {SQLITE_OK, C18N_OK},
    {SQLITE_ROW, C18N_OK},
    {SQLITE_DONE, C18N_OK},
    {SQLITE_FULL, C18N_NO_SPACE},
    {SQLITE_IOERR, C18N_IO},
    {SQLITE_CANTOPEN, C18N_IO},
    {SQLITE_CORRUPT, C18N_CORRUPT},
    {SQLITE_NOTADB, C18N_CORRUPT},
    {SQLITE_NOMEM, C18N_NO_MEMORY},
    {SQLITE_BUSY, C18N_UNAVAILABLE},
    {SQLITE_LOCKED, C18N_UNAVAILABLE},
    {SQLITE_TOOBIG, C18N_TOO_LARGE},
};

int database_result(struct index_state *state, sqlite3 *db, int sqlite_code)
{
    int code = C18N_ERROR;
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
        if (codes[i].sqlite == (sqlite_code & 0xff))
            code = codes[i].code;
    int before = atomic_load_explicit(&state->failed, memory_order_relaxed);
    if (before == C18N_CORRUPT || before == code)
        return code; /* damage stays until a restart makes the index anew */
    atomic_store(&state->failed, code);
    if (code != C18N_OK)
        c18n_log(state->self, C18N_LOG_ERROR, "index: %s", db ? sqlite3_errmsg(db) : sqlite3_errstr(sqlite_code));
    if (code == C18N_CORRUPT) {
        mark_damaged(state);
        c18n_log(state->self, C18N_LOG_ERROR, "%s is damaged; the next start makes it anew", state->path);
    }
    return code;
}

static int open_connection(struct index_state *state, sqlite3 **ret_db)
{
    sqlite3 *db = NULL;
    int result = sqlite3_open_v2(state->path, &db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_busy_timeout(db, 5000);
    if (result == SQLITE_OK)
        result = database_run(db, set_up);
    if (result != SQLITE_OK) {
        sqlite3_close(db);
        db = NULL;
    }
    *ret_db = db;
    return result;
}

static int set_cache(struct index_state *state)
{
    char *sql =
        sqlite3_mprintf("PRAGMA cache_size = -%lld", (long long)c18n_setting_integer(state->self, "cache_size") / 1024);
    int result = sql ? database_run(state->writer, sql) : SQLITE_NOMEM;
    sqlite3_free(sql);
    return result;
}

static int open_writer(struct index_state *state)
{
    int file = open(state->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return SQLITE_CANTOPEN;
    close(file); /* made here for its mode, which SQLite gives the files beside it */
    int64_t form = 0, position = 0;
    int result = open_connection(state, &state->writer);
    if (result == SQLITE_OK)
        result = database_number(state->writer, "PRAGMA user_version", &form);
    if (result == SQLITE_OK && form != 0 && form != FORM)
        result = SQLITE_NOTADB;
    if (result == SQLITE_OK && form == 0)
        result = database_run(state->writer, schema);
    if (result == SQLITE_OK)
        result = database_number(state->writer, "SELECT value FROM meta WHERE name = 'position'", &position);
    if (result == SQLITE_OK)
        result = set_cache(state);
    if (result == SQLITE_OK)
        atomic_store(&state->position, (unsigned long long)position);
    return result;
}

static int open_or_make(struct index_state *state)
{
    if (is_marked(state))
        throw_away(state);
    int result = open_writer(state);
    if ((result & 0xff) != SQLITE_NOTADB && (result & 0xff) != SQLITE_CORRUPT)
        return result;
    c18n_log(state->self, C18N_LOG_WARNING, "%s can't be read, it is made anew", state->path);
    sqlite3_close(state->writer);
    state->writer = NULL;
    throw_away(state);
    return open_writer(state);
}

static int open_locked(struct index_state *state)
{
    if (state->writer)
        return C18N_OK;
    if (!state->path && asprintf(&state->path, "%s/index.db", c18n_state_path(state->self)) < 0) {
        state->path = NULL;
        return C18N_NO_MEMORY;
    }
    int code = database_result(state, NULL, open_or_make(state));
    if (code == C18N_OK)
        code = collection_load(state);
    if (code != C18N_OK) {
        sqlite3_close(state->writer);
        state->writer = NULL;
    }
    return code;
}

/* At the first use and not before: by then the storage holds the data folder against other processes. */
int database_open(struct index_state *state)
{
    if (atomic_load(&state->opened))
        return C18N_OK;
    pthread_mutex_lock(&state->lock);
    int code = open_locked(state);
    atomic_store(&state->opened, code == C18N_OK);
    pthread_mutex_unlock(&state->lock);
    return code;
}

void database_close(struct index_state *state)
{
    pthread_mutex_lock(&state->lock);
    collection_unload(state);
    while (state->reader_count > 0)
        sqlite3_close(state->readers[--state->reader_count]);
    sqlite3_close(state->writer);
    state->writer = NULL;
    free(state->path);
    state->path = NULL;
    atomic_store(&state->opened, false);
    pthread_mutex_unlock(&state->lock);
}

/* --- connections for searches --- */

int database_reader_take(struct index_state *state, sqlite3 **ret_reader)
{
    sqlite3 *reader = NULL;
    pthread_mutex_lock(&state->lock);
    if (state->reader_count > 0)
        reader = state->readers[--state->reader_count];
    pthread_mutex_unlock(&state->lock);
    int code = reader ? C18N_OK : database_result(state, NULL, open_connection(state, &reader));
    if (code == C18N_OK)
        *ret_reader = reader;
    return code;
}

void database_reader_give(struct index_state *state, sqlite3 *reader)
{
    pthread_mutex_lock(&state->lock);
    if (state->reader_count < INDEX_READERS_KEPT) {
        state->readers[state->reader_count++] = reader;
        reader = NULL;
    }
    pthread_mutex_unlock(&state->lock);
    sqlite3_close(reader);
}
