/**
 * changes.h: what one module's `apply` makes of one event: put, patch, add, remove.
 *
 * put and patch hand out a writer that the module fills afterwards, so such a change waits until
 * the next one or the end of apply: changes_finish. Writer's thread.
 */
#ifndef DATA_CHANGES_H
#define DATA_CHANGES_H

#include "c18n/events.h"
#include "c18n/views.h"
#include "data/scope.h"

struct out;
struct module;

enum waits { WAITS_NOTHING, WAITS_PUT, WAITS_PATCH };

struct changes {
    c18n_changes pub; /* must stay first: what the module is given */
    struct data_scope *scope;
    struct arena *arena;
    const c18n_event *event;
    const struct module *module; /* whose apply runs, for the log */
    enum waits waits;            /* for its members */
    const struct view *view;
    const char *id;
    struct out *out;
    int failed; /* the first code; later changes do nothing */
};

void changes_begin(struct changes *changes, struct data_scope *scope, struct arena *arena, const c18n_event *event,
                   const struct module *module);
int changes_finish(struct changes *changes);

/* The apply half of views_family. */
c18n_out *changes_put(c18n_changes *changes, const char *view, const char *id);
c18n_out *changes_patch(c18n_changes *changes, const char *view, const char *id);
int changes_add(c18n_changes *changes, const char *view, const char *id, const char *counter, int64_t delta);
int changes_remove(c18n_changes *changes, const char *view, const char *id);

#endif
