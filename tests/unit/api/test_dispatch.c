/* Which thread runs what, and what goes wrong there. */
#include "gate_site.h"

#include "api/render.h"
#include "api/route_hooks.h"

static void inline_stays_on_the_loop(void **state)
{
    (void)state;
    request("GET", "/api/v1/open", NULL);
    answered(200, "identify rate handle ");
    assert_string_equal(sent.route, "/open");
    assert_true(has("X-Made: yes\n"));
    assert_true(has("Cache-Control: no-cache\n"));
    assert_true(has("Vary: Origin\n"));
    assert_true(has("RateLimit-Limit: 60\nRateLimit-Remaining: 59\nRateLimit-Reset: 30\n"));
    assert_false(has("Access-Control"));
}

static void read_has_a_snapshot(void **state)
{
    (void)state;
    known();
    request("GET", "/api/v1/things?x", NULL);
    assert_int_equal(sent.status, 404); /* the path is without the query */
    request("GET", "/api/v1/things", NULL);
    answered(200, "identify person rate [reads snapshot policy handle end] ");
    assert_true(has("Cache-Control: private, no-cache\n"));
    request("HEAD", "/api/v1/things", NULL);
    answered(200, "identify person rate [reads snapshot policy handle end] ");
}

static void a_failed_read_is_no_answer(void **state)
{
    (void)state;
    known();
    play.read_fault = C18N_CORRUPT;
    request("GET", "/api/v1/things", NULL); /* the handler has answered 200 */
    assert_true(sent.status >= 500);
    play.policy = C18N_NOT_FOUND; /* or the policy took it for "there is none" */
    request("GET", "/api/v1/things", NULL);
    assert_true(sent.status >= 500);
    play.policy = C18N_OK;
    play.handler_status = 409;
    request("GET", "/api/v1/things", NULL);
    assert_true(sent.status >= 500);
}

static void by_id_stays_on_the_loop_when_it_can(void **state)
{
    (void)state;
    known();
    request("GET", "/api/v1/thing", NULL);
    answered(200, "identify person rate cache policy handle end ");
    play.not_in_cache = true; /* what the first turn did is forgotten, also its headers */
    request("GET", "/api/v1/thing", NULL);
    answered(200, "identify person rate cache policy handle missed [reads snapshot policy handle end] ");
    assert_string_equal(strstr(sent.headers, "X-Made: yes") + 11, strstr(sent.headers, "\nCache-Control"));
    play.handler_status = 409;
    request("GET", "/api/v1/thing", NULL);
    answered(409, "identify person rate cache policy handle missed [reads snapshot policy handle end] ");
    play.not_in_cache = false;
    play.policy = C18N_NOT_FOUND;
    request("GET", "/api/v1/thing", NULL);
    answered(404, "identify person rate cache policy end ");
}

static void write_asks_inside_the_transaction(void **state)
{
    (void)state;
    known();
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(200, "identify person rate csrf [writer person-scope policy handle commit] ");
}

static void prepare_runs_before_on_the_blocking_pool(void **state)
{
    (void)state;
    known();
    request("POST", "/api/v1/slow", NULL);
    answered(
        200,
        "identify person rate csrf [blocking snapshot policy prepare end] [writer person-scope policy handle commit] ");
    play.prepare = C18N_CONFLICT;
    request("POST", "/api/v1/slow", NULL);
    answered(409, "identify person rate csrf [blocking snapshot policy prepare end] ");
    play.prepare = C18N_OK;
    play.policy = C18N_NOT_FOUND; /* nobody else's slow work */
    request("POST", "/api/v1/slow", NULL);
    answered(404, "identify person rate csrf [blocking snapshot policy end] ");
}

static void blocking_has_its_own_pool(void **state)
{
    (void)state;
    known();
    request("POST", "/api/v1/batch", "{\"name\":\"a\"}");
    answered(403, "identify person rate csrf ");
    play.roles = " admin ";
    request("POST", "/api/v1/batch", "{\"name\":\"a\"}");
    answered(200, "identify person rate csrf [blocking snapshot handle end] ");
    request("POST", "/api/v1/batch", "{}");
    answered(422, "identify person rate csrf ");
}

/* --- what others hang around a handler --- */

static int hook_code;
static struct module other = {.self = {.id = "other", .state = &other}};

static int hook(c18n_request *rq, const c18n_doc *subject, void *state)
{
    assert_ptr_equal(state, &other);
    assert_ptr_equal(request_of(rq)->head.self, &other.self);
    int64_t status = c18n_integer(subject, "status", 0);
    ran(status ? "after" : "before");
    if (hook_code != C18N_OK)
        return c18n_text(subject, "path") ? hook_code : C18N_ERROR;
    reply_body(request_of(rq), 201, "not the hook's", 14);
    return reply_header(request_of(rq), "X-Hook", arena_print(request_of(rq)->arena, "%d", (int)status));
}

static const struct attached hung = {&other, {"core.…", 0, hook}};

static void hang(bool before, bool after)
{
    static const struct attached *hooks[] = {&hung};
    static struct route_hooks around;
    around = (struct route_hooks){hooks, hooks, before, after, doc_of(&world, "{\"path\":\"/x\"}")};
    for (size_t i = 0; i < world.api.route_count; i++)
        world.api.routes[i].hooks = &around;
}

static void hooks_run_where_the_handler_does(void **state)
{
    (void)state;
    hook_code = C18N_OK;
    hang(true, true);
    known();
    request("GET", "/api/v1/open", NULL);
    answered(200, "identify person rate before handle after ");
    assert_true(has("X-Hook: 0\nX-Made: yes\nX-Hook: 200\n"));
    assert_string_equal(sent.body, "{}");
    request("GET", "/api/v1/thing", NULL); /* never on the loop, where it could keep others waiting */
    answered(200, "identify person rate [reads snapshot policy before handle after end] ");
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(200, "identify person rate csrf [writer person-scope policy before handle after commit] ");
    request("POST", "/api/v1/things/new", "{}"); /* the input is wrong: nobody is asked */
    answered(422, "identify person rate csrf [reads snapshot policy end] ");
}

static void a_hooks_no_is_the_answer(void **state)
{
    (void)state;
    hook_code = C18N_FORBIDDEN;
    hang(true, false);
    known();
    request("GET", "/api/v1/open", NULL);
    answered(403, "identify person rate before ");
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(403, "identify person rate csrf [writer person-scope policy before undo] ");
    hang(false, true);
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(403, "identify person rate csrf [writer person-scope policy handle after undo] ");
    assert_false(has("X-Made"));
    play.handler_status = 409; /* the handler's own no is an answer too */
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(403, "identify person rate csrf [writer person-scope policy handle after undo] ");
    hook_code = C18N_OK;
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(409, "identify person rate csrf [writer person-scope policy handle after undo] ");
    assert_true(has("X-Hook: 409\n"));
    play.handle = C18N_CONFLICT; /* but a handler that failed has not answered */
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(409, "identify person rate csrf [writer person-scope policy handle undo] ");
}

static void what_hooks_add_to_is_not_shown_on_the_loop(void **state)
{
    (void)state;
    static const c18n_field shown[] = {C18N_TEXT("name", 0)};
    struct hook_point point = {.declared = {.renders = C18N_ALL(shown)}, .count = 1}, *points[] = {&point};
    for (size_t i = 0; i < world.api.route_count; i++)
        world.api.routes[i].declared.answer = point.declared.renders;
    known();
    request("GET", "/api/v1/thing", NULL);
    answered(200, "identify person rate cache policy handle end ");
    world.api.renders = points;
    world.api.render_count = 1;
    request("GET", "/api/v1/thing", NULL);
    answered(200, "identify person rate [reads snapshot policy handle end] ");
}

/* --- what goes wrong behind the gate --- */

static void full_queues_are_503(void **state)
{
    (void)state;
    known();
    play.pool_full = true;
    request("GET", "/api/v1/things", NULL);
    answered(503, "identify person rate ");
    assert_true(has("Retry-After: 1\n"));
    play.pool_full = false;
    play.submit = C18N_AGAIN;
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(503, "identify person rate csrf ");
}

static void a_failed_commit_is_no_success(void **state)
{
    (void)state;
    known();
    play.commit = C18N_NO_SPACE;
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    assert_int_equal(sent.status, 507);
    assert_false(has("X-Made"));
}

static void a_reply_of_400_undoes(void **state)
{
    (void)state;
    known();
    play.handler_status = 409;
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(409, "identify person rate csrf [writer person-scope policy handle undo] ");
    assert_string_equal(sent.body, "{}");
}

static void a_mute_handler_is_our_fault(void **state)
{
    (void)state;
    known();
    play.handler_is_mute = true;
    request("GET", "/api/v1/things", NULL);
    assert_int_equal(sent.status, 500);
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(500, "identify person rate csrf [writer person-scope policy handle undo] ");
}

static void large_bodies_are_judged_on_the_pool(void **state)
{
    (void)state;
    char *json = arena_alloc(world.api.arena, 40000);
    known();
    strcpy(json, "{\"name\":\"");
    memset(json + 9, 'a', 30000);
    strcpy(json + 30009, "\"}");
    request("POST", "/api/v1/things/new", json);
    answered(200, "identify person rate csrf [reads [writer person-scope policy handle commit] ");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(inline_stays_on_the_loop),
        TEST(read_has_a_snapshot),
        TEST(a_failed_read_is_no_answer),
        TEST(by_id_stays_on_the_loop_when_it_can),
        TEST(write_asks_inside_the_transaction),
        TEST(prepare_runs_before_on_the_blocking_pool),
        TEST(blocking_has_its_own_pool),
        TEST(hooks_run_where_the_handler_does),
        TEST(a_hooks_no_is_the_answer),
        TEST(what_hooks_add_to_is_not_shown_on_the_loop),
        TEST(full_queues_are_503),
        TEST(a_failed_commit_is_no_success),
        TEST(a_reply_of_400_undoes),
        TEST(a_mute_handler_is_our_fault),
        TEST(large_bodies_are_judged_on_the_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
