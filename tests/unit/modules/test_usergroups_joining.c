/* test_usergroups_joining.c: the ways into a group, and how many there may be in it. The ways out:
 * test_usergroups_leaving.c. */
#include "groups.h"

#define INVITE_TTL (14 * 86400) /* the default of usergroups.invite_ttl */

static const char *invite_of(const struct group *group, int by, int whom)
{
    c18n_test_answer answer = about(by, group, "PUT", "users", who(whom), "/invite");
    expect(200, answer);
    assert_string_equal(c18n_text(answer.doc, "status"), "pending");
    return c18n_text(answer.doc, "_id");
}

static c18n_test_answer answer_invite(int role, const struct group *group, const char *invite, const char *word)
{
    return at(role, group, "PUT", json("/invite/%s/%s", invite, word), NULL);
}

static const char *invite_status(const struct group *group, int role)
{
    c18n_test_answer answer = about(role, group, "GET", "users", who(role), "/invite");
    expect(200, answer);
    return c18n_text(answer.doc, "status");
}

/* --- in --- */

static void test_joining_by_role_and_visibility(void **state)
{
    (void)state;
    static const struct {
        const char *visibility;
        int role, status;
        const char *membership;
    } rows[] = {
        {"open", NOBODY, 401, NULL},     {"open", OUTSIDER, 403, NULL},     {"open", BANNED, 403, NULL},
        {"open", MEMBER, 200, "member"}, {"open", OWNER, 200, "member"},    {"open", ADMIN, 409, NULL},
        {"open", JOINED, 200, "member"}, {"open", HELPER, 200, "admin"},    {"open", MAKER, 200, "owner"},
        {"closed", OUTSIDER, 403, NULL}, {"closed", MEMBER, 403, NULL},     {"closed", MODERATOR, 403, NULL},
        {"closed", ADMIN, 409, NULL},    {"closed", JOINED, 200, "member"}, {"hidden", OUTSIDER, 404, NULL},
        {"hidden", MEMBER, 404, NULL},   {"hidden", MODERATOR, 404, NULL},  {"hidden", ADMIN, 409, NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct community community = groups_community("public");
        struct group group = group_new(&community, rows[i].visibility);
        for (int twice = 0; twice < 2; twice++) {
            c18n_test_answer answer = at(rows[i].role, &group, "PUT", "/join", NULL);
            expect(rows[i].status, answer);
            if (rows[i].membership)
                assert_string_equal(c18n_text(answer.doc, "membership"), rows[i].membership);
        }
        bool counted = rows[i].status == 200 && rows[i].role < JOINED;
        assert_int_equal(group_number(&group, "users_count"), 3 + counted);
    }
}

/* An admin passes all policies, and belongs to a community like everybody. */
static void test_an_admin_needs_no_invite_but_the_community(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "hidden");
    expect(200, ask(&cast[ADMIN], NULL, "PUT /communities/%s/subscribe", community.id));
    expect(200, at(ADMIN, &group, "PUT", "/join", NULL));
    assert_string_equal(group_role_of(&group, ADMIN), "member");
}

/* Whichever call into the host fails: nobody comes in by that. */
static void test_doors_stay_shut_when_memory_or_storage_fails(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group closed = group_new(&community, "closed"), hidden = group_new(&community, "hidden");
    const struct group *const groups[] = {&closed, &hidden};
    for (int i = 0; i < 2; i++) {
        uint64_t nth = 0;
        do {
            c18n_test_fail(test, ++nth, C18N_NO_MEMORY);
            c18n_test_answer answer = at(i ? MEMBER : BANNED, groups[i], "PUT", "/join", NULL);
            if (answer.status < 400)
                fail_msg("%s failed, and the answer is %d", c18n_test_failed(test), answer.status);
        } while (c18n_test_failed(test));
        c18n_test_fail(test, 0, C18N_OK);
        assert_true(nth > 5);
    }
}

static void test_an_invites_life(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "hidden");
    expect(404, at(MEMBER, &group, "GET", "/users", NULL));
    const char *invite = invite_of(&group, JOINED, MEMBER);
    assert_string_equal(invite_of(&group, HELPER, MEMBER), invite); /* twice is once */
    assert_string_equal(invite_status(&group, MEMBER), "pending");
    expect(200, about(JOINED, &group, "GET", "users", who(MEMBER), "/invite"));
    expect(200, about(MAKER, &group, "GET", "users", who(MEMBER), "/invite"));
    expect(404, about(MODERATOR, &group, "GET", "users", who(MEMBER), "/invite"));
    expect(404, at(MEMBER, &group, "GET", "", NULL)); /* invited, and not in yet */
    expect(403, answer_invite(MAKER, &group, invite, "accept"));
    expect(404, answer_invite(JOINED, &group, invite, "accept"));
    expect(404, answer_invite(MODERATOR, &group, invite, "decline"));
    expect(403, answer_invite(ADMIN, &group, invite, "accept"));
    c18n_test_answer answer = answer_invite(MEMBER, &group, invite, "accept");
    expect(200, answer);
    assert_string_equal(c18n_text(answer.doc, "_id"), group.id);
    assert_string_equal(group_role_of(&group, MEMBER), "member");
    assert_string_equal(invite_status(&group, MEMBER), "accepted");
    expect(409, answer_invite(MEMBER, &group, invite, "decline"));
    expect(409, about(MAKER, &group, "PUT", "users", who(MEMBER), "/invite"));
    expect(200, at(MEMBER, &group, "PUT", "/leave", NULL));
    expect(404, at(MEMBER, &group, "PUT", "/join", NULL)); /* an invite is used once */
}

static void test_invites_that_come_to_nothing(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "closed");
    const char *invite = invite_of(&group, JOINED, MEMBER);
    expect(200, answer_invite(MEMBER, &group, invite, "decline"));
    assert_string_equal(invite_status(&group, MEMBER), "declined");
    expect(403, at(MEMBER, &group, "PUT", "/join", NULL));
    invite = invite_of(&group, JOINED, MEMBER); /* invited again */
    expect(403, about(MEMBER, &group, "DELETE", "users", who(MEMBER), "/invite"));
    expect(200, about(JOINED, &group, "DELETE", "users", who(MEMBER), "/invite"));
    expect(410, answer_invite(MEMBER, &group, invite, "accept"));
    expect(403, at(MEMBER, &group, "PUT", "/join", NULL));
    invite = invite_of(&group, MAKER, MEMBER);
    expect(403, about(JOINED, &group, "DELETE", "users", who(MEMBER), "/invite"));
    c18n_test_move(test, INVITE_TTL);
    for (int role = OUTSIDER; role < ASKERS; role++)
        c18n_test_person_sign(test, role < ROLES ? &cast[role] : &crew[role]);
    assert_string_equal(invite_status(&group, MEMBER), "expired");
    expect(409, answer_invite(MEMBER, &group, invite, "accept"));
    expect(409, about(MAKER, &group, "DELETE", "users", who(MEMBER), "/invite"));
    assert_string_not_equal(invite_of(&group, MAKER, MEMBER), invite);
    assert_string_equal(group_role_of(&group, MEMBER), "none");
}

static void test_only_the_communitys_members_are_invited(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    expect(409, about(MAKER, &group, "PUT", "users", who(OUTSIDER), "/invite"));
    expect(409, about(MAKER, &group, "PUT", "users", who(BANNED), "/invite"));
    const char *invite = invite_of(&group, MAKER, MEMBER);
    expect(200, ask(&cast[MEMBER], NULL, "PUT /communities/%s/unsubscribe", community.id));
    expect(403, answer_invite(MEMBER, &group, invite, "accept"));
    community_join(&community, &cast[MEMBER]);
    expect(200, answer_invite(MEMBER, &group, invite, "accept"));
}

/* --- hooks --- */

static void test_a_hook_keeps_people_out_and_in(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    expect(200, at(MAKER, &group, "PATCH", "", "{'name':'Shut'}"));
    c18n_test_answer answer = at(MEMBER, &group, "PUT", "/join", NULL);
    expect(403, answer);
    assert_string_equal(answer.problem, "shut");
    expect(403, answer_invite(MEMBER, &group, invite_of(&group, MAKER, MEMBER), "accept"));
    assert_string_equal(invite_status(&group, MEMBER), "pending"); /* all is undone */
    expect(403, at(JOINED, &group, "PUT", "/leave", NULL));
    expect(403, about(MAKER, &group, "DELETE", "users", who(JOINED), ""));
    expect(200, ask(who(JOINED), NULL, "PUT /communities/%s/unsubscribe", community.id));
    assert_string_equal(group_role_of(&group, JOINED), "none");
}

/* --- limits --- */

#define USUAL "users {\npassword_memory = 8\npassword_passes = 1\n}\n"

static void set(const char *settings)
{
    assert_int_equal(c18n_test_reload(test, json(USUAL "usergroups {\n%s\n}\n", settings), NULL), C18N_OK);
}

static void test_a_group_has_so_many_members(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    struct group group = group_new(&community, "open");
    set("members = 3");
    c18n_test_answer answer = at(MEMBER, &group, "PUT", "/join", NULL);
    expect(409, answer);
    assert_string_equal(answer.problem, "full");
    expect(409, answer_invite(MEMBER, &group, invite_of(&group, MAKER, MEMBER), "accept"));
    expect(200, at(JOINED, &group, "PUT", "/leave", NULL));
    expect(200, at(MEMBER, &group, "PUT", "/join", NULL));
    set("members = 10000");
}

static void test_a_person_is_in_so_many_groups(void **state)
{
    (void)state;
    struct community community = groups_community("public");
    c18n_test_person busy = c18n_test_person_new(test, "busy", "user");
    community_join(&community, &busy);
    struct group groups[3];
    for (int i = 0; i < 3; i++)
        groups[i] = group_new(&community, "open");
    set("groups = 2");
    for (int i = 0; i < 3; i++) {
        c18n_test_answer answer =
            ask(&busy, NULL, "PUT /communities/%s/usergroups/%s/join", community.id, groups[i].id);
        expect(i < 2 ? 200 : 409, answer);
        assert_string_equal(answer.problem, i < 2 ? "" : "groups");
    }
    expect(409, ask(&busy, "{'name':'N'}", "POST /communities/%s/usergroups/new", community.id));
    expect(200, at(MAKER, &groups[0], "DELETE", "", NULL)); /* makes room, though its membership is still there */
    assert_non_null(record("group_members", json("%s/%s", groups[0].id, busy.id)));
    expect(200, ask(&busy, NULL, "PUT /communities/%s/usergroups/%s/join", community.id, groups[2].id));
    assert_null(record("group_members", json("%s/%s", groups[0].id, busy.id)));
    expect(409, ask(&busy, "{'name':'N'}", "POST /communities/%s/usergroups/new", community.id));
    set("groups = 1000");
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
        cmocka_unit_test(test_an_admin_needs_no_invite_but_the_community),
        cmocka_unit_test(test_doors_stay_shut_when_memory_or_storage_fails),
        cmocka_unit_test(test_an_invites_life),
        cmocka_unit_test(test_invites_that_come_to_nothing),
        cmocka_unit_test(test_only_the_communitys_members_are_invited),
        cmocka_unit_test(test_a_hook_keeps_people_out_and_in),
        cmocka_unit_test(test_a_group_has_so_many_members),
        cmocka_unit_test(test_a_person_is_in_so_many_groups),
        cmocka_unit_test(test_views_are_a_function_of_events),
    };
    return cmocka_run_group_tests(tests, groups_open, site_close);
}
