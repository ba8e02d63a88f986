/* result.c: SQLite's codes into ours, and what a failure means for what comes after it. */
#include "store.h"

#include <errno.h>

static const struct {
    int sqlite, code;
} codes[] = {
    {SQLITE_OK, C18N_OK},          {SQLITE_ROW, C18N_OK},           {SQLITE_DONE, C18N_OK},
    {SQLITE_FULL, C18N_NO_SPACE},  {SQLITE_IOERR, C18N_IO},         {SQLITE_CANTOPEN, C18N_IO},
    {SQLITE_READONLY, C18N_IO},    {SQLITE_PERM, C18N_IO},          {SQLITE_CORRUPT, C18N_CORRUPT},
    {SQLITE_NOTADB, C18N_CORRUPT}, {SQLITE_NOMEM, C18N_NO_MEMORY},  {SQLITE_BUSY, C18N_BUSY},
    {SQLITE_LOCKED, C18N_BUSY},    {SQLITE_TOOBIG, C18N_TOO_LARGE}, {SQLITE_CONSTRAINT, C18N_EXISTS},
    {SQLITE_AUTH, C18N_FORBIDDEN},
};

static bool no_room_left(sqlite3 *db)
{
    int reason = db ? sqlite3_system_errno(db) : 0;
    return reason == ENOSPC || reason == EDQUOT;
}

int store_code(sqlite3 *db, int sqlite_code)
{
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].sqlite != (sqlite_code & 0xff))
            continue;
        /* A full disk can also show as a failed call: the shared-memory file that can't grow. */
        return codes[i].code == C18N_IO && no_room_left(db) ? C18N_NO_SPACE : codes[i].code;
    }
    return C18N_ERROR;
}

static void note_damage(struct sqlite_state *state, sqlite3 *db)
{
    if (!atomic_exchange(&state->damaged, true))
        c18n_log(state->self, C18N_LOG_ERROR, "the database is damaged, no write is taken: %s",
                 db ? sqlite3_errmsg(db) : "unknown");
}

static void note_failed_write(struct c18n_store *store, int code)
{
    store->failed = code;
    store->broken = store->broken || code == C18N_IO;
    if (atomic_exchange(&store->state->failed, code) != code)
        c18n_log(store->state->self, C18N_LOG_ERROR, "a write failed: %s", sqlite3_errmsg(store->db));
}

int store_result(struct c18n_store *store, int sqlite_code)
{
    int code = store_code(store->db, sqlite_code);
    if (code == C18N_OK)
        return code;
    if (code == C18N_CORRUPT)
        note_damage(store->state, store->db);
    if (store->role != C18N_STORE_WRITE)
        return code;
    /* After some failures SQLite has rolled back by itself; going on would write outside any transaction. */
    bool lost = store->in_transaction && sqlite3_get_autocommit(store->db);
    if (lost || code == C18N_NO_SPACE || code == C18N_IO || code == C18N_CORRUPT)
        note_failed_write(store, code);
    return code;
}

void store_note_written(struct c18n_store *store)
{
    if (atomic_load_explicit(&store->state->failed, memory_order_relaxed) != C18N_OK &&
        atomic_exchange(&store->state->failed, C18N_OK) != C18N_OK)
        c18n_log(store->state->self, C18N_LOG_NOTICE, "writes succeed again");
}
