/* live.c: who watches a poll sees the votes come in. For hosts that have sockets: with older headers it is left out. */
#include "live.h"

#if C18N_ABI_MINOR >= 3

/* The poll's channel: it has no log, for who comes late reads the poll. */
int polls_watch(c18n_request *rq, void *module)
{
    const char *poll = c18n_path(rq, "poll");
    const c18n_doc *found;
    (void)module;
    int code = polls_find(rq, poll, &found);
    if (code == C18N_OK)
        code = c18n_join(rq, c18n_who(rq)->user, poll, UINT64_MAX);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

int polls_unwatch(c18n_request *rq, void *module)
{
    (void)module;
    int code = c18n_leave(rq, c18n_who(rq)->user, c18n_path(rq, "poll"), false);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

/* Leaves when the vote is durable. */
int polls_tell(c18n_request *rq, const char *poll)
{
    const c18n_publication news = {.size = sizeof news, .channel = poll};
    const c18n_doc *found;
    int code = polls_find(rq, poll, &found);
    if (code != C18N_OK)
        return code;
    c18n_out *frame = c18n_out_new(rq);
    c18n_out_text(frame, "kind", "result");
    c18n_out_text(frame, "poll", poll);
    c18n_out_integer(frame, "votes", c18n_integer(found, "votes", 0));
    c18n_out_raw(frame, "tally", c18n_raw(found, "tally"));
    return c18n_publish(rq, &news, frame);
}

#endif
