/**
 * site.h: a real server on a free port, with a small site behind it.
 *
 *   /hello        "hello"                    /echo     the body
 *   /about        what the server understood /page?N   N bytes of JSON
 *   /later        answered when the test calls site_answer_later; /later?close closes then
 *   /stream?N     N pieces of 16 KiB, each sent when the one before is out
 *   /sized?N      the same with its Content-Length, and without a copy; /sized?N,M promises M bytes
 *   /cut          a stream that breaks off   /close    closes after its answer
 *   /inject       tries to add a header by a line end
 *   /type         tries the same with its content type, and says it has a body that it hasn't
 *   /exhaust      uses up all memory of its request
 *   /raw          is handed over; "raw:" and all that is said from there on comes back
 */
#ifndef TEST_HTTP_SITE_H
#define TEST_HTTP_SITE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/platform.h"
#include "http/http.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <time.h>
#include <unistd.h>

enum { SITE_LOOPS = 2, SITE_PIECE = 16 * 1024 };

struct site {
    struct loop *loops[SITE_LOOPS];
    struct http_server *server;
    char why[256];
    atomic_uint handled, refused, answered, sent, gone, streams_ended;
    atomic_int last_status;
    pthread_mutex_t lock;
    struct http_request *later;
    char code[64]; /* of the last refusal */
    atomic_int raw_code, raw_fd;
};

struct site_stream {
    struct site *site;
    struct http_request *request;
    long left;
    bool sized;
};

static inline void site_pause(long ms)
{
    nanosleep(&(struct timespec){.tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000}, NULL);
}

/* Waits until it is so; 5 s at most. */
#define SITE_WAIT(condition)                                                                                           \
    do {                                                                                                               \
        for (int i_ = 0; i_ < 1000 && !(condition); i_++)                                                              \
            site_pause(5);                                                                                             \
        assert_true(condition);                                                                                        \
    } while (0)

static inline void site_reply(struct http_request *request, int status, const char *type, const char *body,
                              size_t length)
{
    http_answer(request, &(struct http_answer){
                             .status = status, .content_type = type, .body = body, .body_length = length, .route = ""});
}

static inline void site_hello(struct site *site, struct http_request *request)
{
    (void)site;
    site_reply(request, 200, "text/plain", "hello", 5);
}

static inline void site_echo(struct site *site, struct http_request *request)
{
    (void)site;
    assert_int_equal(request->body[request->body_length], 0);
    site_reply(request, 200, "application/octet-stream", request->body, request->body_length);
}

static inline void site_about(struct site *site, struct http_request *request)
{
    (void)site;
    char *text =
        arena_print(request->arena, "method=%s path=%s query=%s host=%s address=%s id=%s agent=%s;", request->method,
                    request->path, request->query, request->host, request->address, request->request_id,
                    http_find_header(request, "user-agent") ? http_find_header(request, "user-agent") : "none");
    site_reply(request, 200, "text/plain", text, strlen(text));
}

static inline void site_page(struct site *site, struct http_request *request)
{
    (void)site;
    size_t length = (size_t)strtoul(request->query, NULL, 10);
    char *text = arena_alloc(request->arena, length + 1);
    memset(text, 'x', length);
    site_reply(request, 200, "application/json", text, length);
}

static inline void site_later(struct site *site, struct http_request *request)
{
    pthread_mutex_lock(&site->lock);
    site->later = request;
    pthread_mutex_unlock(&site->lock);
}

static inline void site_close(struct site *site, struct http_request *request)
{
    (void)site;
    http_answer(request, &(struct http_answer){.status = 200, .body = "bye", .body_length = 3, .close = true});
}

static inline void site_inject(struct site *site, struct http_request *request)
{
    static const struct http_header headers[] = {
        {"Location", "/a\r\nSet-Cookie: evil=1"}, {"X-Good", "yes"}, {"Content-Length", "9"}};
    (void)site;
    http_answer(request, &(struct http_answer){.status = 204, .headers = headers, .header_count = 3});
}

static inline void site_type(struct site *site, struct http_request *request)
{
    (void)site;
    site_reply(request, 200, "text/plain\r\nSet-Cookie: evil=1", NULL, 5000);
}

static inline void site_exhaust(struct site *site, struct http_request *request)
{
    (void)site;
    while (arena_alloc(request->arena, 4096))
        ;
    while (arena_alloc(request->arena, 1))
        ;
    site_reply(request, 200, "text/plain", "hello", 5);
}

static inline void site_stream_next(void *arg, bool gone);

static inline void site_stream_step(struct site_stream *stream)
{
    static const char piece[SITE_PIECE];
    if (stream->left-- > 0) {
        (stream->sized ? http_stream_lend : http_stream_write)(stream->request, piece, sizeof piece, site_stream_next,
                                                               stream);
        return;
    }
    atomic_fetch_add(&stream->site->streams_ended, 1);
    http_stream_end(stream->request, true);
    free(stream);
}

static inline void site_stream_next(void *arg, bool gone)
{
    struct site_stream *stream = arg;
    atomic_fetch_add(gone ? &stream->site->gone : &stream->site->sent, 1);
    if (gone)
        stream->left = 0;
    site_stream_step(stream);
}

static inline void site_stream(struct site *site, struct http_request *request)
{
    struct site_stream *stream = calloc(1, sizeof *stream);
    *stream = (struct site_stream){site, request, strtol(request->query, NULL, 10), false};
    http_stream_begin(request, &(struct http_answer){.status = 200, .content_type = "text/plain", .route = ""});
    site_stream_step(stream);
}

static inline void site_sized(struct site *site, struct http_request *request)
{
    struct site_stream *stream = calloc(1, sizeof *stream);
    const char *comma = strchr(request->query, ',');
    *stream = (struct site_stream){site, request, strtol(request->query, NULL, 10), true};
    size_t length = comma ? strtoul(comma + 1, NULL, 10) : (size_t)stream->left * SITE_PIECE;
    http_stream_begin(
        request, &(struct http_answer){
                     .status = 200, .content_type = "text/plain", .route = "", .sized = true, .body_length = length});
    site_stream_step(stream);
}

/* The test speaks on the descriptor from there on. */
static inline void site_raw(struct site *site, struct http_request *request)
{
    char *early = NULL;
    size_t early_length = 0;
    int fd = -1;
    int code =
        http_hand_over(request, &(struct http_answer){.status = 101, .route = "/raw"}, &fd, &early, &early_length);
    if (code) {
        site_reply(request, 409, "text/plain", "no", 2);
    } else {
        assert_int_equal(write(fd, "raw:", 4), 4);
        assert_int_equal(write(fd, early ? early : "", early_length), early_length);
        free(early);
        atomic_store(&site->raw_fd, fd);
    }
    atomic_store(&site->raw_code, code);
}

static inline void site_cut(struct site *site, struct http_request *request)
{
    (void)site;
    http_stream_begin(request, &(struct http_answer){.status = 200, .content_type = "text/plain", .route = ""});
    http_stream_write(request, "begun", 5, NULL, NULL);
    http_stream_end(request, false);
}

static inline void site_request(void *arg, struct http_request *request)
{
    static const struct {
        const char *path;
        void (*handle)(struct site *site, struct http_request *request);
    } pages[] = {{"/hello", site_hello}, {"/echo", site_echo},     {"/about", site_about}, {"/page", site_page},
                 {"/later", site_later}, {"/stream", site_stream}, {"/sized", site_sized}, {"/cut", site_cut},
                 {"/close", site_close}, {"/inject", site_inject}, {"/type", site_type},   {"/exhaust", site_exhaust},
                 {"/raw", site_raw}};
    struct site *site = arg;
    atomic_fetch_add(&site->handled, 1);
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (strcmp(pages[i].path, request->path) == 0) {
            pages[i].handle(site, request);
            return;
        }
    site_about(site, request);
}

static inline void site_refuse(void *arg, struct http_request *request, int status, const char *code,
                               const char *detail, struct http_answer *ret_answer)
{
    struct site *site = arg;
    (void)detail;
    atomic_fetch_add(&site->refused, 1);
    pthread_mutex_lock(&site->lock);
    snprintf(site->code, sizeof site->code, "%s", code);
    pthread_mutex_unlock(&site->lock);
    char *body = arena_print(request->arena, "{\"status\":%d,\"code\":\"%s\",\"request_id\":\"%s\"}", status, code,
                             request->request_id);
    *ret_answer = (struct http_answer){
        .status = status, .content_type = "application/problem+json", .body = body, .body_length = strlen(body)};
}

static inline void site_answered(void *arg, const struct http_request *request, const struct http_answer *answer,
                                 int64_t micros, uint64_t bytes)
{
    struct site *site = arg;
    (void)request;
    (void)bytes;
    assert_true(micros >= 0);
    atomic_fetch_add(&site->answered, 1);
    atomic_store(&site->last_status, answer->status);
}

/** Starts with these options; what they leave open is filled in. */
static inline int site_try(struct site *site, struct http_options options)
{
    *site = (struct site){.server = NULL};
    pthread_mutex_init(&site->lock, NULL);
    for (unsigned i = 0; i < SITE_LOOPS; i++) {
        site->loops[i] = loop_new(i);
        assert_int_equal(loop_start(site->loops[i]), 0);
    }
    options.listen = options.listen ? options.listen : "127.0.0.1:0";
    options.loops = site->loops;
    options.loop_count = SITE_LOOPS;
    options.gzip = true;
    options.access_log = true;
    options.request = site_request;
    options.refuse = site_refuse;
    options.answered = site_answered;
    options.arg = site;
    return http_start(&options, &site->server, site->why);
}

static inline void site_start(struct site *site, struct http_options options)
{
    int code = site_try(site, options);
    if (code)
        fail_msg("%d: %s", code, site->why);
}

static inline void site_end(struct site *site)
{
    if (site->server)
        http_stop(site->server);
    for (unsigned i = 0; i < SITE_LOOPS; i++) {
        loop_stop(site->loops[i]);
        loop_join(site->loops[i]);
    }
    http_free(site->server);
    for (unsigned i = 0; i < SITE_LOOPS; i++)
        loop_free(site->loops[i]);
    pthread_mutex_destroy(&site->lock);
}

struct site_late {
    struct task task;
    struct http_request *request;
};

static inline void site_run_late(struct task *task, void *context)
{
    struct site_late *late = (struct site_late *)task;
    (void)context;
    http_answer(late->request, &(struct http_answer){.status = 200,
                                                     .body = "late",
                                                     .body_length = 4,
                                                     .close = strcmp(late->request->query, "close") == 0});
    free(late);
}

static inline bool site_has_later(struct site *site)
{
    pthread_mutex_lock(&site->lock);
    bool has = site->later != NULL;
    pthread_mutex_unlock(&site->lock);
    return has;
}

static inline void site_answer_later(struct site *site)
{
    struct site_late *late = calloc(1, sizeof *late);
    pthread_mutex_lock(&site->lock);
    *late = (struct site_late){.task = {.run = site_run_late}, .request = site->later};
    site->later = NULL;
    pthread_mutex_unlock(&site->lock);
    assert_non_null(late->request);
    loop_post(late->request->loop, &late->task);
}

#endif
