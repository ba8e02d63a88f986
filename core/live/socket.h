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

#include <pthread.h>

struct live_subscription; /* channels.h */
struct live_channels;     /* channels.h: those of one lane */
struct live_people;       /* people.c: whose sockets they are, on one lane */
struct live_presence;     /* people.c: how many delivering sockets each has, on all lanes */
struct live_opening;      /* listen.c */
struct live_catch_up;     /* catch_up.c */
struct live_upload;       /* upload.c */
struct live_watch;        /* watch.c */
struct live_tally;        /* tally.c */

enum {
    LIVE_SOCKET_MAGIC = 0x6c697665,
    LIVE_QUEUE_MOST = 256 << 10, /* bytes that may wait to be sent to a socket: ws_options.max_queue */
};

struct live_path { /* a row of a module's table of sockets */
    c18n_socket declared;
    struct module *module;
    const struct policy *policy;
    struct route route; /* the api's, of the handshake */
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
    bool opened;                         /* the module's `opened` has run, and its `closed` is to follow */
    bool greeting;                       /* `opened` is away */
    bool greeted;                        /* hello is out */
    bool closing;                        /* the close frame is said */
    bool expired;                        /* no data leaves any more */

    /* Who: the first half's. */
    struct auth_claims claims;
    char *token;        /* as presented, for c18n_caller.token */
    char *address;      /* the client's */
    uint16_t in_flight; /* turns that are away or being ended */
    bool paused;        /* nothing is read from it */
    bool recheck;       /* whether its person is still good could not be asked yet */
    double tokens;      /* of the flood's bucket */
    int64_t tokens_us;
    struct live_upload *upload; /* NULL: none */
    bool announcing;            /* a verb is away that may begin one */
    bool passing_over;          /* one has failed: frames that belong to it may still come */

    /* What it hears: the second half's. */
    struct live_socket *same_person;         /* the next socket of that person on this lane */
    struct live_subscription *subscriptions; /* an array, in no order */
    uint32_t subscription_count, subscription_room;
    uint64_t last_once;             /* the newest publication of C18N_TO_EACH_ONCE that it got */
    struct live_opening *opening;   /* what was left while `opened` still ran; NULL when it is over */
    struct live_catch_up *catch_up; /* NULL: in all its channels it hears what comes, when it comes */
    bool listening;                 /* between live_listen_begin and _end */
};

struct live_lane {
    struct live *live;
    struct loop *loop;
    struct ws_lane *ws;
    struct live_socket *sockets;
    struct live_channels *channels;
    struct live_people *people;
    atomic_size_t count;     /* of sockets */
    atomic_size_t listening; /* of those between live_listen_begin and _end: who publishes looks */
    struct live_watch *watch;
    struct task task; /* of the control thread, which waits for it */
    bool draining;
};

struct live {
    struct server *server;
    const struct ws_engine *engine;
    struct live_lane *lanes;
    atomic_size_t lane_count; /* stored when the lanes are there: the writer may be publishing before */
    struct live_path *paths;
    size_t path_count;
    struct live_verb *verbs;
    size_t verb_count;
    struct arena *arena;
    char epoch[37];
    uint64_t hash_seed; /* of channels and people */
    struct live_presence *presence;
    atomic_uint_fast64_t last_once;   /* number of the newest publication of C18N_TO_EACH_ONCE */
    atomic_uint_fast64_t last_number; /* of sockets */
    struct live_counts *counts;       /* counts.c */
    struct live_tally *tally;
    const char *url;      /* what hello says: "wss://host/api/v1/socket" */
    pthread_mutex_t lock; /* guards the two below: the control thread waits for the lanes */
    pthread_cond_t changed;
    size_t lanes_away;
    int lane_code;
    bool deflate; /* core.socket_deflate */
    uint32_t magic;
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
 *  The socket stands in request->socket. C18N_NO_MEMORY. */
int live_request_init(struct request *request, struct live_socket *socket, struct arena *arena, c18n_self *self);
/** What is done every 250 ms, now: for who moves the clock. Lane's thread. (watch.c) */
void live_sweep(struct live_lane *lane);
/** c18n_expect_bytes (upload.c). */
int live_expect_bytes(c18n_request *rq, uint64_t count, void *upload);

/* --- the second half, as the first sees it (listen.c). By request->route it knows what a request is: `opened`'s has
 * &path->route, a verb's &verb->route, one of catching up none. --- */
/** For live_start, before the lanes (C18N_ codes); and for live_free. */
int live_listen_new(struct live *live);
void live_listen_free(struct live *live); /* takes one that was never made */
/** Reads live->epoch from the data, and makes it at first. For live_start; after data_start. (epoch.c) */
int live_epoch_open(struct live *live);
/** Listens: the socket is found by its person. Before `opened` runs. */
int live_listen_begin(struct live_socket *socket);
/** What `opened` subscribed to, on its request, holds from here on. Lane's thread, after it came back, in the turn in
 * which hello is queued and after that. Of a socket that closed meanwhile: nothing. */
void live_listen_opened(struct live_socket *socket, struct request *request);
/** What a READ verb resumed, on its request. Lane's thread, right after its ack was sent. */
void live_listen_resumed(struct live_socket *socket, struct request *request);
/** All subscriptions end. */
void live_listen_end(struct live_socket *socket);
/** The engine's queue is empty: a catch-up may go on. */
void live_listen_drained(struct live_socket *socket);
/** Each sweep, about every 250 ms: what failed in catching up is tried again. */
void live_listen_tick(struct live_lane *lane);
/** The first of a person's sockets on this lane, delivering or not; further ones by `same_person`. NULL: none. */
struct live_socket *live_people_find(struct live_lane *lane, const char *user);
/** When no socket of the lane is left; publications that come later find nothing. The lane itself stays until its loop
 * is freed. Lane's thread, or when the loops don't run. */
int live_channels_open(struct live_lane *lane);
void live_channels_close(struct live_lane *lane);

#endif
