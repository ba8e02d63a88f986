/* What header fields may look like, and what they may mean together. */
#include "http/parse.h"

#include <string.h>
#include <strings.h>

/* RFC 9110, token: the bytes of a method and of a field's name. */
static const char token_marks[] = "!#$%&'*+-.^_`|~";

static bool is_alphanumeric(char byte)
{
    return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9');
}

bool http_is_token(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (!is_alphanumeric(text[i]) && (text[i] == '\0' || !strchr(token_marks, text[i])))
            return false;
    return length > 0;
}

bool http_is_value(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (((unsigned char)text[i] < ' ' && text[i] != '\t') || text[i] == 0x7f)
            return false;
    return true;
}

static const struct {
    const char *name;
    size_t length;
} known[HTTP_KNOWN_COUNT] = {
    [HTTP_HOST] = {"host", 4},
    [HTTP_CONTENT_LENGTH] = {"content-length", 14},
    [HTTP_TRANSFER_ENCODING] = {"transfer-encoding", 17},
    [HTTP_CONTENT_ENCODING] = {"content-encoding", 16},
    [HTTP_EXPECT] = {"expect", 6},
    [HTTP_FORWARDED_FOR] = {"x-forwarded-for", 15},
    [HTTP_REQUEST_ID] = {"x-request-id", 12},
    [HTTP_UPGRADE] = {"upgrade", 7},
};

static void lower(char *text, size_t length)
{
    for (size_t i = 0; i < length; i++)
        if (text[i] >= 'A' && text[i] <= 'Z')
            text[i] = (char)(text[i] + ('a' - 'A'));
}

bool http_fields_add(struct http_message *message, struct http_header *header, size_t name_length, size_t value_length)
{
    if (!http_is_token(header->name, name_length))
        return http_message_refuse(message, 400, "bad_header", "A header's name has a byte that is not allowed.");
    if (!http_is_value(header->value, value_length))
        return http_message_refuse(message, 400, "bad_header", "A header's value has a byte that is not allowed.");
    lower((char *)(uintptr_t)header->name, name_length); /* in the arena's copy of the head */
    for (size_t i = 0; i < HTTP_KNOWN_COUNT; i++)
        if (known[i].length == name_length && memcmp(known[i].name, header->name, name_length) == 0) {
            message->known[i] = header->value;
            message->known_count[i]++;
        }
    return true;
}

/* Trailers are dropped. Those that would mean something in a head are an attempt to smuggle. */
bool http_fields_trailer(struct http_message *message)
{
    static const char *const forbidden[] = {
        "host",         "authorization", "content-length",  "transfer-encoding", "cookie", "x-forwarded-for",
        "x-csrf-token", "content-type",  "content-encoding"};
    for (size_t i = 0; i < sizeof forbidden / sizeof *forbidden; i++)
        if (strlen(forbidden[i]) == message->trailer_length &&
            strncasecmp(forbidden[i], message->trailer, message->trailer_length) == 0)
            return http_message_refuse(message, 400, "bad_trailer", "This header must not come after the body.");
    return true;
}

static bool judge_host(struct http_message *message)
{
    if (message->known_count[HTTP_HOST] != 1)
        return http_message_refuse(message, 400, "bad_host", "There must be one Host header.");
    return http_host_judge(message, message->known[HTTP_HOST], strlen(message->known[HTTP_HOST]));
}

static bool judge_transfer_encoding(struct http_message *message)
{
    if (message->known_count[HTTP_TRANSFER_ENCODING] == 0)
        return true;
    if (message->old)
        return http_message_refuse(message, 400, "bad_transfer_encoding", "HTTP/1.0 has no Transfer-Encoding.");
    if (message->known_count[HTTP_TRANSFER_ENCODING] > 1 ||
        strcasecmp(message->known[HTTP_TRANSFER_ENCODING], "chunked") != 0)
        return http_message_refuse(message, 400, "bad_transfer_encoding", "Transfer-Encoding must be chunked.");
    if (message->known_count[HTTP_CONTENT_LENGTH] > 0)
        return http_message_refuse(message, 400, "bad_content_length",
                                   "Content-Length must not come with Transfer-Encoding.");
    return true;
}

static bool judge_content_length(struct http_message *message)
{
    const char *text = message->known[HTTP_CONTENT_LENGTH];
    uint64_t length = 0;
    if (!text)
        return true;
    if (message->known_count[HTTP_CONTENT_LENGTH] > 1 || text[0] == '\0' || strspn(text, "0123456789") != strlen(text))
        return http_message_refuse(message, 400, "bad_content_length", "Content-Length must be one decimal number.");
    for (; *text; text++) {
        if (length > (INT64_MAX - 9) / 10)
            return http_message_refuse(message, 400, "bad_content_length", "Content-Length is not possible.");
        length = length * 10 + (uint64_t)(*text - '0');
    }
    if (length > message->max_body)
        return http_message_refuse(message, 413, "body_too_large", "The body is too large.");
    message->length = (size_t)length;
    return true;
}

static bool judge_content_encoding(struct http_message *message)
{
    const char *text = message->known[HTTP_CONTENT_ENCODING];
    if (!text || (message->known_count[HTTP_CONTENT_ENCODING] == 1 && strcasecmp(text, "identity") == 0))
        return true;
    return http_message_refuse(message, 415, "content_encoding", "The body must not be compressed.");
}

static bool judge_expect(struct http_message *message)
{
    const char *text = message->known[HTTP_EXPECT];
    if (!text)
        return true;
    if (message->known_count[HTTP_EXPECT] > 1 || strcasecmp(text, "100-continue") != 0)
        return http_message_refuse(message, 417, "expectation", "Only 100-continue can be expected.");
    message->expects = !message->old; /* HTTP/1.0 knows no interim answers */
    return true;
}

/* A client's own id, if it is harmless and fits; else a new one. */
static bool judge_request_id(struct http_message *message)
{
    char *id = message->request->request_id;
    const char *text = message->known[HTTP_REQUEST_ID];
    size_t length = text ? strlen(text) : 0;
    bool taken =
        length > 0 && length < sizeof message->request->request_id && message->known_count[HTTP_REQUEST_ID] == 1;
    for (size_t i = 0; taken && i < length; i++)
        taken = is_alphanumeric(text[i]) || strchr("._-", text[i]);
    if (taken)
        memcpy(id, text, length + 1);
    return true;
}

bool http_fields_judge(struct http_message *message)
{
    static bool (*const judges[])(struct http_message *) = {
        judge_request_id,       judge_host,         judge_transfer_encoding, judge_content_length, judge_expect,
        judge_content_encoding, http_address_judge,
    };
    for (size_t i = 0; i < sizeof judges / sizeof *judges; i++)
        if (!judges[i](message))
            return false;
    return true;
}

const char *http_find_header(const struct http_request *request, const char *lower_name)
{
    for (size_t i = 0; i < request->header_count; i++)
        if (strcmp(request->headers[i].name, lower_name) == 0)
            return request->headers[i].value;
    return NULL;
}
