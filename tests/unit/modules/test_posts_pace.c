/* test_posts_pace.c: how often a member may post: slow_mode and posts_per_day, as time goes by. */
#define SITE_MODULES "users communities posts"
#include "cast.h"

#include <stdlib.h>

#define DAY 86400

static c18n_test_answer say(enum role role, const struct community *community)
{
    return ask(&cast[role], "{'content':'x'}", "POST /communities/%s/posts/new", community->id);
}

/* Refused, and told when to come again. */
static void expect_wait(int64_t seconds, c18n_test_answer answer)
{
    expect(429, answer);
    assert_string_equal(answer.problem, "too_many_posts");
    const char *after = c18n_test_header(&answer, "Retry-After");
    assert_non_null(after);
    assert_int_equal(strtoll(after, NULL, 10), seconds);
}

static void delete_post(enum role role, const struct community *community, const c18n_test_answer *post)
{
    expect(200, *post);
    expect(200, ask(&cast[role], NULL, "DELETE /communities/%s/posts/%s", community->id, c18n_text(post->doc, "_id")));
}

static void test_slow_mode_asks_for_a_pause(void **state)
{
    (void)state;
    struct community community = community_new("public"), other = community_new("public");
    community_set(&community, "{'slow_mode':60}");
    expect(200, say(MEMBER, &community));
    expect_wait(60, say(MEMBER, &community));
    expect(200, say(MEMBER, &other));
    c18n_test_move(test, 59);
    expect_wait(1, say(MEMBER, &community));
    c18n_test_move(test, 1);
    expect(200, say(MEMBER, &community));
    community_set(&community, "{'slow_mode':0}");
    expect(200, say(MEMBER, &community));
}

static void test_posts_per_day_is_of_any_24_hours(void **state)
{
    (void)state;
    struct community community = community_new("public");
    community_set(&community, "{'posts_per_day':2}");
    expect(200, say(MEMBER, &community));
    c18n_test_move(test, 1000);
    expect(200, say(MEMBER, &community));
    c18n_test_move(test, 1000);
    expect_wait(DAY - 2000, say(MEMBER, &community));
    c18n_test_move(test, DAY - 2000);
    expect(200, say(MEMBER, &community)); /* the first has come off */
    expect_wait(1000, say(MEMBER, &community));
    community_set(&community, "{'posts_per_day':3}");
    expect(200, say(MEMBER, &community));
}

static void test_the_longer_of_both_waits_counts(void **state)
{
    (void)state;
    struct community community = community_new("public");
    community_set(&community, "{'posts_per_day':1,'slow_mode':60}");
    expect(200, say(MEMBER, &community));
    expect_wait(DAY, say(MEMBER, &community));
    c18n_test_move(test, DAY - 30);
    expect_wait(30, say(MEMBER, &community));

    community = community_new("public");
    community_set(&community, "{'posts_per_day':2}");
    expect(200, say(MEMBER, &community));
    c18n_test_move(test, 30);
    expect(200, say(MEMBER, &community));
    expect_wait(DAY - 30, say(MEMBER, &community));
    community_set(&community, "{'slow_mode':86400}");
    expect_wait(DAY, say(MEMBER, &community));
}

static void test_moderators_need_not_keep_to_it(void **state)
{
    (void)state;
    struct community community = community_new("public");
    community_set(&community, "{'posts_per_day':1,'slow_mode':60}");
    for (int role = MODERATOR; role < ROLES; role++)
        for (int i = 0; i < 3; i++)
            expect(200, say((enum role)role, &community));
}

static void test_deleting_gives_nothing_back(void **state)
{
    (void)state;
    struct community community = community_new("public");
    community_set(&community, "{'slow_mode':60}");
    c18n_test_answer post = say(MEMBER, &community);
    delete_post(MEMBER, &community, &post);
    expect_wait(60, say(MEMBER, &community));

    community_set(&community, "{'slow_mode':0,'posts_per_day':2}");
    post = say(MEMBER, &community);
    delete_post(MODERATOR, &community, &post);
    expect_wait(DAY, say(MEMBER, &community));
    c18n_test_move(test, DAY);
    expect(200, say(MEMBER, &community));
}

static void test_what_waits_or_was_rejected_counts(void **state)
{
    (void)state;
    struct community community = community_new("public");
    community_set(&community, "{'approval_queue':true,'posts_per_day':1}");
    c18n_test_answer post = say(MEMBER, &community);
    expect(200, post);
    expect_wait(DAY, say(MEMBER, &community));
    const char *id = c18n_text(post.doc, "_id");
    expect(200, ask(&cast[MODERATOR], NULL, "PUT /communities/%s/posts/%s/reject", community.id, id));
    expect_wait(DAY, say(MEMBER, &community));
}

static void test_imports_cost_their_author_nothing(void **state)
{
    (void)state;
    char id[C18N_ID_SIZE];
    struct community community = community_new("public");
    community_set(&community, "{'slow_mode':60,'posts_per_day':1}");
    const char *line = json("{'kind':'post','community':'%s','by':'%s','content':'x','created_on':%lld}", community.id,
                            cast[MEMBER].id, (long long)c18n_test_now(test));
    assert_int_equal(c18n_test_import(test, line, id), C18N_OK);
    expect(200, say(MEMBER, &community));
}

static void test_views_are_a_function_of_events(void **state)
{
    (void)state;
    assert_true(c18n_test_replays_the_same(test));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_mode_asks_for_a_pause),
        cmocka_unit_test(test_posts_per_day_is_of_any_24_hours),
        cmocka_unit_test(test_the_longer_of_both_waits_counts),
        cmocka_unit_test(test_moderators_need_not_keep_to_it),
        cmocka_unit_test(test_deleting_gives_nothing_back),
        cmocka_unit_test(test_what_waits_or_was_rejected_counts),
        cmocka_unit_test(test_imports_cost_their_author_nothing),
        cmocka_unit_test(test_views_are_a_function_of_events),
    };
    return cmocka_run_group_tests(tests, cast_open, site_close);
}
