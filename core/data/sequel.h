/** sequel.h: what items of the writer asked to happen after their commit (data_after_commit). Writer's thread. */
#ifndef DATA_SEQUEL_H
#define DATA_SEQUEL_H

#include "data/data.h"

/** Lets the sequels of an item happen, in the order in which they were asked for, or drops them. */
void sequels_end(struct data_item *item, bool durable);

#endif
