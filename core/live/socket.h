/**
 * socket.h: one connected client, and the lane that it lives on. What the files of this folder share.
 *
 * Two halves work on it: who it is and what it sends (upgrade, hello, verbs, lifecycle) and what it hears (channels,
 * people, catching up). All on the lane's thread. A socket is counted: it is freed when it is closed and nobody who is
 * away in its name (a verb at the writer, a read for catching up) has still to come back.
 */
#ifndef LIVE_SOCKET_H
#define LIVE_SOCKET_H

#include "auth/auth.h"
#include "c18n/sockets.h"
#include "live/live.h"

struct live_subscription;
struct live_channels; /* channels.c: those of one lane */
struct live_people;   /* people.c: whose sockets they are */
struct live_upload;   /* upload.c */

enum { LIVE_SOCKET_MAGIC = 0x6c697665 };

struct live_path { /* a row of a module's table of sockets */
    c18n_socket declared;
    struct module *module;
    const struct policy *policy;
    struct route route; /* GET, for the gate; route.run is LIVE_CLASS */
    unsigned number;    /* bit of live_verb.paths */
};

struct live_verb { /* a row of a module's table of verbs */
    c18n_verb declared;
    struct module *module;
    const struct policy *policy;
    struct route route; /* what the request of a verb shows as its route: for logs, metrics and policies */
    uint32_t run;
    uint64_t paths; /* bit N: taken on path N */
};

struct live_socket {
    uint32_t magic;
    unsigned references; /* 1 for the engine, 1 for each who is away in its name */
    struct live_lane *lane;
    struct ws_socket *ws; /* NULL: closed */
    const struct live_path *path;
    struct live_socket *next, *previous; /* of the lane */
    uint64_t number;                     /* unique in the process */
    bool lines;                          /* c18n.v1.ndjson */
    bool greeted;                        /* `opened` has run and hello is out */
    bool expired;                        /* no data leaves any more */

    /* Who: the first half's. */
    struct auth_claims claims;
    char *token;        /* as presented, for c18n_caller.token */
    char *address;      /* the client's */
    uint16_t in_flight; /* verbs whose answers are not out */
    bool paused;
    double tokens; /* of the flood's bucket */
    int64_t tokens_us;
    struct live_upload *upload; /* NULL: none */

    /* What it hears: the second half's. */
    struct live_socket *same_person;         /* the next socket of that person on this lane */
    struct live_subscription *subscriptions; /* a list */
    uint32_t subscription_count;
    uint32_t reading;   /* catch-ups under way: 0 or 1 */
    uint64_t last_once; /* the newest publication of C18N_TO_EACH_ONCE that it got */
    void *opening;      /* channels.c: what was left while `opened` still ran; NULL when it is over */
};

struct live_lane {
    struct live *live;
    struct loop *loop;
    struct ws_lane *ws;
    struct live_socket *sockets;
    struct live_channels *channels;
    struct live_people *people;
    atomic_size_t count; /* of sockets */
    bool draining;
};

struct live {
    struct server *server;
    const struct ws_engine *engine;
    struct live_lane *lanes;
    size_t lane_count;
    struct live_path *paths;
    size_t path_count;
    struct live_verb *verbs;
    size_t verb_count;
    struct arena *arena;
    char epoch[37];
    atomic_uint_fast64_t last_number; /* of sockets */
    struct live_counts *counts;       /* metrics.c */
};

static inline struct live_socket *live_socket_ref(struct live_socket *socket)
{
    socket->references++;
    return socket;
}
void live_socket_unref(struct live_socket *socket); /* lane's thread */

/* --- the first half, as the second sees it (upgrade.c, close.c) --- */
/** Sends one object as a text. Over the queue's limit: 1013. After the expiry: nothing. */
void live_send(struct live_socket *socket, struct ws_message *message);
void live_close(struct live_socket *socket, int code, const char *reason, bool now);
/** A request in the name of the socket's person: caller, session, address; `self` is the module whose code will run.
 *  The socket stands in request->socket. */
void live_request_init(struct request *request, struct live_socket *socket, struct arena *arena, c18n_self *self);

/* --- the second half, as the first sees it (channels.c) --- */
/** Listens: the socket is found by its person. Before `opened` runs. */
int live_listen_begin(struct live_socket *socket);
/** What `opened` subscribed to, on its request, holds from here on. Lane's thread, after it came back. */
void live_listen_opened(struct live_socket *socket, struct request *request);
/** What a READ verb resumed, on its request. Lane's thread, right after its ack was sent. */
void live_listen_resumed(struct live_socket *socket, struct request *request);
/** All subscriptions end. */
void live_listen_end(struct live_socket *socket);
/** The engine's queue is empty: a catch-up may go on. */
void live_listen_drained(struct live_socket *socket);
int live_channels_open(struct live_lane *lane);
void live_channels_close(struct live_lane *lane);

#endif
