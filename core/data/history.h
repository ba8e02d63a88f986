/**
 * history.h: walks stored records in batches.
 *
 * Unsealing looks up keys on the connection that walks, and a storage does one thing at a time on a
 * connection. So records are copied out, some at a time, and opened when the walk has paused.
 */
#ifndef DATA_HISTORY_H
#define DATA_HISTORY_H

#include "c18n/events.h"
#include "data/scope.h"

enum { HISTORY_BATCH = 128, HISTORY_ARENA = 64 * 1024 * 1024 };

/** `raw` is the stored record; the arena is the batch's, for what is needed while the function runs. */
typedef int (*history_item)(void *arg, const c18n_event *event, const c18n_record *raw, struct arena *arena);

/** Hands out the events after a position on a scope; `resource` NULL: of all. Each lives until the function
 *  returns; C18N_AGAIN ends. */
int history_walk(struct data_scope *scope, const char *resource, uint64_t after, history_item item, void *arg);

#endif
