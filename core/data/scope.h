/**
 * scope.h: a connection to the storage, and what may be done on it.
 *
 * The writer has one that may write; a pool thread's has a snapshot. A request points to its scope
 * while it may touch views. One thread at a time. Table ids are the connection's own and looked up
 * once; a storage's own failure (no space, I/O) sticks in `fault`, so that the writer sees it even
 * when a module swallowed the code.
 */
#ifndef DATA_SCOPE_H
#define DATA_SCOPE_H

#include "c18n/providers/storage.h"
#include "data/view.h"

#include <string.h>

struct data;
struct request;

struct data_scope {
    struct data *data;
    const c18n_storage *storage;
    c18n_store *store; /* NULL: not connected */
    uint32_t *tables;  /* by slot; NULL until scope_resolve */
    bool writing;
    bool open;                       /* a reader's snapshot is taken */
    uint64_t since;                  /* the cache's time before the snapshot began */
    bool cached_only, missed;        /* there is no connection, only the cache; it lacked something */
    const char *read_view, *read_id; /* of cached_only: the resource whose reading is to be recorded */
    int fault;
    const bool *only; /* by number of view: those that take changes now; NULL: all */
};

int scope_connect(struct data_scope *scope, struct data *data, uint32_t role);
void scope_disconnect(struct data_scope *scope);
/** Looks up the table of every slot, inside a transaction; a writer makes those that are missing. `prefix` stands
 *  before the names of views' and indexes' tables: "" or "scratch.". */
int scope_resolve(struct data_scope *scope, const char *prefix);

/** A reader's snapshot: take it, give it back, change it for one of now. */
int scope_begin(struct data_scope *scope);
void scope_end(struct data_scope *scope);
void scope_refresh(struct data_scope *scope);

int scope_get(struct data_scope *scope, unsigned slot, c18n_bytes key, c18n_bytes *ret_value);
int scope_put(struct data_scope *scope, unsigned slot, c18n_bytes key, c18n_bytes value);
int scope_remove(struct data_scope *scope, unsigned slot, c18n_bytes key);
int scope_scan(struct data_scope *scope, unsigned slot, const c18n_range *range, c18n_store_row row, void *arg);
int scope_clear(struct data_scope *scope, unsigned slot);
/** A scope for reading without a connection. Everything but cached records is C18N_AGAIN, and `missed`. */
void scope_begin_cached(struct data_scope *scope, struct data *data);
int scope_missed(struct data_scope *scope);
/** Notes a code that means that the storage itself failed, and gives it back. */
int scope_noted(struct data_scope *scope, int code);

static inline c18n_bytes bytes_of(const char *text)
{
    return (c18n_bytes){text, strlen(text)};
}

#endif
