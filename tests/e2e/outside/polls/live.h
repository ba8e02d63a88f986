/** live.h: the socket and its verbs, as the module declares them; nothing with headers that have no sockets. */
#ifndef POLLS_LIVE_H
#define POLLS_LIVE_H

#include "polls.h"

#if C18N_ABI_MINOR >= 3

int polls_watch(c18n_request *rq, void *module);
int polls_unwatch(c18n_request *rq, void *module);
int polls_tell(c18n_request *rq, const char *poll) C18N_MUST_USE;

static const c18n_field watch_body[] = {C18N_ID("community", C18N_REQUIRED), C18N_ID("poll", C18N_REQUIRED)};
static const c18n_socket sockets[] = {
    {"/polls/live", "user", C18N_SOCKET_DELIVERS, .does = "Results of polls, as votes come in"},
};
static const c18n_verb verbs[] = {
    {"watch", "/polls/live", polls_watch, .allow = "reader", .body = C18N_ALL(watch_body),
     .does = "See a poll's votes come in"},
    {"unwatch", "/polls/live", polls_unwatch, .allow = "reader", .body = C18N_ALL(watch_body),
     .does = "See them no more"},
};
#define POLLS_LIVE .sockets = C18N_ALL(sockets), .verbs = C18N_ALL(verbs),

#else

#define POLLS_LIVE
static inline int polls_tell(c18n_request *rq, const char *poll)
{
    (void)rq, (void)poll;
    return C18N_OK;
}

#endif
#endif
