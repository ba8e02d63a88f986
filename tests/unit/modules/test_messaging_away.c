/* test_messaging_away.c: who was away catches up; who joins and leaves; who is there. */
#include "chat_sockets.h"

static void test_who_was_away_catches_up(void **state)
{
    (void)state;
    for (int i = 1; i <= 300; i++)
        said(MAKER, &group, json("number %d", i));
    c18n_test_socket *socket = connected(JOINED);
    resume(socket, epoch(), group.id, 100);
    assert_recovered(socket, true);
    for (int i = 101; i <= 300; i++)
        assert_message(next(socket, "message"), i, json("number %d", i));
    assert_silent(socket);
    said(MAKER, &group, "new");
    assert_message(next(socket, "message"), 301, "new");
}

static void test_what_cannot_be_resumed(void **state)
{
    (void)state;
    said(MAKER, &group, "x");
    c18n_test_socket *socket = connected(JOINED), *outsider = connected(MEMBER);
    resume(socket, "01900000-0000-7000-8000-000000000000", group.id, 0);
    assert_recovered(socket, false);
    resume(socket, epoch(), group.id, 2);
    assert_recovered(socket, false);
    resume(outsider, epoch(), group.id, 0);
    assert_recovered(outsider, false);
    resume(socket, epoch(), who(OWNER)->id, 0);
    assert_recovered(socket, false);
    assert_silent(socket);
    static const char *const bad[] = {"7",
                                      "[]",
                                      "{'x':1}",
                                      "{'0193a000-0000-7000-8000-000000000000':-1}",
                                      "{'0193a000-0000-7000-8000-000000000000':'1'}",
                                      "{'0193a000-0000-7000-8000-000000000000':1.5}"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        c18n_test_send(socket, "{'id':'b','kind':'resume','epoch':'%s','positions':%s}", epoch(), json("%s", bad[i]));
        nacked(socket, "invalid_field");
    }
    c18n_test_send(socket, "{'id':'n','kind':'resume','epoch':'%s','positions':{}}", epoch());
    acked(socket, "n");
}

static void test_what_was_deleted_comes_empty(void **state)
{
    (void)state;
    struct message message = said(MAKER, &group, "secret");
    struct message changed = said(MAKER, &group, "first");
    expect(200, of_message(MAKER, &group, &message, "DELETE", "", NULL));
    expect(200, of_message(MAKER, &group, &changed, "PATCH", "", "{'content':'second'}"));
    c18n_test_socket *socket = connected(JOINED);
    resume(socket, epoch(), group.id, 0);
    assert_recovered(socket, true);
    const c18n_doc *frame = next(socket, "message");
    assert_message(frame, 1, "");
    assert_true(c18n_boolean(frame, "deleted", false));
    frame = next(socket, "message");
    assert_message(frame, 2, "second");
    assert_true(c18n_has(frame, "edited_on"));
}

static void test_history_begins_with_joining(void **state)
{
    (void)state;
    group = group_made(&community, "{'name':'Private','history':'joined'}");
    said(MAKER, &group, "before");
    c18n_test_socket *socket = connected(JOINED);
    group_join(&group, JOINED);
    said(MAKER, &group, "after");
    assert_message(next(socket, "message"), 2, "after");
    resume(socket, epoch(), group.id, 0);
    assert_recovered(socket, true);
    assert_message(next(socket, "message"), 2, "after");
    assert_silent(socket);
}

static void test_who_leaves_hears_no_more(void **state)
{
    (void)state;
    c18n_test_socket *socket = connected(JOINED);
    expect(200, at(JOINED, &group, "PUT", "/leave", NULL));
    assert_text(group.id, next(socket, "left"), "group");
    said(MAKER, &group, "gone?");
    assert_silent(socket);
    assert_int_equal(c18n_test_closed(socket), 0);
    group_join(&group, JOINED);
    said(MAKER, &group, "back");
    assert_message(next(socket, "message"), 2, "back");
    expect(200, about(HELPER, &group, "DELETE", "users", who(JOINED), ""));
    next(socket, "left");
    said(MAKER, &group, "out");
    assert_silent(socket);
}

static void test_a_deleted_group_is_over(void **state)
{
    (void)state;
    c18n_test_socket *socket = connected(JOINED), *maker = connected(MAKER);
    expect(200, at(MAKER, &group, "DELETE", "", NULL));
    next(socket, "left");
    next(maker, "left");
    c18n_test_send(maker, "{'kind':'typing','group':'%s'}", group.id);
    assert_silent(socket);
    c18n_test_send(maker, SAY, "g", group.id, "x");
    nacked(maker, "gone");
}

/* --- presence --- */

static void assert_presence(c18n_test_socket *socket, int role, const char *status)
{
    const c18n_doc *frame = next(socket, "presence");
    assert_text(who(role)->id, frame, "user");
    assert_text(status, frame, "status");
}

static size_t present(int role)
{
    c18n_test_answer answer = ask(who(role), NULL, "GET /usergroups/%s/presence", group.id);
    expect(200, answer);
    return c18n_test_count(&answer);
}

static void test_who_is_there(void **state)
{
    (void)state;
    c18n_test_socket *watcher = connected(MAKER);
    c18n_test_move(test, 2);
    assert_presence(watcher, MAKER, "online");
    assert_int_equal(present(MAKER), 1);
    c18n_test_socket *first = connected(JOINED), *second = connected(JOINED);
    c18n_test_move(test, 2);
    assert_presence(watcher, JOINED, "online");
    assert_null(c18n_test_received(watcher)); /* once, though they share more than one group and have two sockets */
    assert_int_equal(present(HELPER), 2);
    c18n_test_hang_up(first);
    c18n_test_move(test, 30);
    assert_null(c18n_test_received(watcher));
    c18n_test_hang_up(second);
    c18n_test_move(test, 5);
    assert_null(c18n_test_received(watcher)); /* within the grace */
    first = connected(JOINED);
    c18n_test_move(test, 30);
    assert_null(c18n_test_received(watcher));
    c18n_test_hang_up(first);
    c18n_test_move(test, 5);
    assert_int_equal(present(MAKER), 2);
    c18n_test_move(test, 8);
    assert_presence(watcher, JOINED, "offline");
    assert_int_equal(present(MAKER), 1);
    expect(403, ask(who(MEMBER), NULL, "GET /usergroups/%s/presence", group.id));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_who_was_away_catches_up),
        TEST(test_what_cannot_be_resumed),
        TEST(test_what_was_deleted_comes_empty),
        TEST(test_history_begins_with_joining),
        TEST(test_who_leaves_hears_no_more),
        TEST(test_a_deleted_group_is_over),
        TEST(test_who_is_there),
    };
    return cmocka_run_group_tests(tests, open_all, site_close);
}
