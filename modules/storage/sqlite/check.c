/* check.c: are the files what was written? */
#include "store.h"

#include <string.h>

static const char *const questions[] = {
    "SELECT 'history has ' || count(*) || ' records but the newest is number ' || max(position) FROM history"
    " HAVING count(*) <> coalesce(max(position), 0)",
    "SELECT 'record ' || position || ' of history has an event_id or hash of the wrong size' FROM history"
    " WHERE length(event_id) <> 16 OR length(hash) <> 32",
    "SELECT 'the rule ' || wanted.column1 || ' is missing, so history could be changed' FROM"
    " (VALUES('history_append'), ('history_update'), ('history_delete')) AS wanted"
    " WHERE NOT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND name = wanted.column1)",
    "SELECT 'blob ' || id || ' has ' || coalesce((SELECT sum(length(bytes)) FROM blob_chunks WHERE blob = "
    "blobs.number), 0)"
    " || ' bytes instead of ' || size FROM blobs WHERE size IS NOT NULL"
    " AND size <> coalesce((SELECT sum(length(bytes)) FROM blob_chunks WHERE blob = blobs.number), 0)",
    "SELECT 'chunk ' || number || ' belongs to no blob' FROM blob_chunks"
    " WHERE blob NOT IN (SELECT number FROM blobs)",
};

static int ask(struct c18n_store *store, const char *sql, void (*fault)(void *arg, const char *what), void *arg)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(store->db, sql, -1, &statement, NULL);
    while (result == SQLITE_OK || result == SQLITE_ROW) {
        result = sqlite3_step(statement);
        const void *words = result == SQLITE_ROW ? sqlite3_column_text(statement, 0) : NULL;
        if (words && strcmp(words, "ok") != 0)
            fault(arg, words);
    }
    sqlite3_finalize(statement);
    int code = store_code(store->db, result);
    if (code == C18N_CORRUPT)
        fault(arg, "the database file is damaged");
    return code == C18N_CORRUPT ? C18N_OK : code;
}

int check_files(c18n_store *store, void (*fault)(void *arg, const char *what), void *arg)
{
    store_enter(store);
    int code = ask(store, "PRAGMA integrity_check(100)", fault, arg);
    for (size_t i = 0; i < sizeof questions / sizeof *questions && code == C18N_OK; i++)
        code = ask(store, questions[i], fault, arg);
    return code;
}

/* An SQLite code: SQLITE_CORRUPT when the file's structure is not sound. */
int check_quickly(sqlite3 *db)
{
    sqlite3_stmt *statement = NULL;
    int result = sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL);
    if (result == SQLITE_OK)
        result = sqlite3_step(statement);
    if (result == SQLITE_ROW)
        result = strcmp((const char *)sqlite3_column_text(statement, 0), "ok") == 0 ? SQLITE_OK : SQLITE_CORRUPT;
    sqlite3_finalize(statement);
    return result;
}
