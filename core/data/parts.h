/**
 * parts.h: struct data, which the files of this folder share. Nobody outside includes it.
 *
 * What is compiled at open never changes after data_start, so any thread reads it. The rest says
 * which thread or lock it belongs to.
 */
#ifndef DATA_PARTS_H
#define DATA_PARTS_H

#include "data/access.h"
#include "data/apply.h"
#include "data/cache.h"
#include "data/consumers.h"
#include "data/data.h"
#include "data/indexer.h"
#include "data/kinds.h"
#include "data/scope.h"
#include "data/seal.h"
#include "data/view.h"
#include "data/writer.h"

#include <pthread.h>

enum { DATA_COMMITTED_MOST = 8 };

struct data {
    const c18n_host *host;
    struct server *server; /* the host table is its head */
    struct loader *loader;
    char *state_dir;
    struct arena *arena; /* of everything compiled */
    bool opened;         /* keys and history are in order: a checkpoint may be signed */

    const c18n_storage *storage;
    c18n_self *storage_self;
    const c18n_bus *bus;
    c18n_self *bus_self;
    const c18n_service *index; /* NULL: no search */

    struct views views;
    struct kinds kinds;
    struct applies applies;
    struct seal seal;

    struct cache *cache; /* of records */
    struct writer writer;
    struct access access;
    struct consumers consumers;
    struct indexer indexer;

    struct { /* who waits for positions: consumers, the indexer, searches */
        pthread_mutex_t lock;
        pthread_cond_t moved;
        uint64_t committed, indexed;
        bool stopping;
    } progress;

    struct {
        data_committed call;
        void *arg;
    } committed[DATA_COMMITTED_MOST];
    size_t committed_count;
};

/** Says that the history or the index has come further. */
void progress_committed(struct data *data, uint64_t position);
void progress_indexed(struct data *data, uint64_t position);
/** Waits for a committed position past `seen`, at most wait_ms. False: the consumers and the indexer must end. */
bool progress_wait(struct data *data, uint64_t seen, int64_t wait_ms);

#endif
