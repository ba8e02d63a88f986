/**
 * players.h: what stands around the half of live/ that delivers, played by one thread: the first half, lanes' loops, a
 * pool, an engine, data. What is posted waits until a test lets it run. An executable's own definition wins over a
 * library's.
 */
#ifndef TEST_LIVE_PLAYERS_H
#define TEST_LIVE_PLAYERS_H

#include "base/json.h"
#include "base/platform.h"
#include "live/catch_up.h"
#include "live/deliver.h"
#include "live/listen.h"
#include "live/people.h"
#include "live/read.h"
#include "loader/loader.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LANES = 2, USERS_MOST = 16, LOGS_MOST = 64, HEARD_MOST = 65536, FRAME_BYTES = 64 };

/* --- queues of tasks in place of threads --- */

struct queue {
    struct task *first, **last;
    size_t count;
};

static inline void queue_add(struct queue *queue, struct task *task)
{
    if (!queue->first)
        queue->last = &queue->first;
    task->next = NULL;
    *queue->last = task;
    queue->last = &task->next;
    queue->count++;
}

static inline struct task *queue_take(struct queue *queue)
{
    struct task *task = queue->first;
    if (task) {
        queue->first = task->next;
        queue->count--;
    }
    return task;
}

struct loop {
    struct queue mail;
};
struct pool {
    struct queue work;
    bool full;
};

struct client;

/* A log and who may read it; a name "UID>PEER" is of one person alone. */
struct log {
    char name[40];
    uint64_t end;
    bool members[USERS_MOST];
};

static struct {
    struct server server;
    struct live live;
    struct live_lane lanes[LANES];
    struct loop loops[LANES];
    struct pool pool;
    struct live_path delivers, takes; /* two places to connect to */
    struct live_verb write, read, at_once;
    struct module module, other;
    c18n_module descriptor, bare; /* with logs, and without */
    struct log logs[LOGS_MOST];
    size_t log_count;
    struct queue on_its_way;       /* reads that are back from the pool, and not with their lane yet */
    bool holds_reads;              /* they stay there until site_land */
    struct data_sequel *committed; /* sequels that have not happened yet, oldest first */
    struct data_sequel *running;   /* those of the transaction that runs, newest first */
    struct request *writing;
    int data_state, auth_code, read_fault, catch_up_code;
    size_t reads; /* that the module was asked for */
    uint64_t frames_read;
    int64_t now_us;
    size_t sockets; /* that are not freed */
    /** What clients hear goes here, and isn't kept. NULL: it is kept. */
    void (*judge)(struct client *client, char what, uint32_t log, uint64_t number);
} site;

/* --- sockets, as the first half has them --- */

struct heard {
    char what; /* 'm' a message, 'a' an ack, 't' something without a number */
    uint32_t log;
    uint64_t number;
};

struct client {
    struct live_socket *socket; /* NULL: freed */
    size_t queued;
    bool tell_drained, stalls;
    int closed_with;
    struct heard *heard;
    size_t count;
    struct request *opening; /* while `opened` is away */
    void *model;             /* of test_model.c */
};

struct ws_socket { /* of the engine that is played here */
    struct client *client;
};

static inline void client_hears(struct client *client, char what, uint32_t log, uint64_t number)
{
    if (site.judge) {
        site.judge(client, what, log, number);
        return;
    }
    assert_true(client->count < HEARD_MOST);
    client->heard[client->count++] = (struct heard){what, log, number};
}

static inline size_t engine_queued(const struct ws_socket *ws)
{
    return ws->client->queued;
}
static inline void engine_tell_drained(struct ws_socket *ws)
{
    ws->client->tell_drained = true;
}
static const struct ws_engine engine = {.queued = engine_queued, .tell_drained = engine_tell_drained};

void live_close(struct live_socket *socket, int code, const char *reason, bool now)
{
    (void)reason;
    (void)now;
    if (!socket->ws || socket->closing)
        return;
    socket->closing = true;
    socket->ws->client->closed_with = code;
}

void live_send(struct live_socket *socket, struct ws_message *message)
{
    unsigned log;
    unsigned long long number;
    char kind[3];
    if (!socket->ws || socket->closing || socket->expired)
        return;
    struct client *client = socket->ws->client;
    size_t size = message->length + 10;
    if (client->queued + size > LIVE_QUEUE_MOST) {
        live_close(socket, WS_TRY_LATER, "", true);
        return;
    }
    client->queued += size;
    char text[FRAME_BYTES];
    size_t length = message->length < sizeof text ? message->length : sizeof text - 1;
    memcpy(text, message->payload, length);
    text[length] = '\0';
    assert_int_equal(sscanf(text, "{\"kind\":\"%1[mt]\",\"log\":%u,\"n\":%llu", kind, &log, &number), 3);
    client_hears(client, kind[0], log, number);
}

void live_socket_unref(struct live_socket *socket)
{
    assert_true(socket->references > 0);
    if (--socket->references > 0)
        return;
    assert_false(socket->listening);
    site.sockets--;
    free(socket);
}

int live_request_init(struct request *request, struct live_socket *socket, struct arena *arena, c18n_self *self)
{
    request_init_internal(request, &site.server, arena, self);
    request->socket = socket;
    request->caller.user = socket->claims.user;
    return C18N_OK;
}

int live_expect_bytes(c18n_request *rq, uint64_t count, void *upload)
{
    (void)rq;
    (void)count;
    (void)upload;
    return C18N_INVALID;
}

/* --- threads, data and auth --- */

void loop_post(struct loop *loop, struct task *task)
{
    if (site.holds_reads)
        queue_add(&site.on_its_way, task);
    else
        queue_add(&loop->mail, task);
}

bool pool_submit(struct pool *pool, struct task *task)
{
    if (!pool->full)
        queue_add(&pool->work, task);
    return !pool->full;
}

int data_read_begin(struct data_reader *reader, struct request *request)
{
    (void)reader;
    (void)request;
    return C18N_OK;
}
void data_read_end(struct data_reader *reader, struct request *request)
{
    (void)reader;
    (void)request;
}
int data_read_fault(const struct request *request, int code)
{
    (void)request, (void)code;
    return site.read_fault;
}
int data_state(const struct data *data, const char **ret_detail)
{
    (void)data;
    *ret_detail = "";
    return site.data_state;
}
int data_after_commit(struct request *request, struct data_sequel *sequel)
{
    if (request != site.writing)
        return C18N_INVALID;
    sequel->next = site.running;
    site.running = sequel;
    return C18N_OK;
}
int auth_person(struct auth *auth, struct request *request, bool may_read)
{
    (void)auth;
    (void)request;
    assert_true(may_read);
    return site.auth_code;
}
struct module *loader_of(const c18n_self *self)
{
    return (struct module *)(uintptr_t)self;
}
static inline int64_t play_monotonic_us(void)
{
    return site.now_us;
}

#endif
