/* Which thread runs what, and what goes wrong there. */
#include "gate_site.h"

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
        TEST(by_id_stays_on_the_loop_when_it_can),
        TEST(write_asks_inside_the_transaction),
        TEST(prepare_runs_before_on_the_blocking_pool),
        TEST(blocking_has_its_own_pool),
        TEST(full_queues_are_503),
        TEST(a_failed_commit_is_no_success),
        TEST(a_reply_of_400_undoes),
        TEST(a_mute_handler_is_our_fault),
        TEST(large_bodies_are_judged_on_the_pool),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
