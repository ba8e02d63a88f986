/**
 * check_talk.h: people on sockets, and what they send there: the verbs of a world, each on each socket that takes it.
 * One thread, on a world (check_world.h).
 */
#ifndef KIT_CHECK_TALK_H
#define KIT_CHECK_TALK_H

#include "kit/check_world.h"
#include "live/socket.h"

enum { TALK_VERBS_MOST = 512, TALK_PATHS_MOST = 64 };

struct talk_row { /* a verb on one of its sockets */
    const struct live_path *path;
    const struct live_verb *verb;
    bool judged; /* the verb is the checked module's */
    bool served; /* it was acknowledged, to `who`, with that input */
    bool makes;  /* its acks have an `_id` */
    enum who who;
    unsigned way;
    bool for_other;
    const char *last_code; /* of a nack; NULL: none */
};

struct talk {
    struct world *world;
    struct talk_row rows[TALK_VERBS_MOST];
    size_t count;
    c18n_test_socket *sockets[TALK_PATHS_MOST][WHOS];
    unsigned sent;
};

/** No socket is open yet. In the world's arena; NULL: no memory. */
struct talk *talk_new(struct world *world);

/** What a frame brought. */
struct talk_answer {
    const char *kind; /* "ack", "nack", "ready"; "": none came */
    const char *code; /* of a nack, else "" */
    const c18n_doc *doc;
    int closed;       /* the close code, when the socket is closed now; else 0 */
    const char *sent; /* the frame */
};

/** A socket of that person; connects when there is none that is open. NULL: refused. */
c18n_test_socket *talk_socket(struct talk *talk, const struct live_path *path, enum who who);
/** Input number `way` for a verb, from 0: whole, the least, as before, then the least with one or two more fields.
 * NULL: there are no more ways. */
const char *talk_input(struct talk *talk, const struct talk_row *row, enum who who, unsigned way, bool for_other);
/** Sends a frame with these members, an object; `what` for who reads of a crash. False: there is no socket. */
bool talk_send(struct talk *talk, const struct talk_row *row, enum who who, const char *members, const char *what,
               struct talk_answer *ret_answer);
/** Sends a verb as somebody in several ways, and waits for nothing. How many frames that were. */
size_t talk_send_at_once(struct talk *talk, const struct talk_row *row, enum who who);
/** Takes what came; the answer is the frame with this id, or without one when it is NULL. */
void talk_receive(c18n_test_socket *socket, const char *id, struct talk_answer *ret_answer);

typedef void (*talk_judge)(struct talk *talk, struct talk_row *row, enum who who, const char *what,
                           const struct talk_answer *answer);
/** Sends each verb in each way, as each of the people; `enough`: until it was served. */
void talk_all(struct talk *talk, bool enough, talk_judge judge);
/** What verbs have made and others may have ended is made again. */
void talk_make(struct talk *talk, const struct talk_row *except);
/** Input as the row was served by, made anew. */
const char *talk_input_again(struct talk *talk, const struct talk_row *row);

#endif
