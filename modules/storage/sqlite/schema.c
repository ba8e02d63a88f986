/* schema.c: the file's own tables, and how an older file becomes today's. */
#include "store.h"

/*
 * Each step once, in order, in one transaction with its user_version. A step that was released is never
 * changed: a new one is added.
 *
 * History's rules stand in the file itself, so that they also hold for whoever opens it with other tools.
 * INSERT OR REPLACE takes rows away without asking a DELETE trigger, hence the rule on INSERT.
 */
static const char *const steps[] = {
    /* 1 */
    "CREATE TABLE history("
    " position INTEGER PRIMARY KEY, event_id BLOB NOT NULL UNIQUE, time_ms INTEGER NOT NULL, version INTEGER NOT NULL,"
    " topic TEXT NOT NULL, type TEXT NOT NULL, actor TEXT NOT NULL, on_behalf_of TEXT NOT NULL, resource TEXT NOT NULL,"
    " key TEXT NOT NULL, request_id TEXT NOT NULL, subject TEXT NOT NULL, data BLOB NOT NULL, sealed BLOB,"
    " hash BLOB NOT NULL) STRICT;"
    "CREATE INDEX history_resource ON history(resource);"
    "CREATE TRIGGER history_append BEFORE INSERT ON history"
    " WHEN NEW.position IS NOT (SELECT coalesce(max(position), 0) + 1 FROM history)"
    " OR EXISTS (SELECT 1 FROM history WHERE event_id = NEW.event_id)"
    " BEGIN SELECT RAISE(ABORT, 'history is only appended to'); END;"
    "CREATE TRIGGER history_update BEFORE UPDATE ON history"
    " BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;"
    "CREATE TRIGGER history_delete BEFORE DELETE ON history"
    " BEGIN SELECT RAISE(ABORT, 'history is never changed'); END;"
    "CREATE TABLE blobs("
    " number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, written INTEGER NOT NULL, size INTEGER, sha256 BLOB) STRICT;"
    "CREATE TABLE blob_chunks("
    " row INTEGER PRIMARY KEY, blob INTEGER NOT NULL, number INTEGER NOT NULL, bytes BLOB NOT NULL,"
    " UNIQUE (blob, number)) STRICT;",
};

enum { SCHEMA_VERSION = sizeof steps / sizeof *steps };

static int read_number(sqlite3 *db, const char *sql, int64_t *ret_number)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        *ret_number = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return store_code(db, result);
}

static int run(sqlite3 *db, const char *sql)
{
    return store_code(db, sqlite3_exec(db, sql, NULL, NULL, NULL));
}

static int finish_step(sqlite3 *db, int64_t version)
{
    char *sql = sqlite3_mprintf("PRAGMA user_version = %lld; PRAGMA application_id = %d; COMMIT", (long long)version,
                                STORE_APPLICATION_ID);
    int code = sql ? run(db, sql) : C18N_NO_MEMORY;
    sqlite3_free(sql);
    return code;
}

static int step_to(struct sqlite_state *state, sqlite3 *db, int64_t version)
{
    int code = run(db, "BEGIN IMMEDIATE");
    if (code == C18N_OK)
        code = run(db, steps[version - 1]);
    if (code == C18N_OK)
        code = finish_step(db, version);
    if (code != C18N_OK) {
        folder_refuse(state, code, "%s: making version %d of the tables: %s", state->path, (int)version,
                      sqlite3_errmsg(db));
        if (!sqlite3_get_autocommit(db))
            (void)run(db, "ROLLBACK");
    }
    return code;
}

/* Nobody can finish what an earlier process began to upload. */
static int drop_unfinished_blobs(sqlite3 *db)
{
    return run(db, "BEGIN IMMEDIATE;"
                   "DELETE FROM blob_chunks WHERE blob IN (SELECT number FROM blobs WHERE size IS NULL);"
                   "DELETE FROM blobs WHERE size IS NULL; COMMIT");
}

int schema_judge(struct sqlite_state *state, sqlite3 *db)
{
    int64_t version = 0, application = 0, tables = 0;
    int code = read_number(db, "PRAGMA user_version", &version);
    if (code == C18N_OK)
        code = read_number(db, "PRAGMA application_id", &application);
    if (code == C18N_OK)
        code = read_number(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (code != C18N_OK)
        return code;
    if (application != STORE_APPLICATION_ID && tables > 0) {
        folder_refuse(state, C18N_CORRUPT, "%s: is no database of c18n", state->path);
        return C18N_CORRUPT;
    }
    if (version > SCHEMA_VERSION) {
        folder_refuse(state, C18N_UNSUPPORTED,
                      "%s: has version %d of the tables, this c18n knows %d: start the newer c18n", state->path,
                      (int)version, (int)SCHEMA_VERSION);
        return C18N_UNSUPPORTED;
    }
    return C18N_OK;
}

static int has_unfinished_blobs(sqlite3 *db, int64_t *ret_count)
{
    return read_number(db, "SELECT count(*) FROM blobs WHERE size IS NULL", ret_count);
}

int schema_migrate(struct sqlite_state *state, sqlite3 *db)
{
    int64_t version = 0, unfinished = 0;
    int code = read_number(db, "PRAGMA user_version", &version);
    while (code == C18N_OK && version < SCHEMA_VERSION)
        code = step_to(state, db, ++version);
    if (code == C18N_OK)
        code = has_unfinished_blobs(db, &unfinished);
    if (code == C18N_OK && unfinished > 0)
        code = drop_unfinished_blobs(db);
    return code;
}
