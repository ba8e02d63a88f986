/** apply.h: brings the views up to date with one event: every module's `apply`, in load order. Writer's thread. */
#ifndef DATA_APPLY_H
#define DATA_APPLY_H

#include "c18n/events.h"
#include "data/scope.h"

struct loader;
struct module;

struct applies {
    const struct module **at; /* those that have an apply, in load order */
    size_t count;
    const char *fingerprint; /* their ids: views hold what just these made of the events */
};

int applies_compile(const struct loader *loader, struct arena *arena, struct applies *ret_applies);
int apply_event(struct data_scope *scope, struct arena *arena, const c18n_event *event);

#endif
