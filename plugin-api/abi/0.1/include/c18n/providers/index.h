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

typedef struct c18n_index_query {
    uint32_t size;
    const char *collection;
    const char *words;       /**< the person's own words; every one must occur, the last one as a prefix */
    const char *in;          /**< space-separated fields; NULL: all */
    const char *filter_name; /**< NULL: none */
    const char *filter_value;
    uint32_t offset, limit;
} c18n_index_query;

typedef struct c18n_index {
    uint32_t size;
    /** How far the index has come, and the declaration of collections it was built with; 0: empty. */
    int (*position)(c18n_self *self, uint64_t *ret_position);
    /** Empties it. */
    int (*reset)(c18n_self *self);
    /** A batch: begin, any puts and removes, then end with the position reached, all or nothing. The
     *  indexer's thread only. */
    int (*begin)(c18n_self *self);
    int (*put)(c18n_self *self, const char *collection, const char *id, const c18n_index_field *fields, size_t count);
    int (*remove)(c18n_self *self, const char *collection, const char *id);
    int (*end)(c18n_self *self, uint64_t position);
    /** Hands out ids, most relevant first. Pool threads. C18N_UNAVAILABLE: it is down. */
    int (*search)(c18n_self *self, const c18n_index_query *query, int (*hit)(void *arg, const char *id), void *arg);
    /** C18N_OK, or why it can't serve now, with a few words for /readyz, which live until the process ends. Any thread,
     *  does not block. */
    int (*state)(c18n_self *self, const char **ret_detail);
} c18n_index;

#endif
