/**
 * reload.h: the modules' share of a reload.
 *
 * Between conf_try on and off, on the control thread, of started modules built with 0.2 or later. What is wrong is
 * complained of to the conf. Check; then prepare: each, in order, until one says no; then commit all, or abort those
 * that prepared, in reverse order.
 */
#ifndef LOADER_RELOAD_H
#define LOADER_RELOAD_H

#include "loader/loader.h"

struct loader_reload {
    void (*at)(void *arg, const char *id, const char *stage); /* before each call into a module; NULLs: after it */
    void *arg;
    size_t prepared; /* the loader's */
};

bool loader_reload_check(struct loader *loader, const struct loader_reload *reload);
bool loader_reload_prepare(struct loader *loader, struct loader_reload *reload);
void loader_reload_commit(struct loader *loader, struct loader_reload *reload);
void loader_reload_abort(struct loader *loader, struct loader_reload *reload);

#endif
