/**
 * data.h: events first, views second, on whatever storage serves.
 *
 * One writer thread owns the writing connection. It takes items from a bounded queue, runs each
 * inside the current transaction under an undo point, commits the group, and only then says
 * done. Readers are pool threads, each with a reading connection and a snapshot a request.
 */
#ifndef DATA_DATA_H
#define DATA_DATA_H

#include "c18n/providers/bus.h"
#include "c18n/providers/index.h"
#include "c18n/providers/storage.h"
#include "loader/loader.h"
#include "request/request.h"

struct data;

struct data_options {
    const c18n_host *host;
    struct loader *loader; /* views, applies, event types and consumers come from its modules */
    const char *state_dir; /* master.key, checkpoint */
    unsigned queue_limit;  /* items that may wait for the writer */
};

/** Opens the storage that the loader found, loads or makes the keys, checks that view versions are
 *  today's (else rebuilds). C18N_ codes with ret_why. */
int data_open(const struct data_options *options, struct data **ret_data, struct text *ret_why);
/** Judges what modules declare (views, indexes, event types) without opening anything, for `c18nctl check`. */
int data_judge(const struct loader *loader, struct text *ret_why);
int data_start(struct data *data);  /* writer thread, consumers, indexer */
void data_drain(struct data *data); /* takes no new items; commits what waits */
void data_close(struct data *data);

/** An item for the writer. `run` inside the transaction on the writer's thread; not C18N_OK undoes it. `done` on the
 *  writer's thread after the commit, with run's code, or the commit's failure. */
struct data_item {
    struct data_item *next;
    struct request *request; /* its scope is set to the writer while run runs; may be NULL */
    int (*run)(struct data_item *item);
    void (*done)(struct data_item *item, int code);
    int code;
    struct data_sequel *sequels; /* the writer's: newest first */
};

/** Something that is to happen once a request's transaction is durable, and not otherwise. Whoever makes one owns its
 *  memory until one of the two is called, once, on the writer's thread: `happen` after the commit, in the order of the
 *  items and before the item's `done`; `drop` when it was undone. Neither blocks. */
struct data_sequel {
    struct data_sequel *next;
    void (*happen)(struct data_sequel *sequel);
    void (*drop)(struct data_sequel *sequel);
};
/** C18N_INVALID: the request is in no transaction; then nothing is called. */
int data_after_commit(struct request *request, struct data_sequel *sequel);

int data_submit(struct data *data,
                struct data_item *item); /* any thread; C18N_AGAIN: full; C18N_UNAVAILABLE: draining or failed */
int data_submit_wait(struct data *data,
                     struct data_item *item); /* waits for room and until done; not from the writer or a loop */

/** A reading connection for one thread. */
struct data_reader;
struct data_reader *data_reader_open(struct data *data);
void data_reader_close(struct data_reader *reader);
/** Gives a request a snapshot to read from, until end. */
int data_read_begin(struct data_reader *reader, struct request *request);
void data_read_end(struct data_reader *reader, struct request *request);
/** Why what a module came to (`code`) doesn't count; C18N_OK: it does. The storage itself failed (I/O, a damaged page)
 *  since begin, which a module may have taken for "there is none" and answered 403 or 404 for what is there; or it
 *  says C18N_OK, and had no memory for half of it. */
int data_read_fault(const struct request *request, int code);

/** Gives a request a scope that has cached records only: it takes no snapshot and never blocks, so an event thread may
 *  do it. All its records are of one moment. End: false, something was missing, and whatever was done is void. */
int data_cached_begin(struct data *data, struct request *request);
bool data_cached_end(struct request *request);

/** Raw access for the host's own records in a request that has a scope. Writing only on the writer. */
int data_host_get(struct request *request, const char *table, const char *key, c18n_bytes *ret_value);
int data_host_put(struct request *request, const char *table, const char *key, c18n_bytes value);
int data_host_remove(struct request *request, const char *table, const char *key);
int data_host_scan(struct request *request, const char *table, c18n_store_row row, void *arg);

/** Files in the storage, in pieces of at most DATA_BLOB_PIECE. Writing only on the writer: C18N_INVALID, logged. Else
 * as providers/storage.h says. */
enum { DATA_BLOB_PIECE = 256 * 1024 };
int data_blob_write(struct request *request, const char *id, uint64_t offset, c18n_bytes piece);
int data_blob_finish(struct request *request, const char *id, uint64_t size, const uint8_t sha256[32]);
int data_blob_remove(struct request *request, const char *id);
/** Of finished ones only; others are C18N_NOT_FOUND. */
int data_blob_size(struct request *request, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32]);
/** Exactly `count` bytes; that there are fewer is C18N_CORRUPT. */
int data_blob_read(struct request *request, const char *id, uint64_t offset, size_t count, void *ret_bytes);

/** A page of an index. Keys are opaque bytes that a cursor carries. */
struct data_page {
    const char *view, *index;
    const char *const *match; /* NULL-terminated */
    c18n_bytes after;         /* key of the last item of the page before; {NULL,0}: the first page */
    int64_t since;            /* 0: no */
    /** Each record with its key. C18N_OK goes on, C18N_AGAIN ends. */
    int (*item)(void *arg, const c18n_doc *record, c18n_bytes key);
    void *arg;
};
int data_page(struct request *request, const struct data_page *page);

/** Events of a resource, oldest first, unsealed. */
int data_history(struct request *request, const char *resource, uint64_t after,
                 int (*item)(void *arg, const c18n_event *event), void *arg);
/** All events after a position, unsealed. */
int data_events(struct request *request, uint64_t after, int (*item)(void *arg, const c18n_event *event), void *arg);

/** Emits an event of the host's own (`access.read`, `audit.*`, `auth.revoked`) and applies it, in a request whose scope
 *  is the writer's. `type` and `topic` live as long as the item. */
int data_emit_host(struct request *request, const char *type, const char *topic, const char *resource, const char *key,
                   c18n_out *data);
/** Destroys a person's data key for good: what was sealed with it can't be read any more, and no new key is made. */
int data_erase(struct request *request, const char *subject);

/** The position of the newest committed event. Any thread. */
uint64_t data_position(const struct data *data);
/** How many items wait for the writer. Any thread. */
unsigned data_waiting(const struct data *data);
/** Waits until the index has come to a position, at most wait_ms. Pool threads. C18N_TIMEOUT. */
int data_index_wait(struct data *data, uint64_t position, int64_t wait_ms);
const c18n_service *data_index(const struct data *data); /* index.v1, NULL when none serves */

/** c18nctl verify: chain, positions, checkpoint, storage's own check, views against the events. Faults in words. 0
 * faults: sound. */
int data_verify(struct data *data, void (*fault)(void *arg, const char *what), void *arg, uint64_t *ret_records);
/** c18nctl replay: clears all views and builds them again from the events. */
int data_replay(struct data *data, void (*progress)(void *arg, uint64_t position), void *arg, uint64_t *ret_records);
/** A digest of all views and indexes: the same before and after a replay. */
int data_views_digest(struct data *data, uint8_t ret_digest[32]);

/** C18N_OK when writes are taken; else why, for /readyz. Any thread. */
int data_state(const struct data *data, const char **ret_detail);

/** Notes that somebody read one resource. Buffered; becomes part of an `access.read` event. Any thread; when the
 *  buffer (4,096) is full it waits for the writer, for a record of access is not a log line. */
void data_note_access(struct data *data, const char *user, const char *view, const char *id);
/** The same for a request's caller; of a cached scope at its end, if it counts. */
void data_note_read(struct request *request, const char *view, const char *id);

/** Called on the writer's thread after each commit, for each event: caches of the host forget. */
typedef void (*data_committed)(void *arg, const char *topic, const char *type, const char *resource);
void data_on_commit(struct data *data, data_committed committed, void *arg); /* before data_start; at most 8 */

extern const c18n_events_family events_family;
extern const c18n_views_family views_family;

#endif
