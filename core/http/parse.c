/* llhttp's callbacks, and the body. The callbacks only take notes: judging happens when llhttp is done. */
#include "http/parse.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static struct http_message *message_of(llhttp_t *llhttp)
{
    return llhttp->data;
}

bool http_message_refuse(struct http_message *message, int status, const char *code, const char *detail)
{
    if (message->refusal.status == 0)
        message->refusal = (struct http_refusal){status, code, detail};
    return false;
}

/* Ends the header that was being read. llhttp is past its last byte, so that NULs may be written. */
static bool finish_header(struct http_message *message)
{
    struct http_request *request = message->request;
    if (!message->name)
        return true;
    while (message->value_length > 0 && strchr(" \t", message->value[message->value_length - 1]))
        message->value_length--;
    message->name[message->name_length] = '\0';
    if (message->value_length > 0)
        message->value[message->value_length] = '\0';
    if (request->header_count >= message->header_room)
        return http_message_refuse(message, 431, "too_many_headers", "There are more than 100 headers.");
    struct http_header *header = &message->headers[request->header_count++];
    header->name = message->name;
    header->value = message->value_length > 0 ? message->value : "";
    size_t name_length = message->name_length, value_length = message->value_length;
    message->name = message->value = NULL;
    message->name_length = message->value_length = 0;
    return http_fields_add(message, header, name_length, value_length);
}

/* A span may come in parts, but the head lies whole in memory, so parts follow each other. */
static bool extend(struct http_message *message, char **span, size_t *length, const char *at, size_t more)
{
    if (!*span) {
        *span = (char *)(uintptr_t)at; /* the head is our own copy */
        *length = 0;
    }
    if (*span + *length != at)
        return http_message_refuse(message, 400, "bad_header", "A header must not go on in the next line.");
    *length += more;
    return true;
}

static int on_trailer_field(struct http_message *message, const char *at, size_t length)
{
    if (message->in_value) {
        message->in_value = false;
        message->trailer_length = 0;
    }
    for (size_t i = 0; i < length; i++) /* longer ones than any forbidden name need no more than their length */
        if (message->trailer_length < sizeof message->trailer)
            message->trailer[message->trailer_length++] = at[i];
    return 0;
}

static int on_header_field(llhttp_t *llhttp, const char *at, size_t length)
{
    struct http_message *message = message_of(llhttp);
    if (message->head_done)
        return on_trailer_field(message, at, length);
    if (message->in_value && !finish_header(message))
        return -1;
    message->in_value = false;
    return extend(message, &message->name, &message->name_length, at, length) ? 0 : -1;
}

static int on_header_value(llhttp_t *llhttp, const char *at, size_t length)
{
    struct http_message *message = message_of(llhttp);
    if (message->head_done)
        return 0;
    message->in_value = true;
    return extend(message, &message->value, &message->value_length, at, length) ? 0 : -1;
}

/* Comes also for an empty value, for which on_header_value may not have come. */
static int on_header_value_complete(llhttp_t *llhttp)
{
    struct http_message *message = message_of(llhttp);
    message->in_value = true;
    if (message->head_done)
        return http_fields_trailer(message) ? 0 : -1;
    return 0;
}

static int on_headers_complete(llhttp_t *llhttp)
{
    struct http_message *message = message_of(llhttp);
    if (!finish_header(message))
        return -1;
    message->keep_alive = llhttp_should_keep_alive(llhttp) != 0;
    message->head_done = true;
    message->in_value = true;
    return 0;
}

/* Framing is what lies between pieces of data: there, LF comes after CR and nowhere else. */
static bool check_framing(struct http_message *message, const char *end)
{
    for (const char *at = message->mark; at < end; at++) {
        if ((*at == '\n') != (message->last == '\r'))
            return http_message_refuse(message, 400, "bad_chunk", "Lines must end with CR LF.");
        message->last = *at;
    }
    message->framing += (size_t)(end - message->mark);
    message->mark = end;
    if (message->framing > HTTP_MAX_FRAMING)
        return http_message_refuse(message, 400, "bad_chunk", "There is too much between two chunks.");
    return true;
}

static bool make_room(struct http_message *message, size_t more)
{
    size_t need = message->received + more;
    if (need <= message->room)
        return true;
    size_t room = message->room * 2 > need ? message->room * 2 : need;
    room = room < 4096 ? 4096 : room;
    char *body = realloc(message->body_on_heap ? message->body : NULL, room + 1);
    if (!body)
        return http_message_refuse(message, 503, "no_memory", "The server has no memory for this body.");
    message->body = body;
    message->body_on_heap = true;
    message->room = room;
    return true;
}

static int on_body(llhttp_t *llhttp, const char *at, size_t length)
{
    struct http_message *message = message_of(llhttp);
    if (message->chunked && !check_framing(message, at))
        return -1;
    message->mark = at + length;
    message->framing = 0;
    message->last = 0;
    if (length > message->max_body - message->received) {
        http_message_refuse(message, 413, "body_too_large", "The body is too large.");
        return -1;
    }
    if (!make_room(message, length))
        return -1;
    if (at != message->body + message->received) /* it may have been read to its place */
        memcpy(message->body + message->received, at, length);
    message->received += length;
    return 0;
}

static int on_chunk_header(llhttp_t *llhttp)
{
    struct http_message *message = message_of(llhttp);
    if (llhttp->content_length > INT64_MAX)
        http_message_refuse(message, 400, "bad_chunk", "A chunk's size is not possible.");
    else if (llhttp->content_length > message->max_body - message->received)
        http_message_refuse(message, 413, "body_too_large", "The body is too large.");
    return message->refusal.status ? -1 : 0;
}

static int on_chunk_extension(llhttp_t *llhttp, const char *at, size_t length)
{
    struct http_message *message = message_of(llhttp);
    (void)at;
    message->extensions += length;
    if (message->extensions <= HTTP_MAX_EXTENSIONS)
        return 0;
    http_message_refuse(message, 400, "bad_chunk", "Chunk extensions are longer than 1 KiB.");
    return -1;
}

static int on_message_complete(llhttp_t *llhttp)
{
    message_of(llhttp)->whole = true;
    return HPE_PAUSED; /* the next request gets a parser that knows nothing of this one, nor of an upgrade it offered */
}

static const llhttp_settings_t settings = {
    .on_header_field = on_header_field,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
    .on_body = on_body,
    .on_chunk_header = on_chunk_header,
    .on_chunk_extension_name = on_chunk_extension,
    .on_chunk_extension_value = on_chunk_extension,
    .on_message_complete = on_message_complete,
};

static const struct {
    llhttp_errno_t error;
    const char *code, *detail;
} errors[] = {
    {HPE_INVALID_CONTENT_LENGTH, "bad_content_length", "Content-Length must be one decimal number."},
    {HPE_UNEXPECTED_CONTENT_LENGTH, "bad_content_length",
     "Content-Length must come once, and not with Transfer-Encoding."},
    {HPE_INVALID_TRANSFER_ENCODING, "bad_transfer_encoding", "Transfer-Encoding must be chunked."},
    {HPE_INVALID_CHUNK_SIZE, "bad_chunk", "A chunk's size must be a hexadecimal number."},
    {HPE_INVALID_HEADER_TOKEN, "bad_header", "A header has a byte that is not allowed."},
    {HPE_INVALID_URL, "bad_target", "The URL has a byte that is not allowed."},
};

static bool refuse_for(struct http_message *message, llhttp_errno_t error)
{
    for (size_t i = 0; i < sizeof errors / sizeof *errors; i++)
        if (errors[i].error == error)
            return http_message_refuse(message, 400, errors[i].code, errors[i].detail);
    return http_message_refuse(message, 400, message->head_done ? "bad_body" : "bad_request",
                               "This is no HTTP request.");
}

/* True when llhttp came through without a fault; the pause after the last byte is none. */
static bool execute(struct http_message *message, const char *bytes, size_t length, size_t *ret_used)
{
    llhttp_errno_t error = llhttp_execute(&message->llhttp, bytes, length);
    if (message->refusal.status)
        return false;
    if (error != HPE_OK && !(message->whole && error == HPE_PAUSED))
        return refuse_for(message, error);
    *ret_used = error == HPE_OK ? length : (size_t)(llhttp_get_error_pos(&message->llhttp) - bytes);
    assert(*ret_used <= length);
    return true;
}

static bool prepare_body(struct http_message *message)
{
    message->chunked = message->known_count[HTTP_TRANSFER_ENCODING] > 0;
    if (message->length == 0)
        return true;
    if (message->length > HTTP_SMALL_BODY)
        return make_room(message, message->length); /* pages that are not written to cost nothing yet */
    message->body = arena_alloc(message->request->arena, message->length + 1);
    message->room = message->length;
    return message->body || http_message_refuse(message, 503, "no_memory", "The server has no memory for this body.");
}

static enum http_step finish_body(struct http_message *message)
{
    if (message->body)
        message->body[message->received] = '\0';
    message->request->body = message->body ? message->body : "";
    message->request->body_length = message->received;
    return HTTP_WHOLE;
}

static bool parse_head(struct http_message *message, const struct http_scan *scan, char *head)
{
    size_t used = 0;
    if (!head || !message->headers)
        return http_message_refuse(message, 503, "no_memory", "The server has no memory for this request.");
    if (!execute(message, head, scan->at, &used))
        return false;
    if (used != scan->at || !message->head_done) /* llhttp and scan.c must agree where the head ends */
        return http_message_refuse(message, 400, "bad_request", "This is no HTTP request.");
    return http_target_judge(message, head + scan->line.target_at, scan->line.target_length) &&
           http_fields_judge(message) && prepare_body(message);
}

enum http_step http_message_begin(struct http_message *message, struct http_request *request,
                                  const struct http_scan *scan, const char *head, const struct http_rules *rules)
{
    *message = (struct http_message){
        .request = request, .rules = rules, .max_body = rules->max_body, .old = scan->line.minor == 0};
    llhttp_init(&message->llhttp, HTTP_REQUEST, &settings);
    message->llhttp.data = message;
    message->header_room = scan->lines;
    message->headers = arena_alloc(request->arena, scan->lines * sizeof *message->headers);
    request->method = scan->line.method;
    request->old = message->old;
    request->headers = message->headers;
    bool fits = parse_head(message, scan, arena_copy(request->arena, head, scan->at));
    message->rules = NULL;
    if (!fits)
        return HTTP_REFUSED;
    return message->whole ? finish_body(message) : HTTP_MORE;
}

enum http_step http_message_body(struct http_message *message, const char *bytes, size_t length, size_t *ret_used)
{
    message->mark = bytes;
    if (!execute(message, bytes, length, ret_used))
        return HTTP_REFUSED;
    if (message->chunked && !check_framing(message, bytes + *ret_used))
        return HTTP_REFUSED;
    return message->whole ? finish_body(message) : HTTP_MORE;
}

char *http_message_room(struct http_message *message, size_t *ret_room)
{
    if (message->chunked || message->length - message->received < HTTP_READ_SIZE)
        return NULL;
    *ret_room = message->length - message->received;
    return message->body + message->received;
}

void http_message_end(struct http_message *message)
{
    if (message->body_on_heap)
        free(message->body);
    message->body = NULL;
    message->body_on_heap = false;
}
