/*
 * blob.c: large values in pieces. A blob is a row of `blobs` and rows of `blob_chunks`, 256 KiB each, written in place
 * by SQLite's incremental interface, so that a piece costs the pages that it touches. Until it is finished its size
 * is NULL and nobody sees it.
 */
#include "store.h"

#include <assert.h>
#include <string.h>

struct blob {
    int64_t number;
    uint64_t written; /* the furthest byte that was written */
    uint64_t size;
    bool finished;
    uint8_t sha256[32];
};

static int find(struct c18n_store *store, const char *id, struct blob *ret_blob)
{
    struct statement statement = {0};
    int code = statement_take(store, STATEMENT_BLOB_FIND, &statement);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_text(statement.at, 1, id, -1, SQLITE_STATIC);
    int result = sqlite3_step(statement.at);
    if (result == SQLITE_ROW) {
        *ret_blob = (struct blob){
            .number = sqlite3_column_int64(statement.at, 0),
            .written = (uint64_t)sqlite3_column_int64(statement.at, 1),
            .size = (uint64_t)sqlite3_column_int64(statement.at, 2),
            .finished = sqlite3_column_type(statement.at, 2) != SQLITE_NULL,
        };
        c18n_bytes sum = statement_bytes(statement.at, 3);
        if (sum.length == sizeof ret_blob->sha256)
            memcpy(ret_blob->sha256, sum.at, sum.length);
    }
    code = result == SQLITE_DONE ? C18N_NOT_FOUND : store_result(store, result);
    statement_give(&statement);
    return code;
}

/* Runs a statement whose values are the blob's number and at most two more numbers. */
static int run(struct c18n_store *store, unsigned which, int64_t blob, int64_t second, int64_t third)
{
    struct statement statement = {0};
    int code = statement_take(store, which, &statement);
    if (code != C18N_OK)
        return code;
    const int64_t values[] = {blob, second, third};
    int count = sqlite3_bind_parameter_count(statement.at);
    assert(count <= (int)(sizeof values / sizeof *values));
    for (int i = 0; i < count; i++)
        sqlite3_bind_int64(statement.at, i + 1, values[i]);
    return statement_run(store, &statement);
}

static int find_or_make(struct c18n_store *store, const char *id, struct blob *ret_blob)
{
    int code = find(store, id, ret_blob);
    if (code != C18N_NOT_FOUND)
        return code;
    struct statement statement = {0};
    code = statement_take(store, STATEMENT_BLOB_NEW, &statement);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_text(statement.at, 1, id, -1, SQLITE_STATIC);
    code = statement_run(store, &statement);
    if (code == C18N_OK)
        *ret_blob = (struct blob){.number = sqlite3_last_insert_rowid(store->db)};
    return code;
}

/* --- writing --- */

static int chunk_row(struct c18n_store *store, int64_t blob, int64_t number, int64_t *ret_row)
{
    struct statement statement = {0};
    int code = statement_take(store, STATEMENT_CHUNK_FIND, &statement);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_int64(statement.at, 1, blob);
    sqlite3_bind_int64(statement.at, 2, number);
    int result = sqlite3_step(statement.at);
    if (result == SQLITE_ROW)
        *ret_row = sqlite3_column_int64(statement.at, 0);
    code = result == SQLITE_DONE ? C18N_NOT_FOUND : store_result(store, result);
    statement_give(&statement);
    if (code != C18N_NOT_FOUND)
        return code;
    code = run(store, STATEMENT_CHUNK_NEW, blob, number, STORE_CHUNK);
    if (code == C18N_OK)
        *ret_row = sqlite3_last_insert_rowid(store->db);
    return code;
}

static int write_chunk(struct c18n_store *store, int64_t blob, uint64_t offset, const void *bytes, int count)
{
    int64_t row = 0;
    int code = chunk_row(store, blob, (int64_t)(offset / STORE_CHUNK), &row);
    if (code != C18N_OK)
        return code;
    sqlite3_blob *chunk = NULL;
    int result = sqlite3_blob_open(store->db, "main", "blob_chunks", "bytes", row, 1, &chunk);
    if (result == SQLITE_OK)
        result = sqlite3_blob_write(chunk, bytes, count, (int)(offset % STORE_CHUNK));
    int closed = sqlite3_blob_close(chunk);
    return store_result(store, result == SQLITE_OK ? closed : result);
}

int blob_write(c18n_store *store, const char *id, uint64_t offset, c18n_bytes piece)
{
    int code = store_enter_write(store);
    struct blob blob = {0};
    if (code == C18N_OK)
        code = find_or_make(store, id, &blob);
    if (code != C18N_OK)
        return code;
    if (blob.finished)
        return C18N_EXISTS;
    if (offset > blob.written)
        return C18N_INVALID; /* a gap would read as zeros that nobody sent */
    const char *from = piece.at;
    for (size_t left = piece.length; left > 0 && code == C18N_OK;) {
        size_t room = STORE_CHUNK - (size_t)(offset % STORE_CHUNK);
        size_t count = left < room ? left : room;
        code = write_chunk(store, blob.number, offset, from, (int)count);
        from += count;
        offset += count;
        left -= count;
    }
    return code == C18N_OK ? run(store, STATEMENT_BLOB_GROW, blob.number, (int64_t)offset, 0) : code;
}

static int set_finished(struct c18n_store *store, int64_t blob, uint64_t size, const uint8_t sha256[32])
{
    struct statement statement = {0};
    int code = statement_take(store, STATEMENT_BLOB_FINISH, &statement);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_int64(statement.at, 1, blob);
    sqlite3_bind_int64(statement.at, 2, (int64_t)size);
    sqlite3_bind_blob(statement.at, 3, sha256, 32, SQLITE_STATIC);
    return statement_run(store, &statement);
}

int blob_finish(c18n_store *store, const char *id, uint64_t size, const uint8_t sha256[32])
{
    int code = store_enter_write(store);
    struct blob blob = {0};
    if (code == C18N_OK)
        code = size == 0 ? find_or_make(store, id, &blob) : find(store, id, &blob);
    if (code != C18N_OK)
        return code;
    if (blob.finished)
        return C18N_EXISTS;
    if (blob.written != size)
        return C18N_INVALID;
    uint64_t tail = size % STORE_CHUNK;
    if (tail != 0) /* small blobs are many: their one chunk shall not stay 256 KiB */
        code = run(store, STATEMENT_CHUNK_TRIM, blob.number, (int64_t)(size / STORE_CHUNK), (int64_t)tail);
    return code == C18N_OK ? set_finished(store, blob.number, size, sha256) : code;
}

int blob_remove(c18n_store *store, const char *id)
{
    int code = store_enter_write(store);
    struct blob blob = {0};
    if (code == C18N_OK)
        code = find(store, id, &blob);
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND ? C18N_OK : code;
    code = run(store, STATEMENT_CHUNKS_REMOVE, blob.number, 0, 0);
    return code == C18N_OK ? run(store, STATEMENT_BLOB_REMOVE, blob.number, 0, 0) : code;
}

/* --- reading --- */

static int find_finished(struct c18n_store *store, const char *id, struct blob *ret_blob)
{
    store_enter(store);
    int code = store->failed ? store->failed : find(store, id, ret_blob);
    return code == C18N_OK && !ret_blob->finished ? C18N_NOT_FOUND : code;
}

int blob_size(c18n_store *store, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32])
{
    struct blob blob = {0};
    int code = find_finished(store, id, &blob);
    if (code != C18N_OK)
        return code;
    *ret_size = blob.size;
    memcpy(ret_sha256, blob.sha256, sizeof blob.sha256);
    return C18N_OK;
}

/* Hands out what of one chunk lies in [offset, until). */
static int read_chunk(struct c18n_store *store, int64_t blob, uint64_t offset, uint64_t until,
                      int (*piece)(void *arg, c18n_bytes bytes), void *arg)
{
    struct statement statement = {0};
    int code = statement_take(store, STATEMENT_CHUNK_READ, &statement);
    if (code != C18N_OK)
        return code;
    sqlite3_bind_int64(statement.at, 1, blob);
    sqlite3_bind_int64(statement.at, 2, (int64_t)(offset / STORE_CHUNK));
    int result = sqlite3_step(statement.at);
    c18n_bytes chunk = result == SQLITE_ROW ? statement_bytes(statement.at, 0) : (c18n_bytes){0};
    size_t from = (size_t)(offset % STORE_CHUNK), to = from + (size_t)(until - offset);
    if (result == SQLITE_ROW && to <= chunk.length)
        code = piece(arg, (c18n_bytes){(const char *)chunk.at + from, to - from});
    else
        code = store_result(store, result == SQLITE_ROW || result == SQLITE_DONE ? SQLITE_CORRUPT : result);
    statement_give(&statement);
    return code;
}

int blob_read(c18n_store *store, const char *id, uint64_t offset, size_t count,
              int (*piece)(void *arg, c18n_bytes bytes), void *arg)
{
    struct blob blob = {0};
    int code = find_finished(store, id, &blob);
    if (code != C18N_OK || offset >= blob.size)
        return code;
    uint64_t end = count < blob.size - offset ? offset + count : blob.size;
    while (offset < end && code == C18N_OK) {
        uint64_t next = (offset / STORE_CHUNK + 1) * STORE_CHUNK;
        uint64_t until = next < end ? next : end;
        code = read_chunk(store, blob.number, offset, until, piece, arg);
        offset = until;
    }
    return code == C18N_AGAIN ? C18N_OK : code;
}
