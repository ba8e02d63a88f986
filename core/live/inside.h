/**
 * inside.h: what the files of the first half share: who a socket is, what it sends, how it ends.
 *
 * A turn is work in the name of a socket's person, on its way between threads: a verb, `opened`, a piece of an upload.
 * It keeps its socket from being freed. Its request and all that it allocates live in an arena of its own.
 */
#ifndef LIVE_INSIDE_H
#define LIVE_INSIDE_H

#include "api/policy.h"
#include "data/data.h"
#include "live/socket.h"
#include "request/server.h"

#include <assert.h>

enum {
    LIVE_MAGIC = 0x6c697631,
    LIVE_TURN_MAGIC = 0x7475726e,
    LIVE_PATHS_MAX = 64,     /* bits of live_verb.paths */
    LIVE_IN_FLIGHT_MAX = 32, /* turns of a socket; then it is not read from */
    LIVE_PIECES_MAX = 4,     /* of an upload, that wait for the writer: 256 KiB */
    LIVE_MESSAGE_MAX = 64 << 10,
    LIVE_ID_MAX = 64, /* characters of a frame's id */
};

/* --- turn.c --- */

struct live_turn {
    struct request request; /* must stay first */
    uint32_t magic;
    struct live_socket *socket;
    const struct live_verb *verb; /* NULL: the host's own work */
    const char *id;               /* of the frame; NULL: it has none */
    const struct policy *policy;  /* asked before `work`; NULL: none */
    /** On the thread that the turn was sent to. Not C18N_OK: a WRITE is undone. NULL: the person is asked, that's all.
     */
    int (*work)(struct live_turn *turn);
    /** On the lane's thread, once, with `code` of what came before. Frees the turn. The socket may be closed. */
    void (*end)(struct live_turn *turn);
    int code;
    bool ran; /* `work` was C18N_OK; a later failure is the commit's */
    struct task task;
    void (*next)(struct live_turn *turn); /* what the task does when it is back */
    struct data_item item;
    struct live_upload *announced; /* upload.c: by its handler; NULL: nothing */
    struct live_upload *upload;    /* that it is a piece of, with `bytes`, or the end of */
    c18n_bytes bytes;
    bool ran_once;
    const char *token; /* of `auth` */
};

/** NULL: no memory. Counted among the socket's turns in flight until it is freed. */
struct live_turn *live_turn_new(struct live_socket *socket, c18n_self *self);
void live_turn_free(struct live_turn *turn);
/** Sends a turn to the loop itself, the pool or the writer. The person is asked there, then the policy. */
void live_turn_inline(struct live_turn *turn);
void live_turn_read(struct live_turn *turn);
void live_turn_write(struct live_turn *turn);

/* --- answer.c: what a client is told --- */

/** {"kind":KIND,"id":ID, and the members of a reply}. */
void live_answer(struct live_socket *socket, const char *kind, struct live_turn *turn);
/** With the words of the turn's code. */
void live_answer_nack(struct live_socket *socket, struct live_turn *turn);
/** Notes why, and gives the nack. */
void live_answer_refuse(struct live_socket *socket, struct live_turn *turn, int code, const char *word,
                        const char *detail);
/** A text that is complete. */
void live_answer_text(struct live_socket *socket, const char *json, size_t length);

/* --- verbs.c, own_verbs.c, upload.c, greet.c: what a client sends --- */

void live_message(void *user, int opcode, const char *bytes, size_t length); /* ws_options.message */
/** `auth` and `ping`. False: it is none of these. */
bool live_own_verb(struct live_turn *turn, const char *kind, const c18n_doc *frame);
void live_upload_frame(struct live_socket *socket, const char *bytes, size_t length);
/** What the handler of a C18N_VERB_BYTES announced is begun, after its answer; or given up when `code` says so. */
void live_upload_begin(struct live_turn *turn);
/** Tells that an upload, or its announcement, failed; too large a file ends the socket, too. */
void live_upload_nack(struct live_turn *turn);
/** An earlier run of a turn's handler was undone: what it announced is dropped. Any thread. */
void live_upload_forget(struct live_turn *turn);
/** A turn is back from its commit. Writer's thread: what comes behind it must not go on. */
void live_upload_note(struct live_turn *turn);
/** The socket is gone. */
void live_upload_end(struct live_socket *socket);
size_t live_upload_pieces(const struct live_socket *socket); /* that wait for the writer */
/** `opened`, then `hello`. */
void live_greet(struct live_socket *socket);

/* --- close.c --- */

/** By the clock of this turn of the loop; closes with 4401 if so. */
bool live_expired(struct live_socket *socket);
/** A code of auth's: 4401 for C18N_UNAUTHENTICATED. */
void live_close_for(struct live_socket *socket, int code);
void live_closed(void *user, int code); /* ws_options.closed */
void live_control(void *user);          /* ws_options.control */
/** The person has one socket less: what was entered into the tally. Tells the module. */
void live_leave(struct live_socket *socket);
/** Reads from the client, or doesn't, as it stands. Closes when all is said and the server stops. */
void live_flow(struct live_socket *socket);

/* --- watch.c: time, revocation, settings --- */

int live_watch_open(struct live_lane *lane); /* lane's thread */
void live_watch_close(struct live_lane *lane);
int64_t live_now_s(struct live_lane *lane);
/** One more message; false: it is too many, and the socket is being closed with 4429. */
bool live_flood(struct live_socket *socket);
/** The socket's claims are new: they are watched from now on. */
void live_watch(struct live_socket *socket);
/** Its person is asked about once more with the next sweep. */
void live_watch_recheck(struct live_socket *socket);

/* --- tally.c: who has how many sockets, over all lanes. Any thread --- */

struct live_tally;
struct live_tally *live_tally_new(void); /* NULL: no memory */
void live_tally_free(struct live_tally *tally);
/** Counts a socket. C18N_LIMITED: the person has `limit` (0: no limit), C18N_NO_MEMORY. */
int live_tally_enter(struct live_tally *tally, const struct auth_claims *claims, unsigned path, unsigned limit);
/** How many of this path the person still has. */
uint32_t live_tally_leave(struct live_tally *tally, const struct auth_claims *claims, unsigned path);
/** The same socket with other claims of the same person. */
int live_tally_renew(struct live_tally *tally, const struct auth_claims *old, const struct auth_claims *fresh);
/** Whose id is it: of a socket's person, of a session, of who acts for a person? 0: of nobody who is connected. */
enum { LIVE_KNOWN_PERSON = 1, LIVE_KNOWN_SESSION = 2, LIVE_KNOWN_ACTOR = 4 };
unsigned live_tally_knows(struct live_tally *tally, const char *id);

/* --- counts.c --- */

struct live_counts *live_counts_new(struct arena *arena);
void live_count_one(struct live *live, enum live_count what);
void live_count_closed(struct live *live, int code);

/* --- compile.c --- */

int live_compile(struct live *live, struct text *ret_why); /* 0 or 78 */

#endif
