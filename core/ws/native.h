/**
 * native.h: our own engine: what its files share.
 *
 * A socket is a descriptor, a reader (reader.h) and a ring of messages that wait. What is sent in a turn of the loop
 * goes into rings; right before the loop waits each ring is written, as one piece where it can be (batch.h), by one
 * system call. In a fan-out that call is nearly all of the cost, so what sending touches lies together at the front of
 * the struct, and a thousand sockets with the same messages in their rings share one batch.
 *
 * The life of a socket: open; closing, when one side wants to (nothing is sent behind our close frame, and no message
 * is told any more); departed, when both close frames have passed, or ours has after a fault: its user was told, and
 * what the client may still say is read and thrown away, since closing with unread bytes would reset the connection and
 * could destroy our close frame on its way; gone.
 */
#ifndef WS_NATIVE_H
#define WS_NATIVE_H

#include "ws/batch.h"
#include "ws/codec.h"
#include "ws/deflate.h"
#include "ws/message.h"
#include "ws/reader.h"

#include <uv.h>

enum {
    NATIVE_READ_SIZE = 64 * 1024, /* the buffer that all sockets of a lane read into */
    NATIVE_INLINE = 4,            /* messages that wait without a ring of their own */
    NATIVE_MAX_RING = 1 << 20,    /* messages that wait; their bytes are limited by options */
};

struct ws_socket {
    uint32_t magic;
    int fd;
    struct ws_lane *lane;
    void *user;
    size_t queued; /* bytes in the ring */
    size_t sent;   /* of its first message */
    uint32_t first, count, room;
    bool dirty;   /* in lane->dirty */
    bool blocked; /* the kernel takes no more: waits to be writable */
    bool closing; /* nothing is sent any more, or told */
    struct ws_message **ring;
    struct ws_message *own[NATIVE_INLINE];

    bool leaving; /* the client's close has come, or a fault: departs once all is sent, and hears nothing more */
    bool departed, paused, pinged, tell_drained, lines, deflate;
    uint16_t code;       /* of the close that counts */
    uint32_t dirty_at;   /* its place in lane->dirty */
    int watched;         /* UV_READABLE | UV_WRITABLE */
    int64_t seen_us;     /* a byte of the client */
    int64_t write_us;    /* since when it has been blocked */
    int64_t deadline_us; /* when its closing is over in any case; 0: none */
    char *held;          /* read, but not looked at: it was paused */
    size_t held_length;
    struct ws_socket *next, *previous; /* of the lane */
    struct ws_codec_socket *coded;     /* NULL: the frames are ours */
    struct ws_reader reader;
    uv_poll_t poll;
};

struct ws_lane {
    struct ws_options options;
    struct loop *loop;
    uv_loop_t *uv;
    uv_prepare_t prepare;
    uv_timer_t sweep;
    struct ws_socket *sockets;
    size_t socket_count;
    struct ws_socket **dirty, **spare_dirty; /* with something to do before the loop waits; room for all sockets each */
    uint32_t dirty_count, dirty_room;
    unsigned handles; /* of uv, open */
    bool closing;
    struct ws_batches batches;
    struct ws_deflater *deflater;
    const struct ws_codec *codec; /* NULL: the frames are ours */
    struct ws_codec_lane *coded;
    void (*freed)(void *arg);
    void *freed_arg;
    char buffer[NATIVE_READ_SIZE];
};

/* native.c */
void ws_lane_handle_closed(struct ws_lane *lane);

/* life.c */
/** Looks at what the client sends? A client that doesn't take what it is sent is not read from either: else its pings
 *  would pile up answers. */
bool ws_socket_listens(const struct ws_socket *socket);
void ws_socket_watch(struct ws_socket *socket); /* after anything changed that decides what it waits for */
void ws_socket_close(struct ws_socket *socket, int code, const char *reason, size_t length, bool now);
void ws_socket_fault(struct ws_socket *socket, int code, const char *why);
void ws_socket_depart(struct ws_socket *socket);
void ws_socket_lose(struct ws_socket *socket);    /* the connection is no more */
void ws_socket_destroy(struct ws_socket *socket); /* without a word */

/* input.c */
void ws_input_read(struct ws_socket *socket);
void ws_input_resume(struct ws_socket *socket); /* what was held */

/* output.c */
void ws_output_dirty(struct ws_socket *socket);
/** Takes the reference when it succeeds. */
int ws_output_push(struct ws_socket *socket, struct ws_message *message);
void ws_output_control(struct ws_socket *socket, int opcode, const char *payload, size_t length);
void ws_output_drop(struct ws_socket *socket, bool all); /* not all: what has begun to leave stays */
void ws_output_flush(struct ws_lane *lane);

/* sweep.c */
void ws_sweep_begin(struct ws_lane *lane);

#endif
