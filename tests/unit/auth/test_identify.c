/* test_identify.c: the token of a request (A1, A2), and the person behind it (A9). */
#include "fakes.h"

#include "data/scope.h"

static int identify(struct fixture *fixture)
{
    return auth_identify(fixture->auth, &fixture->request);
}

static const char *answer_cookie(const struct fixture *fixture)
{
    for (size_t i = 0; i < fixture->request.reply.header_count; i++)
        if (strcmp(fixture->request.reply.headers[i].name, "Set-Cookie") == 0)
            return fixture->request.reply.headers[i].value;
    return NULL;
}

/* --- first step --- */

static void test_nobody(void **state)
{
    struct fixture *fixture = *state;
    assert_int_equal(identify(fixture), C18N_OK);
    assert_string_equal(fixture->request.caller.user, "");
    assert_string_equal(fixture->request.caller.token, "");
    assert_int_equal(auth_person(fixture->auth, &fixture->request, false), C18N_OK);
    assert_false(fixture->request.caller.admin);
    assert_int_equal(fake_audits, 0);
}

static void test_header_and_cookie(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims(), other = fixture_claims();
    memcpy(other.session, OTHER_SESSION, sizeof other.session);
    fixture_header(fixture, "cookie",
                   arena_print(fixture->arena, "a=b; c18n_session=%s; x=y", fixture_token(fixture, &other)));
    assert_int_equal(identify(fixture), C18N_OK);
    assert_string_equal(fixture->request.caller.session, OTHER_SESSION);
    fixture_bearer(fixture, &claims); /* the header wins */
    assert_int_equal(identify(fixture), C18N_OK);
    assert_string_equal(fixture->request.caller.session, SESSION);
    assert_string_equal(fixture->request.caller.user, USER);
    assert_int_equal(fixture->request.caller.expires, claims.expires);
    assert_null(fixture->request.caller.on_behalf_of);
    assert_string_equal(fixture->request.caller.roles, "");
}

/* A1, and: a malformed header never falls back to a good cookie. */
static void test_bad_headers(void **state)
{
    struct fixture *fixture = *state;
    static const char *const values[] = {
        "",           "Bearer",      "Bearer ",  "Bearer  ", "Basic YTpi",    "bearer a.b.c",
        "Bearer a b", "Bearer null", "Digest x", "Token x",  "Bearer\ta.b.c", "Bearer eyJhbGciOiJub25lIn0.e30."};
    for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
        fixture_request(fixture);
        struct auth_claims claims = fixture_claims();
        fixture_header(fixture, "cookie",
                       arena_print(fixture->arena, "c18n_session=%s", fixture_token(fixture, &claims)));
        fixture_header(fixture, "authorization", values[i]);
        if (identify(fixture) != C18N_UNAUTHENTICATED)
            fail_msg("taken: %s", values[i]);
        assert_string_equal(fixture->request.caller.user, "");
        assert_string_equal(fixture->request.problem_word, "invalid_token");
        assert_null(strstr(fixture->request.problem_detail, "signature"));
        assert_null(answer_cookie(fixture)); /* the cookie is not to blame */
    }
}

static void test_scheme_case(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    fixture_header(fixture, "authorization",
                   arena_print(fixture->arena, "bEARER   %s", fixture_token(fixture, &claims)));
    assert_int_equal(identify(fixture), C18N_OK);
    assert_string_equal(fixture->request.caller.user, USER);
}

static void test_two_of_a_kind(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims(), other = fixture_claims();
    memcpy(other.session, OTHER_SESSION, sizeof other.session);
    fixture_bearer(fixture, &claims);
    fixture_bearer(fixture, &claims);
    assert_int_equal(identify(fixture), C18N_UNAUTHENTICATED);
    fixture_request(fixture);
    const char *one = arena_print(fixture->arena, "c18n_session=%s", fixture_token(fixture, &claims));
    const char *two = arena_print(fixture->arena, "c18n_session=%s", fixture_token(fixture, &other));
    fixture_header(fixture, "cookie", one);
    fixture_header(fixture, "cookie", two);
    assert_int_equal(identify(fixture), C18N_UNAUTHENTICATED);
    fixture_request(fixture);
    one = arena_print(fixture->arena, "c18n_session=%s", fixture_token(fixture, &claims));
    fixture_header(fixture, "cookie", arena_print(fixture->arena, "%s; %s", one, one));
    assert_int_equal(identify(fixture), C18N_OK);
}

/* A bad cookie is taken away, else a browser would be locked out for ever. */
static void test_bad_cookie(void **state)
{
    struct fixture *fixture = *state;
    fixture_header(fixture, "cookie", "c18n_session=a.b.c");
    assert_int_equal(identify(fixture), C18N_UNAUTHENTICATED);
    assert_string_equal(answer_cookie(fixture), "c18n_session=; Path=/; Max-Age=0; HttpOnly; Secure; SameSite=Lax");
    fixture_request(fixture);
    fixture_header(fixture, "cookie", "c18n_session=; xc18n_session=a.b.c; c18n_sessionx=a.b.c");
    assert_int_equal(identify(fixture), C18N_OK);
}

/* A2: one event a forgery, none for a token that is just old; and not without end. */
static void test_audit(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    claims.issued -= 7200;
    claims.expires = fake_now();
    fixture_bearer(fixture, &claims);
    assert_int_equal(identify(fixture), C18N_UNAUTHENTICATED);
    assert_int_equal(fake_audits, 0);
    for (int i = 0; i < 2 * AUTH_AUDITS_A_MINUTE; i++) {
        fixture_request(fixture);
        fixture_header(fixture, "authorization", "Bearer eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.e30.AA");
        assert_int_equal(identify(fixture), C18N_UNAUTHENTICATED);
        assert_int_equal(fake_audits, i < AUTH_AUDITS_A_MINUTE ? i + 1 : AUTH_AUDITS_A_MINUTE);
    }
    assert_string_equal(fake_audit, "token_refused: the algorithm is not HS256");
}

/* The cached answer ends with the token, and is of this very token. */
static void test_cached_token(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    fake_on_loop = true;
    for (int i = 0; i < 3; i++) {
        fixture_request(fixture);
        fixture_bearer(fixture, &claims);
        assert_int_equal(identify(fixture), C18N_OK);
        assert_string_equal(fixture->request.caller.user, USER);
        assert_non_null(fixture->auth->caches[0]);
    }
    char *forged = arena_print(fixture->arena, "Bearer %s", fixture_token(fixture, &claims));
    forged[strlen(forged) - 1] = forged[strlen(forged) - 1] == 'A' ? 'E' : 'A';
    fixture->http.header_count = 0;
    fixture_header(fixture, "authorization", forged);
    assert_int_equal(identify(fixture), C18N_UNAUTHENTICATED);
    fake_ms += INT64_C(3600) * 1000;
    fixture_request(fixture);
    fixture_bearer(fixture, &claims);
    assert_int_equal(identify(fixture), C18N_UNAUTHENTICATED);
}

/* Of a handshake: what a page's script can set. Elsewhere it is no token at all. */
static void test_sub_protocol(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims(), other = fixture_claims();
    memcpy(other.session, OTHER_SESSION, sizeof other.session);
    static const struct {
        const char *header; /* %s: the token, each time */
        int code;
        bool known;
    } rows[] = {
        {"c18n.v1.json, bearer.%s", C18N_OK, true},
        {"bearer.%s", C18N_OK, true},
        {" bearer.%s ,c18n.v1.json", C18N_OK, true},
        {"c18n.v1.json", C18N_OK, false},
        {"Bearer.%s", C18N_OK, false},
        {"bearer.", C18N_UNAUTHENTICATED, false},
        {"bearer.%sx", C18N_UNAUTHENTICATED, false},
        {"bearer.%s, bearer.x", C18N_UNAUTHENTICATED, false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct text header;
        fixture_request(fixture);
        const char *token = fixture_token(fixture, &claims), *mark = strstr(rows[i].header, "%s");
        fixture->route.run = ROUTE_SOCKET;
        text_init(&header, fixture->arena, 0);
        text_add(&header, rows[i].header, mark ? (size_t)(mark - rows[i].header) : strlen(rows[i].header));
        text_add_text(&header, mark ? token : "");
        text_add_text(&header, mark ? mark + 2 : "");
        fixture_header(fixture, "sec-websocket-protocol", text_end(&header));
        if (identify(fixture) != rows[i].code || (*fixture->request.caller.user != '\0') != rows[i].known)
            fail_msg("%s", rows[i].header);
    }
    fixture_request(fixture); /* it wins over the cookie, and the header over both */
    fixture->route.run = ROUTE_SOCKET;
    fixture_header(fixture, "cookie", arena_print(fixture->arena, "c18n_session=%s", fixture_token(fixture, &other)));
    fixture_header(fixture, "sec-websocket-protocol",
                   arena_print(fixture->arena, "bearer.%s", fixture_token(fixture, &claims)));
    assert_int_equal(identify(fixture), C18N_OK);
    assert_string_equal(fixture->request.caller.session, SESSION);
    fixture_bearer(fixture, &other);
    assert_int_equal(identify(fixture), C18N_OK);
    assert_string_equal(fixture->request.caller.session, OTHER_SESSION);
    fixture_request(fixture);
    fixture_header(fixture, "sec-websocket-protocol",
                   arena_print(fixture->arena, "bearer.%s", fixture_token(fixture, &claims)));
    assert_int_equal(identify(fixture), C18N_OK);
    assert_string_equal(fixture->request.caller.user, "");
}

/* A socket's next token, and work in the name of who it is. */
static void test_present_and_assume(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    struct request request;
    request_init_internal(&request, &fixture->server, fixture->arena, NULL);
    assert_int_equal(auth_present(fixture->auth, &request, "x.y.z"), C18N_UNAUTHENTICATED);
    assert_null(auth_claims_of(&request));
    assert_string_equal(request.caller.user, "");
    assert_int_equal(auth_present(fixture->auth, &request, fixture_token(fixture, &claims)), C18N_OK);
    assert_string_equal(auth_claims_of(&request)->session, SESSION);
    char token[] = "as presented";
    request_init_internal(&request, &fixture->server, fixture->arena, NULL);
    assert_int_equal(auth_assume(fixture->auth, &request, &claims, token), C18N_OK);
    token[0] = '\0'; /* the socket's own, which may go */
    assert_string_equal(request.caller.token, "as presented");
    assert_string_equal(request.caller.user, USER);
    assert_int_equal(request.caller.admin, 0);
    assert_int_equal(auth_person(fixture->auth, &request, true), C18N_OK);
    assert_string_equal(request.caller.roles, " user ");
    auth_on_commit(fixture->auth, "users", "auth.revoked", SESSION);
    assert_int_equal(auth_person(fixture->auth, &request, false), C18N_UNAUTHENTICATED);
    assert_string_equal(request.caller.user, "");
}

/* --- second step --- */

static int identified_person(struct fixture *fixture, const struct auth_claims *claims, bool may_read)
{
    fixture_request(fixture);
    fixture_bearer(fixture, claims);
    assert_int_equal(identify(fixture), C18N_OK);
    return auth_person(fixture->auth, &fixture->request, may_read);
}

static void test_person(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    assert_int_equal(identified_person(fixture, &claims, false), C18N_AGAIN);
    assert_int_equal(identified_person(fixture, &claims, true), C18N_OK);
    assert_string_equal(fixture->request.caller.roles, " user ");
    assert_int_equal(fixture->request.caller.admin, 0);
    assert_int_equal(identified_person(fixture, &claims, false), C18N_OK); /* cached now */
    assert_int_equal(fake_people[0].asked, 1);
    fake_people[0].roles = " admin user ";
    auth_on_commit(fixture->auth, "users", "users.roles_set", USER);
    assert_int_equal(identified_person(fixture, &claims, false), C18N_AGAIN);
    assert_int_equal(identified_person(fixture, &claims, true), C18N_OK);
    assert_int_equal(fixture->request.caller.admin, 1);
    auth_on_commit(fixture->auth, "posts", "posts.created", USER); /* another topic says nothing of people */
    assert_int_equal(identified_person(fixture, &claims, false), C18N_OK);
}

/* A9: each at the next request. */
static void test_person_refused(void **state)
{
    static const struct {
        const char *roles;
        int64_t generation;
        uint32_t active;
    } rows[] = {
        {" user ", 4, 1},
        {" user ", 2, 1},
        {" user ", 3, 0},
    };
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    assert_int_equal(identified_person(fixture, &claims, true), C18N_OK);
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        fake_people[0] = (struct fake_person){USER, rows[i].roles, rows[i].generation, rows[i].active, 0};
        auth_on_commit(fixture->auth, "users", "users.changed", USER);
        assert_int_equal(identified_person(fixture, &claims, true), C18N_UNAUTHENTICATED);
        assert_string_equal(fixture->request.caller.user, "");
        assert_int_equal(identified_person(fixture, &claims, false), C18N_UNAUTHENTICATED); /* from the cache as well */
    }
    memcpy(claims.user, "01890a5d-ac96-774b-bcce-b302099a80ff", sizeof claims.user);
    assert_int_equal(identified_person(fixture, &claims, true), C18N_UNAUTHENTICATED);
    fake_person_code = C18N_UNAVAILABLE;
    assert_int_equal(identified_person(fixture, &claims, true), C18N_UNAVAILABLE);
    fake_person_code = C18N_OK;
    fixture->auth->identity = NULL;
    assert_int_equal(identified_person(fixture, &claims, true), C18N_UNAUTHENTICATED);
}

static struct fixture *reading_fixture;
static void commit_while_reading(void)
{
    auth_on_commit(reading_fixture->auth, "users", "users.roles_set", USER);
}

/* What was read before a commit is not kept after it. */
static void test_coherent(void **state)
{
    struct fixture *fixture = reading_fixture = *state;
    struct auth_claims claims = fixture_claims();
    fake_while_reading = commit_while_reading;
    assert_int_equal(identified_person(fixture, &claims, true), C18N_OK);
    fake_while_reading = NULL;
    assert_int_equal(identified_person(fixture, &claims, false), C18N_AGAIN);
    fixture_request(fixture);
    fixture_bearer(fixture, &claims);
    assert_int_equal(identify(fixture), C18N_OK); /* its snapshot may begin right here */
    commit_while_reading();
    assert_int_equal(auth_person(fixture->auth, &fixture->request, true), C18N_OK);
    assert_int_equal(identified_person(fixture, &claims, false), C18N_AGAIN);
}

/* Z6: inside the writer's transaction the transaction decides, and what it says is not kept, for it may be undone. */
static void test_writer(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    assert_int_equal(identified_person(fixture, &claims, true), C18N_OK); /* cached */
    fake_people[0].roles = " admin ";
    struct data_scope writer = {.writing = true};
    fixture_request(fixture);
    fixture->request.scope = &writer;
    fixture_bearer(fixture, &claims);
    assert_int_equal(identify(fixture), C18N_OK);
    assert_int_equal(auth_person(fixture->auth, &fixture->request, false), C18N_OK);
    assert_string_equal(fixture->request.caller.roles, " user ");
    assert_int_equal(auth_person(fixture->auth, &fixture->request, true), C18N_OK);
    assert_string_equal(fixture->request.caller.roles, " admin ");
    assert_int_equal(identified_person(fixture, &claims, false), C18N_OK);
    assert_string_equal(fixture->request.caller.roles, " user ");
}

/* A session that an item before this one has ended, in the same group commit: nothing in memory knows of it yet. */
static void test_ended_in_the_same_transaction(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    struct data_scope writer = {.writing = true};
    assert_int_equal(identified_person(fixture, &claims, true), C18N_OK);
    assert_int_equal(data_host_put(&fixture->request, "revoked", claims.session, (c18n_bytes){"9", 1}), C18N_OK);
    assert_int_equal(identified_person(fixture, &claims, false), C18N_OK); /* not committed: it may be undone */
    fixture_request(fixture);
    fixture->request.scope = &writer;
    fixture_bearer(fixture, &claims);
    assert_int_equal(identify(fixture), C18N_OK);
    assert_int_equal(auth_person(fixture->auth, &fixture->request, true), C18N_UNAUTHENTICATED);
}

static void test_actor(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    memcpy(claims.on_behalf_of, ADMIN, sizeof claims.on_behalf_of);
    assert_int_equal(identified_person(fixture, &claims, true), C18N_OK);
    assert_string_equal(fixture->request.caller.on_behalf_of, ADMIN);
    assert_int_equal(fixture->request.caller.admin, 0); /* the person's rights, not the administrator's */
    fake_people[1].roles = " user ";
    auth_on_commit(fixture->auth, "users", "users.roles_set", ADMIN);
    assert_int_equal(identified_person(fixture, &claims, true), C18N_UNAUTHENTICATED);
    fake_people[1] = (struct fake_person){ADMIN, " admin ", 1, 0, 0};
    auth_on_commit(fixture->auth, "users", "users.deactivated", ADMIN);
    assert_int_equal(identified_person(fixture, &claims, true), C18N_UNAUTHENTICATED);
}

static void test_revoked_session(void **state)
{
    struct fixture *fixture = *state;
    struct auth_claims claims = fixture_claims();
    fake_on_loop = true;
    assert_int_equal(identified_person(fixture, &claims, true), C18N_OK);
    auth_on_commit(fixture->auth, "users", "auth.revoked", SESSION);
    assert_int_equal(identified_person(fixture, &claims, false), C18N_UNAUTHENTICATED);
    memcpy(claims.session, OTHER_SESSION, sizeof claims.session);
    assert_int_equal(identified_person(fixture, &claims, false), C18N_OK);
}

static void test_host_itself(void **state)
{
    struct fixture *fixture = *state;
    struct request request;
    request_init_internal(&request, &fixture->server, fixture->arena, NULL);
    request.caller.user = "system";
    assert_int_equal(auth_person(fixture->auth, &request, true), C18N_OK);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        FIXTURE_TEST(test_nobody),
        FIXTURE_TEST(test_header_and_cookie),
        FIXTURE_TEST(test_bad_headers),
        FIXTURE_TEST(test_scheme_case),
        FIXTURE_TEST(test_two_of_a_kind),
        FIXTURE_TEST(test_bad_cookie),
        FIXTURE_TEST(test_sub_protocol),
        FIXTURE_TEST(test_present_and_assume),
        FIXTURE_TEST(test_audit),
        FIXTURE_TEST(test_cached_token),
        FIXTURE_TEST(test_person),
        FIXTURE_TEST(test_person_refused),
        FIXTURE_TEST(test_coherent),
        FIXTURE_TEST(test_writer),
        FIXTURE_TEST(test_ended_in_the_same_transaction),
        FIXTURE_TEST(test_actor),
        FIXTURE_TEST(test_revoked_session),
        FIXTURE_TEST(test_host_itself),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
