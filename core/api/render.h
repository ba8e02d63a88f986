/**
 * render.h: what other modules add to a record that is shown.
 *
 * A render point follows a field table; tables are known by their address, so a longer table of which it is the
 * beginning (the same array) is followed too. The index is made at start; without a hook it is empty, and showing a
 * record costs one look at a pointer.
 */
#ifndef API_RENDER_H
#define API_RENDER_H

#include "api/hooks.h"

/** After hooks_compile. 0, or 78 with a line a fault: two points that follow one table, a member that is there already,
 *  a hook that says not what it adds. */
int render_compile(struct api *api, struct text *ret_why);

const struct hook_point *render_look_up(const struct api *api, const c18n_table *fields);
/** The point whose hooks add to records shown by a table; NULL: nothing is added. */
static inline const struct hook_point *render_point(const struct api *api, const c18n_table *fields)
{
    return api->render_count > 0 ? render_look_up(api, fields) : NULL;
}

/** Asks one hook what it adds: an object with members that it declares, or how it failed. One that writes others has a
 *  bug: C18N_ERROR, and a line in the log. */
int render_ask(struct request *request, const struct attached *hook, const c18n_doc *record,
               const c18n_doc **ret_members) __attribute__((warn_unused_result));

#endif
