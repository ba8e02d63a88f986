/* The order of the gate: 404, 405, 401, 429, 403, then the policy, then 422; and foreign origins. */
#include "gate_site.h"

static void token_first(void **state)
{
    (void)state;
    play.rate = C18N_LIMITED;
    play.csrf = C18N_FORBIDDEN;
    request("POST", "/api/v1/things/new", "{}");
    answered(401, "identify ");
    assert_true(has("WWW-Authenticate: Bearer\n"));
    assert_true(has("Cache-Control: no-store\n"));
    known();
    play.identify = C18N_UNAUTHENTICATED;
    request("POST", "/api/v1/things/new", "{}");
    answered(401, "identify ");
}

static void then_rate_then_csrf(void **state)
{
    (void)state;
    known();
    play.rate = C18N_LIMITED;
    play.csrf = C18N_FORBIDDEN;
    request("POST", "/api/v1/things/new", "{}");
    answered(429, "identify person rate ");
    assert_true(has("Retry-After: 30\n"));
    play.rate = C18N_OK;
    request("POST", "/api/v1/things/new", "{}");
    answered(403, "identify person rate csrf ");
    assert_non_null(strstr(sent.body, "\"code\":\"csrf\""));
}

static void policy_before_the_body(void **state)
{
    (void)state;
    known();
    play.policy = C18N_NOT_FOUND; /* nobody learns from a 422 what they may not know of */
    request("POST", "/api/v1/things/new", "{\"nam\":1}");
    answered(404, "identify person rate csrf [reads snapshot policy end] ");
    assert_null(strstr(sent.body, "errors"));
    play.policy = C18N_OK;
    request("POST", "/api/v1/things/new", "{\"nam\":1}");
    answered(422, "identify person rate csrf [reads snapshot policy end] ");
    assert_non_null(strstr(sent.body, "unknown_or_readonly_field"));
    assert_non_null(strstr(sent.body, "\"field\":\"nam\""));
    request("POST", "/api/v1/batch", "{\"nam\":1}"); /* decided from the caller alone: no hop */
    answered(403, "identify person rate csrf ");
}

static void a_right_lost_meanwhile_is_lost(void **state)
{
    (void)state;
    known();
    play.policy_at_writer = C18N_FORBIDDEN;
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(403, "identify person rate csrf [writer person-scope policy undo] ");
    play.policy_at_writer = C18N_OK;
    play.person_on_pool = C18N_UNAUTHENTICATED; /* deactivated while the item waited */
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(401, "identify person rate csrf [writer person-scope undo] ");
}

static void who_is_not_cached_is_asked_on_the_pool(void **state)
{
    (void)state;
    known();
    play.person = C18N_AGAIN;
    request("GET", "/api/v1/mine", NULL);
    answered(200, "identify person [reads snapshot person-scope end] rate [reads snapshot handle end] ");
    play.person_on_pool = C18N_UNAUTHENTICATED;
    request("GET", "/api/v1/mine", NULL);
    answered(401, "identify person [reads snapshot person-scope end] ");
}

static void a_stale_cookie_does_not_lock_out(void **state)
{
    (void)state;
    play.identify = C18N_UNAUTHENTICATED;
    request("GET", "/api/v1/open", NULL);
    answered(200, "identify rate handle ");
    known(); /* a bad Authorization header was meant */
    request("GET", "/api/v1/open", NULL);
    answered(401, "identify ");
}

static void logins_are_counted(void **state)
{
    (void)state;
    request("POST", "/api/v1/login", "{\"email\":\"a@b.org\"}");
    answered(200, "identify rate csrf login-rate a@b.org [writer handle commit] ");
    assert_true(has("Cache-Control: no-store\n"));
    play.login_rate = C18N_LIMITED;
    request("POST", "/api/v1/login", "{\"email\":\"a@b.org\"}");
    answered(429, "identify rate csrf login-rate a@b.org ");
    assert_true(has("Retry-After: 17\n"));
}

/* --- paths, methods, origins --- */

static void paths_and_methods(void **state)
{
    (void)state;
    request("GET", "/api/v1/nothing", NULL);
    answered(404, "");
    assert_non_null(strstr(sent.body, "\"code\":\"not_found\""));
    request("DELETE", "/api/v1/things", NULL);
    answered(405, "");
    assert_true(has("Allow: OPTIONS, GET, HEAD\n"));
    request("GET", "/api/v1/things/%2e%2e", NULL);
    answered(400, "");
    request("OPTIONS", "/api/v1/nothing", NULL);
    answered(404, "");
    request("OPTIONS", "/api/v1/things", NULL);
    answered(204, "");
    assert_true(has("Allow: OPTIONS, GET, HEAD\n"));
    assert_false(has("Access-Control"));
}

static void preflights(void **state)
{
    (void)state;
    world_header(&world, "origin", "https://evil.example");
    world_header(&world, "access-control-request-method", "POST");
    request("OPTIONS", "/api/v1/things/new", NULL);
    answered(204, "");
    assert_false(has("Access-Control"));
    assert_true(has("Vary: Origin\n"));
    static const char *const foreign[] = {"null", "https://app.example.evil", "http://app.example",
                                          "https://app.example:444", ""};
    for (size_t i = 0; i < 5; i++) {
        world.headers[0].value = foreign[i];
        request("OPTIONS", "/api/v1/things/new", NULL);
        assert_false(has("Access-Control"));
    }
    world.headers[0].value = "https://app.example";
    request("OPTIONS", "/api/v1/things/new", NULL);
    assert_true(has("Access-Control-Allow-Origin: https://app.example\n"));
    assert_true(has("Access-Control-Allow-Credentials: true\n"));
    assert_true(has("Access-Control-Allow-Methods: OPTIONS, POST\n"));
    assert_true(has("X-CSRF-Token"));
    request("GET", "/api/v1/open", NULL); /* also on plain answers and on problems */
    assert_true(has("Access-Control-Allow-Origin: https://app.example\n"));
    request("GET", "/api/v1/nothing", NULL);
    assert_true(has("Access-Control-Allow-Origin: https://app.example\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(token_first),
        TEST(then_rate_then_csrf),
        TEST(policy_before_the_body),
        TEST(a_right_lost_meanwhile_is_lost),
        TEST(who_is_not_cached_is_asked_on_the_pool),
        TEST(a_stale_cookie_does_not_lock_out),
        TEST(logins_are_counted),
        TEST(paths_and_methods),
        TEST(preflights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
