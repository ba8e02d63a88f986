/**
 * providers/index.h: what "index.v1" must do. One such module serves. The host feeds it from the
 * event log and keeps it to what views declare; it can be thrown away and fed again.
 */
#ifndef C18N_PROVIDERS_INDEX_H
#define C18N_PROVIDERS_INDEX_H

#include "../abi.h"

/** A field of a document. */
typedef struct c18n_index_field {
    const char *name;
    const char *text; /**< items of a list are separated by line feeds */
    double weight;
    uint32_t filter; /**< 1: matched whole, not searched */
} c18n_index_field;

/** What is searched for. */
typedef struct c18n_index_query {
    uint32_t size;
    const char *collection;
    const char *words;       /**< the person's own words; every one must occur, the last one as a prefix */
    const char *in;          /**< space-separated fields; NULL: all */
    const char *filter_name; /**< NULL: none */
    const char *filter_value;
    uint32_t offset, limit;
} c18n_index_query;

/** The functions of the service "index.v1". */
typedef struct c18n_index {
    uint32_t size;
    /** How far the index has come; 0: empty.
     *  Thread: the indexer's. Owner: host. Errors: any code: the indexer tries again later. Since 0.1. */
    int (*position)(c18n_self *self, uint64_t *ret_position);
    /** Empties it: the host feeds it again from the beginning.
     *  Thread: the indexer's. Owner: host. Errors: any code: the indexer tries again later. Since 0.1. */
    int (*reset)(c18n_self *self);
    /** Begins a batch: any puts and removes, then `end` with the position reached, all or nothing.
     *  Thread: the indexer's. Owner: host. Errors: any code: the indexer tries again later. Since 0.1. */
    int (*begin)(c18n_self *self);
    /** Takes a document in, in the place of an earlier one with that id.
     *  Thread: the indexer's. Owner: host; the index copies. Errors: any code: the indexer tries again later. Since
     *  0.1. */
    int (*put)(c18n_self *self, const char *collection, const char *id, const c18n_index_field *fields, size_t count);
    /** Takes a document out. Absent: C18N_OK.
     *  Thread: the indexer's. Owner: host. Errors: any code: the indexer tries again later. Since 0.1. */
    int (*remove)(c18n_self *self, const char *collection, const char *id);
    /** Ends the batch and stores the position.
     *  Thread: the indexer's. Owner: host. Errors: any code: the indexer tries again later. Since 0.1. */
    int (*end)(c18n_self *self, uint64_t position);
    /** Hands out ids, most relevant first, until `hit` returns other than C18N_OK; that ends it and is given back.
     *  Thread: the pool's, several at once. Owner: provider, an id until `hit` returns; `arg` is passed on. Errors:
     *  hit's; C18N_UNAVAILABLE (it is down). Since 0.1. */
    int (*search)(c18n_self *self, const c18n_index_query *query, int (*hit)(void *arg, const char *id), void *arg);
    /** C18N_OK, or why it can't serve now, with a few words for /readyz.
     *  Thread: any; does not block. Owner: process, the words. Errors: any code: not ready. Since 0.1. */
    int (*state)(c18n_self *self, const char **ret_detail);
} c18n_index;

#endif
