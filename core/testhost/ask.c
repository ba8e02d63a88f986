/* ask.c: requests, by the server's own gate on its own threads; only the socket is missing. */
#include "testhost/clients.h"

#include "api/route.h"
#include "auth/cookie.h"
#include "auth/csrf.h"
#include "base/json.h"
#include "base/platform.h"
#include "base/uuid.h"
#include "http/limits.h"

#include <fcntl.h>
#include <string.h>
#include <strings.h>

enum { HEADERS_MOST = 8 };

struct exchange {
    struct http_request http; /* must stay first */
    struct task task;         /* takes it to the loop */
    struct c18n_test *test;
    struct http_header headers[HEADERS_MOST];
    struct http_answer answer;
    struct text streamed;
    pthread_mutex_t lock; /* guards `done` */
    pthread_cond_t changed;
    bool done;
};

static struct exchange *exchange_of(struct http_request *http)
{
    return (struct exchange *)(void *)http;
}

/* --- where the answer goes, on the loop's thread --- */

static void exchange_done(struct exchange *exchange)
{
    pthread_mutex_lock(&exchange->lock);
    exchange->done = true;
    pthread_cond_signal(&exchange->changed);
    pthread_mutex_unlock(&exchange->lock);
}

static void take_answer(struct http_request *http, const struct http_answer *answer)
{
    exchange_of(http)->answer = *answer; /* what it points to lies in the request's arena, or is static */
    exchange_done(exchange_of(http));
}

static void take_stream(struct http_request *http, const struct http_answer *answer)
{
    exchange_of(http)->answer = *answer;
}

static void take_piece(struct http_request *http, const void *bytes, size_t length)
{
    text_add(&exchange_of(http)->streamed, bytes, length);
}

static void take_end(struct http_request *http, bool complete)
{
    struct exchange *exchange = exchange_of(http);
    exchange->answer.body_length = exchange->streamed.length;
    exchange->answer.body = text_end(&exchange->streamed);
    exchange->answer.close = !complete;
    exchange_done(exchange);
}

/* Of a handshake: there is no connection to give away, and so a descriptor of nothing. */
static int take_over(struct http_request *http, const struct http_answer *logged, int *ret_fd, char **ret_early,
                     size_t *ret_early_length)
{
    int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return C18N_IO;
    *ret_fd = fd;
    *ret_early = NULL;
    *ret_early_length = 0;
    exchange_of(http)->answer = (struct http_answer){.status = logged->status};
    exchange_done(exchange_of(http));
    return C18N_OK;
}

static const struct http_outlet outlet = {
    .answer = take_answer,
    .stream_begin = take_stream,
    .stream_write = take_piece,
    .stream_end = take_end,
    .hand_over = take_over,
};

/* --- the request --- */

static void add_header(struct exchange *exchange, const char *name, const char *value)
{
    struct http_request *http = &exchange->http;
    for (size_t i = 0; i < http->header_count; i++)
        if (strcmp(exchange->headers[i].name, name) == 0)
            return; /* the test's own stands first */
    exchange->headers[http->header_count++] = (struct http_header){name, value};
}

/* "If-Match: 1" */
static void add_own(struct exchange *exchange, const char *header)
{
    char *name = arena_copy(exchange->http.arena, header, strlen(header)), *colon = strchr(name, ':');
    if (!colon)
        testhost_die("\"%s\" is no header: \"Name: value\"", header);
    *colon = '\0';
    for (char *at = name; *at; at++)
        *at = (char)(*at >= 'A' && *at <= 'Z' ? *at - 'A' + 'a' : *at);
    add_header(exchange, name, colon + 1 + strspn(colon + 1, " "));
}

/* The pre-session that a browser would have got from GET /auth/csrf, and its token. */
static void add_csrf_of_nobody(struct exchange *exchange)
{
    struct request *request = testhost_request(exchange->test, NULL);
    request->caller = request_nobody;
    const char *token = auth_csrf_of_request(exchange->test->server.auth, request);
    for (size_t i = 0; i < request->reply.header_count; i++) {
        const char *cookie = request->reply.headers[i].value;
        if (strncmp(cookie, AUTH_COOKIE_PRE "=", strlen(AUTH_COOKIE_PRE "=")) == 0)
            add_header(exchange, "cookie", arena_copy(exchange->test->arena, cookie, strcspn(cookie, ";")));
    }
    add_header(exchange, "x-csrf-token", token);
}

static void add_csrf(struct exchange *exchange, const c18n_test_person *as)
{
    struct auth *auth = exchange->test->server.auth;
    struct auth_claims claims;
    const char *reason;
    if (!as || !as->token)
        add_csrf_of_nobody(exchange);
    else if (auth_verify(auth, as->token, &claims, &reason) == C18N_OK)
        add_header(exchange, "x-csrf-token", auth_csrf_of_session(auth, exchange->test->arena, claims.session));
}

static void fill(struct exchange *exchange, const c18n_test_person *as, const char *header, const char *body,
                 const char *line)
{
    struct http_request *http = &exchange->http;
    char *method = arena_copy(http->arena, line, strlen(line)), *path = strchr(method, ' ');
    struct route_match match;
    if (!path)
        testhost_die("\"%s\" is no method and path", line);
    *path++ = '\0';
    char *query = strchr(path, '?');
    if (query)
        *query++ = '\0';
    http->method = method;
    http->path = arena_print(http->arena, "/api/v1%s", path);
    http->query = query ? query : "";
    if (route_find(exchange->test->server.api, http->arena, method, http->path, &match) != ROUTE_FOUND)
        testhost_die(
            "%s: no route of a loaded module has this method and path (it is below /api/v1, so \"GET /posts/…\"; what "
            "stands in braces without :text is an id)",
            line);
    http->body = body ? c18n_test_json(exchange->test, "%s", body) : "";
    http->body_length = strlen(http->body);
    if (header)
        add_own(exchange, header);
    if (as && as->token)
        add_header(exchange, "authorization", arena_print(http->arena, "Bearer %s", as->token));
    if (body)
        add_header(exchange, "content-type", "application/json");
    if (strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0)
        add_csrf(exchange, as);
}

/* As the server's. */
static size_t memory_limit(const struct c18n_test *test)
{
    return HTTP_ARENA_LIMIT + 4 * (size_t)conf_integer(test->server.core_settings, "max_body");
}

static struct exchange *exchange_new(struct c18n_test *test)
{
    if (test->bare)
        testhost_die("a bare host takes no requests");
    struct exchange *exchange = arena_alloc(test->arena, sizeof *exchange);
    struct arena *arena = exchange ? arena_new(memory_limit(test)) : NULL;
    if (!arena)
        testhost_die("out of memory");
    exchange->test = test;
    exchange->http = (struct http_request){.arena = arena,
                                           .loop = test->server.loops[0],
                                           .host = "localhost",
                                           .address = "192.0.2.1",
                                           .headers = exchange->headers,
                                           .started_us = platform_monotonic_us(),
                                           .outlet = &outlet};
    uuid_new_text(0, exchange->http.request_id);
    text_init(&exchange->streamed, NULL, 0);
    pthread_mutex_init(&exchange->lock, NULL);
    pthread_cond_init(&exchange->changed, NULL);
    return exchange;
}

static void exchange_begin(struct task *task, void *context)
{
    (void)context;
    struct exchange *exchange = (struct exchange *)(void *)((char *)task - offsetof(struct exchange, task));
    api_request(&exchange->test->server, &exchange->http);
}

static void go(struct exchange *exchange)
{
    exchange->task.run = exchange_begin;
    loop_post(exchange->http.loop, &exchange->task);
    pthread_mutex_lock(&exchange->lock);
    while (!exchange->done)
        pthread_cond_wait(&exchange->changed, &exchange->lock);
    pthread_mutex_unlock(&exchange->lock);
    pthread_cond_destroy(&exchange->changed);
    pthread_mutex_destroy(&exchange->lock);
}

/* --- the answer --- */

/* What was streamed is taken over from the heap. */
static void keep_body(struct exchange *exchange)
{
    struct arena *arena = exchange->test->arena;
    if (exchange->streamed.at)
        exchange->answer.body = arena_copy(arena, exchange->streamed.at, exchange->streamed.length);
    text_free(&exchange->streamed);
    arena_adopt(arena, exchange->http.arena);
}

static c18n_test_answer answer_of(struct exchange *exchange)
{
    struct c18n_test *test = exchange->test;
    const struct http_answer *from = &exchange->answer;
    const char *why, *word;
    c18n_test_answer answer = {.status = from->status, .body = "", .problem = "", .recorded = from};
    if (from->body) {
        answer.body = from->body;
        answer.length = from->body_length;
    }
    if (*answer.body != '{' ||
        json_parse(&test->server.host, test->arena, answer.body, answer.length, &answer.doc, &why) != C18N_OK)
        answer.doc = json_trusted(&test->server.host, test->arena, "{}", 2);
    if (answer.status >= 400 && (word = c18n_text(answer.doc, "code")) != NULL)
        answer.problem = word;
    return answer;
}

/* Sends it, waits for the answer, and until what it set off has come to its end. */
static c18n_test_answer answered(struct exchange *exchange)
{
    struct c18n_test *test = exchange->test;
    go(exchange);
    keep_body(exchange);
    settle(test);
    return answer_of(exchange);
}

static c18n_test_answer ask(c18n_test *test, const c18n_test_person *as, const char *header, const char *body,
                            const char *format, va_list values)
{
    struct exchange *exchange = exchange_new(test);
    const char *line = arena_vprint(exchange->http.arena, format, values);
    if (!line)
        testhost_die("out of memory");
    fill(exchange, as, header, body, line);
    return answered(exchange);
}

c18n_test_answer ask_handshake(struct c18n_test *test, const c18n_test_person *as, const char *path)
{
    struct exchange *exchange = exchange_new(test);
    add_header(exchange, "connection", "Upgrade");
    add_header(exchange, "upgrade", "websocket");
    add_header(exchange, "sec-websocket-version", "13");
    add_header(exchange, "sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==");
    add_header(exchange, "sec-websocket-protocol", "c18n.v1.json");
    fill(exchange, as, NULL, NULL, arena_print(exchange->http.arena, "GET %s", path));
    return answered(exchange);
}

c18n_test_answer c18n_test_ask(c18n_test *test, const c18n_test_person *as, const char *body,
                               const char *method_and_path, ...)
{
    va_list values;
    va_start(values, method_and_path);
    c18n_test_answer answer = ask(test, as, NULL, body, method_and_path, values);
    va_end(values);
    return answer;
}

c18n_test_answer c18n_test_ask_with(c18n_test *test, const c18n_test_person *as, const char *header, const char *body,
                                    const char *method_and_path, ...)
{
    va_list values;
    va_start(values, method_and_path);
    c18n_test_answer answer = ask(test, as, header, body, method_and_path, values);
    va_end(values);
    return answer;
}
