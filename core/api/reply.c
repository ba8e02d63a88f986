/* reply.c: answers of one resource, and headers. */
#include "api/reply.h"

#include "api/etag.h"
#include "api/record.h"
#include "api/state.h"
#include "api/url.h"
#include "base/json.h"

#include <string.h>
#include <strings.h>

/* Headers that belong to the connection, not to a handler. */
static const char *const reserved[] = {"connection", "content-length",    "date",
                                       "keep-alive", "transfer-encoding", "upgrade"};

static bool name_is_legal(const char *name)
{
    static const char token[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~";
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++)
        if (strcasecmp(name, reserved[i]) == 0)
            return false;
    return *name != '\0' && strspn(name, token) == strlen(name);
}

static bool value_is_legal(const char *value)
{
    for (const unsigned char *at = (const unsigned char *)value; *at != '\0'; at++)
        if ((*at < 0x20 && *at != '\t') || *at == 0x7f)
            return false;
    return true;
}

int reply_header(struct request *request, const char *name, const char *value)
{
    struct request_reply *reply = &request->reply;
    if (reply->header_count == sizeof reply->headers / sizeof *reply->headers)
        return C18N_INVALID;
    if (!name || !value || !name_is_legal(name) || !value_is_legal(value))
        return C18N_INVALID;
    reply->headers[reply->header_count++] = (struct http_header){name, value};
    return C18N_OK;
}

void reply_body(struct request *request, int status, const char *json, size_t length)
{
    request->reply.status = status;
    request->reply.content_type = "application/json";
    request->reply.body = json;
    request->reply.body_length = length;
    request->reply.send = NULL;
}

int reply_json(c18n_request *rq, int status, c18n_out *out)
{
    struct request *request = request_of(rq);
    size_t length;
    if (!out)
        return C18N_NO_MEMORY;
    struct out *inside = (struct out *)(void *)out;
    const char *json = json_out_finish_text(inside, &length);
    if (!json)
        return inside->failed != C18N_OK ? inside->failed : C18N_NO_MEMORY;
    reply_body(request, status, json, length);
    return C18N_OK;
}

/* Who reads one resource goes on record, also when the answer is a 304: they know now that it is unchanged. */
static void note_access(struct request *request, const c18n_doc *record)
{
    const char *view = ((const struct doc *)(const void *)record)->view;
    const char *id = view && request->caller.user[0] != '\0' ? c18n_text(record, "_id") : NULL;
    if (id && request->http && strcmp(request->http->method, "GET") == 0)
        data_note_read(request, view, id);
}

/* Where the resource is, for who made or changed it: who reads it has the URL already. */
static int add_location(struct request *request, const char *location)
{
    struct text text;
    if (request->route && strcmp(request->route->declared.method, "GET") == 0)
        return C18N_OK;
    text_init(&text, request->arena, 0);
    url_add(&text, request->server, location);
    return text.failed ? C18N_NO_MEMORY : reply_header(request, "Location", text_end(&text));
}

int reply_record(c18n_request *rq, const char *location, const c18n_table *fields, const c18n_doc *record)
{
    struct request *request = request_of(rq);
    struct text text;
    text_init(&text, request->arena, 0);
    text_reserve(&text, record->length + 512); /* one allocation for nearly all */
    int code = record_add(request, &text, fields, record);
    if (code != C18N_OK || text.failed)
        return code != C18N_OK ? code : C18N_NO_MEMORY;
    const char *body = text_end(&text);
    reply_body(request, 200, body, text.length);
    code = location ? add_location(request, location) : C18N_OK;
    if (code == C18N_OK)
        code = etag_reply(request, etag_make(request->arena, record, body, text.length));
    if (code == C18N_OK)
        note_access(request, record);
    return code;
}
