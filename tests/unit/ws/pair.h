/**
 * pair.h: a lane of an engine on a thread of its own, and connections to it whose other end the test speaks as a
 * client.
 *
 * What an engine is asked must be asked on its thread: pair_run does that, and waits until it is done.
 */
#ifndef TEST_WS_PAIR_H
#define TEST_WS_PAIR_H

#include "c18n/abi.h"
#include "frames.h"
#include "ws/ws.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { PAIR_PATIENCE_MS = 5000, PAIR_ROOM = 1 << 20 };

struct pair_lane {
    const struct ws_engine *engine;
    struct loop *loop;
    struct ws_lane *lane;
    atomic_bool freed;
};

struct pair { /* a connection */
    struct pair_lane *lane;
    struct ws_socket *socket;
    int client;
    bool echoes, pauses; /* of what is told: sends it back; pauses behind it */
    atomic_uint messages, controls, drained;
    atomic_int closed; /* the code; 0: it isn't */
    char last[256];    /* message */
    size_t last_length;
};

/* Waits until it is so; 5 s at most. */
#define PAIR_WAIT(condition)                                                                                           \
    do {                                                                                                               \
        for (int i_ = 0; i_ < 1000 && !(condition); i_++)                                                              \
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);                                                   \
        assert_true(condition);                                                                                        \
    } while (0)

/* --- on the loop's thread --- */

struct pair_call {
    struct task task;
    void (*run)(void *arg);
    void *arg;
    atomic_bool done;
};

static inline void pair_run_call(struct task *task, void *context)
{
    struct pair_call *call = (struct pair_call *)task;
    (void)context;
    call->run(call->arg);
    atomic_store(&call->done, true);
}

static inline void pair_run(struct pair_lane *lane, void (*run)(void *arg), void *arg)
{
    struct pair_call call = {.task = {.run = pair_run_call}, .run = run, .arg = arg};
    loop_post(lane->loop, &call.task);
    PAIR_WAIT(atomic_load(&call.done));
}

static inline void pair_on_message(void *user, int opcode, const char *bytes, size_t length)
{
    struct pair *pair = user;
    const struct ws_engine *engine = pair->lane->engine;
    if (pair->pauses)
        engine->pause(pair->socket, true);
    if (pair->echoes) {
        struct ws_message *message = ws_message_new(opcode, bytes, length);
        assert_non_null(message);
        int code = engine->send(pair->socket, message);
        assert_true(code == C18N_OK || code == C18N_LIMITED);
        ws_message_unref(message);
    }
    pair->last_length = length < sizeof pair->last ? length : sizeof pair->last;
    if (pair->last_length)
        memcpy(pair->last, bytes, pair->last_length);
    atomic_fetch_add(&pair->messages, 1);
}

static inline void pair_on_control(void *user)
{
    struct pair *pair = user;
    atomic_fetch_add(&pair->controls, 1);
}

static inline void pair_on_drained(void *user)
{
    struct pair *pair = user;
    atomic_fetch_add(&pair->drained, 1);
}

static inline void pair_on_closed(void *user, int code)
{
    struct pair *pair = user;
    assert_int_equal(atomic_load(&pair->closed), 0);
    atomic_store(&pair->closed, code);
}

/* --- lanes --- */

struct pair_begin {
    struct pair_lane *lane;
    struct ws_options options;
};

static inline void pair_make_lane(void *arg)
{
    struct pair_begin *begin = arg;
    int code = begin->lane->engine->lane_new(begin->lane->loop, &begin->options, &begin->lane->lane);
    assert_int_equal(code, C18N_OK);
}

/** With these options; what they leave open is filled in. */
static inline void pair_lane_begin(struct pair_lane *lane, const struct ws_engine *engine, struct ws_options options)
{
    struct pair_begin begin = {.lane = lane, .options = options};
    struct ws_options *given = &begin.options;
    *lane = (struct pair_lane){.engine = engine, .loop = loop_new(0)};
    given->max_message = options.max_message ? options.max_message : 65536;
    given->max_queue = options.max_queue ? options.max_queue : 262144;
    given->ping_ms = options.ping_ms ? options.ping_ms : 30000;
    given->silence_ms = options.silence_ms ? options.silence_ms : 75000;
    given->write_ms = options.write_ms ? options.write_ms : 30000;
    given->close_ms = options.close_ms ? options.close_ms : 2000;
    given->message = pair_on_message;
    given->control = pair_on_control;
    given->drained = pair_on_drained;
    given->closed = pair_on_closed;
    assert_int_equal(loop_start(lane->loop), 0);
    pair_run(lane, pair_make_lane, &begin);
}

static inline void pair_on_freed(void *arg)
{
    struct pair_lane *lane = arg;
    atomic_store(&lane->freed, true);
}

static inline void pair_close_lane(void *arg)
{
    struct pair_lane *lane = arg;
    lane->engine->lane_close(lane->lane, pair_on_freed, lane);
}

static inline void pair_lane_end(struct pair_lane *lane)
{
    pair_run(lane, pair_close_lane, lane);
    PAIR_WAIT(atomic_load(&lane->freed));
    loop_stop(lane->loop);
    loop_join(lane->loop);
    loop_free(lane->loop);
}

/* --- connections --- */

struct pair_open {
    struct pair *pair;
    struct ws_opening opening;
    int code;
};

static inline void pair_open_socket(void *arg)
{
    struct pair_open *open = arg;
    struct pair_lane *lane = open->pair->lane;
    open->code = lane->engine->open(lane->lane, &open->opening, &open->pair->socket);
}

static inline void pair_read(struct pair *pair, char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        struct pollfd poller = {.fd = pair->client, .events = POLLIN};
        assert_int_equal(poll(&poller, 1, PAIR_PATIENCE_MS), 1);
        ssize_t got = read(pair->client, bytes + at, length - at);
        if (got <= 0)
            fail_msg("%zu bytes of %zu came", at, length);
        at += (size_t)got;
    }
}

/* The connection has ended, and nothing more came. */
static inline void pair_expect_end(struct pair *pair)
{
    char byte;
    struct pollfd poller = {.fd = pair->client, .events = POLLIN};
    assert_int_equal(poll(&poller, 1, PAIR_PATIENCE_MS), 1);
    assert_true(read(pair->client, &byte, 1) <= 0);
}

static inline void pair_expect(struct pair *pair, const char *bytes, size_t length)
{
    char *got = malloc(length + 1);
    pair_read(pair, got, length);
    assert_memory_equal(got, bytes, length);
    free(got);
}

/** A server's frame of less than 64 KiB; its payload, which is the caller's to free. `first`: FIN, RSV and opcode. */
static inline char *pair_read_frame(struct pair *pair, uint8_t *ret_first, size_t *ret_length)
{
    uint8_t head[4];
    pair_read(pair, (char *)head, 2);
    assert_true(head[1] <= 126);
    if (head[1] == 126)
        pair_read(pair, (char *)head + 2, 2);
    *ret_first = head[0];
    *ret_length = head[1] == 126 ? (size_t)head[2] << 8 | head[3] : head[1];
    char *payload = calloc(1, *ret_length + 1);
    pair_read(pair, payload, *ret_length);
    return payload;
}

static inline void pair_expect_frame(struct pair *pair, uint8_t first, const char *payload, size_t length)
{
    uint8_t is;
    size_t size;
    char *got = pair_read_frame(pair, &is, &size);
    assert_int_equal(is, first);
    assert_int_equal(size, length);
    assert_memory_equal(got, payload, length);
    free(got);
}

static inline void pair_expect_close(struct pair *pair, int code)
{
    uint8_t first;
    size_t length;
    char *got = pair_read_frame(pair, &first, &length);
    assert_int_equal(first, 0x88);
    assert_true(length >= 2);
    assert_int_equal((uint8_t)got[0] << 8 | (uint8_t)got[1], code);
    free(got);
}

static inline void pair_write(struct pair *pair, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length;) {
        ssize_t sent = send(pair->client, bytes + at, length - at, MSG_NOSIGNAL);
        assert_true(sent > 0);
        at += (size_t)sent;
    }
}

static inline void pair_write_frame(struct pair *pair, uint8_t first, const char *payload, size_t length)
{
    char *bytes = malloc(length + WS_MAX_HEAD);
    pair_write(pair, bytes, frames_add(bytes, first, payload, length));
    free(bytes);
}

static inline void pair_write_close(struct pair *pair, int code)
{
    char payload[2] = {(char)(code >> 8), (char)code};
    pair_write_frame(pair, 0x88, payload, 2);
}

static inline void pair_give_little_room(int fd)
{
    int size = 4096;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
}

/** Opens one as `opening` says; fd, accept and user are filled in. Takes the 101 off. */
static inline void pair_begin_as(struct pair *pair, struct pair_lane *lane, struct ws_opening opening)
{
    struct pair_open open = {.pair = pair, .opening = opening};
    int fds[2];
    char head[512] = "";
    *pair = (struct pair){.lane = lane};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds), 0);
    pair->client = fds[1];
    fcntl(fds[1], F_SETFL, 0); /* the client's end blocks */
    pair_give_little_room(fds[0]);
    open.opening.fd = fds[0];
    open.opening.accept = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
    open.opening.user = pair;
    pair_run(lane, pair_open_socket, &open);
    assert_int_equal(open.code, C18N_OK);
    for (size_t length = 0; !strstr(head, "\r\n\r\n"); length++)
        pair_read(pair, head + length, 1);
    assert_non_null(strstr(head, "HTTP/1.1 101 "));
    assert_non_null(strstr(head, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n"));
    assert_int_equal(strstr(head, "Sec-WebSocket-Protocol: best\r\n") != NULL, opening.protocol != NULL);
    assert_int_equal(strstr(head, "permessage-deflate") != NULL, opening.deflate);
}

static inline void pair_begin_socket(struct pair *pair, struct pair_lane *lane)
{
    pair_begin_as(pair, lane, (struct ws_opening){.protocol = "best"});
}

/* --- asking, as one call on the loop's thread --- */

struct pair_send {
    struct pair *pair;
    struct ws_message *message;
    int code;
};

static inline void pair_do_send(void *arg)
{
    struct pair_send *send = arg;
    send->code = send->pair->lane->engine->send(send->pair->socket, send->message);
}

static inline int pair_send_text(struct pair *pair, const char *text, size_t length)
{
    struct pair_send send = {.pair = pair, .message = ws_message_new(WS_TEXT, text, length)};
    pair_run(pair->lane, pair_do_send, &send);
    ws_message_unref(send.message);
    return send.code;
}

struct pair_queued {
    struct pair *pair;
    size_t bytes;
};

static inline void pair_do_ask_queued(void *arg)
{
    struct pair_queued *queued = arg;
    queued->bytes = queued->pair->lane->engine->queued(queued->pair->socket);
}

static inline size_t pair_queued(struct pair *pair)
{
    struct pair_queued queued = {.pair = pair};
    pair_run(pair->lane, pair_do_ask_queued, &queued);
    return queued.bytes;
}

static inline void pair_do_close(void *arg)
{
    struct pair *pair = arg;
    pair->lane->engine->close(pair->socket, 4000, "because", false);
}
static inline void pair_do_close_now(void *arg)
{
    struct pair *pair = arg;
    pair->lane->engine->close(pair->socket, 4000, "because", true);
}
static inline void pair_do_pause(void *arg)
{
    struct pair *pair = arg;
    pair->lane->engine->pause(pair->socket, true);
}
static inline void pair_do_go_on(void *arg)
{
    struct pair *pair = arg;
    pair->lane->engine->pause(pair->socket, false);
}
static inline void pair_do_tell_drained(void *arg)
{
    struct pair *pair = arg;
    pair->lane->engine->tell_drained(pair->socket);
}

#endif
