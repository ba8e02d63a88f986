/**
 * sockets.h: WebSockets: what clients send, and what is delivered to them while they are connected.
 *
 * A module declares three things as tables:
 *   sockets   where clients connect ("/messages/receive"), and who may.
 *   verbs     what they may send there: a text frame {"id", "kind", …} is a request like any other. Its kind picks the
 *             verb; its members are judged by the verb's field table; its policy is asked; its handler runs in its
 *             class; what it replies becomes {"kind": "ack", "id", …}, and a failure {"kind": "nack", "id", "code",
 *             "detail"}. An ack of a WRITE leaves when it is durable.
 *   catch_up  how the log of one of its channels is read, for who missed something.
 *
 * Delivery goes by channels. A channel is a name of the module's own; sockets subscribe to it, and what is published
 * there is sent to them. What a WRITE request publishes leaves when its transaction is durable, in the order of
 * history, and never if it is undone; so nobody is told of what did not happen.
 *
 * A channel may be a log: its publications are numbered by the module, 1, 2, 3, … without gaps, in the transaction that
 * makes them. The host remembers how far each socket is in each of its logs. It sends every number once and in order:
 * what comes twice it drops, and what is missing it reads by `catch_up`. A channel's publications without a number
 * (somebody types) are sent when they come, or not at all.
 *
 * In a verb's request c18n_body is the frame's object without `id` and `kind`, c18n_path gives a text member of it (so
 * that policies of routes serve verbs, too), c18n_request_id is the frame's id ("" of a SILENT one without), and
 * c18n_method is NULL.
 *
 * `hello`, `auth`, `ping` and the closing of sockets whose token, session or person is no good any more are the host's.
 */
#ifndef C18N_SOCKETS_H
#define C18N_SOCKETS_H

#include "abi.h"
#include "fields.h"
#include "http.h"
#include "json.h"
#include "mem.h"

/** Flags of a socket. */
enum {
    C18N_SOCKET_DELIVERS = 1, /**< what is published reaches it; without, it gets only answers to what it sends */
};

/** A row of a module's table of sockets: a place to connect to. Since 0.3. */
typedef struct c18n_socket {
    const char *path;  /**< below /api/v1, without parameters: "/messages/receive" */
    const char *allow; /**< the policy of the handshake; without one the start ends */
    uint32_t flags;    /**< C18N_SOCKET_… */
    /** Runs before `hello` is sent, as a READ request of the person who connected: subscribes the socket. NULL:
     * nothing. Thread: request's. Owner: request; `module` is c18n_self.state. Errors: any code: the socket is closed.
     * Since 0.3. */
    c18n_handler opened;
    /** A socket whose `opened` ran is gone; `left`: how many sockets of this path the person still has here. NULL:
     *  nobody wants to know.
     *  Thread: an event thread's; for 50 us. Owner: host: `user` until it returns. Errors: none. Since 0.3. */
    void (*closed)(c18n_self *self, const char *user, uint32_t left);
    const char *does; /**< a few words, for people */
} c18n_socket;

/** Flags of a verb. */
enum {
    C18N_VERB_SILENT = 1, /**< is not answered, and needs no id; INLINE. A failure is passed over */
    C18N_VERB_BYTES = 2, /**< is answered {"kind": "ready", "id", …}, and binary frames follow, see c18n_expect_bytes.
                          *   When it fails with C18N_TOO_LARGE, the nack is followed by a close, 1009 */
};

/** A row of a module's table of verbs: what a client may send. Since 0.3. */
typedef struct c18n_verb {
    const char *kind;    /**< "message". One module has it */
    const char *sockets; /**< "/socket /messages/send": paths of sockets, any module's, where it is taken */
    c18n_handler handle; /**< replies by c18n_reply_json: the members of the ack */
    const char *allow;   /**< the policy; without one the start ends */
    uint32_t run;        /**< C18N_CLASS_INLINE, _READ or _WRITE; the default is _WRITE */
    uint32_t flags;      /**< C18N_VERB_… */
    c18n_table body;     /**< c18n_field[] besides `id` and `kind` */
    c18n_table answer;   /**< c18n_field[] of the ack besides `id` and `kind`, for asyncapi.json */
    /** Of C18N_VERB_BYTES: takes the next bytes, as a WRITE request; one at a time, in order, none of them twice, at
     * most the frame's 64 KiB. `upload` is what c18n_expect_bytes was given. Thread: request's. Owner: request,
     * `bytes`; module, `upload`. Errors: any code: a nack, the upload ends by `dropped`, and its further frames are
     * passed over. Since 0.3. */
    int (*bytes)(c18n_request *rq, c18n_bytes bytes, void *upload, void *module);
    /** Of C18N_VERB_BYTES: all announced bytes were taken; a WRITE request whose reply becomes the ack. After it the
     *  upload has ended: no `dropped` follows a success.
     *  Thread: request's. Owner: module, `upload`: frees it when it succeeds. Errors: any code: a nack, then `dropped`.
     *  Since 0.3. */
    int (*done)(c18n_request *rq, void *upload, void *module);
    /** Of C18N_VERB_BYTES: the upload ended early: it failed, or the client left. Frees it.
     *  Thread: any; for 50 us. Owner: module, `upload`. Errors: none. Since 0.3. */
    void (*dropped)(c18n_self *self, void *upload);
    const char *does; /**< a few words, for people */
} c18n_verb;

/** Flags of a publication. */
enum {
    C18N_NOT_TO_SENDER = 1, /**< not to the socket by whose verb it is published (it gets the ack); its place in the log
                             *   moves on all the same */
    C18N_TO_EACH_ONCE = 2,  /**< `channels` is a list: who has several of them gets it once. Without a number */
};

/** Something to send to who listens. */
typedef struct c18n_publication {
    uint32_t size;       /**< sizeof(c18n_publication) */
    uint32_t flags;      /**< C18N_NOT_TO_SENDER, … */
    const char *channel; /**< to its subscribers; NULL: to every delivering socket of `user` */
    /** With a channel: to the sockets of this person only, which are subscribed to it by this if they are not yet (from
     *  `number` on). NULL: to all subscribers. */
    const char *user;
    uint64_t number;             /**< its place in the channel's log; 0: it is of no log */
    const char *const *channels; /**< of C18N_TO_EACH_ONCE: NULL-terminated, in place of `channel` */
} c18n_publication;

/** What `catch_up` writes frames into. */
typedef struct c18n_frames {
    const c18n_host *host;
} c18n_frames;

/** Reads a channel's log for somebody who missed something: adds the frames with numbers after `after`, in order and
 *  without gaps, by c18n_add_frame, until there are no more or c18n_add_frame says that it has enough. A READ request
 * of the person who listens; c18n_body is empty. Thread: request's. Owner: request; `module` is c18n_self.state.
 * Errors: C18N_FORBIDDEN, C18N_NOT_FOUND: the person may not listen (any more): the subscription ends; any other: it is
 * tried again. Since 0.3. */
typedef int (*c18n_catch_up)(c18n_request *rq, const char *channel, uint64_t after, c18n_frames *frames, void *module);

/** What the host offers of this header: the inline functions call it. Since 0.3. */
typedef struct c18n_sockets_family {
    c18n_family family;
    int (*subscribe)(c18n_request *rq, const char *channel, uint64_t after);
    int (*resume)(c18n_request *rq, const char *channel, uint64_t after);
    bool (*subscribed)(c18n_request *rq, const char *channel);
    int (*join)(c18n_request *rq, const char *user, const char *channel, uint64_t after);
    int (*leave)(c18n_request *rq, const char *user, const char *channel, bool lost);
    int (*publish)(c18n_request *rq, const c18n_publication *publication, c18n_out *frame);
    int (*add_frame)(c18n_frames *frames, uint64_t number, c18n_out *frame);
    int (*expect_bytes)(c18n_request *rq, uint64_t count, void *upload);
    uint32_t (*count)(c18n_self *self, const char *user);
    const char *(*epoch)(c18n_request *rq);
} c18n_sockets_family;

/** In `opened`: the socket listens to a channel of this module. What is published before `hello` may be missed.
 *  Thread: request's. Owner: caller. Errors: C18N_INVALID (not in `opened`, or the socket delivers nothing),
 * C18N_LIMITED (over 4,096 channels), C18N_NO_MEMORY. Since 0.3. */
C18N_MUST_USE static inline int c18n_subscribe(c18n_request *rq, const char *channel)
{
    return C18N_HOST_OF(rq)->sockets->subscribe(rq, channel, UINT64_MAX);
}
/** In a READ verb: once this verb is acknowledged the socket gets a log from the number after `after` on, then what is
 *  new; whatever it was subscribed to before in that channel gives way. The module has seen that the person may listen.
 *  Thread: request's. Owner: caller. Errors: as c18n_subscribe. Since 0.3. */
C18N_MUST_USE static inline int c18n_resume(c18n_request *rq, const char *channel, uint64_t after)
{
    return C18N_HOST_OF(rq)->sockets->resume(rq, channel, after);
}
/** In an INLINE verb: is the socket subscribed to a channel of this module?
 *  Thread: request's. Owner: caller. Errors: false (no; or no INLINE verb). Since 0.3. */
static inline bool c18n_subscribed(c18n_request *rq, const char *channel)
{
    return C18N_HOST_OF(rq)->sockets->subscribed(rq, channel);
}
/** When the transaction is durable, all delivering sockets of a person listen to a channel of this module: what its log
 *  has after `after` (UINT64_MAX: what is published from then on). Who listens already goes on as before.
 *  Thread: request's: a WRITE. Owner: caller. Errors: C18N_INVALID (no WRITE request), C18N_NO_MEMORY. Since 0.3. */
C18N_MUST_USE static inline int c18n_join(c18n_request *rq, const char *user, const char *channel, uint64_t after)
{
    return C18N_HOST_OF(rq)->sockets->join(rq, user, channel, after);
}
/** When the transaction is durable, no socket of a person listens to a channel of this module any more. `lost`: against
 *  their will: a socket that then listens to nothing is closed with 4403.
 *  Thread: request's: a WRITE. Owner: caller. Errors: as c18n_join. Since 0.3. */
C18N_MUST_USE static inline int c18n_leave(c18n_request *rq, const char *user, const char *channel, bool lost)
{
    return C18N_HOST_OF(rq)->sockets->leave(rq, user, channel, lost);
}
/** Sends a frame to who listens: of a WRITE request when its transaction is durable, else at once. Only a WRITE may
 * give a number. The frame needs a member `kind`. Thread: request's. Owner: caller; `frame` is ended by this. Errors:
 * what stuck in `frame` (NULL is C18N_NO_MEMORY), C18N_INVALID (neither channel nor user; a number outside of a WRITE),
 * C18N_TOO_LARGE (over 256 KiB). Since 0.3. */
C18N_MUST_USE static inline int c18n_publish(c18n_request *rq, const c18n_publication *publication, c18n_out *frame)
{
    return C18N_HOST_OF(rq)->sockets->publish(rq, publication, frame);
}
/** In catch_up: adds the frame of a number. C18N_AGAIN: it was taken, and it is enough: return C18N_OK.
 *  Thread: request's. Owner: caller; `frame` is ended by this. Errors: C18N_AGAIN; C18N_INVALID (not the next number);
 *  what stuck in `frame`. Since 0.3. */
C18N_MUST_USE static inline int c18n_add_frame(c18n_frames *frames, uint64_t number, c18n_out *frame)
{
    return C18N_HOST_OF(frames)->sockets->add_frame(frames, number, frame);
}
/** In the handler of a C18N_VERB_BYTES: so many bytes are to come, for `upload`, which from here on ends by `done` or
 *  `dropped`, also when the handler fails. One upload at a time a socket.
 *  Thread: request's. Owner: module, `upload`. Errors: C18N_INVALID (no such verb), C18N_CONFLICT (an upload is under
 *  way), C18N_NO_MEMORY; then `upload` stays the caller's. Since 0.3. */
C18N_MUST_USE static inline int c18n_expect_bytes(c18n_request *rq, uint64_t count, void *upload)
{
    return C18N_HOST_OF(rq)->sockets->expect_bytes(rq, count, upload);
}
/** How many delivering sockets a person has on this server.
 *  Thread: any. Owner: caller. Errors: 0 (none, or `user` is no id). Since 0.3. */
static inline uint32_t c18n_socket_count(c18n_self *self, const char *user)
{
    return self->host->sockets->count(self, user);
}
/** The epoch of this server's data: another one after a restore, when positions that clients know mean nothing any
 * more. Thread: request's. Owner: process. Errors: none. Since 0.3. */
static inline const char *c18n_epoch(c18n_request *rq)
{
    return C18N_HOST_OF(rq)->sockets->epoch(rq);
}

#endif
