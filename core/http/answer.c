/* Whole answers and the heads of streamed ones. */
#include "http/server.h"

#include "base/log.h"
#include "base/platform.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>
#include <strings.h>

#define ADD(text, literal) text_add(text, literal, sizeof(literal) - 1)

struct content { /* what follows the head */
    const char *bytes;
    size_t length;
    bool packed, varies;
};

static bool is_ours(const char *name)
{
    static const char *const ours[] = {"content-length",    "date",         "connection",
                                       "transfer-encoding", "x-request-id", "x-content-type-options"};
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++)
        if (strcasecmp(name, ours[i]) == 0)
            return true;
    return false;
}

/* A line end in a value would let its author write headers of his own, so such a header does not leave. */
static void add_header(struct text *head, const struct http_header *header)
{
    size_t name = strlen(header->name), value = strlen(header->value);
    if (is_ours(header->name) || !http_is_token(header->name, name) || !http_is_value(header->value, value))
        return;
    text_add(head, header->name, name);
    ADD(head, ": ");
    text_add(head, header->value, value);
    ADD(head, "\r\n");
}

static void add_type(struct text *head, const struct http_answer *answer)
{
    if (!answer->content_type || !http_is_value(answer->content_type, strlen(answer->content_type)))
        return;
    ADD(head, "Content-Type: ");
    text_add_text(head, answer->content_type);
    ADD(head, "\r\n");
}

static void add_framing(struct text *head, const struct http_exchange *exchange, int status,
                        const struct content *content)
{
    if (exchange->chunked) {
        ADD(head, "Transfer-Encoding: chunked\r\n");
    } else if (content && status != 204 && status != 304) {
        ADD(head, "Content-Length: ");
        text_add_integer(head, (int64_t)content->length);
        ADD(head, "\r\n");
    }
    if (status == 426)
        ADD(head, "Connection: Upgrade\r\n"); /* RFC 9110 7.8: whoever sends Upgrade says so here */
    if (exchange->close)
        ADD(head, "Connection: close\r\n");
    else if (exchange->message.old)
        ADD(head, "Connection: keep-alive\r\n");
}

static void add_head(struct text *head, struct http_exchange *exchange, const struct http_answer *answer,
                     const struct content *content)
{
    size_t length;
    const char *bytes = http_status_line(answer->status, &length);
    text_add(head, bytes, length);
    bytes = http_lane_date(exchange->lane, &length);
    text_add(head, bytes, length);
    ADD(head, "X-Request-Id: ");
    text_add_text(head, exchange->request.request_id);
    ADD(head, "\r\nX-Content-Type-Options: nosniff\r\n");
    add_type(head, answer);
    for (size_t i = 0; i < answer->header_count; i++)
        add_header(head, &answer->headers[i]);
    if (content && content->varies)
        ADD(head, "Vary: Accept-Encoding\r\n");
    if (content && content->packed)
        ADD(head, "Content-Encoding: gzip\r\n");
    add_framing(head, exchange, answer->status, content);
    ADD(head, "\r\n");
}

static void pack(struct http_exchange *exchange, const struct http_answer *answer, struct content *content)
{
    content->varies = exchange->lane->terms->gzip && http_gzip_suits(answer);
    if (content->varies && http_gzip_accepted(&exchange->request))
        content->packed = http_gzip_pack(&exchange->lane->gzip, exchange->request.arena, answer->body,
                                         answer->body_length, &content->bytes, &content->length);
}

/* The request's arena is full or memory is out. This request fails, the server does not. */
static void give_up(struct http_exchange *exchange, bool streamed)
{
    static const char words[] = "HTTP/1.1 503 Service Unavailable\r\nX-Content-Type-Options: nosniff\r\n"
                                "Retry-After: 1\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    exchange->close = true;
    exchange->cut = streamed;
    http_exchange_add_own(exchange, words, sizeof words - 1);
}

static void decide_end(struct http_exchange *exchange, const struct http_answer *answer, bool streamed)
{
    struct http_connection *connection = exchange->connection;
    bool old = exchange->message.old;
    exchange->bodyless =
        strcmp(exchange->request.method, "HEAD") == 0 || answer->status == 204 || answer->status == 304;
    exchange->sized = streamed && answer->sized;
    exchange->missing = exchange->sized ? answer->body_length : 0;
    exchange->chunked = streamed && !old && !answer->sized;
    exchange->close = answer->close || !exchange->message.keep_alive || (streamed && old && !answer->sized) ||
                      (exchange->lane->draining && exchange == connection->last);
    if (exchange->close && exchange == connection->last)
        connection->receiving = false;
}

void http_answer_begin(struct http_exchange *exchange, const struct http_answer *answer, bool streamed)
{
    struct text head;
    struct content content = {.bytes = answer->body,
                              .length = answer->body || (streamed && answer->sized) ? answer->body_length : 0};
    decide_end(exchange, answer, streamed);
    if (!streamed)
        pack(exchange, answer, &content);
    bool joined = !streamed && !exchange->bodyless && content.length <= HTTP_JOINED_BODY;
    text_init(&head, exchange->request.arena, 0);
    text_reserve(&head, 768 + (joined ? content.length : 0));
    add_head(&head, exchange, answer, streamed && !answer->sized ? NULL : &content);
    if (joined)
        text_add(&head, content.bytes, content.length);
    if (head.failed) {
        give_up(exchange, streamed);
        return;
    }
    http_exchange_add_own(exchange, head.at, head.length);
    if (!streamed && !joined && !exchange->bodyless && content.length > 0)
        http_exchange_add_own(exchange, content.bytes, content.length);
}

void http_answer_count(struct http_exchange *exchange, const struct http_answer *answer)
{
    const struct http_options *options = &exchange->lane->server->options;
    const struct http_request *request = &exchange->request;
    int64_t micros = platform_monotonic_us() - request->started_us;
    if (options->answered)
        options->answered(options->arg, request, answer, micros, exchange->bytes);
    if (!options->access_log)
        return;
    log_access_line(&(struct log_access){
        .method = request->method,
        .path = request->path,
        .request_id = request->request_id,
        .address = request->address,
        .user = answer->user,
        .route = answer->route ? answer->route : "",
        .status = answer->status,
        .bytes = exchange->bytes,
        .micros = micros,
    });
}

void http_answer(struct http_request *request, const struct http_answer *answer)
{
    if (request->outlet) {
        request->outlet->answer(request, answer);
        return;
    }
    struct http_exchange *exchange = http_exchange_of(request);
    struct http_connection *connection = exchange->connection;
    assert(exchange->state == HTTP_HANDLING);
    if (connection)
        http_answer_begin(exchange, answer, false);
    exchange->state = HTTP_FINISHED;
    http_answer_count(exchange, answer);
    if (connection)
        http_connection_dirty(connection);
    else
        http_exchange_free(exchange);
}

/* RFC 9110 asks for Allow beside each 405; who words the body need not know our methods. */
static void add_allow(struct http_exchange *exchange, struct http_answer *answer)
{
    size_t count = answer->header_count;
    struct http_header *headers = arena_alloc(exchange->request.arena, (count + 1) * sizeof *headers);
    if (!headers)
        return;
    if (count)
        memcpy(headers, answer->headers, count * sizeof *headers);
    headers[count] = (struct http_header){"Allow", http_allowed_methods};
    answer->headers = headers;
    answer->header_count = count + 1;
}

void http_answer_refusal(struct http_exchange *exchange, const struct http_refusal *refusal)
{
    const struct http_options *options = &exchange->lane->server->options;
    struct http_answer answer = {
        .status = refusal->status,
        .content_type = "text/plain; charset=utf-8",
        .body = refusal->detail,
        .body_length = strlen(refusal->detail),
    };
    http_exchange_give_id(exchange);
    if (options->refuse)
        options->refuse(options->arg, &exchange->request, refusal->status, refusal->code, refusal->detail, &answer);
    answer.status = refusal->status;
    answer.close = true;
    if (refusal->status == 405)
        add_allow(exchange, &answer);
    http_answer_begin(exchange, &answer, false);
    exchange->state = HTTP_FINISHED;
    http_answer_count(exchange, &answer);
    http_connection_dirty(exchange->connection);
}
