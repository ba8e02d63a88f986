/* test_usergroups_leaving.c: the ways out of a group, whose end is the end of memberships, and what is told at points.
 */
#include "groups.h"

static void test_leaving(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    expect(200, at(JOINED, &group, "PUT", "/leave", NULL));
    assert_heard("before_leave", &group, JOINED, false);
    assert_heard("after_leave", &group, JOINED, false);
    expect(200, at(JOINED, &group, "PUT", "/leave", NULL)); /* twice is once */
    assert_int_equal(group_number(&group, "users_count"), 2);
    c18n_test_answer answer = at(MAKER, &group, "PUT", "/leave", NULL);
    expect(409, answer);
    assert_string_equal(answer.problem, "owner");
    expect(200, about(MAKER, &group, "PUT", "owner", who(HELPER), ""));
    expect(200, at(MAKER, &group, "PUT", "/leave", NULL));
    expect(200, at(HELPER, &group, "PUT", "/leave", NULL)); /* alone */
    assert_true(c18n_has(record("usergroups", group.id), "archived_on"));
    assert_string_equal(c18n_text(heard("after_archive"), "group"), group.id);
    expect(409, at(JOINED, &group, "PUT", "/join", NULL));
    expect(200, at(MODERATOR, &group, "PUT", "/unarchive", NULL));
    expect(200, at(JOINED, &group, "PUT", "/join", NULL));
    expect(200, at(MEMBER, &group, "PUT", "/join", NULL));
    assert_string_equal(group_role_of(&group, JOINED), "owner"); /* the first into an empty group */
    assert_string_equal(group_role_of(&group, MEMBER), "member");
}

static void test_nobody_removes_equals_or_betters(void **state)
{
    (void)state;
    static const struct {
        int by, whom, status;
    } rows[] = {
        {JOINED, HELPER, 403},    {HELPER, MAKER, 409}, {HELPER, HELPER, 403},
        {MODERATOR, HELPER, 403}, {ADMIN, MAKER, 409},  {HELPER, MEMBER, 404},
        {HELPER, JOINED, 200},    {OWNER, HELPER, 200}, {MAKER, MAKER, 409},
    };
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(rows[i].status, about(rows[i].by, &group, "DELETE", "users", who(rows[i].whom), ""));
    assert_heard("before_leave", &group, HELPER, true);
    assert_heard("after_leave", &group, HELPER, true);
    assert_int_equal(group_number(&group, "users_count"), 1);
}

/* Time passes between them, so that the oldest is the one who came first. */
static struct group group_with_age(const struct community *community)
{
    struct group group = group_made(community, "{'name':'N','visibility':'hidden'}");
    static const int order[] = {MEMBER, JOINED, HELPER};
    for (size_t i = 0; i < sizeof order / sizeof *order; i++) {
        c18n_test_move(test, 1);
        group_join(&group, order[i]);
    }
    return group;
}

static void test_who_leaves_the_community_leaves_its_groups(void **state)
{
    (void)state;
    struct community community = groups_community("public"), other = groups_community("public");
    struct group group = group_with_age(&community), apart = group_with_age(&other);
    expect(200, about(MAKER, &group, "PUT", "admins", who(HELPER), ""));
    expect(200, ask(who(MAKER), NULL, "PUT /communities/%s/unsubscribe", community.id));
    assert_heard("after_leave", &group, MAKER, true);
    assert_string_equal(group_role_of(&group, HELPER), "owner"); /* the oldest admin */
    assert_string_equal(group_role_of(&apart, MAKER), "owner");
    expect(200, ask(&cast[OWNER], "{}", "PUT /communities/%s/bans/%s", community.id, who(HELPER)->id));
    assert_heard("after_leave", &group, HELPER, true);
    assert_string_equal(group_role_of(&group, MEMBER), "owner"); /* the oldest member */
    assert_string_equal(group_role_of(&group, JOINED), "member");
    expect(404, at(HELPER, &group, "GET", "", NULL));
    expect(200, ask(&cast[OWNER], "{}", "PUT /communities/%s/bans/%s", community.id, who(MEMBER)->id));
    expect(200, ask(&cast[OWNER], "{}", "PUT /communities/%s/bans/%s", community.id, who(JOINED)->id));
    assert_int_equal(group_number(&group, "users_count"), 0);
    assert_true(c18n_has(record("usergroups", group.id), "archived_on"));
}

static void test_whose_account_ends_leaves_all_groups(void **state)
{
    (void)state;
    struct community communities[2] = {groups_community("public"), groups_community("private")};
    struct group groups[2];
    c18n_test_person gone = c18n_test_person_new(test, "gone", "user");
    for (int i = 0; i < 2; i++) {
        groups[i] = group_new(&communities[i], "hidden");
        community_join(&communities[i], &gone);
        expect(200, about(MAKER, &groups[i], "PUT", "users", &gone, "/invite"));
        expect(200, ask(&gone, NULL, "PUT /communities/%s/usergroups/%s/join", communities[i].id, groups[i].id));
        assert_int_equal(group_number(&groups[i], "users_count"), 4);
    }
    expect(200, ask(&gone, NULL, "DELETE /users/%s", gone.id));
    for (int i = 0; i < 2; i++) {
        assert_int_equal(group_number(&groups[i], "users_count"), 3);
        assert_null(record("group_members", json("%s/%s", groups[i].id, gone.id)));
    }
    assert_true(c18n_boolean(heard("after_leave"), "lost", false));
}

static void test_a_community_ends_with_its_groups(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group groups[2] = {group_new(&community, "open"), group_new(&community, "hidden")};
    size_t before = c18n_test_events(test, "speaker.after_delete");
    expect(200, ask(&cast[OWNER], NULL, "DELETE /communities/%s", community.id));
    assert_int_equal(c18n_test_events(test, "speaker.after_delete"), before + 2);
    for (int i = 0; i < 2; i++) {
        assert_true(c18n_has(record("usergroups", groups[i].id), "deleted_on"));
        expect(410, ask(who(MAKER), NULL, "GET /usergroups/%s/for/group_member", groups[i].id));
    }
    expect(404, ask(who(MEMBER), NULL, "GET /usergroups/%s/for/group_member", groups[1].id));
}

/* --- points --- */

static void test_points_of_every_action(void **state)
{
    (void)state;
    static const char *const in_order[] = {
        "before_create",  "before_join",   "after_create",     "after_join",      "before_update", "after_update",
        "before_archive", "after_archive", "before_unarchive", "after_unarchive", "before_delete", "after_delete",
    };
    struct community community = groups_community("public");
    struct group group = group_made(&community, "{'name':'N'}");
    expect(200, at(MAKER, &group, "PATCH", "", "{'name':'M'}"));
    expect(200, at(MAKER, &group, "PUT", "/archive", NULL));
    expect(200, at(MAKER, &group, "PUT", "/unarchive", NULL));
    expect(200, at(MAKER, &group, "DELETE", "", NULL));
    uint64_t last = 0;
    for (size_t i = 0; i < sizeof in_order / sizeof *in_order; i++) {
        const c18n_doc *subject = heard(in_order[i]);
        assert_string_equal(c18n_text(subject, "group"), group.id);
        assert_string_equal(c18n_text(subject, "user"), who(MAKER)->id);
        uint64_t position = c18n_test_event(test, json("speaker.%s", in_order[i]), -1)->position;
        assert_true(position > last);
        last = position;
    }
    assert_string_equal(c18n_text(heard("before_join"), "role"), "owner");
}

static void test_views_are_a_function_of_events(void **state)
{
    (void)state;
    assert_true(c18n_test_replays_the_same(test));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_leaving),
        cmocka_unit_test(test_nobody_removes_equals_or_betters),
        cmocka_unit_test(test_who_leaves_the_community_leaves_its_groups),
        cmocka_unit_test(test_whose_account_ends_leaves_all_groups),
        cmocka_unit_test(test_a_community_ends_with_its_groups),
        cmocka_unit_test(test_points_of_every_action),
        cmocka_unit_test(test_views_are_a_function_of_events),
    };
    return cmocka_run_group_tests(tests, groups_open, site_close);
}
