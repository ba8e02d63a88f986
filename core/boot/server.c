/* server.c: puts one server together, after load.c has judged its settings and modules, and takes it apart again,
 * in one visible order. */
#include "boot/server.h"

#include "base/log.h"
#include "base/platform.h"
#include "boot/families.h"
#include "boot/reload.h"
#include "boot/settings.h"
#include "boot/timers.h"
#include "live/live.h"
#include "run/watchdog.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum {
    BLOCKING_THREADS = 4, /* argon2 takes 64 MiB each: a bound on memory as much as on time */
    BLOCKING_LIMIT = 256, /* tasks that may wait: a flood of log-ins is told to come back, not kept for minutes */
    READS_LIMIT = 16384,
    THREADS_MOST = 64,
    DRAIN_STEP_MS = 10,
};

/* --- open: the data and what works on it --- */

static void *pool_enter(void *arg)
{
    return data_reader_open(arg);
}

static void pool_leave(void *context, void *arg)
{
    (void)arg;
    data_reader_close(context);
}

static unsigned server_threads(const struct server *server)
{
    int64_t threads = conf_integer(server->core_settings, "threads");
    if (threads == 0)
        threads = sysconf(_SC_NPROCESSORS_ONLN);
    return threads < 1 ? 1 : threads > THREADS_MOST ? THREADS_MOST : (unsigned)threads;
}

static int open_pools(struct server *server)
{
    unsigned threads = server_threads(server);
    struct pool_options reads = {.name = "read",
                                 .threads = server->pool_threads ? server->pool_threads
                                            : threads < 2        ? 2
                                                                 : threads,
                                 .limit = READS_LIMIT,
                                 .enter = pool_enter,
                                 .leave = pool_leave,
                                 .arg = server->data};
    struct pool_options blocking = {.name = "blocking",
                                    .threads = server->pool_threads ? server->pool_threads : BLOCKING_THREADS,
                                    .limit = BLOCKING_LIMIT,
                                    .enter = pool_enter,
                                    .leave = pool_leave,
                                    .arg = server->data};
    server->reads = pool_start(&reads);
    server->blocking = pool_start(&blocking);
    return server->reads && server->blocking ? C18N_OK : C18N_NO_MEMORY;
}

static int open_exit_code(int code)
{
    static const struct {
        int code, exit_code;
    } known[] = {{C18N_BUSY, EXIT_NO_SERVICE},
                 {C18N_CORRUPT, EXIT_DATA},
                 {C18N_UNSUPPORTED, EXIT_CONFIG},
                 {C18N_INVALID, EXIT_CONFIG}}; /* what a module declares can't be */
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code)
            return known[i].exit_code;
    return EXIT_SYSTEM_IO;
}

static int open_data(struct server *server, struct text *ret_why)
{
    struct data_options options = {
        .host = &server->host,
        .loader = server->loader,
        .state_dir = server->state_dir,
        .queue_limit = (unsigned)conf_integer(server->core_settings, "queue_limit"),
    };
    int code = data_open(&options, &server->data, ret_why);
    if (code != C18N_OK)
        return open_exit_code(code);
    code = auth_load_revoked(server->auth, server->data);
    if (code != C18N_OK)
        return EXIT_SYSTEM_IO;
    data_on_commit(server->data, auth_on_commit, server->auth);
    data_on_commit(server->data, live_on_commit, server->live); /* asks auth anew, so it comes after it */
    return 0;
}

static size_t open_count_left_out(const struct server *server)
{
    size_t count = 0;
    for (size_t i = 0; i < loader_count(server->loader); i++)
        count += loader_at(server->loader, i)->state == MODULE_LEFT_OUT;
    return count;
}

static void open_tell_left_out(const struct server *server)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        if (module->state == MODULE_LEFT_OUT)
            log_line(C18N_LOG_WARNING, module->self.id, "left out, and optional: the server starts without it: %s%s%s",
                     module->detail, *module->advice ? "; " : "", module->advice);
    }
}

/* An optional module may fail one of these stages: the API is then made anew from what is left, so that
 * routes, hooks and documents tell of no module that isn't there. */
static int open_modules(struct server *server, struct text *ret_why)
{
    size_t left_out = open_count_left_out(server);
    int code = loader_init(server->loader, ret_why);
    if (code == 0)
        code = loader_start(server->loader, ret_why);
    if (code == 0)
        open_tell_left_out(server);
    if (code != 0 || open_count_left_out(server) == left_out)
        return code;
    live_free(server->live);
    api_free(server->api);
    server->live = NULL;
    server->api = NULL;
    code = api_new(server, &server->api, ret_why);
    return code != 0 ? code : live_new(server, &server->live, ret_why);
}

int server_open(struct server *server, struct text *ret_why)
{
    if (settings_make_state_dir(server, ret_why) != C18N_OK)
        return EXIT_SYSTEM_IO;
    if (metrics_new(server, &server->metrics) != C18N_OK)
        return EXIT_INTERNAL;
    int code = open_modules(server, ret_why);
    if (code != 0)
        return code;
    if (auth_open(server, server->auth_settings, &server->auth, ret_why) != C18N_OK)
        return EXIT_CONFIG;
    code = open_data(server, ret_why);
    if (code != 0)
        return code;
    if (open_pools(server) != C18N_OK || data_start(server->data) != C18N_OK) {
        text_print(ret_why, "The threads can't be started: out of memory or over a limit of the system.\n");
        return EXIT_INTERNAL;
    }
    return 0;
}

/* --- listen: the network --- */

static int listen_loops(struct server *server)
{
    size_t count = server_threads(server);
    server->loops = calloc(count, sizeof(struct loop *));
    if (!server->loops)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < count; i++) {
        server->loops[i] = loop_new((unsigned)i);
        if (!server->loops[i] || loop_start(server->loops[i]) != C18N_OK)
            return C18N_NO_MEMORY;
        server->loop_count++;
    }
    return C18N_OK;
}

static void listen_answered(void *arg, const struct http_request *request, const struct http_answer *answer,
                            int64_t micros, uint64_t bytes)
{
    struct server *server = arg;
    (void)request;
    metrics_answered(server->metrics, answer->route ? answer->route : "", answer->status, micros, bytes);
}

static int listen_http(struct server *server, char ret_why[256])
{
    int inherited[8];
    struct http_options options = {
        .listen = conf_text(server->core_settings, "listen"),
        .inherited = inherited,
        .inherited_count = systemd_sockets(inherited),
        .loops = server->loops,
        .loop_count = server->loop_count,
        .header_ms = 10000,
        .idle_ms = 75000,
        .write_ms = 30000,
        .body_rate = 1024,
        .access_log = *conf_text(server->core_settings, "access_log") != '\0',
        .request = api_request,
        .refuse = api_refuse,
        .answered = listen_answered,
        .arg = server,
    };
    settings_http(server, &options);
    if (options.inherited_count > 0)
        options.listen = NULL;
    int code = http_start(&options, &server->http, ret_why);
    settings_http_free(&options);
    return code;
}

int server_listen(struct server *server, struct text *ret_why)
{
    char why[256] = "";
    if (listen_loops(server) != C18N_OK) {
        text_print(ret_why, "The event threads can't be started.\n");
        return EXIT_INTERNAL;
    }
    if (live_start(server->live, NULL) != C18N_OK) {
        text_print(ret_why, "The sockets' part of the event threads can't be started.\n");
        return EXIT_INTERNAL;
    }
    if (listen_http(server, why) != C18N_OK) {
        text_print(ret_why, "core.listen: %s\n", why);
        return EXIT_CONFIG;
    }
    if (ops_listen(server, conf_text(server->core_settings, "operator_listen"), ret_why) != C18N_OK)
        return EXIT_CONFIG;
    if (control_listen(server, &server->control, ret_why) != C18N_OK)
        return EXIT_SYSTEM_IO;
    server->watchdog = watchdog_start();
    if (!server->watchdog || timers_start(server, &server->timers) != C18N_OK || reload_open(server) != C18N_OK)
        return EXIT_INTERNAL;
    log_line(C18N_LOG_NOTICE, "core", "listening on %s, operators on %s", http_listening(server->http),
             server->operators ? http_listening(server->operators) : "nothing");
    return 0;
}

/* --- close: in the reverse order; every step takes a server that never came that far --- */

static void close_wait_for_requests(struct server *server, int64_t grace_ms)
{
    int64_t until_us = platform_monotonic_us() + grace_ms * 1000;
    const struct timespec step = {.tv_nsec = DRAIN_STEP_MS * 1000000};
    while ((http_in_flight(server->http) > 0 || live_count(server->live) > 0) && platform_monotonic_us() < until_us)
        nanosleep(&step, NULL);
}

static void close_network(struct server *server, int64_t grace_ms)
{
    if (server->http) {
        http_drain(server->http);
        live_drain(server->live);
        close_wait_for_requests(server, grace_ms);
        http_stop(server->http);
    }
    timers_stop(server->timers);
    control_close(server->control);
    ops_close(server);
}

static void close_loops(struct server *server)
{
    for (size_t i = 0; i < server->loop_count; i++)
        loop_stop(server->loops[i]);
    for (size_t i = 0; i < server->loop_count; i++)
        loop_join(server->loops[i]);
    http_free(server->http);
    for (size_t i = 0; i < server->loop_count; i++)
        loop_free(server->loops[i]);
    free(server->loops);
}

/* A module that hangs in a reload would be stopped under its own feet. All that was acknowledged is durable by now. */
static _Noreturn void close_past_a_hanging_module(void)
{
    log_line(C18N_LOG_ERROR, "core", "a module still hangs in a reload: the process ends without stopping the modules");
    log_stop();
    _exit(EXIT_INTERNAL);
}

void server_close(struct server *server, int64_t grace_ms)
{
    __atomic_store_n(&server->stopping, true, __ATOMIC_RELEASE);
    bool back = reload_end(server);
    close_network(server, grace_ms);
    if (server->reads)
        pool_close(server->reads);
    if (server->blocking)
        pool_close(server->blocking);
    if (server->data)
        data_drain(server->data);
    if (server->live)
        live_stop(server->live); /* after the writer, too */
    close_loops(server);         /* after the writer: its last answers go out by the loops */
    pool_stop(server->reads);    /* a request that outlived its grace may have asked for it on a loop until now */
    pool_stop(server->blocking);
    watchdog_stop(server->watchdog);
    timers_free(server->timers);
    server->timers = NULL; /* what a module still asks for in `drain` is refused */
    server->reads = server->blocking = NULL;
    if (!back)
        close_past_a_hanging_module();
    reload_close(server);
    if (server->loader)
        loader_drain(server->loader);
    if (server->data)
        data_close(server->data);
    if (server->loader)
        loader_stop(server->loader);
    auth_close(server->auth);
    metrics_free(server->metrics);
    live_free(server->live);
    api_free(server->api);
    loader_free(server->loader);
    conf_free(server->conf);
    reload_forget(server);
    free(server->state_dir);
    free(server->public_url);
    *server = (struct server){0};
}
