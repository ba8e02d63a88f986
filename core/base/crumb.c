#include "base/crumb.h"

#include <assert.h>

static _Thread_local struct {
    struct crumb crumbs[CRUMBS_MOST];
    size_t depth;
} trail;

void crumb_enter(const char *module, const char *stage, const char *route)
{
    if (trail.depth < CRUMBS_MOST)
        trail.crumbs[trail.depth] = (struct crumb){module, stage, route};
    trail.depth++;
}

void crumb_leave(void)
{
    assert(trail.depth > 0);
    trail.depth--;
}

_Bool crumb_current(struct crumb *ret_crumb)
{
    size_t depth = trail.depth < CRUMBS_MOST ? trail.depth : CRUMBS_MOST;
    if (depth == 0)
        return 0;
    *ret_crumb = trail.crumbs[depth - 1];
    return 1;
}
