/* in_process_ask.c: requests and imports, in the order of core/api/gate.c and dispatch.c, and what they answer. */
#include "in_process.h"

#include "api/body.h"
#include "api/policy.h"
#include "api/query.h"
#include "api/route.h"
#include "base/json.h"

#include <string.h>
#include <strings.h>

/* --- a request --- */

/* "GET /a/b?c=d" */
static struct http_request *http_new(const char *line, const char *body)
{
    struct http_request *http = arena_alloc(site_arena(), sizeof *http);
    char *words = arena_copy(site_arena(), line, strlen(line));
    char *path = strchr(words, ' '), *query = strchr(words, '?');
    assert_non_null(path);
    *path = '\0';
    if (query)
        *query++ = '\0';
    *http = (struct http_request){.arena = site_arena(), .method = words, .host = "localhost", .address = "192.0.2.1"};
    http->path = arena_print(site_arena(), "/api/v1%s", path + 1);
    http->query = query ? query : "";
    http->body = body ? json("%s", body) : "";
    http->body_length = strlen(http->body);
    return http;
}

static void add_header(struct http_request *http, struct http_header *headers, const char *name, const char *value)
{
    headers[http->header_count++] = (struct http_header){name, value};
    http->headers = headers;
}

static struct request *request_new(const struct person *as, const char *if_match, const char *body, const char *line)
{
    struct request *request = request_of_host(NULL);
    struct http_request *http = http_new(line, body);
    struct http_header *headers = arena_alloc(site_arena(), 3 * sizeof *headers);
    struct route_match match;
    add_header(http, headers, "content-type", "application/json");
    if (as->token)
        add_header(http, headers, "authorization", arena_print(site_arena(), "Bearer %s", as->token));
    if (if_match)
        add_header(http, headers, "if-match", if_match);
    if (route_find(site_server()->api, site_arena(), http->method, http->path, &match) != ROUTE_FOUND)
        fail_msg("%s: no route, or no id in the path", line);
    request->http = http;
    request->route = match.route;
    request->head.self = module_self(match.route->module);
    memcpy(request->params, match.params, sizeof match.params);
    request->param_count = match.param_count;
    return request;
}

static int allowed(struct request *request)
{
    int code = auth_person(site_server()->auth, request, true);
    return code == C18N_OK ? policy_ask(request->route->policy, request) : code;
}

static int handle(c18n_request *rq)
{
    const struct request *request = request_of(rq);
    int code = request->route->declared.handle(rq, module_argument(request->route->module));
    assert_true(code != C18N_OK || request->reply.status != 0);
    return code;
}

/* Input comes after the policy, so that a 422 does not tell of what may not be known. */
static int on_snapshot(c18n_request *rq, void *arg)
{
    struct request *request = request_of(rq);
    const struct route *route = request->route;
    (void)arg;
    int code = allowed(request);
    if (code != C18N_OK || (code = query_judge(request)) != C18N_OK || (code = body_judge(request)) != C18N_OK)
        return code;
    if (route->run != C18N_CLASS_WRITE)
        return handle(rq);
    return route->declared.prepare ? route->declared.prepare(rq, module_argument(route->module)) : C18N_OK;
}

static int on_writer(c18n_request *rq, void *arg)
{
    (void)arg;
    int code = allowed(request_of(rq));
    return code == C18N_OK ? handle(rq) : code;
}

static int go(struct request *request)
{
    assert_int_not_equal(request->route->run, C18N_CLASS_BLOCKING); /* streams need a client */
    int code = auth_identify(site_server()->auth, request);
    if (code == C18N_OK)
        code = in_snapshot(request, on_snapshot, NULL);
    if (code == C18N_OK && request->route->run == C18N_CLASS_WRITE)
        code = in_transaction(request, on_writer, NULL);
    return code;
}

static struct answer answer_of(struct request *request)
{
    struct answer answer = {.status = request->reply.status, .body = request->reply.body, .request = request};
    bool object = answer.body && *answer.body == '{';
    answer.doc = json_trusted(&site_server()->host, site_arena(), object ? answer.body : "{}",
                              object ? request->reply.body_length : 2);
    const char *word = answer.status >= 400 ? c18n_text(answer.doc, "code") : NULL;
    answer.problem = word ? word : "";
    return answer;
}

static struct answer ask_line(const struct person *as, const char *if_match, const char *body, const char *line)
{
    assert_non_null(line);
    struct request *request = request_new(as, if_match, body, line);
    int code = go(request);
    if (code != C18N_OK)
        api_problem(request, code);
    return answer_of(request);
}

struct answer ask(const struct person *as, const char *body, const char *method_and_path, ...)
{
    va_list values;
    va_start(values, method_and_path);
    const char *line = arena_vprint(site_arena(), method_and_path, values);
    va_end(values);
    return ask_line(as, NULL, body, line);
}

struct answer ask_matching(const struct person *as, const char *if_match, const char *body, const char *method_and_path,
                           ...)
{
    va_list values;
    va_start(values, method_and_path);
    const char *line = arena_vprint(site_arena(), method_and_path, values);
    va_end(values);
    return ask_line(as, if_match, body, line);
}

/* --- answers --- */

const char *answer_header(const struct answer *answer, const char *name)
{
    const struct request_reply *reply = &answer->request->reply;
    for (size_t i = 0; i < reply->header_count; i++)
        if (strcasecmp(reply->headers[i].name, name) == 0)
            return reply->headers[i].value;
    return NULL;
}

static size_t walk_items(const struct answer *answer, size_t number, const char **ret_item, size_t *ret_length)
{
    struct json_walk walk;
    size_t count = 0;
    assert_true(answer->body && *answer->body == '[');
    json_items_begin(&walk, answer->body, answer->request->reply.body_length);
    while (count <= number && json_items_next(&walk, ret_item, ret_length))
        count++;
    return count;
}

size_t answer_count(const struct answer *answer)
{
    const char *item;
    size_t length;
    return walk_items(answer, SIZE_MAX - 1, &item, &length);
}

const c18n_doc *answer_item(const struct answer *answer, size_t number)
{
    const char *item;
    size_t length;
    assert_int_equal(walk_items(answer, number, &item, &length), number + 1);
    return json_trusted(&site_server()->host, site_arena(), item, length);
}

/* --- imports --- */

struct import {
    c18n_import declared;
    struct module *module;
    char *id;
};

static struct import import_find(const char *kind)
{
    struct import import = {.module = NULL};
    for (size_t i = 0; i < loader_count(site_server()->loader); i++) {
        import.module = loader_at(site_server()->loader, i);
        const c18n_table *table = &import.module->descriptor->imports;
        for (size_t j = 0; j < table->count; j++) {
            loader_item(table, j, &import.declared, sizeof import.declared);
            if (strcmp(import.declared.kind, kind) == 0)
                return import;
        }
    }
    fail_msg("no module takes in a %s", kind);
    return import;
}

static int take(c18n_request *rq, void *arg)
{
    const struct import *import = arg;
    return import->declared.take(rq, import->id, import->module->self.state);
}

int import_line(const char *line, char ret_id[C18N_ID_SIZE])
{
    const c18n_doc *doc;
    const char *why = "", *text = json("%s", line);
    if (json_parse(&site_server()->host, site_arena(), text, strlen(text), &doc, &why) != C18N_OK)
        fail_msg("%s: %s", text, why);
    struct import import = import_find(c18n_text(doc, "kind"));
    struct request *request = request_of_host(&import.module->self);
    int code = api_validate(request, &import.declared.fields, doc, "kind ref", &request->body);
    import.id = ret_id;
    request->event_time_ms = c18n_integer(doc, "created_on", 0) * 1000;
    return code == C18N_OK ? in_transaction(request, take, &import) : code;
}
