/**
 * indexer.h: feeds the search index from the history, on a thread of its own.
 *
 * For an event, every view that declares `.search` and whose module declares the event's topic reads
 * the record of the event's resource again and puts or removes it. The index keeps how far it came.
 * An index that is empty, ahead of the history, or was fed by other declarations is emptied and fed anew.
 */
#ifndef DATA_INDEXER_H
#define DATA_INDEXER_H

#include <pthread.h>
#include <stdbool.h>

struct data;

enum { INDEXER_BATCH = 256, INDEXER_RETRY_MS = 1000 };

struct indexer {
    pthread_t thread;
    bool started;
};

int indexer_start(struct data *data);
void indexer_stop(struct data *data);

#endif
