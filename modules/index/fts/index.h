/**
 * index.h: what the files of this folder share.
 *
 * The index is a database of its own, STATE_DIR/index.db, which can be thrown away at any time: the host feeds it
 * again. One connection writes, used by the indexer's thread only; connections that read are lent to searches from a
 * list. A collection is a full-text table with numbered columns; which field stands in which column is
 * kept in the file and, under the lock, in memory.
 */
#ifndef INDEX_FTS_INDEX_H
#define INDEX_FTS_INDEX_H

#include <c18n/module.h>
#include <c18n/providers/index.h>

#include <pthread.h>
#include <sqlite3.h>
#include <stdatomic.h>

enum {
    INDEX_COLLECTIONS_MOST = 64,
    INDEX_COLUMNS = 12,      /* searched fields of a collection */
    INDEX_READERS_KEPT = 16, /* connections that wait for the next search; more are closed */
    INDEX_WORDS_MOST = 32,   /* of a query; the rest is not looked at */
    INDEX_FILTER_LONGEST = 512,
};

struct column {
    char *field;
    double weight;
};

/* Statements of the indexer; feed.c has their text. */
enum { FEED_FIND, FEED_ADD, FEED_PUT, FEED_FORGET, FEED_REMOVE, FEED_COUNT };

struct collection {
    char *name;
    int number; /* its tables are docs_NUMBER and words_NUMBER */
    struct column columns[INDEX_COLUMNS];
    int column_count;
    sqlite3_stmt *statements[FEED_COUNT]; /* the indexer's */
};

struct index_state {
    c18n_self *self;
    pthread_mutex_t lock; /* collections, readers, opening */
    char *path;
    sqlite3 *writer;
    sqlite3 *readers[INDEX_READERS_KEPT];
    int reader_count;
    struct collection collections[INDEX_COLLECTIONS_MOST];
    int collection_count;
    bool in_batch;
    bool catalog_changed; /* in this batch: undoing it means reading the catalog again */
    atomic_ullong position;
    atomic_bool opened;
    atomic_int failed; /* code of the last call that failed; C18N_OK once one has succeeded */
};

/* database.c */
int database_open(struct index_state *state); /* idempotent, any thread */
void database_close(struct index_state *state);
int database_reader_take(struct index_state *state, sqlite3 **ret_reader);
void database_reader_give(struct index_state *state, sqlite3 *reader);
int database_run(sqlite3 *db, const char *sql);
int database_result(struct index_state *state, sqlite3 *db, int sqlite_code);
int database_number(sqlite3 *db, const char *sql, int64_t *ret_number);

/* collection.c. The caller has the lock. */
int collection_load(struct index_state *state);
void collection_unload(struct index_state *state);
struct collection *collection_find(struct index_state *state, const char *name);
int collection_make(struct index_state *state, const char *name, struct collection **ret_collection);
int collection_column(const struct collection *collection, const char *field); /* -1: has none */
int collection_add_column(struct index_state *state, struct collection *collection, const c18n_index_field *field,
                          int *ret_column);
void collection_finalize(struct index_state *state);

/* words.c: a person's words, and filters, as an expression of FTS5. Freed by sqlite3_free; NULL: no memory. */
char *words_expression(const struct collection *collection, const c18n_index_query *query);
char *words_weights(const struct collection *collection);
void words_add_filter(sqlite3_str *text, const char *name, const char *values);

/* feed.c */
int feed_position(c18n_self *self, uint64_t *ret_position);
int feed_reset(c18n_self *self);
int feed_begin(c18n_self *self);
int feed_put(c18n_self *self, const char *collection, const char *id, const c18n_index_field *fields, size_t count);
int feed_remove(c18n_self *self, const char *collection, const char *id);
int feed_end(c18n_self *self, uint64_t position);

/* search.c */
int search_run(c18n_self *self, const c18n_index_query *query, int (*hit)(void *arg, const char *id), void *arg);

#endif
