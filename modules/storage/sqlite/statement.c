/* statement.c: prepared statements, kept a connection, and their use. */
#include "store.h"

#include <assert.h>

#define RECORD_COLUMNS                                                                                                 \
    "position, event_id, time_ms, version, topic, type, actor, on_behalf_of, resource, key, request_id, subject, "     \
    "data, sealed, hash"

static const char *const texts[STATEMENT_COUNT] = {
    [STATEMENT_BEGIN_READ] = "BEGIN",
    [STATEMENT_BEGIN_WRITE] = "BEGIN IMMEDIATE",
    [STATEMENT_COMMIT] = "COMMIT",
    [STATEMENT_ROLLBACK] = "ROLLBACK",
    [STATEMENT_ITEM_BEGIN] = "SAVEPOINT item",
    [STATEMENT_ITEM_KEEP] = "RELEASE item",
    [STATEMENT_ITEM_UNDO] = "ROLLBACK TO item",
    [STATEMENT_APPEND] =
        "INSERT INTO history(" RECORD_COLUMNS ") VALUES(?1,?2,?3,?4,?5,?6,?7,?8,?9,?10,?11,?12,?13,?14,?15)",
    [STATEMENT_APPENDED] = "SELECT 1 FROM history WHERE event_id = ?1",
    [STATEMENT_HISTORY] = "SELECT " RECORD_COLUMNS " FROM history WHERE position > ?1 ORDER BY position",
    [STATEMENT_HISTORY_OF] =
        "SELECT " RECORD_COLUMNS " FROM history WHERE resource = ?2 AND position > ?1 ORDER BY position",
    [STATEMENT_NEWEST] = "SELECT position, hash FROM history ORDER BY position DESC LIMIT 1",
    [STATEMENT_BLOB_FIND] = "SELECT number, written, size, sha256 FROM blobs WHERE id = ?1",
    [STATEMENT_BLOB_NEW] = "INSERT INTO blobs(id, written) VALUES(?1, 0)",
    [STATEMENT_BLOB_GROW] = "UPDATE blobs SET written = max(written, ?2) WHERE number = ?1",
    [STATEMENT_BLOB_FINISH] = "UPDATE blobs SET size = ?2, sha256 = ?3 WHERE number = ?1",
    [STATEMENT_BLOB_REMOVE] = "DELETE FROM blobs WHERE number = ?1",
    [STATEMENT_CHUNK_FIND] = "SELECT row FROM blob_chunks WHERE blob = ?1 AND number = ?2",
    [STATEMENT_CHUNK_NEW] = "INSERT INTO blob_chunks(blob, number, bytes) VALUES(?1, ?2, zeroblob(?3))",
    [STATEMENT_CHUNK_TRIM] = "UPDATE blob_chunks SET bytes = substr(bytes, 1, ?3) WHERE blob = ?1 AND number = ?2",
    [STATEMENT_CHUNK_READ] = "SELECT bytes FROM blob_chunks WHERE blob = ?1 AND number = ?2",
    [STATEMENT_CHUNKS_REMOVE] = "DELETE FROM blob_chunks WHERE blob = ?1",
};

static int prepare(struct c18n_store *store, const char *sql, unsigned flags, sqlite3_stmt **ret_statement)
{
    return store_result(store, sqlite3_prepare_v3(store->db, sql, -1, flags, ret_statement, NULL));
}

int statement_take_sql(struct c18n_store *store, struct slot *slot, const char *sql, struct statement *ret_statement)
{
    if (slot->busy) {
        ret_statement->slot = NULL;
        return prepare(store, sql, 0, &ret_statement->at);
    }
    if (!slot->kept) {
        int code = prepare(store, sql, SQLITE_PREPARE_PERSISTENT, &slot->kept);
        if (code != C18N_OK)
            return code;
    }
    slot->busy = true;
    *ret_statement = (struct statement){slot->kept, slot};
    return C18N_OK;
}

int statement_take(struct c18n_store *store, unsigned number, struct statement *ret_statement)
{
    assert(number < STATEMENT_COUNT);
    return statement_take_sql(store, &store->slots[number], texts[number], ret_statement);
}

void statement_give(struct statement *statement)
{
    if (!statement->at)
        return;
    if (statement->slot) {
        sqlite3_reset(statement->at); /* its code was seen at the step */
        statement->slot->busy = false;
    } else {
        sqlite3_finalize(statement->at);
    }
    *statement = (struct statement){0};
}

void statement_close(struct slot *slot)
{
    assert(!slot->busy);
    sqlite3_finalize(slot->kept);
    slot->kept = NULL;
}

/* SQLite takes a NULL pointer for NULL; no bytes at all are a value of ours. What is bound must live until the
 * statement is given back, as the arguments of every function here do. */
int statement_bind_bytes(sqlite3_stmt *statement, int place, c18n_bytes bytes)
{
    return sqlite3_bind_blob64(statement, place, bytes.at ? bytes.at : "", bytes.length, SQLITE_STATIC);
}

c18n_bytes statement_bytes(sqlite3_stmt *statement, int column)
{
    const void *at = sqlite3_column_blob(statement, column);
    int length = sqlite3_column_bytes(statement, column);
    return (c18n_bytes){at ? at : "", length > 0 ? (size_t)length : 0};
}

int statement_run(struct c18n_store *store, struct statement *statement)
{
    int code = store_result(store, sqlite3_step(statement->at));
    statement_give(statement);
    return code;
}

void store_enter(struct c18n_store *store)
{
    assert(store->magic == STORE_MAGIC);
    statement_give(&store->held);
}

int store_enter_write(struct c18n_store *store)
{
    store_enter(store);
    assert(store->role == C18N_STORE_WRITE);
    return store->failed;
}
