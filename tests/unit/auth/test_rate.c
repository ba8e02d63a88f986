/* test_rate.c: limits an identity and a login (A10), with cache.v1 and, when it fails, without (R1). */
#include "fakes.h"

#include "c18n/providers/cache.h"

static int ask(struct fixture *fixture, const char *user, const char *address, struct auth_limit *ret_limit)
{
    fixture_request(fixture);
    fixture->request.caller.user = user;
    fixture->http.address = address;
    return auth_rate(fixture->auth, &fixture->request, ret_limit);
}

static int log_in(struct fixture *fixture, const char *account, const char *address)
{
    struct auth_limit limit;
    fixture_request(fixture);
    fixture->http.address = address;
    return auth_login_rate(fixture->auth, &fixture->request, account, &limit);
}

static void test_off(void **state)
{
    struct auth_limit limit;
    for (int i = 0; i < 1000; i++)
        assert_int_equal(ask(*state, USER, "10.0.0.1", &limit), C18N_OK);
    assert_int_equal(limit.limit, 0);
}

static void test_identity(void **state)
{
    struct auth_limit limit;
    fake_rate_limit = 3;
    for (int i = 0; i < 3; i++) {
        assert_int_equal(ask(*state, USER, "10.0.0.1", &limit), C18N_OK);
        assert_int_equal(limit.remaining, 2 - i);
        assert_int_equal(limit.limit, 3);
    }
    fake_ms += 10500;
    assert_int_equal(ask(*state, USER, "10.0.0.2", &limit), C18N_LIMITED); /* the person, wherever from */
    assert_int_equal(limit.reset_s, 50);
    assert_int_equal(limit.remaining, 0);
    assert_int_equal(ask(*state, ADMIN, "10.0.0.1", &limit), C18N_OK);
    assert_int_equal(ask(*state, "", "10.0.0.1", &limit), C18N_OK);
    assert_int_equal(limit.remaining, 2);
    assert_int_equal(ask(*state, "", "10.0.0.2", &limit), C18N_OK);
    assert_int_equal(limit.remaining, 2);
    fake_ms += 49500; /* the window is over */
    assert_int_equal(ask(*state, USER, "10.0.0.1", &limit), C18N_OK);
    assert_int_equal(limit.remaining, 2);
    assert_int_equal(limit.reset_s, 60);
}

/* A10: five a minute for an account and address, known or not, however it is spelled; requests' limit off or not. */
static void test_logins(void **state)
{
    static const char *const spellings[] = {"ann@example.org", "Ann@example.org", "ANN@EXAMPLE.ORG", "ann@Example.org",
                                            "aNN@example.org"};
    for (size_t i = 0; i < 5; i++)
        assert_int_equal(log_in(*state, spellings[i], "10.0.0.1"), C18N_OK);
    for (int i = 0; i < 100; i++)
        assert_int_equal(log_in(*state, "ann@example.org", "10.0.0.1"), C18N_LIMITED);
    assert_int_equal(log_in(*state, "ann@example.org", "10.0.0.2"), C18N_OK);
    assert_int_equal(log_in(*state, "bob@example.org", "10.0.0.1"), C18N_OK);
    fake_ms += 60000;
    assert_int_equal(log_in(*state, "ann@example.org", "10.0.0.1"), C18N_OK);
}

/* "ab" + "c" is not "a" + "bc". */
static void test_parts_stay_apart(void **state)
{
    for (int i = 0; i < 5; i++)
        assert_int_equal(log_in(*state, "ann1", "0.0.0.1"), C18N_OK);
    assert_int_equal(log_in(*state, "ann", "10.0.0.1"), C18N_OK);
}

static int shared_code;
static int64_t shared_count;
static char shared_key[64];
static int shared_counted(c18n_self *self, c18n_bytes key, int64_t delta, int64_t window_ms, int64_t *ret_value,
                          int64_t *ret_left_ms)
{
    (void)self;
    assert_int_equal(window_ms, 60000);
    memset(shared_key, 0, sizeof shared_key);
    memcpy(shared_key, key.at, key.length);
    if (shared_code != C18N_OK)
        return shared_code;
    *ret_value = shared_count += delta;
    *ret_left_ms = 1;
    return C18N_OK;
}
static const c18n_cache shared_cache = {.size = sizeof shared_cache, .count = shared_counted};

static void test_shared(void **state)
{
    struct fixture *fixture = *state;
    struct auth_limit limit;
    c18n_self cache = {.id = "cache"};
    c18n_service service = {&shared_cache, &cache};
    fixture->auth->cache = &service;
    fake_rate_limit = 2;
    shared_code = C18N_OK;
    shared_count = 0;
    assert_int_equal(ask(fixture, USER, "10.0.0.1", &limit), C18N_OK);
    assert_int_equal(ask(fixture, USER, "10.0.0.1", &limit), C18N_OK);
    assert_int_equal(limit.reset_s, 1);
    assert_int_equal(ask(fixture, USER, "10.0.0.1", &limit), C18N_LIMITED);
    assert_null(strstr(shared_key, USER));
    shared_code = C18N_UNAVAILABLE; /* falls back to our own, not to none */
    assert_int_equal(ask(fixture, USER, "10.0.0.1", &limit), C18N_OK);
    assert_int_equal(ask(fixture, USER, "10.0.0.1", &limit), C18N_OK);
    assert_int_equal(ask(fixture, USER, "10.0.0.1", &limit), C18N_LIMITED);
}

/* Bounded: more identities than places push the oldest out, and nothing breaks. */
static void test_bounded(void **state)
{
    struct fixture *fixture = *state;
    int64_t count, left_ms;
    for (int i = 0; i < 2 * AUTH_COUNTERS; i++) {
        char who[32];
        snprintf(who, sizeof who, "person %d", i);
        auth_counters_count(fixture->auth->counters, "requests", who, "", i, &count, &left_ms);
        assert_int_equal(count, 1);
        assert_int_equal(left_ms, AUTH_WINDOW_MS);
    }
    auth_counters_count(fixture->auth->counters, "requests", "person 32767", "", 2 * AUTH_COUNTERS, &count, &left_ms);
    assert_int_equal(count, 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_off),    FIXTURE_TEST(test_identity),
        FIXTURE_TEST(test_logins), FIXTURE_TEST(test_parts_stay_apart),
        FIXTURE_TEST(test_shared), FIXTURE_TEST(test_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
