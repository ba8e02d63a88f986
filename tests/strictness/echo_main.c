/*
 * A WebSocket server that says what it hears, on any path: core/http and core/ws, and nothing above them.
 *
 *     ws_echo [engine=native] [deflate=1] [max_message=BYTES] [max_queue=BYTES] [ping_ms=…] [silence_ms=…] [close_ms=…]
 *
 * Prints the address that it listens on, and ends when its standard input does. Sub-protocol "echo.lines": texts of one
 * turn come as one message, a line each; "echo" is another name for nothing special.
 */
#include "c18n/abi.h"
#include "ws/handshake.h"
#include "ws/ws.h"

#include <assert.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct echo {
    const struct ws_engine *engine;
    struct ws_options options;
    bool deflate;
    struct loop *loop;
    struct ws_lane *lane;
    struct http_server *server;
    struct task task;
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool done;
};

struct client {
    struct echo *echo;
    struct ws_socket *socket;
};

/* --- what comes is sent --- */

static void on_message(void *user, int opcode, const char *bytes, size_t length)
{
    struct client *client = user;
    const struct ws_engine *engine = client->echo->engine;
    struct ws_message *message = ws_message_new(opcode, bytes, length);
    assert(message);
    int code = engine->send(client->socket, message);
    ws_message_unref(message);
    if (code == C18N_LIMITED)
        engine->close(client->socket, WS_TRY_LATER, "the queue is full", true);
}

static void on_drained(void *user)
{
    (void)user;
}

static void on_closed(void *user, int code)
{
    (void)code;
    free(user);
}

/* --- handshakes --- */

static void answer(struct http_request *request, int status, const char *detail)
{
    static const struct http_header headers[] = {{"Upgrade", "websocket"}, {"Sec-WebSocket-Version", "13"}};
    http_answer(request, &(struct http_answer){.status = status,
                                               .headers = headers,
                                               .header_count = status == 426 ? 2 : 0,
                                               .content_type = "text/plain",
                                               .body = detail,
                                               .body_length = strlen(detail)});
}

static void open_socket(struct echo *echo, struct http_request *request, const struct ws_handshake *handshake)
{
    struct ws_opening opening = {.accept = handshake->accept,
                                 .protocol = handshake->protocol,
                                 .deflate = echo->deflate && handshake->deflate,
                                 .lines = handshake->protocol && strcmp(handshake->protocol, "echo.lines") == 0};
    char *early;
    int code =
        http_hand_over(request, &(struct http_answer){.status = 101}, &opening.fd, &early, &opening.early_length);
    if (code != C18N_OK) {
        answer(request, 503, "The socket can't be had.");
        return;
    }
    struct client *client = calloc(1, sizeof *client);
    assert(client);
    client->echo = echo;
    opening.early = early;
    opening.user = client;
    if (echo->engine->open(echo->lane, &opening, &client->socket) != C18N_OK)
        free(client);
    free(early);
}

static void on_request(void *arg, struct http_request *request)
{
    static const char *const protocols[] = {"echo.lines", "echo", NULL};
    struct ws_handshake handshake;
    const char *detail;
    int status = ws_handshake(request, protocols, &handshake, &detail);
    if (status)
        answer(request, status, detail);
    else
        open_socket(arg, request, &handshake);
}

/* --- life --- */

static void note_done(struct echo *echo)
{
    pthread_mutex_lock(&echo->lock);
    echo->done = true;
    pthread_cond_signal(&echo->changed);
    pthread_mutex_unlock(&echo->lock);
}

static void on_freed(void *arg)
{
    note_done(arg);
}

static struct echo *echo_of(struct task *task)
{
    return (struct echo *)((char *)task - offsetof(struct echo, task));
}

static void make_lane(struct task *task, void *context)
{
    struct echo *echo = echo_of(task);
    (void)context;
    int code = echo->engine->lane_new(echo->loop, &echo->options, &echo->lane);
    assert(code == C18N_OK);
    note_done(echo);
}

/* The sockets that are left are closed without a word, so nobody frees their clients: the process ends. */
static void close_lane(struct task *task, void *context)
{
    struct echo *echo = echo_of(task);
    (void)context;
    echo->engine->lane_close(echo->lane, on_freed, echo);
}

static void run_and_wait(struct echo *echo, void (*run)(struct task *task, void *context))
{
    echo->done = false;
    echo->task = (struct task){.run = run};
    loop_post(echo->loop, &echo->task);
    pthread_mutex_lock(&echo->lock);
    while (!echo->done)
        pthread_cond_wait(&echo->changed, &echo->lock);
    pthread_mutex_unlock(&echo->lock);
}

/* False: there is no such argument. */
static bool read_argument(struct echo *echo, const char *argument)
{
    struct ws_options *options = &echo->options;
    const char *value = strchr(argument, '=');
    if (!value++)
        return false;
    long long number = strtoll(value, NULL, 10);
    if (strncmp(argument, "engine=", 7) == 0)
        return (echo->engine = ws_engine_find(value)) != NULL;
    if (strncmp(argument, "deflate=", 8) == 0)
        echo->deflate = number != 0;
    else if (strncmp(argument, "max_message=", 12) == 0)
        options->max_message = (size_t)number;
    else if (strncmp(argument, "max_queue=", 10) == 0)
        options->max_queue = (size_t)number;
    else if (strncmp(argument, "ping_ms=", 8) == 0)
        options->ping_ms = number;
    else if (strncmp(argument, "silence_ms=", 11) == 0)
        options->silence_ms = number;
    else if (strncmp(argument, "close_ms=", 9) == 0)
        options->close_ms = number;
    else
        return false;
    return true;
}

static void serve(struct echo *echo)
{
    static const char *const frontends[] = {"127.0.0.1"};
    char why[256], byte;
    struct http_options options = {.listen = "127.0.0.1:0",
                                   .loops = &echo->loop,
                                   .loop_count = 1,
                                   .frontends = frontends,
                                   .frontend_count = 1,
                                   .max_body = 1024,
                                   .max_connections = 20000,
                                   .request = on_request,
                                   .arg = echo};
    run_and_wait(echo, make_lane);
    if (http_start(&options, &echo->server, why) != C18N_OK) {
        fprintf(stderr, "%s\n", why);
        exit(1);
    }
    printf("%s\n", http_listening(echo->server));
    fflush(stdout);
    while (read(STDIN_FILENO, &byte, 1) > 0)
        ;
    http_stop(echo->server);
    run_and_wait(echo, close_lane);
}

int main(int count, char **arguments)
{
    struct echo echo = {
        .engine = &ws_native,
        .options = {.max_message = 20 << 20,
                    .max_queue = 64 << 20,
                    .ping_ms = 30000,
                    .silence_ms = 75000,
                    .write_ms = 30000,
                    .close_ms = 2000,
                    .message = on_message,
                    .drained = on_drained,
                    .closed = on_closed},
    };
    signal(SIGPIPE, SIG_IGN);
    pthread_mutex_init(&echo.lock, NULL);
    pthread_cond_init(&echo.changed, NULL);
    for (int i = 1; i < count; i++)
        if (!read_argument(&echo, arguments[i])) {
            fprintf(stderr, "ws_echo: %s: unknown\n", arguments[i]);
            return 64;
        }
    echo.loop = loop_new(0);
    if (!echo.loop || loop_start(echo.loop) != C18N_OK)
        return 1;
    serve(&echo);
    loop_stop(echo.loop);
    loop_join(echo.loop);
    http_free(echo.server);
    loop_free(echo.loop);
    return 0;
}
