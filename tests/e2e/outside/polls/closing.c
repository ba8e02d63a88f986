/* closing.c: a poll ends by its number of votes (the consumer), or by time (the timer). */
#include "polls.h"

#include <stdio.h>

int polls_on_event(c18n_request *rq, const c18n_event *event, void *module)
{
    const struct polls *polls = module;
    int64_t close_at = c18n_setting_integer(polls->self, "close_at");
    const c18n_doc *poll;
    if (!c18n_event_is(event, "polls.voted"))
        return C18N_OK;
    c18n_metric_add(polls->self, "votes", 1);
    int code = c18n_get(rq, "polls", event->resource, &poll);
    bool full = code == C18N_OK && close_at > 0 && c18n_integer(poll, "votes", 0) >= close_at;
    return full && c18n_has(poll, "open") ? c18n_emit(rq, "polls.closed", event->resource, event->key, NULL) : code;
}

struct ended {
    int64_t now;
    char id[C18N_ID_SIZE];
};

static int look_at(c18n_request *rq, const c18n_doc *poll, void *arg)
{
    (void)rq;
    struct ended *ended = arg;
    if (c18n_integer(poll, "ends_on", 0) <= ended->now)
        snprintf(ended->id, sizeof ended->id, "%s", c18n_text(poll, "_id"));
    return C18N_GONE; /* the first ends first */
}

/* Looks again inside the transaction: since the walk, somebody may have closed it. */
static int close_one(c18n_request *rq, void *arg)
{
    const struct ended *ended = arg;
    const c18n_doc *poll;
    int code = c18n_get(rq, "polls", ended->id, &poll);
    if (code != C18N_OK || !c18n_has(poll, "open"))
        return code;
    return c18n_emit(rq, "polls.closed", ended->id, c18n_text(poll, "community"), NULL);
}

int polls_close_ended(c18n_request *rq, void *module)
{
    const struct polls *polls = module;
    struct ended ended = {.now = c18n_wall_ms(C18N_HOST_OF(rq)) / 1000};
    const char *const open[] = {"yes", NULL};
    int code = c18n_each(rq, "polls", POLLS_ENDING, open, look_at, &ended);
    if ((code != C18N_OK && code != C18N_GONE) || !ended.id[0])
        return code == C18N_GONE ? C18N_OK : code;
    code = c18n_transact(rq, close_one, &ended);
    return code == C18N_OK ? c18n_timer_now(polls->self, "end") : code; /* there may be more */
}
