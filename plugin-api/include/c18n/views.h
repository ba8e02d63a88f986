/**
 * views.h: current state, made from events.
 *
 * A view is a named collection of records (JSON objects) with indexes. A module has one pure
 * function, `apply`, that says what an event changes. The host runs it in the event's own
 * transaction, and again at a replay, where it must give the same bytes: so `apply` reads no clock,
 * no random number, no view and no setting.
 *
 * Conventions: a record has its id in `_id`. `created_on` and `updated_on` are Unix seconds. A
 * record with `deleted_on` is softly deleted: c18n_get gives C18N_GONE and pages leave it out. The
 * host adds nothing to a record, so put and patch write these.
 */
#ifndef C18N_VIEWS_H
#define C18N_VIEWS_H

#include "abi.h"
#include "json.h"
#include "mem.h"

/** A row of a module's table of views. */
typedef struct c18n_view {
    const char *name;
    uint32_t version; /**< raise it when apply's result changes: the view is rebuilt at the next start */
    /**
     * ';'-separated indexes, each with its columns: "community, created_on desc; unique username nocase".
     * A column is a member of the record, with optional `desc` and `nocase`. A TEXTS member has an
     * entry an item. A record without the first column is not in the index. `unique`: emit gives
     * C18N_EXISTS when another record has the same columns. Softly deleted records stay in unique
     * indexes and leave the others.
     */
    const char *indexes;
    const char *counters;       /**< "likes shares": integer members that any module's apply may add to; start at 0 */
    const char *search;         /**< "name*3 description tags": members for the index, with weights; NULL: none */
    const char *search_filters; /**< "community": members that a search may filter by */
    /** Members computed from the others after every change of a record. Pure. NULL: none.
     *  Thread: the event's. Owner: caller. Errors: they stick in `out`. Since 0.1. */
    void (*derive)(const c18n_doc *record, c18n_out *out);
    const char *help;
} c18n_view;

/** What apply writes its changes into. */
struct c18n_changes {
    const c18n_host *host;
};

/** What an event changes in own views. Pure: it reads no clock, no view and no setting.
 *  Thread: the event's: the writer's, or a replay's. Owner: the event and what comes with it live until it returns.
 *  Errors: any code: the event is refused, and its request fails. Since 0.1. */
typedef int (*c18n_apply)(const c18n_event *event, c18n_changes *changes);

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_views_family {
    c18n_family family;
    c18n_out *(*put)(c18n_changes *changes, const char *view, const char *id);
    c18n_out *(*patch)(c18n_changes *changes, const char *view, const char *id);
    int (*add)(c18n_changes *changes, const char *view, const char *id, const char *counter, int64_t delta);
    int (*remove)(c18n_changes *changes, const char *view, const char *id);
    int (*get)(c18n_request *rq, const char *view, const char *id, const c18n_doc **ret_record);
    int (*find)(c18n_request *rq, const char *view, const char *index, const char *const *match,
                const c18n_doc **ret_record);
    int (*each)(c18n_request *rq, const char *view, const char *index, const char *const *match,
                int (*item)(c18n_request *rq, const c18n_doc *record, void *arg), void *arg);
    int (*each_between)(c18n_request *rq, const char *view, const char *from, const char *until, bool reverse,
                        int (*item)(c18n_request *rq, const c18n_doc *record, void *arg), void *arg); /* since 0.3 */
} c18n_views_family;

/** In apply: a whole new record of an own view; write its members into the result (`_id` is there already, and the
 *  declared counters start at 0). Another module's view fails the event with C18N_INVALID: only counters cross modules.
 *  Thread: the event's, in apply. Owner: the event: until apply returns. Errors: NULL, which all writers take. Since
 *  0.1. */
static inline c18n_out *c18n_put(c18n_changes *changes, const char *view, const char *id)
{
    return changes->host->views->put(changes, view, id);
}
/** In apply: members that take the place of a record's own, in an own view; null takes one away. A record that is not
 *  there stays absent. Another module's view: as c18n_put.
 *  Thread: the event's, in apply. Owner: the event: until apply returns. Errors: NULL, which all writers take. Since
 *  0.1. */
static inline c18n_out *c18n_patch(c18n_changes *changes, const char *view, const char *id)
{
    return changes->host->views->patch(changes, view, id);
}
/** In apply: adds to a counter that the view declares; any module's. A record that is not there, or a view whose module
 *  is switched off, is passed over.
 *  Thread: the event's, in apply. Owner: caller. Errors: C18N_INVALID (no such counter, or the sum is out of range).
 *  Since 0.1. */
C18N_MUST_USE static inline int c18n_add(c18n_changes *changes, const char *view, const char *id, const char *counter,
                                         int64_t delta)
{
    return changes->host->views->add(changes, view, id, counter, delta);
}
/** In apply: takes a record out of an own view (history keeps it). Absent already: C18N_OK.
 *  Thread: the event's, in apply. Owner: caller. Errors: C18N_INVALID (another module's view). Since 0.1. */
C18N_MUST_USE static inline int c18n_remove(c18n_changes *changes, const char *view, const char *id)
{
    return changes->host->views->remove(changes, view, id);
}

/** Reads one record. READ, WRITE and BLOCKING requests.
 *  Thread: request's. Owner: request. Errors: C18N_NOT_FOUND (there is none), C18N_GONE (it is softly deleted;
 *  *ret_record is set all the same), C18N_INVALID (no such view), C18N_UNAVAILABLE, C18N_IO, C18N_CORRUPT (the
 *  storage). Since 0.1. */
C18N_MUST_USE static inline int c18n_get(c18n_request *rq, const char *view, const char *id,
                                         const c18n_doc **ret_record)
{
    return C18N_HOST_OF(rq)->views->get(rq, view, id, ret_record);
}
/** Reads the first record of an index (written as the view declares it) whose first columns equal `match`
 *  (NULL-terminated).
 *  Thread: request's. Owner: request. Errors: as c18n_get; C18N_INVALID also of an index. Since 0.1. */
C18N_MUST_USE static inline int c18n_find(c18n_request *rq, const char *view, const char *index,
                                          const char *const *match, const c18n_doc **ret_record)
{
    return C18N_HOST_OF(rq)->views->find(rq, view, index, match, ret_record);
}
/** Calls `item` for each record of an index whose first columns equal `match`, in order, until it returns other than
 *  C18N_OK; gives that back. Softly deleted ones are left out. `item` only reads: note what is to be changed, and
 *  change it after the walk.
 *  Thread: request's. Owner: request, a record; `arg` is passed on. Errors: item's, or as c18n_find. Since 0.1. */
C18N_MUST_USE static inline int c18n_each(c18n_request *rq, const char *view, const char *index,
                                          const char *const *match,
                                          int (*item)(c18n_request *rq, const c18n_doc *record, void *arg), void *arg)
{
    return C18N_HOST_OF(rq)->views->each(rq, view, index, match, item, arg);
}
/** Calls `item` for each record whose id is in [from, until), in the order of the ids' bytes, or backwards, until it
 *  returns other than C18N_OK; gives that back. NULL: from the first, to the last. It walks the records themselves, not
 *  an index: for logs, whose ids say their order ("CONVERSATION/000000000042"). Softly deleted ones are among them: a
 *  log has no gaps.
 *  Thread: request's. Owner: request, a record until `item` returns; `arg` is passed on. Errors: item's, or as
 *  c18n_find. Since 0.3. */
C18N_MUST_USE static inline int c18n_each_between(c18n_request *rq, const char *view, const char *from,
                                                  const char *until, bool reverse,
                                                  int (*item)(c18n_request *rq, const c18n_doc *record, void *arg),
                                                  void *arg)
{
    return C18N_HOST_OF(rq)->views->each_between(rq, view, from, until, reverse, item, arg);
}

#endif
