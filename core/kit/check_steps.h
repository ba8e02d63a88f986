/** check_steps.h: what check_running.c runs in children, each with a world of its own. */
#ifndef KIT_CHECK_STEPS_H
#define KIT_CHECK_STEPS_H

#include "kit/check_plan.h"

void check_routes(struct plan *plan);  /* check_routes.c: valid input, then broken input */
void check_deletes(struct plan *plan); /* the same: what ends things, and so comes last */
void check_work(struct plan *plan);    /* check_work.c: what has no client: timers, consumers, imports, exports */
void check_replay(struct plan *plan, int64_t begun_us); /* the same: are the views of all that the same again? */
struct talk;
void check_sockets(struct talk *talk);    /* check_sockets.c: verbs, as check_routes asks routes; uploads */
void check_catch_up(struct world *world); /* check_catch_up.c: logs of what was published since check_watch_begin */
void check_reload(struct plan *plan);     /* check_reload.c */

/* These open worlds themselves. */
void check_drain(struct check *check, void *arg);      /* check_drain.c */
void check_calls(struct check *check, void *arg);      /* check_calls.c: goes on at shared->progress, a route further */
void check_verb_calls(struct check *check, void *arg); /* check_verb_calls.c: the same of verbs */
void check_stages(struct check *check, void *arg);     /* check_calls.c: the stages, with each of their calls failing */

bool check_has_disk(const struct check *check);
void check_disk(struct check *check, void *arg); /* check_disk.c: of a storage */

/** Opens a world, and makes in it whatever the plan can make, unjudged. NULL: it can't, which has been told. */
struct plan *check_world_made(struct check *check, enum check_rule rule, struct world *ret_world);

#endif
