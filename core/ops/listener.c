/*
 * listener.c: the operators' listener: a few pages on a loop of its own, so that they answer while
 * the API's loops are busy. Nothing here changes anything, and who may connect is a matter of where it listens.
 */
#include "base/json.h"
#include "base/json_internal.h"
#include "ctl/listing.h"
#include "ops/ops.h"

#include "request/server.h"

#include <string.h>

enum { OPERATORS_LOOP = 999, OPERATORS_MAX_BODY = 4096, OPERATORS_MAX_CONNECTIONS = 64 };

/* --- answers --- */

static void answer_problem(struct server *server, struct http_request *request, int status, const char *code,
                           const char *title, const char *detail, struct http_answer *ret_answer)
{
    struct out out;
    json_out_init(&out, &server->host, request->arena, '{');
    json_out_text(&out.pub, "type", "about:blank");
    json_out_text(&out.pub, "title", title);
    json_out_integer(&out.pub, "status", status);
    json_out_text(&out.pub, "detail", detail);
    json_out_text(&out.pub, "code", code);
    json_out_text(&out.pub, "request_id", request->request_id);
    size_t length = 0;
    const char *body = json_out_finish_text(&out, &length);
    *ret_answer = (struct http_answer){
        .status = status,
        .content_type = "application/problem+json",
        .body = body ? body : "",
        .body_length = length,
        .route = "",
    };
}

/* --- pages --- */

static int page_healthz(struct server *server, struct text *ret_body)
{
    (void)server;
    text_add_text(ret_body, "{\"status\":\"ok\"}");
    return 200;
}

static int page_readyz(struct server *server, struct text *ret_body)
{
    bool ready = false;
    ops_readyz_json(server, ret_body, &ready);
    return ready ? 200 : 503;
}

static int page_metrics(struct server *server, struct text *ret_body)
{
    metrics_text(server->metrics, ret_body);
    return 200;
}

static const struct page {
    const char *path, *content_type;
    int (*make)(struct server *server, struct text *ret_body);
} pages[] = {
    {"/healthz", "application/json", page_healthz},
    {"/readyz", "application/json", page_readyz},
    {"/metrics", "application/openmetrics-text; version=1.0.0; charset=utf-8", page_metrics},
};

struct found { /* one of both */
    const struct page *page;
    const struct listing *listing;
};

static bool is_path(const char *path, size_t length, const char *of)
{
    return strlen(of) == length && memcmp(of, path, length) == 0;
}

/* /modules, /modules/routes … */
static const struct listing *find_listing(const char *path, size_t length)
{
    static const char base[] = "/modules";
    const size_t base_length = sizeof base - 1;
    if (length < base_length || memcmp(path, base, base_length) != 0)
        return NULL;
    const char *name = path + base_length;
    size_t name_length = length - base_length;
    for (size_t i = 0; i < listing_count; i++) {
        bool whole = listings[i].name[0] == '\0';
        if (whole ? name_length == 0
                  : name_length > 1 && *name == '/' && is_path(name + 1, name_length - 1, listings[i].name))
            return &listings[i];
    }
    return NULL;
}

/* A trailing slash is the same page, as in the API. */
static bool find_page(const char *path, struct found *ret_found)
{
    size_t length = strlen(path);
    if (length > 1 && path[length - 1] == '/')
        length--;
    *ret_found = (struct found){.listing = find_listing(path, length)};
    for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
        if (is_path(path, length, pages[i].path))
            ret_found->page = &pages[i];
    return ret_found->page || ret_found->listing;
}

static int make_page(struct server *server, const struct found *found, struct text *ret_body)
{
    if (found->page)
        return found->page->make(server, ret_body);
    listing_json(server, found->listing, ret_body);
    return 200;
}

static void answer_page(struct server *server, struct http_request *request, const struct found *found)
{
    static const struct http_header headers[] = {{"Cache-Control", "no-store"}};
    struct text body;
    text_init(&body, request->arena, 0);
    struct http_answer answer = {
        .status = make_page(server, found, &body),
        .headers = headers,
        .header_count = 1,
        .content_type = found->page ? found->page->content_type : "application/json",
        .route = found->page ? found->page->path : "/modules",
    };
    answer.body = text_end(&body);
    answer.body_length = body.failed ? 0 : body.length;
    if (body.failed)
        answer_problem(server, request, 503, "no_memory", "Service Unavailable", "Out of memory.", &answer);
    http_answer(request, &answer);
}

static void on_request(void *arg, struct http_request *request)
{
    static const struct http_header allow[] = {{"Allow", "GET, HEAD"}};
    struct server *server = arg;
    struct found found;
    bool there = find_page(request->path, &found);
    bool reading = strcmp(request->method, "GET") == 0 || strcmp(request->method, "HEAD") == 0;
    struct http_answer answer;
    if (there && reading) {
        answer_page(server, request, &found);
    } else if (there) {
        answer_problem(server, request, 405, "method_not_allowed", "Method Not Allowed", "This page can only be read.",
                       &answer);
        answer.headers = allow;
        answer.header_count = 1;
        http_answer(request, &answer);
    } else {
        answer_problem(server, request, 404, "not_found", "Not Found",
                       "The pages are /healthz, /readyz, /metrics, /modules and those below it.", &answer);
        http_answer(request, &answer);
    }
}

static void on_refuse(void *arg, struct http_request *request, int status, const char *code, const char *detail,
                      struct http_answer *ret_answer)
{
    answer_problem(arg, request, status, code, "The request can't be taken", detail, ret_answer);
}

/* --- life --- */

/* On loopback only its own names are answered: a web page whose name is made to point here reads nothing. */
static const char *const loopback_names[] = {"localhost", "127.0.0.1", "::1"};

static bool is_loopback(const char *address)
{
    return strncmp(address, "127.", 4) == 0 || strncmp(address, "localhost:", 10) == 0 ||
           strncmp(address, "[::1]:", 6) == 0;
}

static int start_http(struct server *server, const char *address, char ret_why[256])
{
    static const char *const anybody[] = {"0.0.0.0/0", "::/0"};
    struct http_options options = {
        .listen = address,
        .loops = &server->operators_loop,
        .loop_count = 1,
        .frontends = anybody,
        .frontend_count = 2,
        .hosts = loopback_names,
        .host_count = is_loopback(address) ? sizeof loopback_names / sizeof *loopback_names : 0,
        .max_body = OPERATORS_MAX_BODY,
        .max_connections = OPERATORS_MAX_CONNECTIONS,
        .header_ms = 10000,
        .idle_ms = 75000,
        .write_ms = 30000,
        .body_rate = 1024,
        .gzip = true,
        .request = on_request,
        .refuse = on_refuse,
        .arg = server,
    };
    return http_start(&options, &server->operators, ret_why);
}

int ops_listen(struct server *server, const char *address, struct text *ret_why)
{
    char why[256] = "";
    if (!*address)
        return C18N_OK;
    server->operators_loop = loop_new(OPERATORS_LOOP);
    if (!server->operators_loop || loop_start(server->operators_loop) != C18N_OK) {
        text_print(ret_why, "The operators' event thread can't be started.\n");
        return C18N_NO_MEMORY;
    }
    int code = start_http(server, address, why);
    if (code != C18N_OK)
        text_print(ret_why, "core.operator_listen: %s\n", why);
    return code;
}

void ops_close(struct server *server)
{
    if (server->operators) {
        http_drain(server->operators);
        http_stop(server->operators);
    }
    if (server->operators_loop) {
        loop_stop(server->operators_loop);
        loop_join(server->operators_loop);
    }
    http_free(server->operators);
    loop_free(server->operators_loop);
    server->operators = NULL;
    server->operators_loop = NULL;
}
