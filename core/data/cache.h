/**
 * cache.h: records of views by id, as they are committed now, for all reading threads.
 *
 * What makes a stale read impossible: a reader notes the cache's time (`cache_now`) before its snapshot
 * begins. From the moment when the writer's transaction touches a record until it has been committed, the record
 * is unknown here. After the commit, and before the answers go out, time moves on and the record's shard remembers
 * when. A reader takes from, and puts into, only shards that have not changed since its own time: then the
 * cache, its snapshot and the present say the same of every record of that shard.
 *
 * This server is the only one that writes (storage.h), so nothing else can change a record.
 */
#ifndef DATA_CACHE_H
#define DATA_CACHE_H

#include "base/arena.h"
#include "c18n/abi.h"

#include <stdbool.h>

enum {
    CACHE_BYTES = 32 * 1024 * 1024, /* of all records together */
    CACHE_RECORD_MOST = 16 * 1024,  /* bytes; longer ones are not kept */
    CACHE_CHANGES_MOST = 4096,      /* of one transaction; one that changes more empties the cache */
};

struct cache;

struct cache *cache_new(void); /* NULL: no memory */
void cache_free(struct cache *cache);

/* --- any thread --- */

/** To be noted before a snapshot begins. */
uint64_t cache_now(const struct cache *cache);
/** C18N_OK, C18N_GONE (deleted): the record, in the arena. C18N_NOT_FOUND: there is none. C18N_AGAIN: not known. */
int cache_get(struct cache *cache, uint64_t since, unsigned slot, c18n_bytes id, struct arena *arena,
              c18n_bytes *ret_record);
/** Keeps what a snapshot said, if it is still true: `code` as cache_get gives it. */
void cache_put(struct cache *cache, uint64_t since, unsigned slot, c18n_bytes id, int code, c18n_bytes record);

/* --- the writer's thread --- */

/** The transaction touches a record, or all there are. */
void cache_change(struct cache *cache, unsigned slot, c18n_bytes id);
void cache_change_all(struct cache *cache);
/** The transaction has ended. Not committed: what the storage holds may be unknown, so nothing is known here until
 *  a transaction is committed. */
void cache_settle(struct cache *cache, bool committed);

#endif
