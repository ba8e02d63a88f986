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
    DEFAULT_MAX_BODY = 1024 * 1024,
    DEFAULT_MAX_CONNECTIONS = 16384,
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

static void ask_all(struct http_server *server, void (*run)(struct task *task, void *context))
{
    struct waiter waiter = {.left = server->lane_count};
    struct lane_call *calls = calloc(server->lane_count, sizeof *calls);
    assert(calls); /* a few bytes at the end of the process */
    pthread_mutex_init(&waiter.lock, NULL);
    pthread_cond_init(&waiter.changed, NULL);
    for (size_t i = 0; i < server->lane_count; i++) {
        calls[i] = (struct lane_call){.task = {.run = run}, .lane = server->lanes[i], .waiter = &waiter};
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
        ask_all(server, run_drain);
}

void http_stop(struct http_server *server)
{
    assert(server->magic == SERVER_MAGIC);
    if (server->stopped)
        return;
    ask_all(server, run_stop);
    server->stopped = true;
    if (server->unix_path)
        platform->unlink(server->unix_path);
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

/* --- frontends --- */

bool http_server_admits(const struct http_server *server, const struct sockaddr_storage *peer)
{
    return http_cidr_match(server->frontends, server->frontend_count, peer);
}

/* --- life --- */

static void set_defaults(struct http_options *options)
{
    const struct http_options given = *options;
    options->header_ms = given.header_ms > 0 ? given.header_ms : DEFAULT_HEADER_MS;
    options->idle_ms = given.idle_ms > 0 ? given.idle_ms : DEFAULT_IDLE_MS;
    options->write_ms = given.write_ms > 0 ? given.write_ms : DEFAULT_WRITE_MS;
    options->body_rate = given.body_rate > 0 ? given.body_rate : DEFAULT_BODY_RATE;
    options->max_body = given.max_body > 0 ? given.max_body : DEFAULT_MAX_BODY;
    options->max_connections = given.max_connections > 0 ? given.max_connections : DEFAULT_MAX_CONNECTIONS;
}

/* The caller's strings may end with its settings; ours live as long as the server. */
static int copy_hosts(struct http_server *server)
{
    size_t count = server->options.host_count;
    char **hosts = calloc(count + 1, sizeof *hosts);
    server->rules = (struct http_rules){.max_body = server->options.max_body, .hosts = (const char *const *)hosts};
    if (!hosts)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        hosts[i] = strdup(server->options.hosts[i]);
        if (!hosts[i])
            return C18N_NO_MEMORY;
        server->rules.host_count++;
    }
    return C18N_OK;
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
    const char *bad;
    int code = http_cidr_list(server->options.frontends, server->options.frontend_count, &server->frontends,
                              &server->frontend_count, &bad);
    if (code == C18N_INVALID)
        snprintf(ret_why, 256, "%.200s: no address or network", bad);
    if (code == C18N_OK)
        code = copy_hosts(server);
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
    for (size_t i = 0; i < server->rules.host_count; i++)
        free((char *)(uintptr_t)server->rules.hosts[i]);
    free((char **)(uintptr_t)server->rules.hosts);
    free(server->lanes);
    free(server->frontends);
    free(server->unix_path);
    server->magic = 0;
    free(server);
}
