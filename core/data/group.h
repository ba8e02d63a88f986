/** group.h: one transaction of the writer: its items, its commit, and what a failed commit means. Writer's thread. */
#ifndef DATA_GROUP_H
#define DATA_GROUP_H

#include "data/data.h"

/** Runs a list of items in one transaction and calls each one's `done`. */
void group_run(struct data *data, struct data_item *items);
/** Tries to get a stopped writer going again. */
void group_reopen(struct data *data);
/** While the disk is full: tries whether it takes something again. */
void group_probe(struct data *data);
/** Signs a checkpoint when enough was written, or always. */
void group_checkpoint(struct data *data, bool always);

#endif
