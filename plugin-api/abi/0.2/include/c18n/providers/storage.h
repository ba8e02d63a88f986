/**
 * providers/storage.h: what "storage.v1" must do. One such module serves.
 *
 * A storage keeps three things: the history (append only), ordered tables of bytes (views, their
 * indexes, offsets, keys, whatever the host keeps), and blobs. It knows nothing of JSON, events or
 * views: the host encodes all of it, so that every storage gives the same bytes.
 *
 * The host opens one writing connection, used by the one writer thread, and a reading connection a
 * pool thread. A connection is used by one thread at a time.
 *
 * Errors "as any": C18N_IO, C18N_CORRUPT, C18N_NO_MEMORY, C18N_UNAVAILABLE; of the writer also C18N_NO_SPACE. What the
 * host passes it keeps; "storage copies" is said where it must outlive the call.
 */
#ifndef C18N_PROVIDERS_STORAGE_H
#define C18N_PROVIDERS_STORAGE_H

#include "../abi.h"

typedef struct c18n_store c18n_store; /* a connection, the provider's own struct */

/** The role of a connection. */
enum { C18N_STORE_READ, C18N_STORE_WRITE };

/** One event as it is stored. Text is never NULL but may be "". */
typedef struct c18n_record {
    uint64_t position; /**< from 1, without gaps; the host counts */
    uint8_t event_id[16];
    int64_t time_ms;
    uint32_t version;
    const char *topic, *type, *actor, *on_behalf_of, *resource, *key, *request_id;
    const char *subject; /**< whose key sealed `sealed`; "" when nothing is sealed */
    c18n_bytes data;     /**< JSON without the sealed members */
    c18n_bytes sealed;   /**< ciphertext; {NULL, 0}: none */
    uint8_t hash[32];    /**< of the chain, up to and with this record */
} c18n_record;

/** Rows of a table whose keys lie in [from, until), in order. */
typedef struct c18n_range {
    c18n_bytes from;  /**< {NULL, 0}: from the start */
    c18n_bytes until; /**< {NULL, 0}: to the end */
    uint32_t reverse; /**< 1: from the end backwards */
} c18n_range;

/** Takes a row that is handed out. Not C18N_OK ends the walk and is given back; C18N_AGAIN ends it and counts as
 *  success.
 *  Thread: the connection's. Owner: provider, the bytes until it returns. Errors: any code. Since 0.1. */
typedef int (*c18n_store_row)(void *arg, c18n_bytes key, c18n_bytes value);
/** Takes a record that is handed out, as c18n_store_row does a row.
 *  Thread: the connection's. Owner: provider, the record until it returns. Errors: any code. Since 0.1. */
typedef int (*c18n_store_record)(void *arg, const c18n_record *record);

/** The functions of the service "storage.v1". */
typedef struct c18n_storage {
    uint32_t size;
    /** Opens a connection; `role` is C18N_STORE_….
     *  Thread: the one that will use it. Owner: provider, until `disconnect`. Errors: C18N_BUSY (another process holds
     *  the folder); as any. Since 0.1. */
    int (*connect)(c18n_self *self, uint32_t role, c18n_store **ret_store);
    /** Closes it; what is not committed is undone.
     *  Thread: the connection's. Owner: provider: it frees the connection. Errors: none. Since 0.1. */
    void (*disconnect)(c18n_store *store);

    /** Begins a transaction: a stable snapshot for a reader, all or nothing for the writer.
     *  Thread: the connection's. Owner: host. Errors: as any. Since 0.1. */
    int (*begin)(c18n_store *store);
    /** Returns only when the transaction is durable.
     *  Thread: the connection's. Owner: host. Errors: C18N_NO_SPACE, C18N_IO (nothing of it is kept). Since 0.1. */
    int (*commit)(c18n_store *store);
    /** Undoes it; ends a reader's snapshot.
     *  Thread: the connection's. Owner: host. Errors: none. Since 0.1. */
    void (*rollback)(c18n_store *store);
    /** Begins an item of the writer's transaction, which can be undone alone. Never nested.
     *  Thread: the writer's. Owner: host. Errors: as any. Since 0.1. */
    int (*item_begin)(c18n_store *store);
    /** Ends the item: it belongs to the transaction.
     *  Thread: the writer's. Owner: host. Errors: as any. Since 0.1. */
    int (*item_keep)(c18n_store *store);
    /** Ends the item: nothing of it was done.
     *  Thread: the writer's. Owner: host. Errors: as any. Since 0.1. */
    int (*item_undo)(c18n_store *store);

    /** Finds a table by name ([a-z0-9_.]), making it when a writer asks.
     *  Thread: the connection's. Owner: host; a number is good for that connection. Errors: C18N_NOT_FOUND (to a
     *  reader); as any. Since 0.1. */
    int (*table)(c18n_store *store, const char *name, uint32_t *ret_table);
    /** Takes all rows out of a table.
     *  Thread: the writer's. Owner: host. Errors: as any. Since 0.1. */
    int (*clear)(c18n_store *store, uint32_t table);
    /** The value of a key.
     *  Thread: the connection's. Owner: provider, *ret_value until the next call on this connection. Errors:
     *  C18N_NOT_FOUND; as any. Since 0.1. */
    int (*get)(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes *ret_value);
    /** Writes a row, in the place of an earlier one with that key.
     *  Thread: the writer's. Owner: host; the storage copies. Errors: as any. Since 0.1. */
    int (*put)(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes value);
    /** Takes a row out. Absent: C18N_OK.
     *  Thread: the writer's. Owner: host. Errors: as any. Since 0.1. */
    int (*remove)(c18n_store *store, uint32_t table, c18n_bytes key);
    /** Hands out the rows of a range, in order.
     *  Thread: the connection's. Owner: host; `arg` is passed on. Errors: row's; as any. Since 0.1. */
    int (*scan)(c18n_store *store, uint32_t table, const c18n_range *range, c18n_store_row row, void *arg);

    /** Appends to history.
     *  Thread: the writer's. Owner: host; the storage copies. Errors: C18N_EXISTS (the event_id is there); as any.
     *  Since 0.1. */
    int (*append)(c18n_store *store, const c18n_record *record);
    /** Hands out records with position > after, in order.
     *  Thread: the connection's. Owner: host; `arg` is passed on. Errors: record's; as any. Since 0.1. */
    int (*history)(c18n_store *store, uint64_t after, c18n_store_record record, void *arg);
    /** Hands out the records of one resource with position > after, in order.
     *  Thread: the connection's. Owner: host; `arg` is passed on. Errors: record's; as any. Since 0.1. */
    int (*history_of)(c18n_store *store, const char *resource, uint64_t after, c18n_store_record record, void *arg);
    /** The newest record's position and hash; 0 when there is none.
     *  Thread: the connection's. Owner: host. Errors: as any. Since 0.1. */
    int (*newest)(c18n_store *store, uint64_t *ret_position, uint8_t ret_hash[32]);

    /** Writes a piece of a blob. Readers see a blob once `blob_finish` is committed.
     *  Thread: the writer's. Owner: host; the storage copies. Errors: as any. Since 0.1. */
    int (*blob_write)(c18n_store *store, const char *id, uint64_t offset, c18n_bytes piece);
    /** Ends a blob: so large it is, and this is its hash.
     *  Thread: the writer's. Owner: host. Errors: C18N_NOT_FOUND (no piece was written), C18N_EXISTS (it was ended
     *  before), C18N_INVALID (the pieces have another size); as any. Since 0.1. */
    int (*blob_finish)(c18n_store *store, const char *id, uint64_t size, const uint8_t sha256[32]);
    /** A finished blob's size and hash.
     *  Thread: the connection's. Owner: host. Errors: C18N_NOT_FOUND; as any. Since 0.1. */
    int (*blob_size)(c18n_store *store, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32]);
    /** Hands out at most `count` bytes from `offset` on, in pieces, until `piece` returns other than C18N_OK; gives
     *  that back.
     *  Thread: the connection's. Owner: provider, the bytes until `piece` returns; `arg` is passed on. Errors: piece's,
     *  C18N_NOT_FOUND; as any. Since 0.1. */
    int (*blob_read)(c18n_store *store, const char *id, uint64_t offset, size_t count,
                     int (*piece)(void *arg, c18n_bytes bytes), void *arg);
    /** Takes a blob out. Absent: C18N_OK.
     *  Thread: the writer's. Owner: host. Errors: as any. Since 0.1. */
    int (*blob_remove)(c18n_store *store, const char *id);

    /** Checks the files themselves. Calls `fault` for each thing found wrong.
     *  Thread: the connection's. Owner: provider, the words until `fault` returns; `arg` is passed on. Errors: as any.
     *  Since 0.1. */
    int (*check)(c18n_store *store, void (*fault)(void *arg, const char *what), void *arg);
    /** C18N_OK, or why it can't serve now, with a few words for /readyz.
     *  Thread: any; does not block. Owner: process, the words. Errors: any code: not ready. Since 0.1. */
    int (*state)(c18n_self *self, const char **ret_detail);
} c18n_storage;

#endif
