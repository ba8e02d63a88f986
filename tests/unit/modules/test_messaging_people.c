/* test_messaging_people.c: people write to each other directly: strangers and requests, blocks; all conversations of a
 * person, what they have read and what not. Each test has people of its own. */
#include "chat.h"

#include <stdio.h>

static struct community community;

/* Two who know each other, and one who knows nobody. */
static c18n_test_person ada, bob, eve;

static void meet(const c18n_test_person *person)
{
    expect(200, ask(person, NULL, "PUT /communities/%s/subscribe", community.id));
}

static int open_people(void **state)
{
    static int count;
    (void)state;
    count++;
    ada = c18n_test_person_new(test, json("ada%d", count), "user");
    bob = c18n_test_person_new(test, json("bob%d", count), "user");
    eve = c18n_test_person_new(test, json("eve%d", count), "user");
    meet(&ada);
    meet(&bob);
    return 0;
}

static c18n_test_answer tell(const c18n_test_person *from, const c18n_test_person *to, const char *body)
{
    return ask(from, body, "POST /users/%s/messages/new", to->id);
}

static c18n_test_answer put(const c18n_test_person *person, const c18n_test_person *about, const char *what)
{
    return ask(person, NULL, "PUT /users/%s/%s", about->id, what);
}

/* What GET /conversations says of the one with `peer`; NULL: it has none. */
static const c18n_doc *with(const c18n_test_person *person, const char *peer)
{
    c18n_test_answer answer = ask(person, NULL, "GET /conversations?limit=100");
    expect(200, answer);
    for (size_t i = 0; i < c18n_test_count(&answer); i++)
        if (strcmp(c18n_text(c18n_test_item(&answer, i), "_id"), peer) == 0)
            return c18n_test_item(&answer, i);
    return NULL;
}

#define WORDS "{'content':'words'}"

static void test_each_sees_the_other(void **state)
{
    (void)state;
    c18n_test_answer answer = tell(&ada, &bob, "{'content':'hello'}");
    expect(200, answer);
    assert_text(bob.id, answer.doc, "user");
    assert_int_equal(number(answer.doc, "seq"), 1);
    assert_int_equal(number(tell(&bob, &ada, WORDS).doc, "seq"), 2);
    c18n_test_answer list = ask(&bob, NULL, "GET /users/%s/messages", ada.id);
    assert_int_equal(c18n_test_count(&list), 2);
    assert_text(ada.id, c18n_test_item(&list, 1), "user");
    assert_text("hello", c18n_test_item(&list, 1), "content");
    assert_text("direct", with(&ada, bob.id), "kind");
    assert_text("open", with(&ada, bob.id), "status");
    assert_text("open", with(&bob, ada.id), "status");
}

static void test_nobody_else_sees_it(void **state)
{
    (void)state;
    c18n_test_answer said = tell(&ada, &bob, WORDS);
    const char *id = c18n_text(said.doc, "_id");
    expect(404, ask(&eve, NULL, "GET /users/%s/messages/%s", ada.id, id));
    expect(404, ask(&eve, NULL, "GET /users/%s/messages/%s", bob.id, id));
    expect(404, ask(&cast[ADMIN], NULL, "GET /users/%s/messages/%s", bob.id, id));
    expect(403, ask(&bob, "{'content':'x'}", "PATCH /users/%s/messages/%s", ada.id, id));
    expect(403, ask(&bob, NULL, "DELETE /users/%s/messages/%s", ada.id, id));
    expect(403, ask(&bob, NULL, "GET /users/%s/messages/%s/history", ada.id, id));
    expect(200, ask(&bob, NULL, "PUT /users/%s/messages/%s/like", ada.id, id));
    c18n_test_answer none = ask(&eve, NULL, "GET /users/%s/messages", ada.id);
    assert_int_equal(c18n_test_count(&none), 0);
    assert_null(with(&eve, ada.id));
    expect(401, ask(NULL, NULL, "GET /users/%s/messages", ada.id));
    expect(404, ask(&ada, WORDS, "POST /users/0193a000-0000-7000-8000-000000000000/messages/new"));
}

static void test_notes_to_oneself(void **state)
{
    (void)state;
    expect(200, tell(&ada, &ada, "{'content':'milk'}"));
    assert_int_equal(number(tell(&ada, &ada, "{'content':'bread'}").doc, "seq"), 2);
    assert_int_equal(number(with(&ada, ada.id), "unread"), 0);
    assert_int_equal(number(with(&ada, ada.id), "last_seq"), 2);
}

static void test_who_has_left_is_not_written_to(void **state)
{
    (void)state;
    expect(200, tell(&ada, &bob, WORDS));
    expect(200, ask(&bob, NULL, "DELETE /users/%s", bob.id));
    expect(410, tell(&ada, &bob, WORDS));
    expect(410, tell(&eve, &bob, WORDS));
    c18n_test_answer list = ask(&ada, NULL, "GET /users/%s/messages", bob.id);
    assert_int_equal(c18n_test_count(&list), 1);
    assert_int_equal(number(with(&ada, bob.id), "last_seq"), 1);
}

/* --- requests --- */

static void test_a_stranger_asks(void **state)
{
    (void)state;
    expect(200, tell(&eve, &bob, WORDS));
    assert_text("pending", with(&eve, bob.id), "status");
    assert_text("request", with(&bob, eve.id), "status");
    assert_int_equal(number(with(&bob, eve.id), "unread"), 1);
    expect(200, tell(&eve, &bob, WORDS));
    assert_problem("no_request", 409, put(&eve, &bob, "messages/accept"));
    assert_problem("no_request", 409, put(&eve, &bob, "messages/decline"));
    c18n_test_answer accepted = put(&bob, &eve, "messages/accept");
    expect(200, accepted);
    assert_text("open", accepted.doc, "status");
    expect(200, put(&bob, &eve, "messages/accept"));
    assert_text("open", with(&eve, bob.id), "status");
    assert_problem("no_request", 409, put(&bob, &eve, "messages/decline"));
    assert_problem("no_request", 409, put(&bob, &ada, "messages/accept"));
}

static void test_to_answer_is_to_accept(void **state)
{
    (void)state;
    expect(200, tell(&eve, &bob, WORDS));
    expect(200, tell(&bob, &eve, WORDS));
    assert_text("open", with(&eve, bob.id), "status");
    assert_text("open", with(&bob, eve.id), "status");
}

static void test_what_is_declined_is_out_of_sight(void **state)
{
    (void)state;
    expect(200, tell(&eve, &bob, WORDS));
    expect(200, put(&bob, &eve, "messages/decline"));
    expect(200, put(&bob, &eve, "messages/decline"));
    assert_problem("declined", 403, tell(&eve, &bob, WORDS));
    assert_null(with(&bob, eve.id));
    expect(200, tell(&bob, &eve, WORDS)); /* changes their mind */
    expect(200, tell(&eve, &bob, WORDS));
    assert_text("open", with(&bob, eve.id), "status");
}

static void test_strangers_may_say_so_much(void **state)
{
    (void)state;
    const char *why;
    assert_int_equal(c18n_test_reload(test,
                                      "users {\npassword_memory = 8\npassword_passes = 1\n}\n"
                                      "messaging {\nstranger_messages = 2\n}\n",
                                      &why),
                     C18N_OK);
    expect(200, tell(&eve, &bob, WORDS));
    expect(200, tell(&eve, &bob, WORDS));
    assert_problem("request_pending", 403, tell(&eve, &bob, WORDS));
    expect(200, put(&bob, &eve, "messages/accept"));
    for (int i = 0; i < 3; i++)
        expect(200, tell(&eve, &bob, WORDS));
    assert_int_equal(c18n_test_reload(test,
                                      "users {\npassword_memory = 8\npassword_passes = 1\n}\n"
                                      "messaging {\nstranger_messages = 0\n}\n",
                                      &why),
                     C18N_OK);
    for (int i = 0; i < 4; i++)
        expect(200, tell(&eve, &ada, WORDS));
}

/* --- blocks --- */

static void test_a_block_keeps_both_apart(void **state)
{
    (void)state;
    c18n_test_answer said = tell(&ada, &bob, WORDS);
    expect(200, put(&bob, &ada, "block"));
    expect(200, put(&bob, &ada, "block"));
    assert_problem("blocked", 403, tell(&ada, &bob, WORDS));
    assert_problem("blocked", 403, tell(&bob, &ada, WORDS));
    assert_problem("blocked", 403,
                   ask(&ada, "{'content':'x'}", "PATCH /users/%s/messages/%s", bob.id, c18n_text(said.doc, "_id")));
    assert_text("blocked", with(&bob, ada.id), "status");
    assert_text("open", with(&ada, bob.id), "status"); /* what others think of one, one is not told here */
    c18n_test_answer blocks = ask(&bob, NULL, "GET /blocks");
    assert_int_equal(c18n_test_count(&blocks), 1);
    assert_text(ada.id, c18n_test_item(&blocks, 0), "user");
    blocks = ask(&ada, NULL, "GET /blocks");
    assert_int_equal(c18n_test_count(&blocks), 0);
    expect(200, put(&ada, &bob, "block"));
    expect(200, ask(&bob, NULL, "DELETE /users/%s/block", ada.id));
    assert_problem("blocked", 403, tell(&bob, &ada, WORDS));
    expect(200, ask(&ada, NULL, "DELETE /users/%s/block", bob.id));
    expect(200, ask(&ada, NULL, "DELETE /users/%s/block", bob.id));
    assert_int_equal(number(tell(&bob, &ada, WORDS).doc, "seq"), 2);
}

static void test_whom_one_can_block(void **state)
{
    (void)state;
    expect(200, put(&bob, &eve, "block"));
    assert_problem("blocked", 403, tell(&eve, &bob, WORDS));
    assert_null(with(&bob, eve.id));
    expect(409, put(&bob, &bob, "block"));
    expect(404, ask(&bob, NULL, "PUT /users/0193a000-0000-7000-8000-000000000000/block"));
    expect(401, ask(NULL, NULL, "PUT /users/%s/block", bob.id));
}

static void test_groups_are_not_affected(void **state)
{
    (void)state;
    struct group group = group_new(&community, "open");
    expect(200, ask(who(JOINED), NULL, "PUT /users/%s/block", who(HELPER)->id));
    said(HELPER, &group, "still here");
    assert_int_equal(number(conversation(JOINED, group.id), "unread"), 1);
    expect(200, ask(who(JOINED), NULL, "DELETE /users/%s/block", who(HELPER)->id));
}

/* --- conversations --- */

static void test_the_liveliest_comes_first(void **state)
{
    (void)state;
    struct group group = group_new(&community, "open");
    group_join(&group, MEMBER);
    c18n_test_move(test, 10);
    for (int i = 0; i < 5; i++) {
        char name[16];
        snprintf(name, sizeof name, "peer%d", i);
        c18n_test_person peer = c18n_test_person_new(test, name, "user");
        meet(&peer);
        expect(200, tell(who(MEMBER), &peer, WORDS));
        c18n_test_move(test, 10);
    }
    said(MEMBER, &group, "newest");
    c18n_test_answer first = ask(who(MEMBER), NULL, "GET /conversations?limit=3");
    assert_int_equal(c18n_test_count(&first), 3);
    const c18n_doc *item = c18n_test_item(&first, 0);
    assert_text(group.id, item, "_id");
    assert_text("group", item, "kind");
    assert_text(group.id, item, "group");
    assert_int_equal(number(item, "updated_on"), c18n_test_now(test));
    assert_true(strstr(c18n_raw(item, "last_message").at, "newest") != NULL);
    int64_t before = INT64_MAX;
    for (size_t i = 0; i < 3; i++) {
        assert_true(number(c18n_test_item(&first, i), "updated_on") < before);
        before = number(c18n_test_item(&first, i), "updated_on");
    }
    assert_non_null(c18n_test_header(&first, "Link"));
    expect(200, at(MEMBER, &group, "PUT", "/leave", NULL));
    assert_null(conversation(MEMBER, group.id));
}

static c18n_test_answer read_to(const c18n_test_person *person, const char *id, int seq)
{
    return ask(person, json("{'seq':%d}", seq), "PUT /conversations/%s/read", id);
}

static void test_what_is_unread_follows_from_the_mark(void **state)
{
    (void)state;
    for (int i = 0; i < 6; i++)
        expect(200, tell(i % 2 ? &ada : &bob, i % 2 ? &bob : &ada, WORDS)); /* 1, 3, 5 of bob, 2, 4, 6 of ada */
    assert_int_equal(number(with(&ada, bob.id), "unread"), 3);
    assert_int_equal(number(read_to(&ada, bob.id, 3).doc, "seq"), 3);
    assert_int_equal(number(with(&ada, bob.id), "unread"), 1);
    assert_int_equal(number(with(&ada, bob.id), "read_seq"), 3);
    assert_int_equal(number(read_to(&ada, bob.id, 2).doc, "seq"), 3); /* never back */
    size_t events = c18n_test_events(test, "messages.read");
    assert_int_equal(number(read_to(&ada, bob.id, 3).doc, "seq"), 3);
    assert_int_equal(c18n_test_events(test, "messages.read"), events);
    assert_int_equal(number(read_to(&ada, bob.id, 900).doc, "seq"), 6); /* never beyond the end */
    assert_int_equal(number(with(&ada, bob.id), "unread"), 0);
    assert_int_equal(number(with(&bob, ada.id), "unread"), 3);
    expect(200, ask(&bob, "{'seq':6}", "PUT /users/%s/read", ada.id));
    assert_int_equal(number(with(&bob, ada.id), "unread"), 0);
    expect(200, tell(&bob, &ada, WORDS));
    c18n_test_answer last = tell(&bob, &ada, WORDS);
    expect(200, ask(&bob, NULL, "DELETE /users/%s/messages/%s", ada.id, c18n_text(last.doc, "_id")));
    assert_int_equal(number(with(&ada, bob.id), "unread"), 1); /* what was deleted is nothing to read */
    expect(422, ask(&ada, "{}", "PUT /conversations/%s/read", bob.id));
    expect(422, ask(&ada, "{'seq':-1}", "PUT /conversations/%s/read", bob.id));
    expect(404, read_to(&ada, "0193a000-0000-7000-8000-000000000000", 1));
}

static void test_what_was_there_before_is_no_news(void **state)
{
    (void)state;
    struct group group = group_new(&community, "open");
    said(MAKER, &group, "before");
    group_join(&group, MEMBER);
    assert_int_equal(number(conversation(MEMBER, group.id), "unread"), 0);
    said(MAKER, &group, "after");
    assert_int_equal(number(conversation(MEMBER, group.id), "unread"), 1);
    assert_int_equal(number(conversation(JOINED, group.id), "unread"), 2);
    expect(200, ask(who(MEMBER), "{'seq':2}", "PUT /usergroups/%s/read", group.id));
    assert_int_equal(number(conversation(MEMBER, group.id), "unread"), 0);
    expect(403, ask(who(OUTSIDER), "{'seq':2}", "PUT /usergroups/%s/read", group.id));
    expect(404, ask(who(OUTSIDER), "{'seq':2}", "PUT /conversations/%s/read", group.id));
}

static void test_muted_for_a_time_or_for_good(void **state)
{
    (void)state;
    expect(200, tell(&ada, &bob, WORDS));
    c18n_test_answer muted = ask(&bob, "{}", "PUT /conversations/%s/mute", ada.id);
    expect(200, muted);
    assert_true(c18n_boolean(muted.doc, "muted", false));
    expect(200, ask(&bob, NULL, "DELETE /conversations/%s/mute", ada.id));
    assert_false(c18n_boolean(with(&bob, ada.id), "muted", true));
    long until = (long)c18n_test_now(test) + 60;
    expect(200, ask(&bob, json("{'until':%ld}", until), "PUT /conversations/%s/mute", ada.id));
    assert_int_equal(number(with(&bob, ada.id), "muted_until"), until);
    c18n_test_move(test, 61);
    assert_false(c18n_boolean(with(&bob, ada.id), "muted", true));
    expect(404, ask(&bob, "{}", "PUT /conversations/%s/mute", eve.id));
    struct group group = group_new(&community, "open");
    expect(200, ask(who(JOINED), "{}", "PUT /conversations/%s/mute", group.id));
    assert_true(c18n_boolean(conversation(JOINED, group.id), "muted", false));
    expect(404, ask(who(OUTSIDER), "{}", "PUT /conversations/%s/mute", group.id));
}

/* --- import --- */

static void test_messages_come_from_files(void **state)
{
    (void)state;
    char first[C18N_ID_SIZE], second[C18N_ID_SIZE], third[C18N_ID_SIZE];
    struct group group = group_new(&community, "open");
    const char *line =
        json("{'kind':'message','usergroup':'%s','by':'%s','content':'old','created_on':1500000000}", group.id, ada.id);
    assert_int_equal(c18n_test_import(test, line, first), C18N_OK);
    line = json("{'kind':'message','usergroup':'%s','by':'%s','content':'answer','reply_to':'%s'}", group.id, bob.id,
                first);
    assert_int_equal(c18n_test_import(test, line, second), C18N_OK);
    const c18n_doc *message = record("messages", json("%s/000000000001", group.id));
    assert_text("old", message, "content");
    assert_int_equal(number(message, "created_on"), 1500000000);
    assert_text(first, record("messages", json("%s/000000000002", group.id)), "reply_to");
    line = json("{'kind':'message','to':'%s','by':'%s','content':'direct'}", eve.id, ada.id);
    assert_int_equal(c18n_test_import(test, line, third), C18N_OK);
    assert_text("open", with(&eve, ada.id), "status"); /* they know each other already */
    line = json("{'kind':'message','by':'%s','content':'nowhere'}", ada.id);
    assert_int_equal(c18n_test_import(test, line, third), C18N_INVALID);
}

static void test_replays_the_same(void **state)
{
    (void)state;
    assert_true(c18n_test_replays_the_same(test));
}

static int open_all(void **state)
{
    if (groups_open(state) != 0)
        return 1;
    community = groups_community("public");
    return 0;
}

#define TEST(name) cmocka_unit_test_setup(name, open_people)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_each_sees_the_other),
        TEST(test_nobody_else_sees_it),
        TEST(test_notes_to_oneself),
        TEST(test_who_has_left_is_not_written_to),
        TEST(test_a_stranger_asks),
        TEST(test_to_answer_is_to_accept),
        TEST(test_what_is_declined_is_out_of_sight),
        TEST(test_strangers_may_say_so_much),
        TEST(test_a_block_keeps_both_apart),
        TEST(test_whom_one_can_block),
        TEST(test_groups_are_not_affected),
        TEST(test_the_liveliest_comes_first),
        TEST(test_what_is_unread_follows_from_the_mark),
        TEST(test_what_was_there_before_is_no_news),
        TEST(test_muted_for_a_time_or_for_good),
        TEST(test_messages_come_from_files),
        TEST(test_replays_the_same),
    };
    return cmocka_run_group_tests(tests, open_all, site_close);
}
