/* test_communities_joining.c: the three ways into a community, and the way out. */
#define SITE_MODULES "users communities"
#include "cast.h"

#define INVITE_TTL (14 * 86400) /* the default of communities.invite_ttl */

static c18n_test_answer subscribe(const c18n_test_person *person, const struct community *community)
{
    return ask(person, NULL, "PUT /communities/%s/subscribe", community->id);
}

static c18n_test_answer unsubscribe(const c18n_test_person *person, const struct community *community)
{
    return ask(person, NULL, "PUT /communities/%s/unsubscribe", community->id);
}

static c18n_test_answer invite(enum role by, const struct community *community, const c18n_test_person *whom)
{
    return ask(&cast[by], NULL, "POST /communities/%s/users/%s/invite", community->id, whom->id);
}

static c18n_test_answer answer_invite(const c18n_test_person *as, const struct community *community,
                                      const c18n_test_answer *invited, const char *word)
{
    return ask(as, NULL, "PUT /communities/%s/invite/%s/%s", community->id, c18n_text(invited->doc, "_id"), word);
}

static const char *invite_status(const struct community *community, const c18n_test_person *whom)
{
    c18n_test_answer answer = ask(whom, NULL, "GET /communities/%s/users/%s/invite", community->id, whom->id);
    expect(200, answer);
    return c18n_text(answer.doc, "status");
}

/* --- by oneself --- */

/* Whichever call into the host fails: who is banned doesn't come in by that. */
static void test_a_ban_holds_when_memory_or_storage_fails(void **state)
{
    (void)state;
    struct community community = community_new("public");
    uint64_t nth = 0;
    do {
        c18n_test_fail(test, ++nth, C18N_NO_MEMORY);
        c18n_test_answer answer = subscribe(&cast[BANNED], &community);
        if (answer.status < 400)
            fail_msg("%s failed, and the answer is %d", c18n_test_failed(test), answer.status);
    } while (c18n_test_failed(test));
    c18n_test_fail(test, 0, C18N_OK);
    assert_true(nth > 5);
    expect(403, subscribe(&cast[BANNED], &community));
}

static void test_joining_by_role_and_visibility(void **state)
{
    (void)state;
    static const struct {
        const char *visibility;
        enum role role;
        int status;
        const char *membership;
    } rows[] = {
        {"public", OUTSIDER, 200, "member"},      {"public", BANNED, 403, NULL},
        {"public", MEMBER, 200, "member"},        {"public", MODERATOR, 200, "moderator"},
        {"public", OWNER, 200, "owner"},          {"public", NOBODY, 401, NULL},
        {"restricted", OUTSIDER, 200, "pending"}, {"restricted", BANNED, 403, NULL},
        {"restricted", MEMBER, 200, "member"},    {"private", OUTSIDER, 404, NULL},
        {"private", BANNED, 404, NULL},           {"private", ADMIN, 200, "member"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct community community = community_new(rows[i].visibility);
        c18n_test_answer answer = subscribe(&cast[rows[i].role], &community);
        expect(rows[i].status, answer);
        if (rows[i].membership)
            assert_string_equal(c18n_text(answer.doc, "membership"), rows[i].membership);
        expect(rows[i].status, subscribe(&cast[rows[i].role], &community)); /* twice is once */
        bool joined = rows[i].role == OUTSIDER || rows[i].role == ADMIN;
        bool counted = joined && rows[i].membership && strcmp(rows[i].membership, "member") == 0;
        assert_int_equal(community_counts(&community, "users_count"), 3 + counted);
    }
}

static void test_leaving_is_counted_once(void **state)
{
    (void)state;
    struct community community = community_new("private");
    expect(200, unsubscribe(&cast[MEMBER], &community));
    assert_int_equal(community_counts(&community, "users_count"), 2);
    expect(404, unsubscribe(&cast[MEMBER], &community)); /* it is hidden from them by now */
    community = community_new("public");
    expect(200, unsubscribe(&cast[MEMBER], &community));
    expect(200, unsubscribe(&cast[MEMBER], &community));
    expect(200, unsubscribe(&cast[OUTSIDER], &community));
    assert_int_equal(community_counts(&community, "users_count"), 2);
}

static void test_members_are_shown_while_active_oldest_first(void **state)
{
    (void)state;
    struct community community = community_new("public");
    c18n_test_person brief = c18n_test_person_new(test, "brief", "user");
    c18n_test_move(test, 1);
    expect(200, subscribe(&brief, &community));
    c18n_test_answer answer = ask(&cast[OUTSIDER], NULL, "GET /communities/%s/users", community.id);
    assert_int_equal(c18n_test_count(&answer), 4);
    assert_string_equal(c18n_text(c18n_test_item(&answer, 3), "_id"), brief.id);
    assert_false(c18n_has(c18n_test_item(&answer, 3), "email"));
    expect(200, ask(&brief, NULL, "DELETE /users/%s", brief.id));
    answer = ask(&cast[OUTSIDER], NULL, "GET /communities/%s/users", community.id);
    assert_int_equal(c18n_test_count(&answer), 3);
}

/* --- by request --- */

static c18n_test_answer decide(enum role by, const struct community *community, const c18n_test_person *person,
                               const char *word)
{
    return ask(&cast[by], NULL, "PUT /communities/%s/requests/%s/%s", community->id, person->id, word);
}

static c18n_test_answer list_requests(const struct community *community)
{
    return ask(&cast[MODERATOR], NULL, "GET /communities/%s/requests", community->id);
}

static size_t requests(const struct community *community)
{
    c18n_test_answer answer = list_requests(community);
    return c18n_test_count(&answer);
}

static void test_requests_are_decided_by_moderators(void **state)
{
    (void)state;
    struct community community = community_new("restricted");
    const c18n_test_person *asker = &cast[OUTSIDER];
    expect(404, decide(MODERATOR, &community, asker, "accept"));
    subscribe(asker, &community);
    int64_t asked_on = c18n_test_now(test);
    c18n_test_move(test, 10);
    subscribe(asker, &community); /* asking twice is asking once */
    c18n_test_answer answer = list_requests(&community);
    assert_int_equal(c18n_test_count(&answer), 1);
    assert_int_equal(c18n_integer(c18n_test_item(&answer, 0), "created_on", 0), asked_on);
    expect(403, decide(MEMBER, &community, asker, "accept"));
    expect(200, decide(MODERATOR, &community, asker, "decline"));
    expect(404, decide(MODERATOR, &community, asker, "accept"));
    subscribe(asker, &community); /* declining is no ban */
    expect(200, unsubscribe(asker, &community));
    assert_int_equal(requests(&community), 0);
    subscribe(asker, &community);
    assert_int_equal(community_counts(&community, "users_count"), 3);
    expect(200, decide(MODERATOR, &community, asker, "accept"));
    assert_int_equal(community_counts(&community, "users_count"), 4);
    assert_int_equal(requests(&community), 0);
    expect(404, decide(MODERATOR, &community, asker, "accept"));
}

static void test_a_ban_ends_a_request_and_so_does_the_account(void **state)
{
    (void)state;
    struct community community = community_new("restricted");
    c18n_test_person gone = c18n_test_person_new(test, "gone", "user");
    subscribe(&cast[OUTSIDER], &community);
    subscribe(&gone, &community);
    expect(200, ask(&cast[MODERATOR], "{}", "PUT /communities/%s/bans/%s", community.id, cast[OUTSIDER].id));
    assert_int_equal(requests(&community), 1);
    expect(200, ask(&gone, NULL, "DELETE /users/%s", gone.id));
    expect(410, decide(MODERATOR, &community, &gone, "accept"));
    assert_int_equal(community_counts(&community, "users_count"), 3);
}

/* --- by invite --- */

static void test_who_may_invite_whom(void **state)
{
    (void)state;
    static const struct {
        const char *visibility;
        enum role by, whom;
        int status;
    } rows[] = {
        {"public", NOBODY, OUTSIDER, 401},        {"public", OUTSIDER, ADMIN, 403},
        {"public", MEMBER, OUTSIDER, 200},        {"public", MEMBER, MODERATOR, 409},
        {"public", OWNER, BANNED, 409},           {"restricted", MEMBER, OUTSIDER, 403},
        {"private", MEMBER, OUTSIDER, 403},       {"private", OUTSIDER, OUTSIDER, 404},
        {"restricted", MODERATOR, OUTSIDER, 200}, {"private", MODERATOR, OUTSIDER, 200},
        {"private", ADMIN, OUTSIDER, 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct community community = community_new(rows[i].visibility);
        expect(rows[i].status, invite(rows[i].by, &community, &cast[rows[i].whom]));
        if (rows[i].status == 200)
            expect(409, invite(rows[i].by, &community, &cast[rows[i].whom])); /* one is pending */
    }
}

static void test_only_the_invited_answer_and_only_once(void **state)
{
    (void)state;
    struct community community = community_new("private");
    c18n_test_answer invited = invite(MODERATOR, &community, &cast[OUTSIDER]);
    expect(404, answer_invite(&cast[BANNED], &community, &invited, "accept"));
    expect(404, answer_invite(&cast[MEMBER], &community, &invited, "accept"));
    expect(403, answer_invite(&cast[MODERATOR], &community, &invited, "decline"));
    expect(403, answer_invite(&cast[ADMIN], &community, &invited, "accept"));
    struct community other = community_new("public");
    expect(404, answer_invite(&cast[OUTSIDER], &other, &invited, "accept"));
    expect(200, answer_invite(&cast[OUTSIDER], &community, &invited, "accept"));
    expect(409, answer_invite(&cast[OUTSIDER], &community, &invited, "accept"));
    expect(409, answer_invite(&cast[OUTSIDER], &community, &invited, "decline"));
    assert_int_equal(community_counts(&community, "users_count"), 4);
    assert_string_equal(invite_status(&community, &cast[OUTSIDER]), "accepted");
}

static void test_who_sees_an_invite(void **state)
{
    (void)state;
    static const int seen[ROLES] = {401, 200, 403, 200, 200, 200, 200};
    struct community community = community_new("public");
    expect(200, invite(MEMBER, &community, &cast[OUTSIDER])); /* OUTSIDER is invited, MEMBER did it */
    for (int role = NOBODY; role < ROLES; role++)
        expect(seen[role],
               ask(&cast[role], NULL, "GET /communities/%s/users/%s/invite", community.id, cast[OUTSIDER].id));
}

static void test_an_invite_expires(void **state)
{
    (void)state;
    struct community community = community_new("private");
    c18n_test_answer old = invite(OWNER, &community, &cast[OUTSIDER]);
    c18n_test_move(test, INVITE_TTL - 1);
    assert_string_equal(invite_status(&community, &cast[OUTSIDER]), "pending");
    c18n_test_move(test, 1);
    assert_string_equal(invite_status(&community, &cast[OUTSIDER]), "expired");
    expect(409, answer_invite(&cast[OUTSIDER], &community, &old, "accept"));
    expect(404, subscribe(&cast[OUTSIDER], &community));
    c18n_test_answer new = invite(OWNER, &community, &cast[OUTSIDER]);
    expect(200, new);
    assert_string_equal(invite_status(&community, &cast[OUTSIDER]), "pending");
    expect(200, answer_invite(&cast[OUTSIDER], &community, &new, "decline"));
    expect(404, subscribe(&cast[OUTSIDER], &community)); /* a declined invite opens nothing */
    expect(200, invite(OWNER, &community, &cast[OUTSIDER]));
}

static void test_an_invite_is_a_way_past_approval_but_not_past_a_ban(void **state)
{
    (void)state;
    struct community community = community_new("restricted");
    expect(200, invite(MODERATOR, &community, &cast[OUTSIDER]));
    c18n_test_answer answer = subscribe(&cast[OUTSIDER], &community);
    assert_string_equal(c18n_text(answer.doc, "membership"), "member");
    assert_string_equal(invite_status(&community, &cast[OUTSIDER]), "accepted"); /* joining took it */

    c18n_test_answer invited = invite(MODERATOR, &community, &cast[ADMIN]);
    expect(200, ask(&cast[OWNER], "{}", "PUT /communities/%s/bans/%s", community.id, cast[ADMIN].id));
    answer = answer_invite(&cast[ADMIN], &community, &invited, "accept");
    expect(403, answer);
    assert_string_equal(answer.problem, "banned");
}

static void test_views_are_a_function_of_events(void **state)
{
    (void)state;
    assert_true(c18n_test_replays_the_same(test));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_joining_by_role_and_visibility),
        cmocka_unit_test(test_leaving_is_counted_once),
        cmocka_unit_test(test_members_are_shown_while_active_oldest_first),
        cmocka_unit_test(test_requests_are_decided_by_moderators),
        cmocka_unit_test(test_a_ban_holds_when_memory_or_storage_fails),
        cmocka_unit_test(test_a_ban_ends_a_request_and_so_does_the_account),
        cmocka_unit_test(test_who_may_invite_whom),
        cmocka_unit_test(test_only_the_invited_answer_and_only_once),
        cmocka_unit_test(test_who_sees_an_invite),
        cmocka_unit_test(test_an_invite_expires),
        cmocka_unit_test(test_an_invite_is_a_way_past_approval_but_not_past_a_ban),
        cmocka_unit_test(test_views_are_a_function_of_events),
    };
    return cmocka_run_group_tests(tests, cast_open, site_close);
}
