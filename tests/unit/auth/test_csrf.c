/* test_csrf.c: rows C1 and C2: the token, and where a changing request comes from. */
#include "fakes.h"

static int check(struct fixture *fixture)
{
    return auth_csrf_check(fixture->auth, &fixture->request);
}

static void log_in(struct fixture *fixture)
{
    struct auth_claims claims = fixture_claims();
    fixture_bearer(fixture, &claims);
    assert_int_equal(auth_identify(fixture->auth, &fixture->request), C18N_OK);
}

static void test_session_token(void **state)
{
    struct fixture *fixture = *state;
    log_in(fixture);
    const char *token = auth_family.csrf(request_pub(&fixture->request));
    assert_int_equal(strlen(token), AUTH_CSRF_LENGTH);
    assert_string_equal(token, auth_csrf_of_session(fixture->auth, fixture->arena, SESSION));
    assert_int_equal(fixture->request.reply.header_count, 0); /* no pre-session needed */
    fixture_header(fixture, "x-csrf-token", token);
    assert_int_equal(check(fixture), C18N_OK);
    assert_int_equal(fake_audits, 0);
}

/* C1 */
static void test_wrong_tokens(void **state)
{
    struct fixture *fixture = *state;
    const char *other = arena_copy(fixture->arena, auth_csrf_of_session(fixture->auth, fixture->arena, OTHER_SESSION),
                                   AUTH_CSRF_LENGTH);
    char wrong[64], own[64], longer[80];
    snprintf(wrong, sizeof wrong, "%s", other);
    snprintf(own, sizeof own, "%s", auth_csrf_of_session(fixture->auth, fixture->arena, SESSION));
    snprintf(longer, sizeof longer, "%sA", own);
    own[AUTH_CSRF_LENGTH - 1] = '\0';
    const char *const tokens[] = {NULL, "", wrong, own, longer, "0", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"};
    for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
        fixture_request(fixture);
        log_in(fixture);
        if (tokens[i])
            fixture_header(fixture, "x-csrf-token", tokens[i]);
        assert_int_equal(check(fixture), C18N_FORBIDDEN);
        assert_string_equal(fixture->request.problem_word, "csrf");
        assert_int_equal(fake_audits, (int)i + 1);
    }
}

/* Where people come by HTTPS the pre-session is for HTTPS only. */
static void test_pre_session_by_https(void **state)
{
    struct fixture *fixture = *state;
    free(fixture->server.public_url);
    fixture->server.public_url = strdup("https://talk.example.org");
    assert_non_null(auth_family.csrf(request_pub(&fixture->request)));
    const char *line = fixture->request.reply.headers[0].value;
    assert_string_equal(line + strcspn(line, ";"), "; Path=/; Max-Age=3600; HttpOnly; Secure; SameSite=Lax");
}

static void test_pre_session(void **state)
{
    struct fixture *fixture = *state;
    char token[64], cookie[128], session_token[64];
    snprintf(token, sizeof token, "%s", auth_family.csrf(request_pub(&fixture->request)));
    const char *line = fixture->request.reply.headers[0].value;
    assert_string_equal(line + strcspn(line, ";"), "; Path=/; Max-Age=3600; HttpOnly; SameSite=Lax");
    snprintf(cookie, sizeof cookie, "%.*s", (int)strcspn(line, ";"), line);
    assert_string_equal(auth_family.csrf(request_pub(&fixture->request)) ? "made" : "", "made");
    assert_int_equal(fixture->request.reply.header_count, 1); /* the second takes the first one's place */
    fixture_request(fixture);
    fixture_header(fixture, "cookie", cookie);
    assert_string_equal(auth_family.csrf(request_pub(&fixture->request)), token); /* the same while the cookie lives */
    assert_int_equal(fixture->request.reply.header_count, 0);
    fixture_header(fixture, "x-csrf-token", token);
    assert_int_equal(check(fixture), C18N_OK);
    fixture->http.header_count = 0; /* the token without its cookie */
    fixture_header(fixture, "x-csrf-token", token);
    assert_int_equal(check(fixture), C18N_FORBIDDEN);
    fixture->http.header_count = 0; /* another pre-session */
    fixture_header(fixture, "cookie", "c18n_pre=AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    fixture_header(fixture, "x-csrf-token", token);
    assert_int_equal(check(fixture), C18N_FORBIDDEN);
    fixture_request(fixture); /* with a session the pre-session's is worth nothing */
    log_in(fixture);
    fixture_header(fixture, "cookie", cookie);
    fixture_header(fixture, "x-csrf-token", token);
    assert_int_equal(check(fixture), C18N_FORBIDDEN);
    snprintf(session_token, sizeof session_token, "%s", auth_csrf_of_session(fixture->auth, fixture->arena, SESSION));
    fixture_request(fixture); /* nor the other way round: a pre-session that has a session's id as its value */
    fixture_header(fixture, "cookie", "c18n_pre=" SESSION);
    fixture_header(fixture, "x-csrf-token", session_token);
    assert_int_equal(check(fixture), C18N_FORBIDDEN);
}

/* C2: the right token doesn't help. The server is http://127.0.0.1:8080; https://app.example.org is configured. */
static void test_sources(void **state)
{
    static const struct {
        const char *origin, *site;
        int code;
    } rows[] = {
        {NULL, NULL, C18N_OK},
        {NULL, "same-origin", C18N_OK},
        {NULL, "none", C18N_OK},
        {"http://127.0.0.1:8080", "same-origin", C18N_OK},
        {"https://app.example.org", "same-origin", C18N_OK},
        {"https://app.example.org:443", NULL, C18N_OK},
        {"HTTPS://App.Example.ORG", NULL, C18N_OK},
        {"http://127.0.0.1:8080", "cross-site", C18N_FORBIDDEN},
        {NULL, "cross-site", C18N_FORBIDDEN},
        {NULL, "same-site", C18N_FORBIDDEN},
        {NULL, "", C18N_FORBIDDEN},
        {NULL, "Same-Origin", C18N_FORBIDDEN},
        {"null", NULL, C18N_FORBIDDEN},
        {"", NULL, C18N_FORBIDDEN},
        {"*", NULL, C18N_FORBIDDEN},
        {"https://evil.example", NULL, C18N_FORBIDDEN},
        {"https://evil.example", "same-origin", C18N_FORBIDDEN},
        {"https://app.example.org.evil.example", NULL, C18N_FORBIDDEN},
        {"https://evilapp.example.org", NULL, C18N_FORBIDDEN},
        {"https://app.example.org@evil.example", NULL, C18N_FORBIDDEN},
        {"https://app.example.org:8443", NULL, C18N_FORBIDDEN},
        {"https://app.example.org/", NULL, C18N_FORBIDDEN},
        {"https://app.example.org/x", NULL, C18N_FORBIDDEN},
        {"https://app.example.org#", NULL, C18N_FORBIDDEN},
        {"https://app.example.org https://evil.example", NULL, C18N_FORBIDDEN},
        {"http://app.example.org", NULL, C18N_FORBIDDEN},
        {"https://127.0.0.1:8080", NULL, C18N_FORBIDDEN},
        {"http://127.0.0.1", NULL, C18N_FORBIDDEN},
        {"app.example.org", NULL, C18N_FORBIDDEN},
        {"file://", NULL, C18N_FORBIDDEN},
    };
    struct fixture *fixture = *state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fixture_request(fixture);
        log_in(fixture);
        fixture_header(fixture, "x-csrf-token", auth_csrf_of_session(fixture->auth, fixture->arena, SESSION));
        if (rows[i].origin)
            fixture_header(fixture, "origin", rows[i].origin);
        if (rows[i].site)
            fixture_header(fixture, "sec-fetch-site", rows[i].site);
        bool good_origin =
            !rows[i].origin || rows[i].code == C18N_OK || strcmp(rows[i].origin, "http://127.0.0.1:8080") == 0;
        if (auth_origin_check(fixture->auth, &fixture->request) != (good_origin ? C18N_OK : C18N_FORBIDDEN))
            fail_msg("row %zu as a handshake", i);
        fixture->request.problem_word = fixture->request.problem_detail = NULL;
        if (check(fixture) != rows[i].code)
            fail_msg("row %zu: %s %s", i, rows[i].origin ? rows[i].origin : "-", rows[i].site ? rows[i].site : "-");
    }
    fixture_request(fixture); /* a good one first doesn't hide a bad one */
    log_in(fixture);
    fixture_header(fixture, "x-csrf-token", auth_csrf_of_session(fixture->auth, fixture->arena, SESSION));
    fixture_header(fixture, "origin", "https://app.example.org");
    fixture_header(fixture, "origin", "https://evil.example");
    assert_int_equal(check(fixture), C18N_FORBIDDEN);
}

static void test_origin_of(void **state)
{
    static const struct {
        const char *url, *origin;
    } rows[] = {
        {"https://Example.org:443/path?x", "https://example.org"},
        {"http://example.org:80", "http://example.org"},
        {"http://example.org:443", "http://example.org:443"},
        {"https://[::1]:8443/", "https://[::1]:8443"},
        {"ftp://example.org", NULL},
        {"https://", NULL},
        {"https:///x", NULL},
        {"https://a@b", NULL},
        {"", NULL},
        {"example.org", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char *origin = auth_origin_of(rows[i].url);
        if (rows[i].origin)
            assert_string_equal(origin, rows[i].origin);
        else
            assert_null(origin);
        free(origin);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_session_token),        FIXTURE_TEST(test_wrong_tokens), FIXTURE_TEST(test_pre_session),
        FIXTURE_TEST(test_pre_session_by_https), FIXTURE_TEST(test_sources),      FIXTURE_TEST(test_origin_of),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
