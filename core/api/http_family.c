/* http_family.c: the table behind c18n/http.h. Small readers of the request are here; what answers is in
 * reply.c, page.c, reply_list.c, search.c, history.c and stream.c. */
#include "api/etag.h"
#include "api/policy.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/record.h"
#include "api/reply.h"
#include "api/stream.h"
#include "base/log.h"
#include "request/server.h"

#include <ctype.h>
#include <string.h>

enum { HEADER_NAME_MAX = 64 };

/* --- reading the request --- */

static const char *method(c18n_request *rq)
{
    const struct request *request = request_of(rq);
    return request->http ? request->http->method : NULL;
}

static const char *path(c18n_request *rq, const char *name)
{
    return policy_path(request_of(rq), name);
}

static const char *query(c18n_request *rq, const char *name)
{
    return query_find(request_of(rq), name);
}

static const char *header(c18n_request *rq, const char *name)
{
    char lower[HEADER_NAME_MAX];
    const struct request *request = request_of(rq);
    size_t length = strlen(name);
    if (!request->http || length >= sizeof lower)
        return NULL;
    for (size_t i = 0; i <= length; i++)
        lower[i] = (char)tolower((unsigned char)name[i]);
    return http_find_header(request->http, lower);
}

static const char *address(c18n_request *rq)
{
    return request_address(request_of(rq));
}

static const char *request_id(c18n_request *rq)
{
    return request_of(rq)->request_id;
}

static const c18n_doc *body(c18n_request *rq)
{
    return request_of(rq)->body;
}

static const c18n_caller *caller(c18n_request *rq)
{
    return &request_of(rq)->caller;
}

static void keep(c18n_request *rq, void *pointer)
{
    request_of(rq)->kept = pointer;
}

static void *kept(c18n_request *rq)
{
    return request_of(rq)->kept;
}

/* --- answering --- */

static int set_header(c18n_request *rq, const char *name, const char *value)
{
    struct request *request = request_of(rq);
    if (!name || !value)
        return C18N_INVALID;
    const char *name_copy = arena_copy(request->arena, name, strlen(name));
    const char *value_copy = arena_copy(request->arena, value, strlen(value));
    return name_copy && value_copy ? reply_header(request, name_copy, value_copy) : C18N_NO_MEMORY;
}

/* A handler that "fails" with C18N_OK has a bug; it must not look like success. */
static int as_failure(int code)
{
    return code < 0 ? code : C18N_ERROR;
}

static int fail(c18n_request *rq, int code, const char *word, const char *detail)
{
    return problem_note(request_of(rq), as_failure(code), word, detail);
}

static int fail_field(c18n_request *rq, int code, const char *field, const char *detail)
{
    problem_add_error(request_of(rq), field ? field : "", detail ? detail : "is not valid");
    return as_failure(code);
}

static int allowed(c18n_request *rq, const char *name)
{
    struct request *request = request_of(rq);
    const struct policy *policy = policy_find(request->server->api, name);
    if (policy)
        return policy_ask(policy, request);
    log_line(C18N_LOG_ERROR, request->head.self ? request->head.self->id : "api",
             "asked for the policy %s, which nobody declares", name);
    return C18N_ERROR;
}

static void out_record(c18n_request *rq, c18n_out *out, const c18n_table *fields, const c18n_doc *record)
{
    record_out(request_of(rq), out, fields, record);
}

static int if_match(c18n_request *rq, const c18n_doc *record)
{
    return etag_if_match(request_of(rq), record);
}

const c18n_http_family http_family = {
    .family = {sizeof http_family, C18N_ABI_MINOR},
    .method = method,
    .path = path,
    .query = query,
    .header = header,
    .address = address,
    .request_id = request_id,
    .body = body,
    .caller = caller,
    .keep = keep,
    .kept = kept,
    .set_header = set_header,
    .reply_json = reply_json,
    .reply_record = reply_record,
    .reply_page = reply_page,
    .reply_search = reply_search,
    .reply_history = reply_history,
    .fail = fail,
    .fail_field = fail_field,
    .stream_begin = stream_begin,
    .stream_write = stream_write,
    .allowed = allowed,
    .out_record = out_record,
    .if_match = if_match,
    .reply_list = reply_list,
};
