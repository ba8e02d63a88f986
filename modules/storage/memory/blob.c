/* blob.c: large values in pieces: a row that says how far a blob is, and rows of 64 KiB each. */
#include "memory.h"

#include <stdlib.h>
#include <string.h>

enum { CHUNK = 64 * 1024, ID_LONGEST = 200, NUMBER_SIZE = 8 };

struct blob {
    uint64_t written; /* the furthest byte that was written */
    bool finished;
    uint8_t sha256[32];
};

struct chunk_key {
    char at[ID_LONGEST + 1 + NUMBER_SIZE];
    size_t length;
};

static c18n_bytes bytes_of_id(const char *id)
{
    return (c18n_bytes){id, strlen(id)};
}

static int find(c18n_store *store, const char *id, struct blob *ret_blob)
{
    c18n_bytes value;
    int code = strlen(id) <= ID_LONGEST ? table_get(store, TABLE_BLOBS, bytes_of_id(id), &value) : C18N_INVALID;
    if (code == C18N_OK)
        memcpy(ret_blob, value.at, sizeof *ret_blob);
    return code;
}

static int keep(c18n_store *store, const char *id, const struct blob *blob)
{
    return table_put(store, TABLE_BLOBS, bytes_of_id(id), (c18n_bytes){blob, sizeof *blob});
}

static c18n_bytes key_of(const char *id, uint64_t number, struct chunk_key *ret_key)
{
    size_t length = strlen(id) + 1;
    memcpy(ret_key->at, id, length);
    bytes_of_number(number, (unsigned char *)ret_key->at + length);
    return (c18n_bytes){ret_key->at, length + NUMBER_SIZE};
}

/* --- writing --- */

/* What lies in one chunk: what it had before, with the piece over it. */
static int write_chunk(c18n_store *store, const char *id, uint64_t offset, const void *piece, size_t count)
{
    struct chunk_key key;
    c18n_bytes at = key_of(id, offset / CHUNK, &key), before = {NULL, 0};
    size_t from = (size_t)(offset % CHUNK);
    int code = table_get(store, TABLE_CHUNKS, at, &before);
    if (code != C18N_OK && code != C18N_NOT_FOUND)
        return code;
    size_t length = before.length > from + count ? before.length : from + count;
    char *whole = malloc(length + 1);
    if (!whole)
        return C18N_NO_MEMORY;
    if (before.length)
        memcpy(whole, before.at, before.length);
    memcpy(whole + from, piece, count);
    code = table_put(store, TABLE_CHUNKS, at, (c18n_bytes){whole, length});
    free(whole);
    return code;
}

static int write_pieces(c18n_store *store, const char *id, uint64_t offset, c18n_bytes piece)
{
    struct blob blob = {.written = 0};
    int code = find(store, id, &blob);
    if (code != C18N_OK && code != C18N_NOT_FOUND)
        return code;
    if (blob.finished)
        return C18N_EXISTS;
    if (offset > blob.written)
        return C18N_INVALID; /* a gap would read as bytes that nobody sent */
    code = C18N_OK;
    for (size_t done = 0; done < piece.length && code == C18N_OK;) {
        size_t room = CHUNK - (size_t)(offset % CHUNK), left = piece.length - done;
        size_t count = left < room ? left : room;
        code = write_chunk(store, id, offset, (const char *)piece.at + done, count);
        offset += count;
        done += count;
    }
    if (offset > blob.written)
        blob.written = offset;
    return code == C18N_OK ? keep(store, id, &blob) : code;
}

int blob_write(c18n_store *store, const char *id, uint64_t offset, c18n_bytes piece)
{
    bool own;
    int code = connection_write_begin(store, &own);
    return code == C18N_OK ? connection_write_end(store, own, write_pieces(store, id, offset, piece)) : code;
}

int blob_finish(c18n_store *store, const char *id, uint64_t size, const uint8_t sha256[32])
{
    struct blob blob = {.written = 0};
    int code = find(store, id, &blob);
    if (code != C18N_OK && !(code == C18N_NOT_FOUND && size == 0))
        return code;
    if (blob.finished)
        return C18N_EXISTS;
    if (blob.written != size)
        return C18N_INVALID;
    blob.finished = true;
    memcpy(blob.sha256, sha256, sizeof blob.sha256);
    return keep(store, id, &blob);
}

int blob_remove(c18n_store *store, const char *id)
{
    struct blob blob;
    struct chunk_key key;
    bool own;
    int code = connection_write_begin(store, &own);
    if (code != C18N_OK)
        return code;
    code = find(store, id, &blob);
    if (code == C18N_OK)
        code = table_remove(store, TABLE_BLOBS, bytes_of_id(id));
    for (uint64_t offset = 0; code == C18N_OK && offset < blob.written; offset += CHUNK)
        code = table_remove(store, TABLE_CHUNKS, key_of(id, offset / CHUNK, &key));
    return connection_write_end(store, own, code == C18N_NOT_FOUND ? C18N_OK : code);
}

/* --- reading --- */

static int find_finished(c18n_store *store, const char *id, struct blob *ret_blob)
{
    int code = find(store, id, ret_blob);
    return code == C18N_OK && !ret_blob->finished ? C18N_NOT_FOUND : code;
}

int blob_size(c18n_store *store, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32])
{
    struct blob blob;
    int code = find_finished(store, id, &blob);
    if (code != C18N_OK)
        return code;
    *ret_size = blob.written;
    memcpy(ret_sha256, blob.sha256, sizeof blob.sha256);
    return C18N_OK;
}

int blob_read(c18n_store *store, const char *id, uint64_t offset, size_t count,
              int (*piece)(void *arg, c18n_bytes bytes), void *arg)
{
    struct blob blob;
    struct chunk_key key;
    int code = find_finished(store, id, &blob);
    if (code != C18N_OK || offset >= blob.written)
        return code;
    uint64_t end = count < blob.written - offset ? offset + count : blob.written;
    while (offset < end && code == C18N_OK) {
        c18n_bytes chunk;
        size_t from = (size_t)(offset % CHUNK);
        uint64_t left = end - offset;
        size_t some = left < CHUNK - from ? (size_t)left : CHUNK - from;
        code = table_get(store, TABLE_CHUNKS, key_of(id, offset / CHUNK, &key), &chunk);
        if (code == C18N_OK)
            code = piece(arg, (c18n_bytes){(const char *)chunk.at + from, some});
        offset += some;
    }
    return code == C18N_AGAIN ? C18N_OK : code;
}
