/* test_messaging_sockets.c: what is sent and heard on sockets: messages and their acks, who hears of them when, typing.
 */
#include "chat_sockets.h"

static void test_a_message_and_who_hears_it(void **state)
{
    (void)state;
    c18n_test_socket *sender = connected(JOINED), *other = connected(JOINED), *peer = connected(MAKER);
    c18n_test_socket *outsider = connected(MEMBER);
    c18n_test_send(sender, SAY, "a1", group.id, "hello");
    const c18n_doc *ack = acked(sender, "a1");
    assert_int_equal(number(ack, "seq"), 1);
    const c18n_doc *frame = next(peer, "message");
    assert_message(frame, 1, "hello");
    assert_text(group.id, frame, "group");
    assert_text(c18n_text(ack, "_id"), frame, "_id");
    assert_text(who(JOINED)->id, frame, "by");
    assert_int_equal(number(frame, "created_on"), number(ack, "created_on"));
    assert_true(c18n_has(frame, "reply_to"));
    assert_int_equal(c18n_raw(frame, "media").length, 2);
    static const char *const hidden[] = {"client", "likes", "conversation", "message", "_rev", "active", "request"};
    for (size_t i = 0; i < sizeof hidden / sizeof *hidden; i++)
        assert_false(c18n_has(frame, hidden[i]));
    assert_message(next(other, "message"), 1, "hello");
    assert_silent(sender);
    assert_silent(outsider);
    said(MAKER, &group, "by REST");
    assert_message(next(sender, "message"), 2, "by REST");
    assert_message(next(peer, "message"), 2, "by REST"); /* there is no sending socket */
}

static void test_the_same_id_is_the_same_message(void **state)
{
    (void)state;
    c18n_test_socket *sender = connected(JOINED), *peer = connected(MAKER);
    const char *id = json("id-%s", group.id);
    c18n_test_send(sender, SAY, id, group.id, "once");
    const char *first = c18n_text(acked(sender, id), "_id");
    c18n_test_hang_up(sender);
    sender = connected(JOINED);
    c18n_test_send(sender, SAY, id, group.id, "once");
    const c18n_doc *again = acked(sender, id);
    assert_text(first, again, "_id");
    assert_int_equal(number(again, "seq"), 1);
    c18n_test_send(sender, SAY, id, group.id, "something else"); /* the id alone says which message is meant */
    assert_text(first, acked(sender, id), "_id");
    c18n_test_send(sender, TELL, id, who(MAKER)->id, "once");
    assert_text(first, acked(sender, id), "_id");
    c18n_test_send(peer, SAY, id, group.id, "by another with that id");
    assert_message(next(peer, "message"), 1, "once");
    assert_int_equal(number(acked(peer, id), "seq"), 2);
    c18n_test_send(sender, "{'id':'e','kind':'edit','message':'%s','content':'twice'}", first);
    assert_message(next(sender, "message"), 2, "by another with that id");
    acked(sender, "e");
    c18n_test_send(sender, SAY, id, group.id, "once"); /* as it was when it was sent */
    assert_text(first, acked(sender, id), "_id");
    c18n_test_send(sender, "{'id':'d','kind':'delete','message':'%s'}", first);
    acked(sender, "d");
    c18n_test_send(sender, SAY, id, group.id, "once");
    assert_text(first, acked(sender, id), "_id");
}

static void test_what_is_refused(void **state)
{
    (void)state;
    c18n_test_socket *socket = connected(JOINED), *outsider = connected(MEMBER);
    c18n_test_send(socket, "{'id':'1','kind':'message','content':'x'}");
    nacked(socket, "invalid_field");
    c18n_test_send(socket, "{'id':'2','kind':'message','group':'%s','user':'%s','content':'x'}", group.id,
                   who(MAKER)->id);
    nacked(socket, "invalid_field");
    c18n_test_send(socket, SAY, "3", group.id, " ");
    nacked(socket, "invalid_field");
    c18n_test_send(socket, SAY, "4", "0193a000-0000-7000-8000-000000000000", "x");
    nacked(socket, "not_found");
    c18n_test_send(outsider, SAY, "5", group.id, "x");
    nacked(outsider, "forbidden");
    struct message message = said(JOINED, &group, "x");
    c18n_test_send(outsider, "{'id':'6','kind':'like','message':'%s','value':1}", message.id);
    nacked(outsider, "not_found");
    c18n_test_send(outsider, "{'id':'7','kind':'edit','message':'%s','content':'y'}", message.id);
    nacked(outsider, "not_found");
    c18n_test_send(outsider, "{'id':'8','kind':'delete','message':'%s'}", message.id);
    nacked(outsider, "not_found");
    next(socket, "message");
    c18n_test_send(socket, "{'id':'9','kind':'like','message':'%s','value':2}", message.id);
    nacked(socket, "invalid_field");
    expect(200, at(MAKER, &group, "PUT", "/archive", NULL));
    c18n_test_send(socket, SAY, "10", group.id, "x");
    nacked(socket, "archived");
}

static void test_changes_are_told(void **state)
{
    (void)state;
    c18n_test_socket *sender = connected(JOINED), *peer = connected(MAKER);
    struct message message = said(JOINED, &group, "first");
    next(sender, "message");
    next(peer, "message");
    c18n_test_send(sender, "{'id':'1','kind':'edit','message':'%s','content':'second'}", message.id);
    acked(sender, "1");
    const c18n_doc *frame = next(peer, "edit");
    assert_text(message.id, frame, "message");
    assert_text(group.id, frame, "group");
    assert_text("second", frame, "content");
    assert_int_equal(number(frame, "edited_on"), c18n_test_now(test));
    c18n_test_send(peer, "{'id':'2','kind':'like','message':'%s','value':-1}", message.id);
    assert_int_equal(number(acked(peer, "2"), "dislikes"), 1);
    frame = next(sender, "like");
    assert_text(who(MAKER)->id, frame, "by");
    assert_int_equal(number(frame, "value"), -1);
    assert_int_equal(number(frame, "likes"), 0);
    assert_int_equal(number(frame, "dislikes"), 1);
    c18n_test_send(peer, "{'id':'3','kind':'like','message':'%s','value':-1}", message.id);
    acked(peer, "3");
    assert_silent(sender);                                                         /* nothing has changed */
    c18n_test_send(peer, "{'id':'4','kind':'delete','message':'%s'}", message.id); /* the group is theirs */
    acked(peer, "4");
    assert_text(message.id, next(sender, "delete"), "message");
    c18n_test_send(sender, "{'id':'5','kind':'edit','message':'%s','content':'third'}", message.id);
    nacked(sender, "gone");
}

static void test_people_are_told_of_each_other(void **state)
{
    (void)state;
    c18n_test_socket *joined = connected(JOINED), *twin = connected(JOINED), *helper = connected(HELPER);
    c18n_test_send(joined, TELL, "p1", who(HELPER)->id, "psst");
    acked(joined, "p1");
    const c18n_doc *frame = next(helper, "message");
    assert_message(frame, 1, "psst");
    assert_text(who(JOINED)->id, frame, "user");
    frame = next(twin, "message");
    assert_text(who(HELPER)->id, frame, "user");
    c18n_test_send(helper, TELL, "p2", who(JOINED)->id, "what?");
    acked(helper, "p2");
    assert_message(next(joined, "message"), 2, "what?");
    assert_message(next(twin, "message"), 2, "what?");
    c18n_test_send(helper, "{'kind':'typing','user':'%s'}", who(JOINED)->id);
    frame = next(joined, "typing");
    assert_text(who(HELPER)->id, frame, "user");
    assert_text(who(HELPER)->id, frame, "by");
    assert_silent(helper);
    expect(200, ask(who(JOINED), NULL, "PUT /users/%s/block", who(HELPER)->id));
    c18n_test_move(test, 4);
    next(twin, "typing");
    c18n_test_send(helper, "{'kind':'typing','user':'%s'}", who(JOINED)->id);
    c18n_test_send(helper, TELL, "p3", who(JOINED)->id, "hello?");
    nacked(helper, "blocked");
    c18n_test_socket *late = connected(HELPER);
    c18n_test_send(late, "{'kind':'typing','user':'%s'}", who(JOINED)->id);
    expect(200, ask(who(JOINED), NULL, "DELETE /users/%s/block", who(HELPER)->id));
    c18n_test_move(test, 4);
    c18n_test_send(helper, "{'kind':'typing','user':'%s'}", who(JOINED)->id);
    next(joined, "typing");
    c18n_test_send(helper, TELL, "p4", who(JOINED)->id, "there you are");
    acked(helper, "p4");
    assert_message(next(joined, "message"), 3, "there you are");
}

/* Whom nobody knows is heard, but not listened to. */
static void test_a_request(void **state)
{
    (void)state;
    c18n_test_socket *stranger = connected(OUTSIDER), *asked = connected(JOINED);
    c18n_test_send(stranger, TELL, "q1", who(JOINED)->id, "hi");
    acked(stranger, "q1");
    const c18n_doc *frame = next(asked, "message");
    assert_true(c18n_boolean(frame, "request", false));
    assert_text(who(OUTSIDER)->id, frame, "user");
    c18n_test_send(stranger, "{'kind':'typing','user':'%s'}", who(JOINED)->id);
    assert_silent(asked);
    expect(200, ask(who(JOINED), NULL, "PUT /users/%s/messages/accept", who(OUTSIDER)->id));
    c18n_test_move(test, 4);
    c18n_test_send(stranger, "{'kind':'typing','user':'%s'}", who(JOINED)->id);
    next(asked, "typing");
    c18n_test_send(stranger, TELL, "q2", who(JOINED)->id, "again");
    acked(stranger, "q2");
    frame = next(asked, "message");
    assert_message(frame, 2, "again");
    assert_false(c18n_has(frame, "request"));
}

/* What comes as a request is not heard again by its log. */
static void test_a_request_is_heard_once(void **state)
{
    (void)state;
    c18n_test_socket *stranger = connected(BANNED), *asked = connected(JOINED);
    c18n_test_send(stranger, TELL, "s1", who(JOINED)->id, "one");
    assert_message(next(asked, "message"), 1, "one");
    resume(asked, epoch(), who(BANNED)->id, 0);
    assert_recovered(asked, false);
    c18n_test_send(stranger, TELL, "s2", who(JOINED)->id, "two");
    assert_message(next(asked, "message"), 2, "two");
    c18n_test_send(asked, TELL, "s3", who(BANNED)->id, "three");
    acked(asked, "s3");
    c18n_test_send(stranger, TELL, "s4", who(JOINED)->id, "four");
    assert_message(next(asked, "message"), 4, "four");
    assert_silent(asked);
    c18n_test_socket *late = connected(JOINED);
    resume(late, epoch(), who(BANNED)->id, 2);
    assert_recovered(late, true);
    assert_message(next(late, "message"), 3, "three");
    assert_message(next(late, "message"), 4, "four");
}

static void test_marks_are_told_to_oneself(void **state)
{
    (void)state;
    c18n_test_socket *here = connected(JOINED), *there = connected(JOINED), *peer = connected(MAKER);
    said(MAKER, &group, "x");
    next(here, "message");
    next(there, "message");
    next(peer, "message");
    c18n_test_send(here, "{'id':'r','kind':'read','group':'%s','seq':9}", group.id);
    assert_int_equal(number(acked(here, "r"), "seq"), 1);
    const c18n_doc *frame = next(there, "read");
    assert_text(group.id, frame, "group");
    assert_int_equal(number(frame, "seq"), 1);
    c18n_test_send(here, "{'id':'s','kind':'read','group':'%s','seq':1}", group.id);
    acked(here, "s");
    assert_silent(there);
    assert_silent(peer);
}

static void test_typing_has_its_pace(void **state)
{
    (void)state;
    c18n_test_socket *socket = connected(JOINED), *peer = connected(MAKER), *outsider = connected(MEMBER);
    c18n_test_send(socket, "{'kind':'typing','group':'%s'}", group.id);
    assert_text(who(JOINED)->id, next(peer, "typing"), "by");
    c18n_test_send(socket, "{'kind':'typing','group':'%s'}", group.id);
    assert_silent(peer);
    c18n_test_move_ms(test, 2900);
    c18n_test_send(socket, "{'kind':'typing','group':'%s'}", group.id);
    assert_silent(peer);
    c18n_test_move_ms(test, 200);
    c18n_test_send(socket, "{'kind':'typing','group':'%s'}", group.id);
    next(peer, "typing");
    c18n_test_send(outsider, "{'kind':'typing','group':'%s'}", group.id); /* is not in it */
    c18n_test_send(socket, "{'kind':'typing'}");
    assert_silent(peer);
    assert_silent(socket);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_message_and_who_hears_it),
        TEST(test_the_same_id_is_the_same_message),
        TEST(test_what_is_refused),
        TEST(test_changes_are_told),
        TEST(test_people_are_told_of_each_other),
        TEST(test_a_request),
        TEST(test_a_request_is_heard_once),
        TEST(test_marks_are_told_to_oneself),
        TEST(test_typing_has_its_pace),
    };
    return cmocka_run_group_tests(tests, open_all, site_close);
}
