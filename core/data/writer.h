/**
 * writer.h: the one thread that writes.
 *
 * It takes what waits (a group), begins a transaction, runs each item under an undo point, commits,
 * and only then says done. While a commit waits for the disk, the next group gathers: that is all
 * there is to group commit.
 *
 * A disk that is full fails its group with C18N_NO_SPACE and is tried again with the next one. A
 * commit that fails otherwise stops the writes: the connection is closed and opened again, and the
 * newest record must be one that this thread knows before anything more is acknowledged.
 */
#ifndef DATA_WRITER_H
#define DATA_WRITER_H

#include "data/chain.h"
#include "data/data.h"
#include "data/scope.h"

#include <pthread.h>

enum {
    WRITER_GROUP_MOST = 256,         /* items of one transaction */
    WRITER_CHECKPOINT_EVENTS = 1024, /* events between two signed checkpoints */
    WRITER_RETRY_MS = 1000,          /* between attempts to open again, or to find space */
    WRITER_PROBE = 64 * 1024,        /* bytes that must fit before the disk counts as not full */
    WRITER_ARENA = 64 * 1024 * 1024, /* bytes, each */
};

struct notice { /* an event of the open transaction, for data_on_commit */
    const char *topic, *type, *resource;
    struct notice *next;
};

struct job { /* what needs the writing connection for itself: replay, verify */
    int (*run)(struct data *data, void *arg);
    void *arg;
    int code;
    bool finished;
};

struct writer {
    pthread_t thread;
    bool started;

    pthread_mutex_t lock; /* of the queue */
    pthread_cond_t work, room, finished;
    struct data_item *head, **tail;
    unsigned count, limit;
    struct job *job;
    bool draining, stopping, busy;
    bool woken; /* by writer_wake: look again before sleeping */

    /* The writer's thread alone. */
    struct data_scope scope;
    struct chain_point tip;       /* of the open transaction */
    struct chain_point durable;   /* of the last commit */
    struct chain_point attempted; /* of the commit that failed: it may have come through all the same */
    int64_t retried_us;           /* the last attempt to open again */
    uint64_t checkpointed;        /* position of the last checkpoint */
    struct arena *arena;          /* of a group */
    struct arena *apply_arena;    /* of what one event changes */
    struct notice *notices, **last_notice;
    int doomed;                /* the item that runs has failed, whatever it returns */
    struct data_item *running; /* it; NULL: none */

    int state;         /* atomic: C18N_OK, or why nothing is written */
    bool untrusted;    /* atomic: the data is not what was written; only an operator can tell what to do */
    uint64_t position; /* atomic: durable.position */
};

/** Makes the queue; data_open fills the scope and where the history ends. */
int writer_init(struct data *data, unsigned queue_limit);
int writer_start(struct data *data);
void writer_drain(struct data *data);
void writer_close(struct data *data);
bool writer_is_here(const struct data *data); /* is the calling thread the writer? */
void writer_wake(struct data *data);          /* there is something to do besides items. Any thread, no lock held */
/** Runs something alone on the writer's thread, outside any transaction, and waits for it. Before writer_start it
 *  runs here. Not from the writer's thread. */
int writer_alone(struct data *data, int (*run)(struct data *data, void *arg), void *arg);
/** Stops all writes for good: the data is not what was written. Any thread. */
void writer_distrust(struct data *data, const char *why);
static inline bool writer_is_trusted(const struct writer *writer)
{
    return !__atomic_load_n(&writer->untrusted, __ATOMIC_ACQUIRE);
}
/** C18N_OK, C18N_NO_SPACE (writes are tried), C18N_UNAVAILABLE (being opened again), C18N_CORRUPT. Any thread. */
static inline int writer_state(const struct writer *writer)
{
    return writer_is_trusted(writer) ? __atomic_load_n(&writer->state, __ATOMIC_RELAXED) : C18N_CORRUPT;
}
/** Notes an event of the open transaction. */
int writer_note(struct data *data, const char *topic, const char *type, const char *resource);

#endif
