/* engine.c: WebSockets without a network: an engine behind ws.h whose clients are the test's. What is sent is kept for
 * the test at once, so its queue is always empty. All on the loop's thread but for what a client's lock guards. */
#include "testhost/clients.h"

#include "base/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <unistd.h>

struct ws_lane {
    struct loop *loop;
    struct ws_options options;
    c18n_test_socket *sockets;
    struct task task; /* after lane_close */
    void (*freed)(void *arg);
    void *arg;
};

static _Atomic(c18n_test_socket *) expected; /* whose handshake is under way: a test asks one thing at a time */

void engine_expect(c18n_test_socket *client)
{
    atomic_store(&expected, client);
}

static c18n_test_socket *client_of(const struct ws_socket *socket)
{
    return (c18n_test_socket *)(uintptr_t)socket;
}

/* --- what a turn of the loop calls back --- */

static void leave_lane(c18n_test_socket *client, int code)
{
    struct ws_lane *lane = client->lane;
    c18n_test_socket **at = &lane->sockets;
    while (*at != client)
        at = &(*at)->next;
    *at = client->next;
    client->lane = NULL;
    client->first_sent = NULL;
    pthread_mutex_lock(&client->lock);
    client->code = code;
    pthread_mutex_unlock(&client->lock);
}

static void finish(c18n_test_socket *client, int code)
{
    struct ws_lane *lane = client->lane;
    leave_lane(client, code);
    lane->options.closed(client->user, code);
}

static int fault_of(const struct ws_options *options, const struct client_frame *frame)
{
    if (frame->length > options->max_message)
        return WS_TOO_LARGE;
    return frame->opcode == WS_TEXT && !codec_utf8_valid(frame->bytes, frame->length) ? WS_MALFORMED : 0;
}

static void engine_close(struct ws_socket *socket, int code, const char *reason, bool now);

/* Who is paused lets the client wait. */
static void take_frames(c18n_test_socket *client)
{
    while (client->first_sent && !client->paused && client->closing == 0) {
        struct client_frame *frame = client->first_sent;
        const struct ws_options *options = &client->lane->options;
        int fault = fault_of(options, frame);
        client->first_sent = frame->next;
        if (fault)
            engine_close((struct ws_socket *)client, fault, "", true);
        else
            options->message(client->user, frame->opcode, frame->bytes, frame->length);
    }
}

static void turn_run(struct task *task, void *context)
{
    (void)context;
    c18n_test_socket *client = (c18n_test_socket *)(void *)((char *)task - offsetof(c18n_test_socket, turn));
    client->turning = false;
    if (!client->lane)
        return;
    if (client->closing) {
        finish(client, client->closing);
        return;
    }
    if (client->tells_drained) {
        client->tells_drained = false;
        client->lane->options.drained(client->user);
    }
    take_frames(client);
}

/* Nothing is called back from inside a call. */
static void turn_soon(c18n_test_socket *client)
{
    if (client->turning)
        return;
    client->turning = true;
    client->turn.run = turn_run;
    loop_post(client->lane->loop, &client->turn);
}

/* --- what the client does --- */

void engine_take(c18n_test_socket *client, struct client_frame *frame)
{
    struct client_frame **at = &client->first_sent;
    if (!client->lane || client->closing)
        return;
    while (*at)
        at = &(*at)->next;
    *at = frame;
    take_frames(client);
}

void engine_lose(c18n_test_socket *client)
{
    if (client->lane && !client->closing)
        finish(client, WS_GONE);
}

bool engine_is_busy(const c18n_test_socket *client)
{
    return client->turning || (client->first_sent && !client->paused);
}

/* --- the engine --- */

static int engine_lane_new(struct loop *loop, const struct ws_options *options, struct ws_lane **ret_lane)
{
    struct ws_lane *lane = calloc(1, sizeof *lane);
    if (!lane)
        return C18N_NO_MEMORY;
    lane->loop = loop;
    lane->options = *options;
    *ret_lane = lane;
    return C18N_OK;
}

static void lane_end(struct task *task, void *context)
{
    (void)context;
    struct ws_lane *lane = (struct ws_lane *)(void *)((char *)task - offsetof(struct ws_lane, task));
    while (lane->sockets)
        leave_lane(lane->sockets, WS_GONE);
    lane->freed(lane->arg);
    free(lane);
}

static void engine_lane_close(struct ws_lane *lane, void (*freed)(void *arg), void *arg)
{
    lane->freed = freed;
    lane->arg = arg;
    lane->task.run = lane_end;
    loop_post(lane->loop, &lane->task);
}

static int engine_open(struct ws_lane *lane, const struct ws_opening *opening, struct ws_socket **ret_socket)
{
    c18n_test_socket *client = atomic_exchange(&expected, NULL);
    assert(client);
    close(opening->fd);
    client->lane = lane;
    client->user = opening->user;
    client->next = lane->sockets;
    client->code = 0;
    lane->sockets = client;
    *ret_socket = (struct ws_socket *)client;
    return C18N_OK;
}

static int engine_send(struct ws_socket *socket, struct ws_message *message)
{
    c18n_test_socket *client = client_of(socket);
    if (client->closing)
        return C18N_GONE;
    struct got_frame *frame = calloc(1, sizeof *frame);
    if (!frame)
        return C18N_NO_MEMORY;
    frame->message = ws_message_ref(message);
    pthread_mutex_lock(&client->lock);
    *client->last_got = frame;
    client->last_got = &frame->next;
    pthread_mutex_unlock(&client->lock);
    return C18N_OK;
}

static size_t engine_queued(const struct ws_socket *socket)
{
    (void)socket;
    return 0;
}

static void engine_tell_drained(struct ws_socket *socket)
{
    client_of(socket)->tells_drained = true;
    turn_soon(client_of(socket));
}

static void engine_pause(struct ws_socket *socket, bool paused)
{
    c18n_test_socket *client = client_of(socket);
    client->paused = paused;
    if (!paused)
        turn_soon(client);
}

static void engine_close(struct ws_socket *socket, int code, const char *reason, bool now)
{
    c18n_test_socket *client = client_of(socket);
    (void)reason, (void)now;
    if (client->closing)
        return;
    client->closing = code;
    turn_soon(client);
}

const struct ws_engine testhost_engine = {
    .name = "testhost",
    .lane_new = engine_lane_new,
    .lane_close = engine_lane_close,
    .open = engine_open,
    .send = engine_send,
    .queued = engine_queued,
    .tell_drained = engine_tell_drained,
    .pause = engine_pause,
    .close = engine_close,
};
