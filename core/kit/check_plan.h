/**
 * check_plan.h: in which order routes are asked, by whom, and with what. One thread, on a world (check_world.h).
 *
 * What creates comes first, the less deep paths before those below them; what deletes comes last, the deepest first.
 */
#ifndef KIT_CHECK_PLAN_H
#define KIT_CHECK_PLAN_H

#include "kit/check_world.h"

#include <string.h>

struct plan_row {
    const struct route *route;
    bool judged;     /* the checked module takes part in it; else it only makes what is needed */
    bool served;     /* it has answered 2xx */
    int last_status; /* of those who might have been served */
    const char *missing;
    enum who who;  /* was served, with this kind of input, for that user */
    unsigned kind; /* enum input_kind, or above: input_least_and */
    bool for_other;
    const struct plan_row *after; /* it was served once this had been asked by everybody; NULL: without that */
    bool searched;                /* it was served only in a world begun anew */
};

struct plan {
    struct world *world;
    struct plan_row rows[WORLD_ROUTES_MOST];
    size_t count;
};

/** The plan of a world; nothing has been asked. In the world's arena; NULL: no memory. */
struct plan *plan_new(struct world *world);

typedef void (*plan_judge)(struct plan *plan, struct plan_row *row, const struct question *question,
                           const c18n_test_answer *answer);
/** Asks one route with valid input, as each of the people, until `enough`: the first 2xx, or all ways. */
void plan_ask(struct plan *plan, struct plan_row *row, bool enough, plan_judge judge);
/** Makes a row be served that nobody was: all is begun anew, with other people and other things, and everybody asks one
 *  of the other routes first. False: none helps. */
bool plan_search(struct plan *plan, struct plan_row *row, plan_judge judge);
/** Brings about again what served a row that was searched for, short of asking it. */
void plan_prepare(struct plan *plan, const struct plan_row *row);
/** A question as the row was served by; its body is made anew. */
struct question plan_question(struct plan *plan, const struct plan_row *row);

static inline bool plan_is(const struct plan_row *row, const char *method)
{
    return strcmp(row->route->declared.method, method) == 0;
}
static inline bool plan_succeeded(int status)
{
    return status >= 200 && status <= 299;
}

#endif
