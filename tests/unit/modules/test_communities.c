/* test_communities.c: communities, who runs them and who is kept out. The ways in: test_communities_joining.c. */
#define SITE_MODULES "users communities"
#include "cast.h"

static const c18n_doc *pair_record(const char *view, const struct community *community, const c18n_test_person *person)
{
    return record(view, json("%s/%s", community->id, person->id));
}

static const char *role_in(const struct community *community, const c18n_test_person *person)
{
    const c18n_doc *membership = pair_record("memberships", community, person);
    return membership ? c18n_text(membership, "role") : "none";
}

/* --- who may do what --- */

enum { PUBLIC, RESTRICTED, PRIVATE, ENDED, PRIVATE_ENDED, STATES };

static void make_states(struct community ret_communities[STATES])
{
    static const char *const visibility[STATES] = {"public", "restricted", "private", "public", "private"};
    for (int state = 0; state < STATES; state++) {
        ret_communities[state] = community_new(visibility[state]);
        if (state >= ENDED)
            expect(200, ask(&cast[OWNER], NULL, "DELETE /communities/%s", ret_communities[state].id));
    }
}

struct rule {
    const char *method, *rest, *body;
    int open[ROLES], hidden[ROLES], ended[ROLES], hidden_ended[ROLES];
};

static void check_rule(const struct rule *rule, const struct community communities[STATES])
{
    const int *const wanted[STATES] = {rule->open, rule->open, rule->hidden, rule->ended, rule->hidden_ended};
    for (int state = 0; state < STATES; state++)
        for (int role = NOBODY; role < ROLES; role++) {
            c18n_test_answer answer =
                ask(&cast[role], rule->body, "%s /communities/%s%s", rule->method, communities[state].id, rule->rest);
            if (answer.status != wanted[state][role])
                fail_msg("%s %s by role %d in state %d: %d", rule->method, rule->rest, role, state, answer.status);
        }
}

#define GONE                                                                                                           \
    {                                                                                                                  \
        401, 410, 410, 410, 410, 410, 410                                                                              \
    }
#define HIDDEN_GONE                                                                                                    \
    {                                                                                                                  \
        401, 404, 404, 410, 410, 410, 410                                                                              \
    }
static void test_policies_by_role_and_state(void **state)
{
    (void)state;
    /* nobody outsider banned member moderator owner admin */
    static const struct rule rules[] = {
        {"GET", "", NULL, {401, 200, 200, 200, 200, 200, 200}, {401, 404, 404, 200, 200, 200, 200}, GONE, HIDDEN_GONE},
        {"GET",
         "/users",
         NULL,
         {401, 200, 200, 200, 200, 200, 200},
         {401, 404, 404, 200, 200, 200, 200},
         GONE,
         HIDDEN_GONE},
        {"GET",
         "/settings",
         NULL,
         {401, 403, 403, 200, 200, 200, 200},
         {401, 404, 404, 200, 200, 200, 200},
         GONE,
         HIDDEN_GONE},
        {"GET",
         "/requests",
         NULL,
         {401, 403, 403, 403, 200, 200, 200},
         {401, 404, 404, 403, 200, 200, 200},
         GONE,
         HIDDEN_GONE},
        {"GET",
         "/bans",
         NULL,
         {401, 403, 403, 403, 200, 200, 200},
         {401, 404, 404, 403, 200, 200, 200},
         GONE,
         HIDDEN_GONE},
        {"PATCH",
         "",
         "{}",
         {401, 403, 403, 403, 200, 200, 200},
         {401, 404, 404, 403, 200, 200, 200},
         GONE,
         HIDDEN_GONE},
        {"PATCH",
         "",
         "{'name':''}",
         {401, 403, 403, 403, 422, 422, 422},
         {401, 404, 404, 403, 422, 422, 422},
         GONE,
         HIDDEN_GONE},
        {"PATCH",
         "/settings",
         "{}",
         {401, 403, 403, 403, 200, 200, 200},
         {401, 404, 404, 403, 200, 200, 200},
         GONE,
         HIDDEN_GONE},
        {"GET",
         "/history",
         NULL,
         {401, 403, 403, 403, 200, 200, 200},
         {401, 404, 404, 403, 200, 200, 200},
         {401, 403, 403, 403, 200, 200, 200},
         {401, 404, 404, 403, 200, 200, 200}},
        {"DELETE",
         "/moderators/01890000-0000-7000-8000-000000000000",
         NULL,
         {401, 403, 403, 403, 403, 404, 404},
         {401, 404, 404, 403, 403, 404, 404},
         GONE,
         HIDDEN_GONE},
    };
    struct community communities[STATES];
    make_states(communities);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        check_rule(&rules[i], communities);
}

static void test_lists_leave_out_what_is_hidden(void **state)
{
    (void)state;
    struct community communities[STATES];
    make_states(communities);
    for (int role = OUTSIDER; role < ROLES; role++) {
        c18n_test_answer answer = ask(&cast[role], NULL, "GET /communities/?limit=100");
        assert_non_null(strstr(answer.body, communities[PUBLIC].id));
        assert_non_null(strstr(answer.body, communities[RESTRICTED].id));
        assert_int_equal(strstr(answer.body, communities[PRIVATE].id) != NULL, role > BANNED);
        assert_null(strstr(answer.body, communities[ENDED].id));
        assert_null(strstr(answer.body, communities[PRIVATE_ENDED].id));
    }
    expect(401, ask(NULL, NULL, "GET /communities/search?q=cats"));
}

/* --- apply --- */

static void test_a_founder_owns_and_changes_lose_nothing(void **state)
{
    (void)state;
    c18n_test_answer answer = ask(&cast[OWNER], "{'name':'Dogs','tags':'a, b'}", "POST /communities/new");
    expect(200, answer);
    struct community community;
    memcpy(community.id, c18n_text(answer.doc, "_id"), sizeof community.id);
    int64_t created_on = c18n_test_now(test);
    assert_string_equal(role_in(&community, &cast[OWNER]), "owner");
    assert_int_equal(community_counts(&community, "users_count"), 1);
    assert_int_equal(community_counts(&community, "posts_count"), 0);
    c18n_test_move(test, 5);
    expect(200, ask(&cast[OWNER], "{'description':'Of dogs'}", "PUT /communities/%s", community.id));
    community_set(&community, "{'slow_mode':30,'visibility':'restricted'}");
    community_set(&community, "{'posts_per_day':2}");
    const c18n_doc *now = record("communities", community.id);
    const char *const *tags;
    assert_int_equal(c18n_texts(now, "tags", &tags), 2);
    assert_string_equal(c18n_text(now, "name"), "Dogs");
    assert_string_equal(c18n_text(now, "visibility"), "restricted");
    assert_int_equal(c18n_integer(now, "slow_mode", 0), 30);
    assert_int_equal(c18n_integer(now, "created_on", 0), created_on);
    assert_int_equal(c18n_integer(now, "updated_on", 0), created_on + 5);
    assert_int_equal(c18n_integer(now, "users_count", 0), 1);
    expect(422, ask(&cast[OWNER], "{'slow_mode':86401}", "PATCH /communities/%s/settings", community.id));
    expect(422, ask(&cast[OWNER], "{'owner':'me'}", "PATCH /communities/%s", community.id));
}

static void test_the_first_of_two_edits_wins(void **state)
{
    (void)state;
    struct community community = community_new("public");
    c18n_test_answer seen = ask(&cast[MODERATOR], NULL, "GET /communities/%s", community.id);
    const char *tag = c18n_test_header(&seen, "ETag");
    community_join(&community, &cast[OUTSIDER]); /* a counter is no edit */
    expect(200, c18n_test_ask_with(test, &cast[MODERATOR], json("If-Match: %s", tag), "{'name':'one'}",
                                   "PUT /communities/%s", community.id));
    expect(412, c18n_test_ask_with(test, &cast[OWNER], json("If-Match: %s", tag), "{'name':'two'}",
                                   "PUT /communities/%s", community.id));
}

/* --- staff --- */

static void test_staff_comes_from_members_and_goes_back(void **state)
{
    (void)state;
    struct community community = community_new("public");
    expect(409, ask(&cast[OWNER], NULL, "PUT /communities/%s/moderators/%s", community.id, cast[OUTSIDER].id));
    expect(409, ask(&cast[OWNER], NULL, "PUT /communities/%s/moderators/%s", community.id, cast[OWNER].id));
    expect(403, ask(&cast[MODERATOR], NULL, "PUT /communities/%s/moderators/%s", community.id, cast[MEMBER].id));
    expect(200, ask(&cast[OWNER], NULL, "PUT /communities/%s/moderators/%s", community.id, cast[MEMBER].id));
    expect(200, ask(&cast[MEMBER], NULL, "GET /communities/%s/bans", community.id));
    expect(200, ask(&cast[OWNER], NULL, "DELETE /communities/%s/moderators/%s", community.id, cast[MEMBER].id));
    assert_string_equal(role_in(&community, &cast[MEMBER]), "member");
    expect(403, ask(&cast[MEMBER], NULL, "GET /communities/%s/bans", community.id));
    expect(404, ask(&cast[OWNER], NULL, "DELETE /communities/%s/moderators/%s", community.id, cast[MEMBER].id));
    assert_int_equal(community_counts(&community, "users_count"), 3);
}

static void test_handing_over_leaves_one_owner(void **state)
{
    (void)state;
    struct community community = community_new("public");
    expect(409, ask(&cast[OWNER], NULL, "PUT /communities/%s/unsubscribe", community.id));
    expect(409, ask(&cast[OWNER], NULL, "PUT /communities/%s/owner/%s", community.id, cast[OUTSIDER].id));
    c18n_test_person gone = c18n_test_person_new(test, "gone", "user");
    community_join(&community, &gone);
    expect(200, ask(&gone, NULL, "DELETE /users/%s", gone.id));
    expect(410, ask(&cast[OWNER], NULL, "PUT /communities/%s/owner/%s", community.id, gone.id));
    expect(200, ask(&cast[OWNER], NULL, "PUT /communities/%s/owner/%s", community.id, cast[MEMBER].id));
    assert_string_equal(role_in(&community, &cast[MEMBER]), "owner");
    assert_string_equal(role_in(&community, &cast[OWNER]), "moderator");
    assert_string_equal(c18n_text(record("communities", community.id), "owner"), cast[MEMBER].id);
    assert_string_equal(c18n_text(record("communities", community.id), "created_by"), cast[OWNER].id);
    expect(403, ask(&cast[OWNER], NULL, "DELETE /communities/%s", community.id));
    expect(200, ask(&cast[OWNER], NULL, "PUT /communities/%s/unsubscribe", community.id));
    expect(200, ask(&cast[MEMBER], NULL, "DELETE /communities/%s", community.id));
}

/* --- bans --- */

static c18n_test_answer ban(enum role by, const struct community *community, enum role whom, const char *body)
{
    return ask(&cast[by], body, "PUT /communities/%s/bans/%s", community->id, cast[whom].id);
}

static void test_a_ban_keeps_out_until_its_time(void **state)
{
    (void)state;
    struct community community = community_new("public");
    const char *body = json("{'until':%lld,'reason':'spam'}", (long long)c18n_test_now(test) + 100);
    c18n_test_answer answer = ban(MODERATOR, &community, MEMBER, body);
    expect(200, answer);
    assert_string_equal(c18n_text(answer.doc, "reason"), "spam");
    assert_string_equal(role_in(&community, &cast[MEMBER]), "none");
    assert_int_equal(community_counts(&community, "users_count"), 2);
    expect(200, ban(MODERATOR, &community, MEMBER, body)); /* once more takes nothing more away */
    assert_int_equal(community_counts(&community, "users_count"), 2);
    c18n_test_move(test, 99);
    answer = ask(&cast[MEMBER], NULL, "PUT /communities/%s/subscribe", community.id);
    expect(403, answer);
    assert_string_equal(answer.problem, "banned");
    expect(409, ask(&cast[OWNER], NULL, "POST /communities/%s/users/%s/invite", community.id, cast[MEMBER].id));
    c18n_test_move(test, 1);
    answer = ask(&cast[MODERATOR], NULL, "GET /communities/%s/bans", community.id);
    assert_int_equal(c18n_test_count(&answer), 1); /* that of BANNED, which has no end */
    expect(404, ask(&cast[MODERATOR], NULL, "DELETE /communities/%s/bans/%s", community.id, cast[MEMBER].id));
    expect(200, ask(&cast[MEMBER], NULL, "PUT /communities/%s/subscribe", community.id));
    c18n_test_move(test, 10 * 365 * 86400);
    for (int role = OUTSIDER; role < ROLES; role++)
        c18n_test_person_sign(test, &cast[role]);
    expect(403, ask(&cast[BANNED], NULL, "PUT /communities/%s/subscribe", community.id));
}

static void test_bans_end_with_a_word_of_a_moderator(void **state)
{
    (void)state;
    struct community community = community_new("public");
    expect(200, ask(&cast[MODERATOR], NULL, "DELETE /communities/%s/bans/%s", community.id, cast[BANNED].id));
    assert_null(pair_record("bans", &community, &cast[BANNED]));
    expect(200, ask(&cast[BANNED], NULL, "PUT /communities/%s/subscribe", community.id));
}

static void test_nobody_bans_equals_or_betters(void **state)
{
    (void)state;
    static const struct {
        enum role by, whom;
        int status;
    } rows[] = {
        {MEMBER, OUTSIDER, 403},    {MODERATOR, OWNER, 409}, {ADMIN, OWNER, 409},  {MODERATOR, MODERATOR, 403},
        {MODERATOR, OUTSIDER, 200}, {OWNER, MODERATOR, 200}, {ADMIN, MEMBER, 200},
    };
    struct community community = community_new("public");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(rows[i].status, ban(rows[i].by, &community, rows[i].whom, "{}"));
    expect(422, ban(OWNER, &community, OUTSIDER, json("{'until':%lld}", (long long)c18n_test_now(test))));
    expect(404, ask(&cast[OWNER], "{}", "PUT /communities/%s/bans/01890000-0000-7000-8000-000000000000", community.id));
}

/* --- history and files --- */

static void test_history_tells_of_staff_and_bans_not_of_joining(void **state)
{
    (void)state;
    struct community community = community_new("public");
    c18n_test_answer answer = ask(&cast[MODERATOR], NULL, "GET /communities/%s/history", community.id);
    static const char *const types[] = {"communities.created", "communities.moderator_added", "communities.banned"};
    assert_int_equal(c18n_test_count(&answer), sizeof types / sizeof *types);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_string_equal(c18n_text(c18n_test_item(&answer, i), "type"), types[i]);
}

static void test_imports_twice(void **state)
{
    (void)state;
    char id[C18N_ID_SIZE], member[C18N_ID_SIZE];
    const char *line = "{'kind':'community','ref':'c','name':'Old','visibility':'private','by':'%s','created_on':%d}";
    assert_int_equal(c18n_test_import(test, json(line, cast[OWNER].id, 900000000), id), C18N_OK);
    assert_int_equal(c18n_integer(record("communities", id), "created_on", 0), 900000000);
    expect(404, ask(&cast[OUTSIDER], NULL, "GET /communities/%s", id));
    expect(200, ask(&cast[OWNER], "{'name':'Older'}", "PUT /communities/%s", id));
    line = "{'kind':'member','community':'%s','user':'%s'}";
    assert_int_equal(c18n_test_import(test, json(line, id, cast[MEMBER].id), member), C18N_OK);
    assert_string_equal(member, "");
    assert_int_equal(c18n_test_import(test, json(line, id, cast[MEMBER].id), member), C18N_EXISTS);
    assert_int_equal(c18n_test_import(test, json(line, id, cast[OWNER].id), member), C18N_EXISTS);
    assert_int_equal(c18n_integer(record("communities", id), "users_count", 0), 2);
    assert_int_equal(c18n_test_import(test, "{'kind':'community','name':'Of nobody'}", member), C18N_INVALID);
}

static void test_views_are_a_function_of_events(void **state)
{
    (void)state;
    assert_true(c18n_test_replays_the_same(test));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policies_by_role_and_state),
        cmocka_unit_test(test_lists_leave_out_what_is_hidden),
        cmocka_unit_test(test_a_founder_owns_and_changes_lose_nothing),
        cmocka_unit_test(test_the_first_of_two_edits_wins),
        cmocka_unit_test(test_staff_comes_from_members_and_goes_back),
        cmocka_unit_test(test_handing_over_leaves_one_owner),
        cmocka_unit_test(test_a_ban_keeps_out_until_its_time),
        cmocka_unit_test(test_bans_end_with_a_word_of_a_moderator),
        cmocka_unit_test(test_nobody_bans_equals_or_betters),
        cmocka_unit_test(test_history_tells_of_staff_and_bans_not_of_joining),
        cmocka_unit_test(test_imports_twice),
        cmocka_unit_test(test_views_are_a_function_of_events),
    };
    return cmocka_run_group_tests(tests, cast_open, site_close);
}
