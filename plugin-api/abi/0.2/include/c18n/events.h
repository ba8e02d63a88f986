/**
 * events.h: what happened. Events are appended to history and never changed or removed.
 *
 * A module declares its event types. Members named in `personal` are sealed with the key of a
 * person before they are stored, so that destroying the key erases them and the history's hash
 * chain stays whole.
 */
#ifndef C18N_EVENTS_H
#define C18N_EVENTS_H

#include "abi.h"
#include "json.h"
#include "mem.h"

/** A row of a module's table of events: what it may emit. */
typedef struct c18n_event_type {
    const char *name;     /**< "posts.created" */
    const char *topic;    /**< one of: messages likes shares comments posts users communities usergroups
                               invites subscriptions media notifications access */
    uint32_t version;     /**< of `data`; 0 means 1 */
    const char *personal; /**< "email name": members of data to seal; NULL: none */
    const char *subject;  /**< whose key seals: "actor", "resource", or a member of data that has an id */
    c18n_table fields;    /**< c18n_field[] of data, for asyncapi.json */
    const char *help;
} c18n_event_type;

/** An event, as it is brought to apply, to a consumer and to an export. */
struct c18n_event {
    const c18n_host *host;
    uint64_t position; /**< in the history, from 1; 0 before it is stored */
    const char *event_id, *type, *topic;
    const char *actor;        /**< id, "system" or "anonymous" */
    const char *on_behalf_of; /**< NULL: nobody */
    const char *resource;     /**< id of what it is about */
    const char *key;          /**< partition key */
    const char *request_id;   /**< "" when none */
    int64_t time_ms;          /**< milliseconds since 1970 */
    const c18n_doc *data;     /**< sealed members are there while the person's key is */
    uint32_t version;
    uint32_t erased; /**< 1: the person's key is gone, sealed members are absent */
};

/** Brings events of some topics to a module, each at least once and in order. Runs as a WRITE
 *  request whose transaction stores the offset too. After 5 failures the event goes to the dead
 *  letters with the reason and the next one comes. */
typedef struct c18n_consumer {
    const char *name;   /**< unique in the module */
    const char *topics; /**< "posts comments" */
    /** Digests one event, in the module's name. Reads and emits as in any WRITE request.
     *  Thread: the writer's. Owner: request. Errors: any code: undone, and brought again up to 5 times. Since 0.1. */
    int (*handle)(c18n_request *rq, const c18n_event *event, void *module);
} c18n_consumer;

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_events_family {
    c18n_family family;
    int (*emit)(c18n_request *rq, const char *type, const char *resource, const char *key, c18n_out *data);
    void (*at)(c18n_request *rq, int64_t time_ms);
    bool (*is)(const c18n_event *event, const char *type);
    int (*transact)(c18n_request *rq, int (*work)(c18n_request *rq, void *arg), void *arg);
} c18n_events_family;

/** Appends an event and brings the views up to date, inside the current transaction. WRITE requests. `resource` is the
 *  id of what changed; `key` the partition key, NULL: the resource; `data` NULL: {}. On failure return the code: all is
 *  undone anyway.
 *  Thread: request's. Owner: caller; `data` is ended by this. Errors: C18N_INVALID (the type is not declared by this
 *  module, or an `apply` did what it may not), C18N_EXISTS (a unique index has the key already), C18N_ERROR (no WRITE
 *  request), C18N_NO_MEMORY, C18N_NO_SPACE, C18N_IO. Since 0.1. */
C18N_MUST_USE static inline int c18n_emit(c18n_request *rq, const char *type, const char *resource, const char *key,
                                          c18n_out *data)
{
    return C18N_HOST_OF(rq)->events->emit(rq, type, resource, key, data);
}
/** Imports: sets the time (milliseconds since 1970) of the events that this request emits from now on.
 *  Thread: request's. Owner: none. Errors: none. Since 0.1. */
static inline void c18n_emit_at(c18n_request *rq, int64_t time_ms)
{
    C18N_HOST_OF(rq)->events->at(rq, time_ms);
}
/** Is the event of that type? Also in apply.
 *  Thread: the event's. Owner: caller. Errors: none. Since 0.1. */
static inline bool c18n_event_is(const c18n_event *event, const char *type)
{
    return event->host->events->is(event, type);
}
/** Runs `work` in a transaction and waits until it is durable. BLOCKING requests only; reads made before and after it
 *  see the state of their time. In a WRITE request `work` just runs in the transaction that there is. Not inside of
 *  c18n_each. What work takes from request memory goes when it has succeeded: hand results over by value in `arg`.
 *  Thread: request's; `work` on the writer's. Owner: caller; `arg` is passed on. Errors: work's code, or why it can't
 *  be durable (C18N_NO_SPACE, C18N_IO, C18N_UNAVAILABLE, C18N_NO_MEMORY). Since 0.1. */
C18N_MUST_USE static inline int c18n_transact(c18n_request *rq, int (*work)(c18n_request *rq, void *arg), void *arg)
{
    return C18N_HOST_OF(rq)->events->transact(rq, work, arg);
}

#endif
