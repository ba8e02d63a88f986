/**
 * access.h: who read what, gathered and written as `access.read` events by the writer.
 *
 * Any thread adds; the writer takes. A full buffer makes readers wait for the writer, but not while
 * nothing can be written: then reading goes on and what could not be recorded is counted in the log.
 */
#ifndef DATA_ACCESS_H
#define DATA_ACCESS_H

#include "data/data.h"

#include <pthread.h>

enum {
    ACCESS_MOST = 4096,    /* reads that wait to be recorded */
    ACCESS_OF_EVENT = 512, /* reads in one event */
    ACCESS_AFTER_MS = 700, /* the oldest one waits about so long */
};

struct access_read;

struct access {
    pthread_mutex_t lock;
    pthread_cond_t room;
    struct access_read *head, **tail;
    unsigned count;
    uint64_t lost;
    int64_t since_us; /* when the oldest came */
    bool closed;
};

int access_open(struct access *access);
void access_close(struct access *access);
/** As data_note_access. False: it is not noted, for there is no room and it must not wait. */
bool access_note(struct data *data, const char *user, const char *view, const char *id, bool may_wait);
/** Is it time to write? */
bool access_due(struct access *access, bool draining);
/** An item that writes what waits; NULL: nothing does. The writer runs it with others; it frees itself when done. */
struct data_item *access_item(struct data *data);

#endif
