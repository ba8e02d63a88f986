/* The server as a whole: made of lanes, told what to do from the control thread. */
#include "http/server.h"

#include "base/platform.h"
#include "c18n/abi.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SERVER_MAGIC UINT32_C(0x68747073)

enum {
    DEFAULT_HEADER_MS = 10000,
    DEFAULT_IDLE_MS = 75000,
    DEFAULT_WRITE_MS = 30000,
    DEFAULT_BODY_RATE = 1024,
};

/* --- asking all lanes and waiting --- */

struct waiter {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    size_t left;
};

struct lane_call {
    struct task task;
    struct http_lane *lane;
    struct waiter *waiter;
    const struct http_terms *terms;
};

static void done(void *arg)
{
    struct waiter *waiter = arg;
    pthread_mutex_lock(&waiter->lock);
    waiter->left--;
    pthread_cond_signal(&waiter->changed);
    pthread_mutex_unlock(&waiter->lock);
}

static void run_drain(struct task *task, void *context)
{
    struct lane_call *call = (struct lane_call *)task;
    (void)context;
    http_lane_drain(call->lane);
    done(call->waiter);
}

static void run_stop(struct task *task, void *context)
{
    struct lane_call *call = (struct lane_call *)task;
    (void)context;
    http_lane_stop(call->lane, done, call->waiter);
}

static void run_change(struct task *task, void *context)
{
    struct lane_call *call = (struct lane_call *)task;
    (void)context;
    call->lane->terms = call->terms;
    done(call->waiter);
}

static void ask_all(struct http_server *server, void (*run)(struct task *task, void *context),
                    const struct http_terms *terms)
{
    struct waiter waiter = {.left = server->lane_count};
    struct lane_call *calls = calloc(server->lane_count, sizeof *calls);
    assert(calls); /* a few bytes, at the end of the process or in a reload */
    pthread_mutex_init(&waiter.lock, NULL);
    pthread_cond_init(&waiter.changed, NULL);
    for (size_t i = 0; i < server->lane_count; i++) {
        calls[i] =
            (struct lane_call){.task = {.run = run}, .lane = server->lanes[i], .waiter = &waiter, .terms = terms};
        loop_post(server->lanes[i]->loop, &calls[i].task);
    }
    pthread_mutex_lock(&waiter.lock);
    while (waiter.left > 0)
        pthread_cond_wait(&waiter.changed, &waiter.lock);
    pthread_mutex_unlock(&waiter.lock);
    pthread_cond_destroy(&waiter.changed);
    pthread_mutex_destroy(&waiter.lock);
    free(calls);
}

void http_drain(struct http_server *server)
{
    assert(server->magic == SERVER_MAGIC);
    if (!server->stopped)
        ask_all(server, run_drain, NULL);
}

void http_stop(struct http_server *server)
{
    assert(server->magic == SERVER_MAGIC);
    if (server->stopped)
        return;
    ask_all(server, run_stop, NULL);
    server->stopped = true;
    if (server->unix_path)
        platform->unlink(server->unix_path);
}

/* When every lane has said that it has the new terms, nobody reads the old ones. */
void http_commit(struct http_server *server, struct http_terms *terms)
{
    assert(server->magic == SERVER_MAGIC && !server->stopped);
    ask_all(server, run_change, terms);
    http_terms_free(server->terms);
    server->terms = terms;
}

/* --- counters --- */

size_t http_in_flight(const struct http_server *server)
{
    size_t count = 0;
    for (size_t i = 0; i < server->lane_count; i++)
        count += atomic_load_explicit(&server->lanes[i]->in_flight, memory_order_relaxed);
    return count;
}

size_t http_connections(const struct http_server *server)
{
    size_t count = 0;
    for (size_t i = 0; i < server->lane_count; i++)
        count += atomic_load_explicit(&server->lanes[i]->open, memory_order_relaxed);
    return count;
}

size_t http_server_open_connections(const struct http_server *server)
{
    return http_connections(server);
}
uint64_t http_refused_at_accept(const struct http_server *server)
{
    return atomic_load(&server->refused);
}
const char *http_listening(const struct http_server *server)
{
    return server->listening;
}

/* --- life --- */

static void set_defaults(struct http_options *options)
{
    const struct http_options given = *options;
    options->header_ms = given.header_ms > 0 ? given.header_ms : DEFAULT_HEADER_MS;
    options->idle_ms = given.idle_ms > 0 ? given.idle_ms : DEFAULT_IDLE_MS;
    options->write_ms = given.write_ms > 0 ? given.write_ms : DEFAULT_WRITE_MS;
    options->body_rate = given.body_rate > 0 ? given.body_rate : DEFAULT_BODY_RATE;
}

static int make_lanes(struct http_server *server, const int *fds)
{
    size_t each = http_bind_per_lane(server);
    for (size_t i = 0; i < server->lane_count; i++) {
        server->lanes[i] = http_lane_new(server, server->options.loops[i], fds + i * each, each);
        if (!server->lanes[i])
            return C18N_NO_MEMORY;
    }
    for (size_t i = 0; i < server->lane_count; i++)
        loop_post(server->lanes[i]->loop, &server->lanes[i]->start);
    return C18N_OK;
}

static int listen_and_go(struct http_server *server, char ret_why[256])
{
    size_t count = server->lane_count * http_bind_per_lane(server);
    int *fds = malloc(count * sizeof *fds);
    if (!fds)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        fds[i] = -1;
    int code = http_bind(server, fds, ret_why);
    if (code == C18N_OK)
        code = make_lanes(server, fds);
    if (code != C18N_OK)
        http_bind_close(fds, count);
    free(fds);
    return code;
}

static int prepare(struct http_server *server, char ret_why[256])
{
    int code = http_terms_new(&server->options, &server->terms, ret_why);
    if (code == C18N_OK)
        code = listen_and_go(server, ret_why);
    return code;
}

int http_start(const struct http_options *options, struct http_server **ret_server, char ret_why[256])
{
    assert(options->loop_count > 0 && options->request);
    assert(options->listen || options->inherited_count > 0);
    struct http_server *server = calloc(1, sizeof *server);
    snprintf(ret_why, 256, "out of memory");
    if (!server)
        return C18N_NO_MEMORY;
    server->magic = SERVER_MAGIC;
    server->options = *options;
    set_defaults(&server->options);
    server->lanes = calloc(options->loop_count, sizeof *server->lanes);
    server->lane_count = server->lanes ? options->loop_count : 0;
    int code = server->lanes ? prepare(server, ret_why) : C18N_NO_MEMORY;
    if (code != C18N_OK) {
        server->stopped = true; /* no lane has begun */
        http_free(server);
        return code;
    }
    ret_why[0] = '\0';
    *ret_server = server;
    return C18N_OK;
}

void http_free(struct http_server *server)
{
    if (!server)
        return;
    assert(server->magic == SERVER_MAGIC && server->stopped);
    for (size_t i = 0; i < server->lane_count; i++)
        http_lane_free(server->lanes[i]);
    http_terms_free(server->terms);
    free(server->lanes);
    free(server->unix_path);
    server->magic = 0;
    free(server);
}
