/** replay.h: builds views from the history. */
#ifndef DATA_REPLAY_H
#define DATA_REPLAY_H

#include "data/parts.h"

enum { REPLAY_BATCH = 2000 }; /* events of one transaction while nobody reads yet */

/** Applies the whole history on a scope that is in a transaction. `batch` 0: in that one; else it commits
 *  every so many events. */
int replay_history(struct data *data, struct data_scope *scope, uint64_t batch,
                   void (*progress)(void *arg, uint64_t position), void *arg, uint64_t *ret_records);
/** At open: builds the views anew whose declaration is not the one they were made by. */
int replay_outdated(struct data *data, struct text *ret_why);
/** Empties the records and rows of a view. */
int replay_clear(struct data_scope *scope, const struct view *view);

#endif
