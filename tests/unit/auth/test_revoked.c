/* test_revoked.c: sessions that are over: in memory, in the host's table, and in step with commits. */
#include "fakes.h"

static void session_of(int number, char ret_session[37])
{
    snprintf(ret_session, 37, "01890a5d-ac96-774b-bcce-%012x", (unsigned)number);
}

static void test_set(void **state)
{
    struct fixture *fixture = *state;
    struct auth_revoked *revoked = fixture->auth->revoked;
    char session[37];
    for (int i = 0; i < 5000; i++) {
        session_of(i, session);
        assert_false(auth_revoked_has(revoked, session));
        assert_int_equal(auth_revoked_add(revoked, session, fake_now() + 10 + i, fake_now()), C18N_OK);
        assert_int_equal(auth_revoked_add(revoked, session, fake_now() + 10 + i, fake_now()),
                         C18N_OK); /* twice is once */
    }
    for (int i = 0; i < 5000; i++) {
        session_of(i, session);
        assert_true(auth_revoked_has(revoked, session));
    }
    assert_int_equal(auth_revoked_count(revoked), 5000);
    assert_false(auth_revoked_has(revoked, ""));
    assert_false(auth_revoked_has(revoked, "no session"));
    assert_int_equal(auth_revoked_add(revoked, "no session", 1, 1), C18N_INVALID);
}

/* Forgets a day after the token's end, so the set stays as long as a token's life. */
static void test_forgets(void **state)
{
    struct fixture *fixture = *state;
    struct auth_revoked *revoked = fixture->auth->revoked;
    char session[37];
    for (int i = 0; i < 200000; i++) {
        session_of(i, session);
        assert_int_equal(auth_revoked_add(revoked, session, fake_now() + i, fake_now() + i + AUTH_REVOKED_MARGIN_S),
                         C18N_OK);
    }
    assert_true(auth_revoked_count(revoked) < 1024);
}

static void test_expired(void **state)
{
    struct fixture *fixture = *state;
    struct auth_revoked *revoked = fixture->auth->revoked;
    char session[37];
    auth_revoked_expired(revoked, SESSION, fake_now() - AUTH_REVOKED_MARGIN_S, fake_now()); /* too old to matter */
    assert_false(auth_revoked_has(revoked, SESSION));
    auth_revoked_expired(revoked, SESSION, fake_now() - 1, fake_now());
    assert_true(auth_revoked_has(revoked, SESSION));
    for (int i = 0; i < 2 * AUTH_EXPIRED_MOST; i++) {
        session_of(i, session);
        auth_revoked_expired(revoked, session, fake_now() - 1, fake_now());
    }
    assert_true(auth_revoked_count(revoked) <= 4 * AUTH_EXPIRED_MOST);
}

static void identify(struct fixture *fixture, const struct auth_claims *claims)
{
    fixture_request(fixture);
    fixture_bearer(fixture, claims);
    assert_int_equal(auth_identify(fixture->auth, &fixture->request), C18N_OK);
}

static void test_revoke(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    char expected[64];
    assert_int_equal(auth_family.revoke(request_pub(&fixture->request)), C18N_UNAUTHENTICATED); /* nobody's session */
    assert_int_equal(fake_row_count, 0);
    identify(fixture, &claims);
    assert_int_equal(auth_family.revoke(request_pub(&fixture->request)), C18N_OK);
    assert_string_equal(fake_rows[0].key, SESSION);
    snprintf(expected, sizeof expected, "%lld", (long long)claims.expires);
    assert_string_equal(fake_rows[0].value, expected);
    assert_string_equal(fake_event,
                        "auth.revoked users " SESSION " " USER " {\"user\":\"" USER "\",\"expires\":1800003600}");
    assert_false(auth_revoked_has(fixture->auth->revoked, SESSION)); /* counts when it is committed */
    auth_on_commit(fixture->auth, "users", "auth.revoked", SESSION);
    assert_true(auth_revoked_has(fixture->auth->revoked, SESSION));
    fake_emit_code = C18N_NO_SPACE;
    memcpy(claims.session, OTHER_SESSION, sizeof claims.session);
    identify(fixture, &claims);
    assert_int_equal(auth_family.revoke(request_pub(&fixture->request)), C18N_NO_SPACE);
}

static void test_settle(void **state)
{
    struct fixture *fixture = *state;
    struct auth_revoked *revoked = fixture->auth->revoked;
    assert_int_equal(auth_revoked_settle(revoked, SESSION, 7), 7);
    auth_revoked_pending(revoked, SESSION, 42);
    assert_int_equal(auth_revoked_settle(revoked, OTHER_SESSION, 7), 7);
    assert_int_equal(auth_revoked_settle(revoked, SESSION, 7), 42);
    assert_int_equal(auth_revoked_settle(revoked, SESSION, 7), 7); /* once */
}

static void add_row(const char *session, int64_t expires)
{
    struct fake_row *row = &fake_rows[fake_row_count++];
    snprintf(row->key, sizeof row->key, "%s", session);
    snprintf(row->value, sizeof row->value, "%lld", (long long)expires);
}

static void test_load(void **state)
{
    struct fixture *fixture = *state;
    struct data *data = (struct data *)(void *)&fake_row_count; /* never looked into */
    add_row(SESSION, fake_now() + 100);
    add_row(OTHER_SESSION, fake_now() - AUTH_REVOKED_MARGIN_S);
    assert_int_equal(auth_load_revoked(fixture->auth, data), C18N_OK);
    assert_true(auth_revoked_has(fixture->auth->revoked, SESSION));
    assert_false(auth_revoked_has(fixture->auth->revoked, OTHER_SESSION));
    add_row("damaged", 1);
    assert_int_equal(auth_load_revoked(fixture->auth, data), C18N_CORRUPT);
    fake_row_count = 0;
    assert_int_equal(auth_load_revoked(fixture->auth, data), C18N_OK);
}

/* The table loses what no token can need any more. */
static void test_prunes(void **state)
{
    struct fixture *fixture = *state;
    char session[37];
    add_row(OTHER_SESSION, fake_now() + 1000);
    for (int i = 0; i < 50; i++) {
        session_of(i, session);
        add_row(session, fake_now() - AUTH_REVOKED_MARGIN_S - i);
    }
    struct auth_claims claims = fixture_claims();
    for (int i = 0; i < 5000 && fake_row_count > 50; i++) {
        fake_row_count -= i > 0; /* its own row of the turn before */
        identify(fixture, &claims);
        assert_int_equal(auth_family.revoke(request_pub(&fixture->request)), C18N_OK);
    }
    assert_int_equal(fake_row_count, 2);
    assert_string_equal(fake_rows[0].key, OTHER_SESSION);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_set),    FIXTURE_TEST(test_forgets), FIXTURE_TEST(test_expired), FIXTURE_TEST(test_revoke),
        FIXTURE_TEST(test_settle), FIXTURE_TEST(test_load),    FIXTURE_TEST(test_prunes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
