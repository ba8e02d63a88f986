/**
 * live.h: people who are connected: sockets, what they send, what is delivered to them.
 *
 * `sockets.h` of the ABI is what modules see of it; `ws/ws.h` is what moves the bytes. In between stands this folder:
 * who is behind a socket and until when, verbs as requests, channels and who listens, and how somebody who missed
 * something gets it.
 *
 * Threads: for each event thread there is a lane (lane.h) with the sockets of that thread. The writer, pool threads and
 * timers reach them by tasks that are posted to the loops, in order.
 */
#ifndef LIVE_LIVE_H
#define LIVE_LIVE_H

#include "c18n/sockets.h"
#include "request/request.h"
#include "ws/ws.h"

struct live;
struct live_lane;

/** Compiles the sockets and verbs of all loaded modules. Without a policy, with an unknown one, or twice: ret_why and
 *  78. For `c18nctl check`, too. */
int live_new(struct server *server, struct live **ret_live, struct text *ret_why);
/** Makes a lane a loop, of server->loops, with the engine that core.ws_engine names, or `engine` when it is not NULL
 * (the test host's). After data_open, before listening. */
int live_start(struct live *live, const struct ws_engine *engine);
/** Says 1012 to everybody, and takes no handshake any more. Control thread. */
void live_drain(struct live *live);
/** Closes what is left; waits until the lanes are gone. The loops must run. Control thread. */
void live_stop(struct live *live);
void live_free(struct live *live);

/** Takes a handshake whose token, rate and policy were judged: the request is handed over, or answered with why not.
 *  Loop's thread. `request` is the api's, whose route is a socket's. */
void live_upgrade(struct request *request);

/** For data_on_commit: sockets whose session was revoked, or whose person was changed, are asked about anew. */
void live_on_commit(void *arg, const char *topic, const char *type, const char *resource);

/** How many sockets are open. Any thread. */
size_t live_count(const struct live *live);
/** What was counted since the start, for metrics. Any thread. */
enum live_count {
    LIVE_OPENED,
    LIVE_REFUSED, /* handshakes that were answered with a problem */
    LIVE_FRAMES_IN,
    LIVE_FRAMES_OUT,
    LIVE_NACKS,
    LIVE_COUNTS
};
uint64_t live_counted(const struct live *live, enum live_count what);
/** By close code; the last one's is 0: any other. */
enum { LIVE_CLOSES = 13 };
extern const uint16_t live_close_codes[LIVE_CLOSES];
uint64_t live_counted_closes(const struct live *live, size_t place);

/** For listings and asyncapi: sockets and verbs in load order; NULL: there is no such number. */
struct live_path;
struct live_verb;
const struct live_path *live_path_at(const struct live *live, size_t number);
const struct live_verb *live_verb_at(const struct live *live, size_t number);

extern const c18n_sockets_family sockets_family;

#endif
