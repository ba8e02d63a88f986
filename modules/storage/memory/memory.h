/**
 * memory.h: what the files of this module share: rows with versions, and the connections that read them.
 *
 * Each row has a chain of versions, newest first; each version says since which commit it holds. The one writer puts
 * its versions in front, marked with the commit to come, so that no reader sees them before; a snapshot is one number.
 * All of it is under one lock, which is held for a step of a call and never while the host's functions run. A version
 * goes when no snapshot can see it any more.
 */
#ifndef STORAGE_MEMORY_H
#define STORAGE_MEMORY_H

#include <c18n/module.h>
#include <c18n/providers/storage.h>

#include <pthread.h>

/* Tables that the host can't name. What it names comes after them. */
enum { TABLE_HISTORY, TABLE_EVENT_IDS, TABLE_RESOURCES, TABLE_BLOBS, TABLE_CHUNKS, TABLE_FIRST_NAMED };

struct version {
    struct version *older;
    uint64_t since; /* the commit that brought it */
    bool removed;
    size_t length;
    _Alignas(16) char bytes[];
};

struct row {
    struct version *newest; /* NULL: made by what was undone */
    bool pending;           /* is in memory_state.pending */
    size_t length;
    char key[];
};

struct table {
    char *name;      /* NULL: one of our own */
    struct row **at; /* in the order of their keys */
    size_t count, room;
    uint64_t since;   /* the commit that brought it */
    uint64_t changes; /* how often places have moved */
};

struct touched { /* a row that has a version too many, or may have */
    struct table *table;
    struct row *row;
};

struct touches {
    struct touched *at;
    size_t count, room;
};

struct memory_state {
    pthread_mutex_t lock; /* guards the rest */
    struct table **tables;
    size_t table_count;
    uint64_t committed;     /* the number of the newest commit */
    struct touches undo;    /* what the transaction did, a version each, in order */
    struct touches pending; /* rows to look through at the next commit */
    struct c18n_store *readers;
    bool has_writer;
};

struct c18n_store {
    struct memory_state *state;
    struct c18n_store *next; /* of the readers */
    uint32_t role;
    bool open; /* in a transaction */
    bool in_item;
    size_t item_undo;  /* how much was done when the item began */
    uint64_t snapshot; /* a reader's; UINT64_MAX: it reads nothing */
    unsigned scans;    /* that are under way */
};

/* --- rows.c: the lock is held --- */
struct row *rows_find(const struct table *table, c18n_bytes key);
/** The place of the first row whose key is not before `key`. */
size_t rows_place(const struct table *table, c18n_bytes key);
int rows_order(const struct row *row, c18n_bytes key);
/** Puts a version in front. C18N_NO_MEMORY. */
int rows_write(struct memory_state *state, struct table *table, c18n_bytes key, c18n_bytes value, bool removed);
/** Takes back what was done since `mark`. */
void rows_undo(struct memory_state *state, size_t mark);
/** Lets go of what no snapshot from `oldest` on can see. */
void rows_sweep(struct memory_state *state, uint64_t oldest);
int rows_table_new(struct memory_state *state, const char *name, struct table **ret_table);
void rows_free(struct memory_state *state);

/* --- connection.c --- */
int connection_open(c18n_self *self, uint32_t role, c18n_store **ret_store);
void connection_close(c18n_store *store);
int connection_begin(c18n_store *store);
int connection_commit(c18n_store *store);
void connection_rollback(c18n_store *store);
int connection_item_begin(c18n_store *store);
int connection_item_keep(c18n_store *store);
int connection_item_undo(c18n_store *store);
/** Begins a call that reads: takes the lock; outside of a transaction the snapshot is what is committed now. */
void connection_enter(c18n_store *store);
void connection_leave(c18n_store *store);
/** The newest version that this connection may see; NULL: none, or it says that the row was removed. Locked. */
const struct version *connection_sees(const c18n_store *store, const struct row *row);
/** Runs around a write outside of a transaction, which then is one of its own. C18N_INVALID: a reader. */
int connection_write_begin(c18n_store *store, bool *ret_own);
int connection_write_end(c18n_store *store, bool own, int code);

/* --- table.c --- */
int table_named(c18n_store *store, const char *name, uint32_t *ret_table);
int table_clear(c18n_store *store, uint32_t table);
int table_get(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes *ret_value);
int table_put(c18n_store *store, uint32_t table, c18n_bytes key, c18n_bytes value);
int table_remove(c18n_store *store, uint32_t table, c18n_bytes key);
int table_scan(c18n_store *store, uint32_t table, const c18n_range *range, c18n_store_row row, void *arg);

/* --- history.c --- */
int history_append(c18n_store *store, const c18n_record *record);
int history_walk(c18n_store *store, uint64_t after, c18n_store_record record, void *arg);
int history_walk_resource(c18n_store *store, const char *resource, uint64_t after, c18n_store_record record, void *arg);
int history_newest(c18n_store *store, uint64_t *ret_position, uint8_t ret_hash[32]);

/* --- blob.c --- */
int blob_write(c18n_store *store, const char *id, uint64_t offset, c18n_bytes piece);
int blob_finish(c18n_store *store, const char *id, uint64_t size, const uint8_t sha256[32]);
int blob_size(c18n_store *store, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32]);
int blob_read(c18n_store *store, const char *id, uint64_t offset, size_t count,
              int (*piece)(void *arg, c18n_bytes bytes), void *arg);
int blob_remove(c18n_store *store, const char *id);

/** A number as bytes whose order is the numbers' own. */
static inline void bytes_of_number(uint64_t number, unsigned char ret_bytes[8])
{
    for (int i = 7; i >= 0; i--, number >>= 8)
        ret_bytes[i] = (unsigned char)number;
}

#endif
