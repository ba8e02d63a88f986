/**
 * consumers.h: brings events to the modules' consumers, a thread each.
 *
 * A thread fetches events by the bus on its own reading connection and hands them to the writer as
 * items. An item first advances the consumer's offset; C18N_EXISTS there means that the event was
 * handled before. Offset and effects commit together, so a crash can't part them.
 */
#ifndef DATA_CONSUMERS_H
#define DATA_CONSUMERS_H

#include "base/text.h"

#include <stddef.h>

struct data;
struct consumer;

enum {
    CONSUMERS_MOST = 64,
    CONSUMER_BATCH = 64,   /* events in one item */
    CONSUMER_FAILURES = 5, /* after so many an event is buried */
};

struct consumers {
    struct consumer **at;
    size_t count;
};

int consumers_start(struct data *data);
void consumers_stop(struct data *data);

#endif
