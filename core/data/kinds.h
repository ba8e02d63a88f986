/** kinds.h: the event types that modules declare, found by name. Immutable after kinds_compile. */
#ifndef DATA_KINDS_H
#define DATA_KINDS_H

#include "base/arena.h"
#include "base/text.h"
#include "c18n/events.h"

struct loader;
struct module;

struct kind {
    c18n_event_type declared; /* version is at least 1 */
    const struct module *owner;
};

struct kinds {
    struct kind *at; /* ordered by name */
    size_t count;
};

/** C18N_INVALID with ret_why: two of one name, an unknown topic, sealed members without a subject. */
int kinds_compile(const struct loader *loader, struct arena *arena, struct kinds *ret_kinds, struct text *ret_why);
const struct kind *kinds_find(const struct kinds *kinds, const char *name); /* NULL: nobody declares it */

#endif
