/* dispatch.c: takes a request to the thread that its route's class names, and its answer back.
 *
 * gate.c comes before this: token, rate, CSRF, caller's policy, input. From here on a call goes
 *   INLINE    handler on the loop
 *   READ      pool of reads: snapshot, policy, handler; BY_ID without hooks first on the loop, with cached records
 *   BLOCKING  blocking pool: the same
 *   WRITE     [blocking pool: snapshot, policy, prepare;] writer: person, policy, handler, in one transaction
 *   socket    [pool of reads: snapshot, policy;] then it is handed over to live/, which ends it
 * and comes back to its loop by loop_post. */
#include "api/dispatch.h"

#include "api/answer.h"
#include "api/idempotency.h"
#include "api/policy.h"
#include "api/problem.h"
#include "api/render.h"
#include "api/route_hooks.h"
#include "base/crumb.h"
#include "base/log.h"

#include <string.h>

enum { BLOCKING_ROUTES_MAX = 2 }; /* at a time: half of the blocking pool, the rest is for `prepare` */

/* --- hops --- */

static struct call *call_of_task(struct task *task)
{
    struct call *call = (struct call *)(void *)((char *)task - offsetof(struct call, task));
    assert(call->magic == CALL_MAGIC);
    return call;
}

static void landed(struct task *task, void *context)
{
    (void)context;
    struct call *call = call_of_task(task);
    call->next(call);
}

static void go_back(struct call *call)
{
    call->task.run = landed;
    loop_post(call->request.http->loop, &call->task);
}

static void at_pool(struct task *task, void *context)
{
    struct call *call = call_of_task(task);
    if (call->work(call, context))
        go_back(call);
}

static bool hop(struct call *call, struct pool *pool, bool (*work)(struct call *call, struct data_reader *reader),
                void (*next)(struct call *call))
{
    call->work = work;
    call->next = next;
    call->task.run = at_pool;
    return pool_submit(pool, &call->task);
}

void dispatch_hop(struct call *call, struct pool *pool, bool (*work)(struct call *call, struct data_reader *reader),
                  void (*next)(struct call *call))
{
    if (!hop(call, pool, work, next))
        dispatch_finish(call, C18N_AGAIN);
}

/* --- the end --- */

void dispatch_finish(struct call *call, int code)
{
    call->code = code;
    if (code != C18N_OK && !call->keeps_reply)
        api_problem(&call->request, code);
    answer_send(call);
}

static void finish(struct call *call)
{
    dispatch_finish(call, call->code);
}

/* --- the handler --- */

static int run_handler(struct call *call)
{
    struct request *request = &call->request;
    const struct route *route = request->route;
    crumb_enter(module_id(route->module), "handle", route->called);
    int code = route->declared.handle(request_pub(request), module_argument(route->module));
    crumb_leave();
    if (code != C18N_OK)
        return code;
    if (request->reply.status == 0 && !request->reply.streaming) {
        log_line(C18N_LOG_ERROR, "api", "%s %s: the handler gave no answer (request %s)", route->declared.method,
                 route->declared.path, request->request_id);
        return C18N_ERROR;
    }
    return C18N_OK;
}

/* With what other modules hang around it, if they do. */
static int handle(struct call *call)
{
    struct request *request = &call->request;
    bool hooked = request->route->hooks != NULL;
    int code = hooked ? route_hooks_before(request) : C18N_OK;
    if (code == C18N_OK)
        code = run_handler(call);
    if (code == C18N_OK && hooked)
        code = route_hooks_after(request);
    if (code != C18N_OK)
        return code;
    call->keeps_reply = request->reply.status >= 400 && !request->reply.streaming;
    return call->keeps_reply ? C18N_CONFLICT : C18N_OK;
}

/* The policy first, so that nobody learns from a 422 what they may not know of. */
static int policy_and_input(struct call *call)
{
    int code = policy_ask(call->request.route->policy, &call->request);
    return code == C18N_OK ? dispatch_input(call) : code;
}

int dispatch_input(struct call *call)
{
    if (call->input_code == C18N_OK)
        return C18N_OK;
    call->request.problem_word = call->input_word;
    call->request.problem_detail = call->input_detail;
    call->request.errors = call->input_errors;
    return call->input_code;
}

/* --- on the pools --- */

/* As for a write, what the module answers doesn't count then. */
static void heed_fault(struct call *call)
{
    struct request *request = &call->request;
    int fault = data_read_fault(request, call->code);
    if (fault == C18N_OK)
        return;
    call->code = fault;
    call->keeps_reply = false;
    problem_forget(request);
}

static bool with_snapshot(struct call *call, struct data_reader *reader, int (*step)(struct call *call))
{
    call->code = data_read_begin(reader, &call->request);
    if (call->code != C18N_OK)
        return true;
    call->code = policy_and_input(call);
    if (call->code == C18N_OK)
        call->code = step(call);
    heed_fault(call);
    data_read_end(reader, &call->request);
    return true;
}

static int prepare(struct call *call)
{
    const struct route *route = call->request.route;
    crumb_enter(module_id(route->module), "prepare", route->called);
    int code = route->declared.prepare(request_pub(&call->request), module_argument(route->module));
    crumb_leave();
    return code;
}

static bool at_pool_handle(struct call *call, struct data_reader *reader)
{
    return with_snapshot(call, reader, handle);
}

static bool at_pool_block(struct call *call, struct data_reader *reader)
{
    bool goes_back = with_snapshot(call, reader, handle);
    atomic_fetch_sub(&call->api->blocking_routes, 1);
    return goes_back;
}

static bool at_pool_prepare(struct call *call, struct data_reader *reader)
{
    return with_snapshot(call, reader, prepare);
}

/* --- at the writer --- */

/* A right may have gone while the item waited. Roles come from what is committed now, and a module's
 * policy reads the transaction's own view, so the right and the write stand or fall together. */
static int still_allowed(struct call *call)
{
    struct request *request = &call->request;
    int code = request->caller.user[0] != '\0' ? auth_person(call->api->server->auth, request, true) : C18N_OK;
    return code == C18N_OK ? policy_ask(request->route->policy, request) : code;
}

static struct call *call_of_item(struct data_item *item)
{
    return (struct call *)(void *)((char *)item - offsetof(struct call, item));
}

/* What an earlier run of the item left behind, when the writer had to undo its group and try again. */
static void forget(struct call *call)
{
    struct request *request = &call->request;
    request->reply = (struct request_reply){.header_count = call->prepared_headers};
    memcpy(request->reply.headers, call->headers, call->prepared_headers * sizeof *call->headers);
    problem_forget(request);
    call->keeps_reply = false;
}

static int at_writer(struct data_item *item)
{
    struct call *call = call_of_item(item);
    bool replayed = false;
    forget(call);
    int code = still_allowed(call);
    if (code == C18N_OK)
        code = idempotency_find(&call->request, &replayed);
    if (code == C18N_OK && !replayed) {
        code = handle(call);
        if (code == C18N_OK)
            code = idempotency_keep(&call->request);
    }
    call->ran = code == C18N_OK;
    return code;
}

static void written(struct data_item *item, int code)
{
    struct call *call = call_of_item(item);
    if (call->ran && code != C18N_OK) /* what the handler may have noted on its way isn't why */
        problem_forget(&call->request);
    call->code = code;
    call->next = finish;
    go_back(call);
}

static void submit(struct call *call)
{
    call->prepared_headers = call->request.reply.header_count;
    memcpy(call->headers, call->request.reply.headers, call->prepared_headers * sizeof *call->headers);
    call->item = (struct data_item){.request = &call->request, .run = at_writer, .done = written};
    int code = data_submit(call->api->server->data, &call->item);
    if (code != C18N_OK)
        dispatch_finish(call, code);
}

static void submit_prepared(struct call *call)
{
    if (call->code == C18N_OK && call->request.reply.status == 0)
        submit(call);
    else /* it failed, or `prepare` knew the answer already */
        finish(call);
}

/* --- the classes --- */

static void run_inline(struct call *call)
{
    dispatch_finish(call, handle(call));
}

/* Tries on the loop, where there are only cached records. A READ may be run twice, so when one is missing, what was
 * done is forgotten and done again on the pool. */
static bool answered_from_cache(struct call *call)
{
    struct request *request = &call->request;
    const struct request_reply before = request->reply;
    if (data_cached_begin(call->api->server->data, request) != C18N_OK)
        return false;
    int code = policy_and_input(call);
    if (code == C18N_OK)
        code = handle(call);
    if (data_cached_end(request)) {
        dispatch_finish(call, code);
        return true;
    }
    request->reply = before;
    problem_forget(request);
    request->kept = NULL;
    call->keeps_reply = false;
    return false;
}

/* Hooks of other modules promised nothing about their time. */
static bool has_hooks(const struct call *call)
{
    const struct route *route = call->request.route;
    return route->hooks || render_point(call->api, &route->declared.answer);
}

static void run_read(struct call *call)
{
    if (call->request.route->declared.flags & C18N_ROUTE_BY_ID && !has_hooks(call) && answered_from_cache(call))
        return;
    dispatch_hop(call, call->api->server->reads, at_pool_handle, finish);
}

/* A stream may take minutes. Were all threads of the pool in one, nobody could log in meanwhile. */
static void run_blocking(struct call *call)
{
    atomic_uint *running = &call->api->blocking_routes;
    if (atomic_fetch_add(running, 1) < BLOCKING_ROUTES_MAX &&
        hop(call, call->api->server->blocking, at_pool_block, finish))
        return;
    atomic_fetch_sub(running, 1);
    dispatch_finish(call, C18N_AGAIN);
}

static void upgrade(struct call *call)
{
    if (call->code == C18N_OK)
        call->api->upgrade(&call->request); /* the call goes on there */
    else
        finish(call);
}

static int nothing(struct call *call)
{
    (void)call;
    return C18N_OK;
}

static bool at_pool_ask(struct call *call, struct data_reader *reader)
{
    return with_snapshot(call, reader, nothing);
}

/* A policy that needs no view was asked by the gate. */
static void run_socket(struct call *call)
{
    call->code = C18N_OK;
    if (call->request.route->policy->needs_views)
        dispatch_hop(call, call->api->server->reads, at_pool_ask, upgrade);
    else
        upgrade(call);
}

static void run_write(struct call *call)
{
    if (call->input_code != C18N_OK)
        run_read(call); /* asks the policy only; the bad input then ends it */
    else if (call->request.route->declared.prepare)
        dispatch_hop(call, call->api->server->blocking, at_pool_prepare, submit_prepared);
    else
        submit(call);
}

void dispatch_run(struct call *call)
{
    static void (*const runs[])(struct call *) = {
        [C18N_CLASS_INLINE] = run_inline,     [C18N_CLASS_READ] = run_read, [C18N_CLASS_WRITE] = run_write,
        [C18N_CLASS_BLOCKING] = run_blocking, [ROUTE_SOCKET] = run_socket,
    };
    runs[call->request.route->run](call);
}
