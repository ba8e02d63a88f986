/* answer.c: the headers that the host adds to what a handler replied. */
#include "api/answer.h"

#include "api/cors.h"

#include <string.h>

struct headers {
    struct call *call;
    size_t count;
};

static void add(struct headers *headers, const char *name, const char *value)
{
    assert(headers->count < CALL_HEADERS_MAX);
    if (value)
        headers->call->headers[headers->count++] = (struct http_header){name, value};
}

static void add_number(struct headers *headers, const char *name, int64_t value)
{
    add(headers, name, arena_print(headers->call->request.arena, "%lld", (long long)(value < 0 ? 0 : value)));
}

static bool has(const struct headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++)
        if (strcmp(headers->call->headers[i].name, name) == 0)
            return true;
    return false;
}

static void add_origin(struct headers *headers)
{
    const char *origin = cors_origin(headers->call->api, headers->call->request.http);
    add(headers, "Vary", "Origin");
    if (!origin)
        return;
    add(headers, "Access-Control-Allow-Origin", origin);
    add(headers, "Access-Control-Allow-Credentials", "true");
    add(headers, "Access-Control-Expose-Headers",
        "Accept-Ranges, Content-Disposition, Content-Range, ETag, Idempotency-Replayed, Link, Location, "
        "RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset, Retry-After, X-Request-Id");
}

/* A shared cache must never keep what is one person's; nobody keeps what has a token in it. */
static const char *cache_control(const struct request *request)
{
    if (request->reply.status >= 400 || (request->route && request->route->declared.flags & C18N_ROUTE_SESSION))
        return "no-store";
    return request->caller.user[0] != '\0' ? "private, no-cache" : "no-cache";
}

static void add_limits(struct headers *headers)
{
    const struct call *call = headers->call;
    int status = call->request.reply.status;
    if (call->has_limit && call->limit.limit > 0) {
        add_number(headers, "RateLimit-Limit", call->limit.limit);
        add_number(headers, "RateLimit-Remaining", call->limit.remaining);
        add_number(headers, "RateLimit-Reset", call->limit.reset_s);
    }
    if (status == 429 && !has(headers, "Retry-After"))
        add_number(headers, "Retry-After", call->limit.reset_s > 0 ? call->limit.reset_s : 1);
    if (status == 503)
        add(headers, "Retry-After", "1");
}

void answer_fill(struct call *call, struct http_answer *ret_answer)
{
    struct request *request = &call->request;
    struct request_reply *reply = &request->reply;
    struct headers headers = {.call = call};
    for (size_t i = 0; i < reply->header_count; i++)
        add(&headers, reply->headers[i].name, reply->headers[i].value);
    if (!has(&headers, "Cache-Control"))
        add(&headers, "Cache-Control", cache_control(request));
    add_origin(&headers);
    add_limits(&headers);
    if (reply->status == 401)
        add(&headers, "WWW-Authenticate", "Bearer");
    if (reply->status == 405)
        add(&headers, "Allow", call->allow);
    *ret_answer = (struct http_answer){
        .status = reply->status,
        .headers = call->headers,
        .header_count = headers.count,
        .content_type = reply->body ? reply->content_type : NULL,
        .body = reply->body,
        .body_length = reply->body_length,
        .route = request->route ? request->route->declared.path : "",
        .user = request->caller.user[0] != '\0' ? request->caller.user : NULL,
    };
}

void api_answer(struct request *request)
{
    answer_send(call_of(request));
}

void answer_send(struct call *call)
{
    struct http_request *http = call->request.http;
    if (call->request.reply.streaming) {
        http_stream_end(http, call->code == C18N_OK);
        return;
    }
    if (call->request.reply.send) {
        call->request.reply.send(&call->request);
        return;
    }
    struct http_answer answer;
    answer_fill(call, &answer);
    http_answer(http, &answer);
}
