/* test_family.c: tokens that modules ask for. */
#include "fakes.h"

static int issue(struct fixture *fixture, const char *user, int64_t ttl_s, c18n_token *ret_token)
{
    return auth_family.issue(request_pub(&fixture->request), user, 3, ttl_s, ret_token);
}

static struct auth_claims claims_of(struct fixture *fixture, const c18n_token *token)
{
    struct auth_claims claims;
    const char *reason;
    assert_int_equal(auth_verify(fixture->auth, token->token, &claims, &reason), C18N_OK);
    return claims;
}

static void test_issue(void **state)
{
    struct fixture *fixture = *state;
    c18n_token token, second;
    assert_int_equal(issue(fixture, USER, 0, &token), C18N_OK);
    struct auth_claims claims = claims_of(fixture, &token);
    assert_string_equal(claims.user, USER);
    assert_string_equal(claims.session, token.session);
    assert_string_equal(claims.on_behalf_of, "");
    assert_int_equal(claims.generation, 3);
    assert_int_equal(claims.issued, fake_now());
    assert_int_equal(claims.expires, fake_now() + 604800);
    assert_int_equal(token.expires, claims.expires);
    assert_string_equal(token.csrf, auth_csrf_of_session(fixture->auth, fixture->arena, token.session));
    assert_int_equal(issue(fixture, USER, 60, &second), C18N_OK);
    assert_string_not_equal(second.session, token.session);
    assert_int_equal(second.expires - second.issued, 60);
}

static void test_issue_refused(void **state)
{
    struct fixture *fixture = *state;
    c18n_token token = {.expires = 7};
    assert_int_equal(issue(fixture, "admin", 0, &token), C18N_INVALID);
    assert_int_equal(issue(fixture, "", 0, &token), C18N_INVALID);
    assert_int_equal(issue(fixture, USER, -1, &token), C18N_INVALID);
    assert_int_equal(issue(fixture, USER, AUTH_MAX_TTL_S + 1, &token), C18N_INVALID);
    assert_int_equal(token.expires, 7); /* untouched */
}

/* Who acts for a person goes on in that person's next token; who logs in, or makes an account for somebody, does not.
 */
static void test_actor(void **state)
{
    static const struct {
        const char *user, *on_behalf_of;
        uint32_t admin, flags;
        const char *actor;
    } rows[] = {
        {ADMIN, NULL, 1, 0, ""},    {USER, ADMIN, 0, C18N_ROUTE_LOGIN, ""},
        {ADMIN, NULL, 0, 0, ""},    {USER, NULL, 0, 0, ""},
        {USER, ADMIN, 0, 0, ADMIN}, {"system", NULL, 1, 0, ""},
        {"", NULL, 0, 0, ""},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        c18n_token token;
        fixture_request(fixture);
        fixture->request.caller.user = rows[i].user;
        fixture->request.caller.on_behalf_of = rows[i].on_behalf_of;
        fixture->request.caller.admin = rows[i].admin;
        fixture->route.declared.flags = rows[i].flags;
        assert_int_equal(issue(fixture, USER, 0, &token), C18N_OK);
        assert_string_equal(claims_of(fixture, &token).on_behalf_of, rows[i].actor);
    }
}

static void test_cookies(void **state)
{
    struct fixture *fixture = *state;
    const struct request_reply *reply = &fixture->request.reply;
    c18n_token token;
    assert_int_equal(issue(fixture, USER, 60, &token), C18N_OK);
    assert_int_equal(auth_family.set_cookie(request_pub(&fixture->request), &token), C18N_OK);
    assert_string_equal(reply->headers[0].value,
                        arena_print(fixture->arena,
                                    "c18n_session=%s; Path=/; Max-Age=60; HttpOnly; Secure; SameSite=Lax",
                                    token.token));
    assert_int_equal(auth_family.clear_cookie(request_pub(&fixture->request)), C18N_OK);
    assert_int_equal(reply->header_count, 1);
    assert_string_equal(reply->headers[0].value, "c18n_session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
    fixture->request.reply.header_count = 16; /* no room */
    fixture->request.reply.headers[0].value = "other=1";
    for (size_t i = 1; i < 16; i++)
        fixture->request.reply.headers[i] = (struct http_header){"X-Y", "z"};
    assert_int_equal(auth_family.clear_cookie(request_pub(&fixture->request)), C18N_NO_MEMORY);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_issue),
        FIXTURE_TEST(test_issue_refused),
        FIXTURE_TEST(test_actor),
        FIXTURE_TEST(test_cookies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
