/* test_messaging.c: messages in groups: written, numbered, listed, changed, deleted, liked; who may. */
#include "chat.h"

static struct community community;
static struct group group;

static int open_group(void **state)
{
    (void)state;
    group = group_new(&community, "open");
    return 0;
}

static void test_a_message_is_written(void **state)
{
    (void)state;
    c18n_test_answer answer = say(JOINED, &group, "{'content':'Line\\nby line'}");
    expect(200, answer);
    assert_text(group.id, answer.doc, "group");
    assert_text(who(JOINED)->id, answer.doc, "by");
    assert_text("Line\nby line", answer.doc, "content");
    assert_int_equal(number(answer.doc, "seq"), 1);
    assert_int_equal(number(answer.doc, "created_on"), c18n_test_now(test));
    assert_true(c18n_has(answer.doc, "reply_to"));
    assert_null(c18n_text(answer.doc, "reply_to"));
    assert_false(c18n_has(answer.doc, "user"));
    assert_non_null(strstr(c18n_test_header(&answer, "Location"), c18n_text(answer.doc, "_id")));
    expect(200, ask(who(HELPER), NULL, "GET /usergroups/%s/messages/%s", group.id, c18n_text(answer.doc, "_id")));
    assert_int_equal(number(say(HELPER, &group, "{'content':'second'}").doc, "seq"), 2);
}

static void test_numbers_have_no_gaps(void **state)
{
    (void)state;
    struct group other = group_new(&community, "open");
    for (int64_t seq = 1; seq <= 30; seq++) {
        assert_int_equal(number(say(JOINED, &group, "{'content':'here'}").doc, "seq"), seq);
        expect(422, say(JOINED, &group, "{'content':' '}")); /* takes no number */
        if (seq % 3 == 0)
            assert_int_equal(number(say(MAKER, &other, "{'content':'there'}").doc, "seq"), seq / 3);
    }
}

static int numbered(const c18n_test_answer *answer, size_t item)
{
    return (int)number(c18n_test_item(answer, item), "seq");
}

static void test_lists_go_both_ways(void **state)
{
    (void)state;
    for (int i = 0; i < 25; i++)
        said(JOINED, &group, "x");
    c18n_test_answer newest = ask(who(JOINED), NULL, "GET /usergroups/%s/messages", group.id);
    assert_int_equal(c18n_test_count(&newest), 10);
    assert_int_equal(numbered(&newest, 0), 25);
    assert_int_equal(numbered(&newest, 9), 16);
    assert_non_null(strstr(c18n_test_header(&newest, "Link"), "?before=16>; rel=\"next\""));
    c18n_test_answer older = ask(who(JOINED), NULL, "GET /usergroups/%s/messages?before=4&limit=3", group.id);
    assert_int_equal(c18n_test_count(&older), 3);
    assert_int_equal(numbered(&older, 0), 3);
    assert_null(c18n_test_header(&older, "Link"));
    c18n_test_answer after = ask(who(JOINED), NULL, "GET /usergroups/%s/messages?after=20&limit=3", group.id);
    assert_int_equal(numbered(&after, 0), 21);
    assert_non_null(strstr(c18n_test_header(&after, "Link"), "limit=3&after=23>"));
    c18n_test_answer between = ask(who(JOINED), NULL, "GET /usergroups/%s/messages?after=3&before=6", group.id);
    assert_int_equal(c18n_test_count(&between), 2);
    static const char *const bad[] = {"limit=0",  "limit=101", "limit=x", "before=-1",
                                      "after=1x", "before=",   "since=1", "after=99999999999999999999"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        expect(400, ask(who(JOINED), NULL, "GET /usergroups/%s/messages?%s", group.id, bad[i]));
}

static void test_input_is_judged(void **state)
{
    (void)state;
    static const struct {
        const char *body;
        const char *problem;
    } rows[] = {
        {"{}", "invalid_field"},
        {"{'content':''}", "invalid_field"},
        {"{'content':7}", "invalid_field"},
        {"{'content':'x','seq':1}", "unknown_or_readonly_field"},
        {"{'content':'x','group':'0193a000-0000-7000-8000-000000000000'}", "unknown_or_readonly_field"},
        {"{'content':'x','reply_to':'0193a000-0000-7000-8000-000000000000'}", "invalid_field"},
        {"{'content':'x','media':['0193a000-0000-7000-8000-000000000000']}", "no_such_media"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_problem(rows[i].problem, 422, say(JOINED, &group, rows[i].body));
    assert_problem("invalid_field", 422, say(JOINED, &group, json("{'content':'%0*d'}", 16385, 0)));
    expect(200, say(JOINED, &group, json("{'content':'%0*d'}", 16384, 0)));
    assert_problem("not_found", 404, say(MAKER, &(struct group){.id = "0193a000-0000-7000-8000-000000000000"}, "{}"));
}

static void test_replies_stay_in_their_conversation(void **state)
{
    (void)state;
    struct group other = group_new(&community, "open");
    struct message here = said(JOINED, &group, "here"), there = said(JOINED, &other, "there");
    c18n_test_answer reply = say(MAKER, &group, json("{'content':'yes','reply_to':'%s'}", here.id));
    expect(200, reply);
    assert_text(here.id, reply.doc, "reply_to");
    expect(422, say(MAKER, &group, json("{'content':'no','reply_to':'%s'}", there.id)));
    expect(200, of_message(JOINED, &group, &here, "DELETE", "", NULL));
    expect(200, say(MAKER, &group, json("{'content':'late','reply_to':'%s'}", here.id)));
}

static void test_who_takes_part(void **state)
{
    (void)state;
    static const struct {
        int role, status;
    } rows[] = {
        {NOBODY, 401}, {OUTSIDER, 403}, {BANNED, 403}, {MEMBER, 403}, {MODERATOR, 403},
        {OWNER, 403},  {ADMIN, 200},    {JOINED, 200}, {HELPER, 200}, {MAKER, 200},
    };
    struct message message = said(JOINED, &group, "x");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const c18n_test_person *person = rows[i].role == NOBODY ? NULL : who(rows[i].role);
        expect(rows[i].status, ask(person, "{'content':'x'}", "POST /usergroups/%s/messages/new", group.id));
        expect(rows[i].status, ask(person, NULL, "GET /usergroups/%s/messages", group.id));
        expect(rows[i].status, ask(person, NULL, "GET /usergroups/%s/messages/%s", group.id, message.id));
        expect(rows[i].status, ask(person, NULL, "GET /usergroups/%s/messages/%s/likes", group.id, message.id));
        expect(rows[i].status, ask(person, NULL, "PUT /usergroups/%s/messages/%s/like", group.id, message.id));
        expect(rows[i].status, ask(person, NULL, "GET /usergroups/%s/server", group.id));
        expect(rows[i].status, ask(person, NULL, "GET /usergroups/%s/presence", group.id));
        expect(rows[i].status, ask(person, "{'seq':1}", "PUT /usergroups/%s/read", group.id));
    }
}

static void test_who_changes_and_who_deletes(void **state)
{
    (void)state;
    static const struct {
        int role, edits, deletes;
    } rows[] = {
        {MEMBER, 403, 403}, {MAKER, 403, 200}, {HELPER, 403, 200},
        {OWNER, 403, 403},  {ADMIN, 403, 200}, {JOINED, 200, 200},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct message message = said(JOINED, &group, "mine");
        expect(rows[i].edits, of_message(rows[i].role, &group, &message, "PATCH", "", "{'content':'changed'}"));
        expect(rows[i].deletes, of_message(rows[i].role, &group, &message, "GET", "/history", NULL));
        expect(rows[i].deletes, of_message(rows[i].role, &group, &message, "DELETE", "", NULL));
    }
    struct message message = said(MAKER, &group, "by the owner");
    expect(403, of_message(JOINED, &group, &message, "DELETE", "", NULL));
}

static void test_a_change_keeps_its_place(void **state)
{
    (void)state;
    struct message message = said(JOINED, &group, "first");
    c18n_test_answer before = of_message(JOINED, &group, &message, "GET", "", NULL);
    c18n_test_move(test, 60);
    c18n_test_answer changed = of_message(JOINED, &group, &message, "PATCH", "", "{'content':'second'}");
    expect(200, changed);
    assert_text("second", changed.doc, "content");
    assert_int_equal(number(changed.doc, "seq"), number(before.doc, "seq"));
    assert_int_equal(number(changed.doc, "edited_on"), number(changed.doc, "created_on") + 60);
    const char *stale = json("If-Match: %s", c18n_test_header(&before, "ETag"));
    expect(412, c18n_test_ask_with(test, who(JOINED), stale, "{'content':'third'}", "PATCH /usergroups/%s/messages/%s",
                                   group.id, message.id));
    expect(422, of_message(JOINED, &group, &message, "PATCH", "", "{}"));
    expect(422, of_message(JOINED, &group, &message, "PATCH", "", "{'content':''}"));
    c18n_test_answer history = of_message(JOINED, &group, &message, "GET", "/history", NULL);
    assert_int_equal(c18n_test_count(&history), 2);
}

static void test_what_is_deleted_leaves_its_place(void **state)
{
    (void)state;
    struct message message = said(JOINED, &group, "secret");
    expect(200, of_message(JOINED, &group, &message, "DELETE", "", NULL));
    expect(410, of_message(JOINED, &group, &message, "GET", "", NULL));
    expect(410, of_message(JOINED, &group, &message, "PATCH", "", "{'content':'x'}"));
    expect(410, of_message(JOINED, &group, &message, "DELETE", "", NULL));
    expect(410, of_message(JOINED, &group, &message, "PUT", "/like", NULL));
    expect(200, of_message(JOINED, &group, &message, "GET", "/history", NULL));
    expect(403, of_message(MEMBER, &group, &message, "GET", "/history", NULL));
    c18n_test_answer list = ask(who(MAKER), NULL, "GET /usergroups/%s/messages", group.id);
    assert_int_equal(c18n_test_count(&list), 1);
    assert_text("", c18n_test_item(&list, 0), "content");
    assert_true(c18n_boolean(c18n_test_item(&list, 0), "deleted", false));
    assert_int_equal(number(say(JOINED, &group, "{'content':'next'}").doc, "seq"), 2);
}

static void assert_counts(const struct message *message, int likes, int dislikes, c18n_test_answer answer)
{
    expect(200, answer);
    assert_text(message->id, answer.doc, "_id");
    assert_int_equal(number(answer.doc, "likes"), likes);
    assert_int_equal(number(answer.doc, "dislikes"), dislikes);
}

static void test_everybody_has_one_like(void **state)
{
    (void)state;
    struct message message = said(JOINED, &group, "x");
    assert_counts(&message, 1, 0, of_message(MAKER, &group, &message, "PUT", "/like", NULL));
    assert_counts(&message, 1, 0, of_message(MAKER, &group, &message, "PUT", "/like", NULL));
    assert_counts(&message, 2, 0, of_message(JOINED, &group, &message, "PUT", "/like", NULL));
    assert_counts(&message, 1, 1, of_message(MAKER, &group, &message, "PUT", "/dislike", NULL));
    c18n_test_answer likes = of_message(HELPER, &group, &message, "GET", "/likes", NULL);
    assert_int_equal(c18n_test_count(&likes), 2);
    assert_counts(&message, 1, 0, of_message(MAKER, &group, &message, "DELETE", "/like", NULL));
    assert_counts(&message, 1, 0, of_message(MAKER, &group, &message, "DELETE", "/like", NULL));
    likes = of_message(HELPER, &group, &message, "GET", "/likes", NULL);
    assert_int_equal(c18n_test_count(&likes), 1);
    assert_text(who(JOINED)->id, c18n_test_item(&likes, 0), "user");
    assert_int_equal(number(c18n_test_item(&likes, 0), "value"), 1);
}

static void test_a_message_is_of_its_own_group(void **state)
{
    (void)state;
    struct group other = group_new(&community, "open");
    struct message message = said(JOINED, &group, "x");
    expect(404, of_message(JOINED, &other, &message, "GET", "", NULL));
    expect(404, of_message(JOINED, &other, &message, "DELETE", "", NULL));
    expect(404, ask(who(JOINED), NULL, "GET /users/%s/messages/%s", who(MAKER)->id, message.id));
}

static void test_an_archived_group_is_read(void **state)
{
    (void)state;
    struct message message = said(JOINED, &group, "x");
    expect(200, at(MAKER, &group, "PUT", "/archive", NULL));
    assert_problem("archived", 409, say(JOINED, &group, "{'content':'x'}"));
    assert_problem("archived", 409, of_message(JOINED, &group, &message, "PATCH", "", "{'content':'y'}"));
    assert_problem("archived", 409, of_message(MAKER, &group, &message, "PUT", "/like", NULL));
    expect(200, ask(who(JOINED), NULL, "GET /usergroups/%s/messages", group.id));
    expect(200, of_message(JOINED, &group, &message, "DELETE", "", NULL));
    expect(200, at(MAKER, &group, "DELETE", "", NULL));
    expect(410, ask(who(JOINED), NULL, "GET /usergroups/%s/messages", group.id));
    expect(410, say(JOINED, &group, "{'content':'x'}"));
    assert_null(conversation(JOINED, group.id));
}

static void test_history_from_joining_on(void **state)
{
    (void)state;
    group = group_made(&community, "{'name':'Private','history':'joined'}");
    struct message early = said(MAKER, &group, "before");
    group_join(&group, JOINED);
    struct message late = said(MAKER, &group, "after");
    c18n_test_answer list = ask(who(JOINED), NULL, "GET /usergroups/%s/messages", group.id);
    assert_int_equal(c18n_test_count(&list), 1);
    assert_text(late.id, c18n_test_item(&list, 0), "_id");
    expect(404, of_message(JOINED, &group, &early, "GET", "", NULL));
    expect(404, of_message(JOINED, &group, &early, "PUT", "/like", NULL));
    expect(422, say(JOINED, &group, json("{'content':'x','reply_to':'%s'}", early.id)));
    expect(200, of_message(MAKER, &group, &early, "GET", "", NULL));
    assert_int_equal(number(conversation(JOINED, group.id), "unread"), 1);
    expect(200, at(JOINED, &group, "PUT", "/leave", NULL));
    expect(403, of_message(JOINED, &group, &late, "GET", "", NULL));
    group_join(&group, JOINED); /* joins anew, and begins anew */
    expect(404, of_message(JOINED, &group, &late, "GET", "", NULL));
    expect(200, at(MAKER, &group, "PATCH", "", "{'history':'all'}"));
    expect(200, of_message(JOINED, &group, &early, "GET", "", NULL));
}

static void test_where_somebody_writes_comes_first(void **state)
{
    (void)state;
    struct group other = group_new(&community, "open");
    static const int moves[] = {1, 0, 0, 1, 1}; /* which group each message moves up, or is already there */
    const struct group *writes[] = {&group, &group, &group, &other, &group};
    for (size_t i = 0; i < 5; i++) {
        said(JOINED, writes[i], "x");
        const c18n_event *event = c18n_test_event(test, "messages.created", -1);
        assert_int_equal(c18n_boolean(event->data, "active", false), moves[i]);
        c18n_test_answer list = ask(who(JOINED), NULL, "GET /communities/%s/usergroups/?limit=1", community.id);
        assert_text(writes[i]->id, c18n_test_item(&list, 0), "_id");
    }
}

static void test_content_goes_with_its_author(void **state)
{
    (void)state;
    said(JOINED, &group, "nobody-else-shall-know");
    assert_int_equal(c18n_test_history_shows(test, "nobody-else-shall-know"), 0);
}

static void test_an_opaque_type_is_kept(void **state)
{
    (void)state;
    c18n_test_answer answer = say(JOINED, &group, "{'content':'3q2+7w==','content_type':'application/mls'}");
    expect(200, answer);
    assert_text("application/mls", answer.doc, "content_type");
    answer = say(JOINED, &group, "{'content':'plain','content_type':'text'}");
    assert_false(c18n_has(answer.doc, "content_type"));
}

static void test_a_server_is_told(void **state)
{
    (void)state;
    c18n_test_answer answer = ask(who(JOINED), NULL, "GET /usergroups/%s/server", group.id);
    expect(200, answer);
    const char *url = c18n_text(answer.doc, "url");
    assert_int_equal(strncmp(url, "ws", 2), 0);
    assert_non_null(strstr(url, "/api/v1/socket"));
    assert_text(url, ask(who(JOINED), NULL, "GET /users/%s/server", who(MAKER)->id).doc, "url");
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

#define TEST(name) cmocka_unit_test_setup(name, open_group)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_message_is_written),
        TEST(test_numbers_have_no_gaps),
        TEST(test_lists_go_both_ways),
        TEST(test_input_is_judged),
        TEST(test_replies_stay_in_their_conversation),
        TEST(test_who_takes_part),
        TEST(test_who_changes_and_who_deletes),
        TEST(test_a_change_keeps_its_place),
        TEST(test_what_is_deleted_leaves_its_place),
        TEST(test_everybody_has_one_like),
        TEST(test_a_message_is_of_its_own_group),
        TEST(test_an_archived_group_is_read),
        TEST(test_history_from_joining_on),
        TEST(test_where_somebody_writes_comes_first),
        TEST(test_content_goes_with_its_author),
        TEST(test_an_opaque_type_is_kept),
        TEST(test_a_server_is_told),
        TEST(test_replays_the_same),
    };
    return cmocka_run_group_tests(tests, open_all, site_close);
}
