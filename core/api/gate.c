/* gate.c: what stands between a request and its handler, in this order:
 *   route 404/405 → token 401 → rate 429 → CSRF 403 → [query and body are judged] → policy → 400/413/415/422.
 * All on the event thread, but for asking who a person is (when no cache knows) and for judging large
 * bodies, which go to the pool and come back. */
#include "api/answer.h"
#include "api/body.h"
#include "api/cors.h"
#include "api/dispatch.h"
#include "api/policy.h"
#include "api/problem.h"
#include "api/query.h"
#include "api/route.h"

#include <string.h>

enum { BODY_ON_LOOP_MAX = 16 << 10 }; /* bytes; judging these takes less than a hop */

/* --- input --- */

static int login_rate(struct call *call)
{
    static const char *const accounts[] = {"email", "username", "phone", "user"};
    struct request *request = &call->request;
    const char *account = NULL;
    for (size_t i = 0; !account && i < sizeof accounts / sizeof *accounts; i++)
        account = c18n_text(request->body, accounts[i]);
    struct auth_limit limit = {0};
    int code = auth_login_rate(call->api->server->auth, request, account ? account : "", &limit);
    if (code != C18N_OK)
        call->limit = limit;
    return code;
}

static void gate_policy(struct call *call)
{
    struct request *request = &call->request;
    bool may_go_on = request->route->policy->needs_views; /* else it is decided here */
    int code = may_go_on ? C18N_OK : policy_ask(request->route->policy, request);
    if (code == C18N_OK && !may_go_on)
        code = dispatch_input(call);
    if (code == C18N_OK && call->input_code == C18N_OK && request->route->declared.flags & C18N_ROUTE_LOGIN)
        code = login_rate(call);
    if (code == C18N_OK)
        dispatch_run(call);
    else
        dispatch_finish(call, code);
}

/* The faults are put aside: whether the client may hear of them is the policy's to say. */
static void judge_input(struct call *call)
{
    struct request *request = &call->request;
    call->input_code = query_judge(request);
    if (call->input_code == C18N_OK)
        call->input_code = body_judge(request);
    if (call->input_code == C18N_OK)
        return;
    call->input_word = request->problem_word;
    call->input_detail = request->problem_detail;
    call->input_errors = request->errors;
    problem_forget(request);
}

static bool at_pool_judge(struct call *call, struct data_reader *reader)
{
    (void)reader;
    judge_input(call);
    return true;
}

static void gate_input(struct call *call)
{
    if (call->request.http->body_length > BODY_ON_LOOP_MAX) {
        dispatch_hop(call, call->api->server->reads, at_pool_judge, gate_policy);
        return;
    }
    judge_input(call);
    gate_policy(call);
}

/* --- rate and CSRF --- */

static bool method_is_safe(const char *method)
{
    return strcmp(method, "GET") == 0 || strcmp(method, "HEAD") == 0;
}

static void gate_rate(struct call *call)
{
    struct auth *auth = call->api->server->auth;
    struct request *request = &call->request;
    int code = auth_rate(auth, request, &call->limit);
    call->has_limit = true;
    if (code == C18N_OK && !method_is_safe(request->http->method))
        code = auth_csrf_check(auth, request);
    if (code == C18N_OK)
        gate_input(call);
    else
        dispatch_finish(call, code);
}

/* --- the token --- */

/* A stale session cookie must not lock its owner out of the login page: on a route that takes anybody,
 * it counts as none. A bad Authorization header was meant, and stays a 401. */
static int forgive_cookie(struct call *call, int code)
{
    struct request *request = &call->request;
    bool forgiven = code == C18N_UNAUTHENTICATED && request->route->policy->declared.anonymous &&
                    !http_find_header(request->http, "authorization");
    if (!forgiven)
        return code;
    request->caller = request_nobody;
    problem_forget(request);
    return C18N_OK;
}

static void gate_person(struct call *call)
{
    struct request *request = &call->request;
    int code = forgive_cookie(call, call->code);
    if (code == C18N_OK && request->caller.user[0] == '\0' && !request->route->policy->declared.anonymous)
        code = C18N_UNAUTHENTICATED;
    if (code == C18N_OK)
        gate_rate(call);
    else
        dispatch_finish(call, code);
}

static bool at_pool_person(struct call *call, struct data_reader *reader)
{
    call->code = data_read_begin(reader, &call->request);
    if (call->code != C18N_OK)
        return true;
    call->code = auth_person(call->api->server->auth, &call->request, true);
    data_read_end(reader, &call->request);
    return true;
}

static void gate_token(struct call *call)
{
    struct auth *auth = call->api->server->auth;
    struct request *request = &call->request;
    call->code = auth_identify(auth, request);
    if (call->code == C18N_OK && request->caller.user[0] != '\0')
        call->code = auth_person(auth, request, false);
    if (call->code == C18N_AGAIN)
        dispatch_hop(call, call->api->server->reads, at_pool_person, gate_person);
    else
        gate_person(call);
}

/* --- the route --- */

static void gate_route(struct call *call)
{
    struct request *request = &call->request;
    struct route_match match = {.route = NULL};
    enum route_found found = route_find(call->api, request->arena, request->http->method, request->http->path, &match);
    call->allow = match.allow;
    if (found == ROUTE_FOUND) {
        request->route = match.route;
        request->head.self = module_self(match.route->module);
        memcpy(request->params, match.params, sizeof match.params);
        request->param_count = match.param_count;
        gate_token(call);
    } else if (found == ROUTE_NO_METHOD && strcmp(request->http->method, "OPTIONS") == 0) {
        cors_options(call);
        answer_send(call);
    } else if (found == ROUTE_NO_METHOD) {
        problem_reply(request, 405, NULL, "This resource does not have this method; see Allow.");
        answer_send(call);
    } else if (found == ROUTE_BAD_PATH) {
        dispatch_finish(call, problem_note(request, C18N_BAD_REQUEST, "bad_path", "The path is not well formed."));
    } else {
        dispatch_finish(call, C18N_NOT_FOUND);
    }
}

static struct call *call_new(struct server *server, struct http_request *http)
{
    struct call *call = arena_alloc(http->arena, sizeof *call);
    if (!call)
        return NULL;
    call->magic = CALL_MAGIC;
    call->api = server->api;
    call->empty = (struct doc){.pub = {&server->host, "{}", 2}, .arena = http->arena};
    struct request *request = &call->request;
    request->head.host = &server->host;
    request->server = server;
    request->arena = http->arena;
    request->http = http;
    request->caller = request_nobody;
    request->body = &call->empty.pub;
    request->request_id = http->request_id;
    return call;
}

void api_request(void *arg, struct http_request *http)
{
    struct server *server = arg;
    assert(server->api->magic == API_MAGIC);
    struct call *call = call_new(server, http);
    if (call) {
        gate_route(call);
        return;
    }
    static const struct http_header retry[] = {{"Retry-After", "1"}};
    http_answer(http, &(struct http_answer){.status = 503, .headers = retry, .header_count = 1, .route = ""});
}
