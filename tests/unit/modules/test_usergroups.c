/* test_usergroups.c: groups, who may do what with them, and who runs them. The ways in and out:
 * test_usergroups_joining.c. */
#include "groups.h"

#define SOMEBODY "01890000-0000-7000-8000-000000000000"

/* --- who may do what --- */

enum { OPEN, CLOSED, HIDDEN, ARCHIVED, ENDED, HIDDEN_ENDED, IN_PRIVATE, COMMUNITY_ENDED, STATES };

static void make_states(struct group ret_groups[STATES])
{
    static const char *const visibility[STATES] = {
        "open", "closed", "hidden", "open", "open", "hidden", "open", "open",
    };
    for (int state = 0; state < STATES; state++) {
        struct community community = groups_community(state == IN_PRIVATE ? "private" : "public");
        ret_groups[state] = group_new(&community, visibility[state]);
    }
    expect(200, at(MAKER, &ret_groups[ARCHIVED], "PUT", "/archive", NULL));
    expect(200, at(MAKER, &ret_groups[ENDED], "DELETE", "", NULL));
    expect(200, at(MAKER, &ret_groups[HIDDEN_ENDED], "DELETE", "", NULL));
    expect(200, ask(&cast[OWNER], NULL, "DELETE /communities/%s", ret_groups[COMMUNITY_ENDED].community.id));
}

enum class { READER, MEMBER_OF_IT, ADMIN_OF_IT, OWNER_OF_IT, LOOKS_BACK, CLASSES };

/* A letter for each of: nobody outsider banned member moderator owner admin, joined helper maker.
 * 1: 401, 3: 403, 4: 404, 0: 410, +: passes. */
#define GONE        "1000000000"
#define HIDDEN_GONE "1444440000"
static const char *const wanted[CLASSES][STATES] = {
    [READER] = {"133+++++++", "133+++++++", "144444++++", "133+++++++", GONE, HIDDEN_GONE, "144+++++++", GONE},
    [MEMBER_OF_IT] = {"133333++++", "133333++++", "144444++++", "133333++++", GONE, HIDDEN_GONE, "144333++++", GONE},
    [ADMIN_OF_IT] = {"1333+++3++", "1333+++3++", "144444+3++", "1333+++3++", GONE, HIDDEN_GONE, "1443+++3++", GONE},
    [OWNER_OF_IT] = {"13333++33+", "13333++33+", "144444+33+", "13333++33+", GONE, HIDDEN_GONE, "14433++33+", GONE},
    [LOOKS_BACK] = {"1333+++3++", "1333+++3++", "144444+3++", "1333+++3++", "1333+++3++", "144444+3++", "1443+++3++",
                    "1333+++3++"},
};

struct rule {
    enum class class;
    const char *method, *rest, *body;
    int passes, archived; /* what who passes is told; 0: 200, and the same */
};

static int status_of(char letter, int passes)
{
    static const struct {
        char letter;
        int status;
    } letters[] = {{'1', 401}, {'3', 403}, {'4', 404}, {'0', 410}};
    for (size_t i = 0; i < sizeof letters / sizeof *letters; i++)
        if (letters[i].letter == letter)
            return letters[i].status;
    return passes;
}

static c18n_test_answer ask_by_rule(const struct rule *rule, int role, const struct group *group)
{
    if (strncmp(rule->rest, "/usergroups", 11) != 0)
        return at(role, group, rule->method, rule->rest, rule->body);
    return ask(who(role), NULL, "GET /usergroups/%s/for/%s", group->id, strrchr(rule->rest, '/') + 1);
}

static void check_rule(const struct rule *rule, const struct group groups[STATES])
{
    for (int state = 0; state < STATES; state++)
        for (int role = NOBODY; role < ASKERS; role++) {
            int passes = state == ARCHIVED && rule->archived ? rule->archived : rule->passes ? rule->passes : 200;
            int status = status_of(wanted[rule->class][state][role], passes);
            c18n_test_answer answer = ask_by_rule(rule, role, &groups[state]);
            if (answer.status != status)
                fail_msg("%s %s by role %d in state %d: %d, not %d", rule->method, rule->rest, role, state,
                         answer.status, status);
        }
}

static void test_policies_by_role_and_state(void **state)
{
    (void)state;
    static const struct rule rules[] = {
        {READER, "GET", "", NULL, 0, 0},
        {READER, "GET", "/users", NULL, 0, 0},
        {READER, "GET", "/usergroups/group_reader", NULL, 0, 0},
        {MEMBER_OF_IT, "GET", "/usergroups/group_member", NULL, 0, 0},
        {ADMIN_OF_IT, "GET", "/usergroups/group_admin", NULL, 0, 0},
        {OWNER_OF_IT, "GET", "/usergroups/group_owner", NULL, 0, 0},
        {MEMBER_OF_IT, "PUT", "/users/" SOMEBODY "/invite", NULL, 404, 409},
        {ADMIN_OF_IT, "GET", "/users/" SOMEBODY "/invite", NULL, 404, 0},
        {ADMIN_OF_IT, "DELETE", "/users/" SOMEBODY "/invite", NULL, 404, 0},
        {ADMIN_OF_IT, "PATCH", "", "{}", 0, 409},
        {ADMIN_OF_IT, "PATCH", "", "{'name':''}", 422, 422},
        {ADMIN_OF_IT, "DELETE", "/users/" SOMEBODY, NULL, 404, 0},
        {OWNER_OF_IT, "PUT", "/admins/" SOMEBODY, NULL, 404, 0},
        {OWNER_OF_IT, "DELETE", "/admins/" SOMEBODY, NULL, 404, 0},
        {OWNER_OF_IT, "PUT", "/owner/" SOMEBODY, NULL, 404, 0},
        {LOOKS_BACK, "GET", "/history", NULL, 0, 0},
    };
    struct group groups[STATES];
    make_states(groups);
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        check_rule(&rules[i], groups);
}

static void test_a_group_is_one_of_its_own_community_only(void **state)
{
    (void)state;
    struct community community = groups_community("public"), other = groups_community("public");
    struct group group = group_new(&community, "open"), elsewhere = group;
    elsewhere.community = other;
    expect(404, at(MAKER, &elsewhere, "GET", "", NULL));
    expect(404, at(ADMIN, &elsewhere, "DELETE", "", NULL));
    expect(200, at(ADMIN, &group, "DELETE", "", NULL));
    expect(404, at(MAKER, &elsewhere, "GET", "", NULL));
}

/* --- making and changing --- */

static void test_a_maker_owns_and_the_rest_has_defaults(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_made(&community, "{'name':'Bakers','description':'Of bread'}");
    c18n_test_answer answer = at(MAKER, &group, "GET", "", NULL);
    expect(200, answer);
    assert_string_equal(c18n_text(answer.doc, "name"), "Bakers");
    assert_string_equal(c18n_text(answer.doc, "visibility"), "open");
    assert_string_equal(c18n_text(answer.doc, "history"), "all");
    assert_string_equal(c18n_text(answer.doc, "created_by"), who(MAKER)->id);
    assert_non_null(strstr(c18n_text(answer.doc, "community"), community.id));
    assert_non_null(strstr(c18n_text(answer.doc, "users"), group.id));
    assert_int_equal(c18n_integer(answer.doc, "created_on", 0), c18n_test_now(test));
    assert_int_equal(c18n_integer(answer.doc, "active_on", 0), c18n_test_now(test));
    assert_int_equal(c18n_integer(answer.doc, "users_count", 0), 1);
    assert_string_equal(group_role_of(&group, MAKER), "owner");
    answer = at(MAKER, &group, "GET", "/users", NULL);
    assert_int_equal(c18n_test_count(&answer), 1);
    assert_string_equal(c18n_text(c18n_test_item(&answer, 0), "role"), "owner");
}

static void test_making_is_the_communitys_members(void **state)
{
    (void)state;
    static const struct {
        int role, open, hidden, ended;
    } rows[] = {
        {NOBODY, 401, 401, 401}, {OUTSIDER, 403, 404, 410},  {BANNED, 403, 404, 410}, {MEMBER, 200, 200, 410},
        {OWNER, 200, 200, 410},  {MODERATOR, 200, 200, 410}, {ADMIN, 409, 409, 410},
    };
    struct community open = community_new("public"), hidden = community_new("private"), ended = community_new("public");
    expect(200, ask(&cast[OWNER], NULL, "DELETE /communities/%s", ended.id));
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const char *body = "{'name':'N'}";
        expect(rows[i].open, ask(who(rows[i].role), body, "POST /communities/%s/usergroups/new", open.id));
        expect(rows[i].hidden, ask(who(rows[i].role), body, "POST /communities/%s/usergroups/new", hidden.id));
        expect(rows[i].ended, ask(who(rows[i].role), body, "POST /communities/%s/usergroups/new", ended.id));
    }
    static const char *const wrong[] = {"{}", "{'name':''}", "{'name':'N','visibility':'secret'}",
                                        "{'name':'N','history':'none'}", "{'name':'N','owner':'me'}"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
        expect(422, ask(&cast[MEMBER], wrong[i], "POST /communities/%s/usergroups/new", open.id));
}

static void test_changes_lose_nothing_and_the_first_of_two_wins(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    c18n_test_answer seen = at(HELPER, &group, "GET", "", NULL);
    const char *tag = c18n_test_header(&seen, "ETag");
    size_t events = c18n_test_events(test, "usergroups.updated");
    expect(200, at(HELPER, &group, "PATCH", "", "{}"));
    assert_int_equal(c18n_test_events(test, "usergroups.updated"), events);
    group_join(&group, MEMBER); /* a counter is no edit */
    c18n_test_move(test, 3);
    expect(200, c18n_test_ask_with(test, who(HELPER), json("If-Match: %s", tag), "{'history':'joined'}",
                                   "PATCH /communities/%s/usergroups/%s", community.id, group.id));
    expect(412, c18n_test_ask_with(test, who(MAKER), json("If-Match: %s", tag), "{'name':'Two'}",
                                   "PATCH /communities/%s/usergroups/%s", community.id, group.id));
    const c18n_doc *now = record("usergroups", group.id);
    assert_string_equal(c18n_text(now, "name"), "Cooks");
    assert_string_equal(c18n_text(now, "history"), "joined");
    assert_int_equal(c18n_integer(now, "updated_on", 0), c18n_test_now(test));
    expect(422, at(MAKER, &group, "PATCH", "", "{'active_on':1}"));
    expect(200, at(MAKER, &group, "PATCH", "", "{'visibility':'hidden'}"));
    expect(404, at(OWNER, &group, "GET", "", NULL));
    expect(200, at(MEMBER, &group, "GET", "", NULL));
}

/* --- lists --- */

static const char *nth_of(int role, const struct community *community, size_t nth)
{
    c18n_test_answer answer = ask(who(role), NULL, "GET /communities/%s/usergroups/", community->id);
    expect(200, answer);
    return nth < c18n_test_count(&answer) ? c18n_text(c18n_test_item(&answer, nth), "_id") : "";
}

static void speak(const struct group *group, const char *active)
{
    expect(200, ask(who(MAKER), json("{'active':%s}", active), "POST /usergroups/%s/speak", group->id));
}

/* All in the same second: the order is that of the history. */
static void test_the_most_recently_active_comes_first(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group groups[3];
    for (int i = 0; i < 3; i++)
        groups[i] = group_made(&community, "{'name':'N'}");
    assert_string_equal(nth_of(MEMBER, &community, 0), groups[2].id);
    speak(&groups[0], "true");
    assert_string_equal(nth_of(MEMBER, &community, 0), groups[0].id);
    assert_string_equal(nth_of(MEMBER, &community, 1), groups[2].id);
    speak(&groups[1], "false"); /* nobody was ahead, says messaging */
    assert_string_equal(nth_of(MEMBER, &community, 2), groups[1].id);
    c18n_test_move(test, 1);
    speak(&groups[2], "true");
    assert_string_equal(nth_of(MEMBER, &community, 0), groups[2].id);
    assert_int_equal(group_number(&groups[2], "active_on"), c18n_test_now(test));
    assert_int_equal(group_number(&groups[0], "active_on"), c18n_test_now(test) - 1);
    expect(200, at(MAKER, &groups[2], "DELETE", "", NULL));
    assert_string_equal(nth_of(MEMBER, &community, 0), groups[0].id);
}

static void test_lists_leave_out_what_is_hidden(void **state)
{
    (void)state;
    struct community community = groups_community("private");
    struct group shown = group_new(&community, "closed"), hidden = group_new(&community, "hidden");
    for (int role = NOBODY; role < ASKERS; role++) {
        c18n_test_answer answer = ask(who(role), NULL, "GET /communities/%s/usergroups/", community.id);
        expect(role == NOBODY ? 401 : role <= BANNED ? 404 : 200, answer);
        bool belongs = role > BANNED;
        assert_int_equal(strstr(answer.body, shown.id) != NULL, belongs);
        assert_int_equal(strstr(answer.body, hidden.id) != NULL, belongs && role >= ADMIN);
    }
}

/* --- who runs it --- */

static void test_admins_come_from_members_and_go_back(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    expect(409, about(MAKER, &group, "PUT", "admins", who(MEMBER), ""));
    expect(409, about(MAKER, &group, "PUT", "admins", who(MAKER), ""));
    expect(403, about(HELPER, &group, "PUT", "admins", who(JOINED), ""));
    size_t events = c18n_test_events(test, "usergroups.admin_added");
    expect(200, about(MAKER, &group, "PUT", "admins", who(HELPER), "")); /* twice is once */
    c18n_test_answer answer = about(MAKER, &group, "PUT", "admins", who(JOINED), "");
    expect(200, answer);
    assert_string_equal(c18n_text(answer.doc, "role"), "admin");
    assert_int_equal(c18n_test_events(test, "usergroups.admin_added"), events + 1);
    expect(200, about(MAKER, &group, "DELETE", "admins", who(JOINED), ""));
    assert_string_equal(group_role_of(&group, JOINED), "member");
    expect(404, about(MAKER, &group, "DELETE", "admins", who(JOINED), ""));
    expect(404, about(MAKER, &group, "DELETE", "admins", who(MAKER), ""));
}

static void test_handing_over_leaves_one_owner(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    expect(409, about(MAKER, &group, "PUT", "owner", who(MEMBER), ""));
    expect(403, about(HELPER, &group, "PUT", "owner", who(HELPER), ""));
    expect(200, about(MAKER, &group, "PUT", "owner", who(MAKER), ""));
    expect(200, about(MAKER, &group, "PUT", "owner", who(JOINED), ""));
    assert_string_equal(group_role_of(&group, JOINED), "owner");
    assert_string_equal(group_role_of(&group, MAKER), "admin");
    expect(403, about(MAKER, &group, "PUT", "owner", who(MAKER), ""));
    expect(200, about(OWNER, &group, "PUT", "owner", who(HELPER), "")); /* of the community, for who is away */
    assert_string_equal(group_role_of(&group, HELPER), "owner");
    assert_string_equal(group_role_of(&group, JOINED), "admin");
    assert_string_equal(c18n_text(record("usergroups", group.id), "created_by"), who(MAKER)->id);
}

static void test_an_archived_group_is_read_only(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    size_t events = c18n_test_events(test, "usergroups.archived");
    expect(200, at(HELPER, &group, "PUT", "/archive", NULL));
    c18n_test_answer answer = at(HELPER, &group, "PUT", "/archive", NULL); /* twice is once */
    assert_int_equal(c18n_integer(answer.doc, "archived_on", 0), c18n_test_now(test));
    assert_int_equal(c18n_test_events(test, "usergroups.archived"), events + 1);
    answer = at(MAKER, &group, "PATCH", "", "{'name':'N'}");
    expect(409, answer);
    assert_string_equal(answer.problem, "archived");
    expect(409, at(MEMBER, &group, "PUT", "/join", NULL));
    expect(409, about(MAKER, &group, "PUT", "users", who(MEMBER), "/invite"));
    expect(200, at(JOINED, &group, "PUT", "/join", NULL)); /* is in */
    expect(200, at(JOINED, &group, "PUT", "/leave", NULL));
    expect(403, at(MEMBER, &group, "PUT", "/unarchive", NULL));
    expect(200, at(HELPER, &group, "PUT", "/unarchive", NULL));
    expect(200, at(HELPER, &group, "PUT", "/unarchive", NULL));
    assert_false(c18n_has(record("usergroups", group.id), "archived_on"));
    expect(200, at(JOINED, &group, "PUT", "/join", NULL));
}

/* --- history and files --- */

static void test_history_tells_of_the_group_not_of_joining(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    expect(200, at(MAKER, &group, "PUT", "/archive", NULL));
    c18n_test_answer answer = at(HELPER, &group, "GET", "/history", NULL);
    static const char *const types[] = {"usergroups.created", "usergroups.admin_added", "usergroups.archived"};
    assert_int_equal(c18n_test_count(&answer), sizeof types / sizeof *types);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++)
        assert_string_equal(c18n_text(c18n_test_item(&answer, i), "type"), types[i]);
}

static void test_imports(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = {community, ""};
    char none[C18N_ID_SIZE];
    const char *of = "{'kind':'usergroup','community':'%s','name':'Old','by':'%s','created_on':900000000%s}";
    const char *in = "{'kind':'group_member','usergroup':'%s','user':'%s'%s}";
    assert_int_equal(c18n_test_import(test, json(of, community.id, who(OUTSIDER)->id, ""), none), C18N_INVALID);
    assert_int_equal(c18n_test_import(test, json(of, community.id, who(MAKER)->id, ""), group.id), C18N_OK);
    assert_int_equal(group_number(&group, "created_on"), 900000000);
    assert_int_equal(group_number(&group, "active_on"), 900000000);
    assert_string_equal(group_role_of(&group, MAKER), "owner");
    assert_int_equal(c18n_test_import(test, json(in, group.id, who(JOINED)->id, ""), none), C18N_OK);
    assert_string_equal(none, "");
    assert_int_equal(c18n_test_import(test, json(in, group.id, who(JOINED)->id, ""), none), C18N_EXISTS);
    assert_int_equal(c18n_test_import(test, json(in, group.id, who(MAKER)->id, ""), none), C18N_EXISTS);
    assert_int_equal(c18n_test_import(test, json(in, group.id, who(OUTSIDER)->id, ""), none), C18N_INVALID);
    assert_int_equal(c18n_test_import(test, json(in, group.id, who(HELPER)->id, ",'role':'owner'"), none),
                     C18N_INVALID);
    assert_int_equal(group_number(&group, "users_count"), 2);
    const char *left = json(of, community.id, who(OUTSIDER)->id, ",'role':'none','archived_on':900000009");
    assert_int_equal(c18n_test_import(test, left, group.id), C18N_OK);
    assert_int_equal(group_number(&group, "users_count"), 0);
    assert_int_equal(group_number(&group, "archived_on"), 900000009);
    assert_int_equal(c18n_test_import(test, json(in, group.id, who(HELPER)->id, ",'role':'owner'"), none), C18N_OK);
    assert_string_equal(group_role_of(&group, HELPER), "owner");
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
        cmocka_unit_test(test_a_group_is_one_of_its_own_community_only),
        cmocka_unit_test(test_a_maker_owns_and_the_rest_has_defaults),
        cmocka_unit_test(test_making_is_the_communitys_members),
        cmocka_unit_test(test_changes_lose_nothing_and_the_first_of_two_wins),
        cmocka_unit_test(test_the_most_recently_active_comes_first),
        cmocka_unit_test(test_lists_leave_out_what_is_hidden),
        cmocka_unit_test(test_admins_come_from_members_and_go_back),
        cmocka_unit_test(test_handing_over_leaves_one_owner),
        cmocka_unit_test(test_an_archived_group_is_read_only),
        cmocka_unit_test(test_history_tells_of_the_group_not_of_joining),
        cmocka_unit_test(test_imports),
        cmocka_unit_test(test_views_are_a_function_of_events),
    };
    return cmocka_run_group_tests(tests, groups_open, site_close);
}
