/**
 * providers/storage.h: what "storage.v1" must do. One such module serves.
 *
 * A storage keeps three things: the history (append only), ordered tables of bytes (views, their
 * indexes, offsets, keys, whatever the host keeps), and blobs. It knows nothing of JSON, events or
 * views: the host encodes all of it, so that every storage gives the same bytes.
 *
 * The host opens one writing connection, used by the one writer thread, and a reading connection a
 * pool thread. A connection is used by one thread at a time.
 */
#ifndef C18N_PROVIDERS_STORAGE_H
#define C18N_PROVIDERS_STORAGE_H

#include "../abi.h"

typedef struct c18n_store c18n_store; /* a connection, the provider's own struct */

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

/** A row or record handed out; its bytes live until the function returns. Not C18N_OK ends the walk
 *  and is given back; C18N_AGAIN ends it and counts as success. */
typedef int (*c18n_store_row)(void *arg, c18n_bytes key, c18n_bytes value);
typedef int (*c18n_store_record)(void *arg, const c18n_record *record);

typedef struct c18n_storage {
    uint32_t size;
    /** Opens a connection. C18N_BUSY: another process holds the folder. */
    int (*connect)(c18n_self *self, uint32_t role, c18n_store **ret_store);
    void (*disconnect)(c18n_store *store);

    /** A transaction: a stable snapshot for a reader, all or nothing for the writer. commit returns
     *  only when the transaction is durable. C18N_NO_SPACE, C18N_IO: nothing of it is kept. */
    int (*begin)(c18n_store *store);
    int (*commit)(c18n_store *store);
    void (*rollback)(c18n_store *store);
    /** One item of the writer's transaction, which can be undone alone. Never nested. */
    int (*item_begin)(c18n_store *store);
    int (*item_keep)(c18n_store *store);
    int (*item_undo)(c18n_store *store);

    /** Finds a table by name ([a-z0-9_.]), making it when a writer asks. A reader: C18N_NOT_FOUND. */
    int (*table)(c18n_store *store, const char *name, uint32_t *ret_table);
    /** Takes all rows out of a table. Writer. */
    int (*clear)(c18n_store *store, uint32_t table);
    /** *ret_value lives until the next call on this connection. */
    int (*get)(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes *ret_value);
    int (*put)(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes value);
    int (*remove)(c18n_store *store, uint32_t table, c18n_bytes key); /**< absent: C18N_OK */
    int (*scan)(c18n_store *store, uint32_t table, const c18n_range *range, c18n_store_row row, void *arg);

    /** Appends to history. C18N_EXISTS: the event_id is there. */
    int (*append)(c18n_store *store, const c18n_record *record);
    /** Records with position > after, in order. */
    int (*history)(c18n_store *store, uint64_t after, c18n_store_record record, void *arg);
    /** Records of one resource with position > after, in order. */
    int (*history_of)(c18n_store *store, const char *resource, uint64_t after, c18n_store_record record, void *arg);
    /** The newest record's position and hash; 0 when there is none. */
    int (*newest)(c18n_store *store, uint64_t *ret_position, uint8_t ret_hash[32]);

    /** Blobs, in pieces. Written by the writer; visible to readers once `blob_finish` is committed. */
    int (*blob_write)(c18n_store *store, const char *id, uint64_t offset, c18n_bytes piece);
    int (*blob_finish)(c18n_store *store, const char *id, uint64_t size, const uint8_t sha256[32]);
    int (*blob_size)(c18n_store *store, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32]);
    int (*blob_read)(c18n_store *store, const char *id, uint64_t offset, size_t count,
                     int (*piece)(void *arg, c18n_bytes bytes), void *arg);
    int (*blob_remove)(c18n_store *store, const char *id);

    /** Checks the files themselves. Calls `fault` for each thing found wrong. */
    int (*check)(c18n_store *store, void (*fault)(void *arg, const char *what), void *arg);
    /** C18N_OK, or why it can't serve now, with a few words for /readyz. Any thread, does not block. */
    int (*state)(c18n_self *self, const char **ret_detail);
} c18n_storage;

#endif
