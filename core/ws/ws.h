/**
 * ws.h: WebSockets as bytes: frames and messages on sockets that HTTP has handed over. Knows no person, no JSON.
 *
 * An engine does the framing. There are two behind one table: `native`, ours, and `libwebsockets`, behind a check of
 * what comes in, since alone it is too lax (docs/why/websocket-engines.md). Both pass the same suites.
 *
 * Threads: a lane is an engine's share of one event thread; it and its sockets are used on that thread only. Messages
 * to send are the exception: immutable, counted, and shared by all threads.
 *
 * Nothing is called back from inside a call of ours, and nothing is written inside ws_send: what a turn of the loop
 * brings together leaves in one write a socket, right before the loop waits.
 */
#ifndef WS_WS_H
#define WS_WS_H

#include "run/task.h"

#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>

enum { WS_TEXT = 1, WS_BINARY = 2 };

/** Close codes that we send (RFC 6455 7.4, and the API's own). */
enum {
    WS_NORMAL = 1000,
    WS_PROTOCOL = 1002,
    WS_MALFORMED = 1007,
    WS_TOO_LARGE = 1009,
    WS_FAILED = 1011,
    WS_RESTART = 1012,
    WS_TRY_LATER = 1013,
    WS_EXPIRED = 4401,
    WS_FORBIDDEN = 4403,
    WS_FLOOD = 4429,
    WS_NO_CODE = 1005, /* never sent: the client closed without one */
    WS_GONE = 1006,    /* never sent: the connection was lost */
};

/** A message to send, ready with its frame's head: the same bytes for everybody. */
struct ws_message {
    atomic_uint references;
    uint8_t opcode, head_length;
    uint32_t length;                     /* of the payload */
    _Atomic(struct ws_message *) packed; /* compressed, once a socket wanted that; itself: it gets no smaller */
    uint8_t head_room[16];               /* the head stands at its end, right before the payload */
    char payload[];
};
/** NULL: no memory. One reference, the caller's. Any thread. */
struct ws_message *ws_message_new(int opcode, const char *payload, size_t length);
struct ws_message *ws_message_ref(struct ws_message *message);
void ws_message_unref(struct ws_message *message); /* NULL too */

struct ws_socket; /* an open connection, of the engine */
struct ws_lane;

struct ws_options {
    size_t max_message; /* bytes of a message that comes in, over all its frames: 65,536; beyond: 1009 */
    size_t max_queue;   /* bytes that may wait to be sent: 262,144 */
    int64_t ping_ms;    /* after so long without a byte from the client it is pinged: 30,000 */
    int64_t silence_ms; /* after so long without one it is gone: 75,000 */
    int64_t write_ms;   /* nothing could be written for so long: gone: 30,000 */
    int64_t close_ms;   /* how long the client's close frame is waited for: 2,000 */
    /** A whole message, text that is valid UTF-8 or binary. It lives until this returns. */
    void (*message)(void *user, int opcode, const char *bytes, size_t length);
    /** A ping or pong came: for who counts what a client sends. NULL: nobody. */
    void (*control)(void *user);
    /** All that was queued is out. Called when somebody asked by ws_tell_drained. */
    void (*drained)(void *user);
    /** The connection is gone, and ws_socket with it. `code`: the close code that was sent or received; WS_GONE. */
    void (*closed)(void *user, int code);
};

/** How a connection begins: after HTTP has judged the handshake (handshake.h). */
struct ws_opening {
    int fd;            /* the engine's from here on, also when it fails */
    const char *early; /* bytes that came behind the handshake; copied */
    size_t early_length;
    const char *accept;   /* the value of Sec-WebSocket-Accept */
    const char *protocol; /* that was agreed on; NULL: none */
    bool deflate;         /* permessage-deflate without context takeover was agreed on */
    bool lines;           /* texts of one turn may go as one message, a line each */
    void *user;           /* handed to the callbacks */
};

struct ws_engine {
    const char *name;
    int (*lane_new)(struct loop *loop, const struct ws_options *options, struct ws_lane **ret_lane);
    /** Its sockets are closed without a word, to clients and to `closed`. The lane's memory goes once uv has closed its
     * handles, then `freed`. */
    void (*lane_close)(struct ws_lane *lane, void (*freed)(void *arg), void *arg);
    /** Writes the 101 and is open. */
    int (*open)(struct ws_lane *lane, const struct ws_opening *opening, struct ws_socket **ret_socket);
    /** Queues a message (a reference of its own). C18N_LIMITED: over max_queue, nothing was queued; who then means to
     *  close does it. C18N_GONE: closing. */
    int (*send)(struct ws_socket *socket, struct ws_message *message);
    /** Bytes that wait. */
    size_t (*queued)(const struct ws_socket *socket);
    void (*tell_drained)(struct ws_socket *socket); /* call `drained` once the queue is empty */
    /** Stops reading, and goes on: who can't take more lets the client wait. */
    void (*pause)(struct ws_socket *socket, bool paused);
    /** Sends what is queued, then a close frame; `now`: drops what is queued. Later messages of the client are passed
     *  over; `closed` comes. The first close counts. */
    void (*close)(struct ws_socket *socket, int code, const char *reason, bool now);
};

extern const struct ws_engine ws_native;
#ifdef C18N_LIBWEBSOCKETS
extern const struct ws_engine ws_libwebsockets;
#endif
/** By name ("native", "libwebsockets"); NULL: this build has none of that name. */
const struct ws_engine *ws_engine_find(const char *name);

#endif
