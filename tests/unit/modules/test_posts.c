/* test_posts.c: how posts come to be, wait, are ranked, listed and end; who may see and change them. */
#define SITE_MODULES "users communities posts"
#include "cast.h"

#include <stdio.h>

struct post {
    char id[C18N_ID_SIZE];
};

static c18n_test_answer say(enum role role, const struct community *community, const char *content)
{
    return ask(&cast[role], json("{'content':'%s'}", content), "POST /communities/%s/posts/new", community->id);
}

static struct post post_new(enum role role, const struct community *community, const char *content)
{
    struct post post;
    c18n_test_answer answer = say(role, community, content);
    expect(200, answer);
    memcpy(post.id, c18n_text(answer.doc, "_id"), sizeof post.id);
    return post;
}

static c18n_test_answer do_with(enum role role, const struct community *community, const struct post *post,
                                const char *method, const char *what)
{
    return ask(&cast[role], NULL, "%s /communities/%s/posts/%s%s", method, community->id, post->id, what);
}

/* --- derive --- */

struct rank {
    int64_t likes, dislikes, created_on, hot;
};

/* A view's `derive` is a pure function of a record: it needs documents, and no post. */
static int derive(c18n_request *rq, void *arg)
{
    struct rank *rank = arg;
    const c18n_view *view = c18n_test_descriptor(test, "posts")->views.at;
    c18n_out *post = c18n_out_new(rq), *derived = c18n_out_new(rq);
    c18n_out_integer(post, "likes", rank->likes);
    c18n_out_integer(post, "dislikes", rank->dislikes);
    c18n_out_integer(post, "created_on", rank->created_on);
    assert_string_equal(view->name, "posts");
    view->derive(c18n_out_finish(post), derived);
    rank->hot = c18n_integer(c18n_out_finish(derived), "hot", -1);
    return C18N_OK;
}

static int64_t hot(int64_t likes, int64_t dislikes, int64_t created_on)
{
    struct rank rank = {likes, dislikes, created_on, -1};
    assert_int_equal(c18n_test_read(test, "posts", derive, &rank), C18N_OK);
    return rank.hot;
}

static void test_hot_is_time_and_the_logarithm_of_likes(void **state)
{
    (void)state;
    static const struct {
        int64_t likes, dislikes, lift;
    } rows[] = {
        {0, 0, 0},     {7, 7, 0},      {1, 0, 13546},  {3, 0, 2 * 13546},
        {9, 0, 44976}, {99, 0, 89953}, {0, 9, -44976}, {10, 1, 44976},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_int_equal(hot(rows[i].likes, rows[i].dislikes, 1000000) - 1000000, rows[i].lift);
    for (int64_t likes = 0; likes < 300; likes++)
        assert_true(hot(likes + 1, 0, 0) >= hot(likes, 0, 0));
    assert_true(hot(INT64_MAX, 0, 0) > 0);
    assert_true(hot(0, INT64_MAX, 0) < 0);
}

/* --- apply --- */

static void test_apply_keeps_three_times(void **state)
{
    (void)state;
    struct community community = community_new("public");
    struct post post = post_new(MEMBER, &community, "first");
    int64_t created_on = c18n_test_now(test);
    c18n_test_move(test, 60);
    expect(200, ask(&cast[MEMBER], "{'content':'second'}", "PATCH /communities/%s/posts/%s", community.id, post.id));
    const c18n_doc *now = record("posts", post.id);
    assert_string_equal(c18n_text(now, "content"), "second");
    assert_int_equal(c18n_integer(now, "created_on", 0), created_on);
    assert_int_equal(c18n_integer(now, "updated_on", 0), created_on + 60);
    assert_int_equal(c18n_integer(now, "active_on", 0), created_on); /* an edit is no activity: it lifts no post */
    assert_int_equal(c18n_integer(now, "hot", 0), created_on);
    expect(200, ask(&cast[MEMBER], "{}", "PATCH /communities/%s/posts/%s", community.id, post.id));
    expect(422, ask(&cast[MEMBER], "{}", "PUT /communities/%s/posts/%s", community.id, post.id));
    static const char *const counters[] = {"likes", "dislikes", "shares", "comments"};
    for (size_t i = 0; i < sizeof counters / sizeof *counters; i++)
        assert_int_equal(c18n_integer(now, counters[i], -1), 0);
}

static void test_the_community_counts_what_is_published(void **state)
{
    (void)state;
    struct community community = community_new("public");
    struct post shown = post_new(MEMBER, &community, "shown");
    assert_int_equal(community_counts(&community, "posts_count"), 1);
    community_set(&community, "{'approval_queue':true}");
    struct post approved = post_new(MEMBER, &community, "a"), rejected = post_new(MEMBER, &community, "b");
    struct post withdrawn = post_new(MEMBER, &community, "c");
    assert_int_equal(community_counts(&community, "posts_count"), 1);
    expect(200, do_with(MODERATOR, &community, &approved, "PUT", "/approve"));
    assert_int_equal(community_counts(&community, "posts_count"), 2);
    expect(200, do_with(MODERATOR, &community, &rejected, "PUT", "/reject"));
    expect(200, do_with(MEMBER, &community, &withdrawn, "DELETE", ""));
    assert_int_equal(community_counts(&community, "posts_count"), 2);
    expect(200, do_with(MEMBER, &community, &shown, "DELETE", ""));
    expect(200, do_with(MODERATOR, &community, &approved, "DELETE", ""));
    assert_int_equal(community_counts(&community, "posts_count"), 0);
}

/* --- who may do what --- */

enum post_state { PUBLISHED, PENDING, DELETED, REJECTED, STATES };

static void make_posts(const struct community *community, struct post ret_posts[STATES])
{
    ret_posts[PUBLISHED] = post_new(MEMBER, community, "published");
    ret_posts[DELETED] = post_new(MEMBER, community, "deleted");
    expect(200, do_with(MEMBER, community, &ret_posts[DELETED], "DELETE", ""));
    community_set(community, "{'approval_queue':true}");
    ret_posts[PENDING] = post_new(MEMBER, community, "pending");
    ret_posts[REJECTED] = post_new(MEMBER, community, "rejected");
    expect(200, do_with(MODERATOR, community, &ret_posts[REJECTED], "PUT", "/reject"));
}

/* The author is MEMBER; `another` is a member who is not. */
static void test_policies_by_role_and_state(void **state)
{
    (void)state;
    static const struct {
        enum post_state post;
        const char *line, *body;
        int in_public[ROLES], in_private[ROLES], another;
    } rows[] = {
        /*                          nobody outsider banned member moderator owner admin */
        {PUBLISHED, "GET", NULL, {401, 200, 200, 200, 200, 200, 200}, {401, 404, 404, 200, 200, 200, 200}, 200},
        {PENDING, "GET", NULL, {401, 404, 404, 200, 200, 200, 200}, {401, 404, 404, 200, 200, 200, 200}, 404},
        {DELETED, "GET", NULL, {401, 410, 410, 410, 410, 410, 410}, {401, 404, 404, 410, 410, 410, 410}, 410},
        {REJECTED, "GET", NULL, {401, 404, 404, 410, 410, 410, 410}, {401, 404, 404, 410, 410, 410, 410}, 404},
        {PUBLISHED, "PATCH", "{}", {401, 403, 403, 200, 200, 200, 200}, {401, 404, 404, 200, 200, 200, 200}, 403},
        {PENDING, "PATCH", "{}", {401, 404, 404, 200, 200, 200, 200}, {401, 404, 404, 200, 200, 200, 200}, 404},
        {DELETED, "PATCH", "{}", {401, 410, 410, 410, 410, 410, 410}, {401, 404, 404, 410, 410, 410, 410}, 410},
        {PUBLISHED, "PUT", "{}", {401, 403, 403, 422, 422, 422, 422}, {401, 404, 404, 422, 422, 422, 422}, 403},
        {PUBLISHED, "GET history", NULL, {401, 403, 403, 200, 200, 200, 200}, {401, 404, 404, 200, 200, 200, 200}, 403},
        {DELETED, "GET history", NULL, {401, 403, 403, 200, 200, 200, 200}, {401, 404, 404, 200, 200, 200, 200}, 403},
        {REJECTED, "GET history", NULL, {401, 404, 404, 200, 200, 200, 200}, {401, 404, 404, 200, 200, 200, 200}, 404},
        {PUBLISHED, "PUT approve", NULL, {401, 403, 403, 403, 409, 409, 409}, {401, 404, 404, 403, 409, 409, 409}, 403},
        {DELETED, "PUT reject", NULL, {401, 403, 403, 403, 410, 410, 410}, {401, 404, 404, 403, 410, 410, 410}, 403},
    };
    struct community communities[] = {community_new("public"), community_new("private")};
    c18n_test_person another = c18n_test_person_new(test, "another", "user");
    for (int private = 0; private < 2; private ++) {
        struct post posts[STATES];
        make_posts(&communities[private], posts);
        community_join(&communities[private], &another);
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
            for (int role = NOBODY; role <= ROLES; role++) {
                const char *what = strchr(rows[i].line, ' ');
                int length = (int)strcspn(rows[i].line, " ");
                const int *wanted = private ? rows[i].in_private : rows[i].in_public;
                c18n_test_answer answer =
                    ask(role < ROLES ? &cast[role] : &another, rows[i].body, "%.*s /communities/%s/posts/%s/%s", length,
                        rows[i].line, communities[private].id, posts[rows[i].post].id, what ? what + 1 : "");
                if (answer.status != (role < ROLES ? wanted[role] : rows[i].another))
                    fail_msg("%s of state %d by role %d, private %d: %d", rows[i].line, rows[i].post, role, private,
                             answer.status);
            }
    }
}

static void test_who_left_keeps_no_right_over_old_posts(void **state)
{
    (void)state;
    struct community community = community_new("public");
    struct post post = post_new(MEMBER, &community, "mine");
    expect(200, ask(&cast[MEMBER], NULL, "PUT /communities/%s/unsubscribe", community.id));
    expect(200, do_with(MEMBER, &community, &post, "GET", ""));
    expect(403, do_with(MEMBER, &community, &post, "DELETE", ""));
    expect(403, do_with(MEMBER, &community, &post, "GET", "/history"));
    expect(403, say(MEMBER, &community, "more"));
}

static void test_a_post_is_found_in_its_own_community_only(void **state)
{
    (void)state;
    struct community mine = community_new("private"), other = community_new("public");
    struct post post = post_new(MEMBER, &mine, "secret");
    expect(404, do_with(OUTSIDER, &other, &post, "GET", ""));
    expect(404, do_with(MODERATOR, &other, &post, "DELETE", ""));
    expect(404, do_with(MODERATOR, &other, &post, "PUT", "/approve"));
}

/* --- the queue --- */

static void test_the_queue_is_decided_once(void **state)
{
    (void)state;
    struct community community = community_new("public");
    community_set(&community, "{'approval_queue':true}");
    struct post first = post_new(MEMBER, &community, "first"), second = post_new(MEMBER, &community, "second");
    post_new(MODERATOR, &community, "by a moderator: does not wait");
    expect(403, ask(&cast[MEMBER], NULL, "GET /communities/%s/queue", community.id));
    c18n_test_answer queue = ask(&cast[MODERATOR], NULL, "GET /communities/%s/queue", community.id);
    assert_int_equal(c18n_test_count(&queue), 2);
    assert_string_equal(c18n_text(c18n_test_item(&queue, 0), "_id"), first.id); /* oldest first */

    int64_t created_on = c18n_test_now(test);
    c18n_test_move(test, 3600);
    c18n_test_answer answer = do_with(MODERATOR, &community, &first, "PUT", "/approve");
    expect(200, answer);
    assert_string_equal(c18n_text(answer.doc, "status"), "published");
    assert_int_equal(c18n_integer(answer.doc, "created_on", 0), created_on);
    expect(409, do_with(OWNER, &community, &first, "PUT", "/reject"));
    expect(200, do_with(MODERATOR, &community, &second, "PUT", "/reject"));
    expect(410, do_with(OWNER, &community, &second, "PUT", "/approve"));
    queue = ask(&cast[MODERATOR], NULL, "GET /communities/%s/queue", community.id);
    assert_int_equal(c18n_test_count(&queue), 0);
}

/* --- lists --- */

static c18n_test_answer list(enum role role, const struct community *community, const char *query)
{
    c18n_test_answer answer = ask(&cast[role], NULL, "GET /communities/%s/posts/?%s", community->id, query);
    expect(200, answer);
    return answer;
}

static void test_lists_show_the_waiting_to_those_concerned(void **state)
{
    (void)state;
    static const size_t seen[ROLES] = {
        [OUTSIDER] = 1, [BANNED] = 1, [MEMBER] = 2, [MODERATOR] = 2, [OWNER] = 2, [ADMIN] = 2};
    static const char *const orders[] = {"", "sort=new", "sort=top", "sort=hot", "sort=active"};
    struct community community = community_new("public");
    post_new(MEMBER, &community, "shown");
    community_set(&community, "{'approval_queue':true}");
    post_new(MEMBER, &community, "waiting");
    for (int role = OUTSIDER; role < ROLES; role++)
        for (size_t i = 0; i < sizeof orders / sizeof *orders; i++) {
            c18n_test_answer answer = list((enum role)role, &community, orders[i]);
            assert_int_equal(c18n_test_count(&answer), seen[role]);
        }
}

static void test_lists_by_person_and_time(void **state)
{
    (void)state;
    struct community community = community_new("public");
    struct post old = post_new(MEMBER, &community, "old");
    c18n_test_move(test, 100);
    struct post new = post_new(MODERATOR, &community, "new");
    c18n_test_answer answer = list(OUTSIDER, &community, "");
    assert_int_equal(c18n_test_count(&answer), 2);
    assert_string_equal(c18n_text(c18n_test_item(&answer, 0), "_id"), new.id);
    answer = list(OUTSIDER, &community, json("by=%s", cast[MEMBER].id));
    assert_int_equal(c18n_test_count(&answer), 1);
    assert_string_equal(c18n_text(c18n_test_item(&answer, 0), "_id"), old.id);
    answer = list(OUTSIDER, &community, json("since=%lld", (long long)c18n_test_now(test)));
    assert_int_equal(c18n_test_count(&answer), 1);
    answer =
        list(OUTSIDER, &community, json("sort=hot&since=%lld&by=%s", (long long)c18n_test_now(test), cast[MEMBER].id));
    assert_int_equal(c18n_test_count(&answer), 0);
    expect(400, ask(&cast[OUTSIDER], NULL, "GET /communities/%s/posts/?sort=best", community.id));
}

static void test_unread_leaves_out_what_was_opened_and_what_is_mine(void **state)
{
    (void)state;
    struct community community = community_new("public");
    struct post opened = post_new(MEMBER, &community, "opened"), other = post_new(MEMBER, &community, "other");
    expect(200, do_with(OUTSIDER, &community, &opened, "GET", ""));
    expect(200, ask(&cast[OUTSIDER], NULL, "GET /users/%s", cast[MEMBER].id));
    size_t reads = c18n_test_events(test, "access.read");
    c18n_test_move(test, 60); /* reads are recorded some time later */
    assert_int_equal(c18n_test_events(test, "access.read"), reads + 1);
    c18n_test_answer answer = list(OUTSIDER, &community, "unread=1");
    assert_int_equal(c18n_test_count(&answer), 1);
    assert_string_equal(c18n_text(c18n_test_item(&answer, 0), "_id"), other.id);
    answer = list(MEMBER, &community, "unread=1");
    assert_int_equal(c18n_test_count(&answer), 0);
}

/* `apply` alone, with a host of which only the function that it should call is another. */
struct heard {
    c18n_changes pub; /* must stay first */
    char words[256];
};

static c18n_out *hear_put(c18n_changes *changes, const char *view, const char *id)
{
    struct heard *heard = (struct heard *)(void *)changes;
    size_t used = strlen(heard->words);
    snprintf(heard->words + used, sizeof heard->words - used, "%s/%s ", view, id);
    return NULL;
}

static int apply_odd_reads(c18n_request *rq, void *arg)
{
    struct heard *heard = arg;
    c18n_host host = *C18N_HOST_OF(rq);
    c18n_views_family views = *host.views;
    views.put = hear_put;
    host.views = &views;
    heard->pub.host = &host;
    static const char *const reads[] = {"posts p1 u1 1000", "posts broken", "", "users u2 u1 1000", "posts p2 u1 1000"};
    c18n_out *data = c18n_out_new(rq);
    c18n_out_begin(data, "reads", '[');
    for (size_t i = 0; i < sizeof reads / sizeof *reads; i++)
        c18n_out_text(data, NULL, reads[i]);
    c18n_out_end(data);
    const c18n_event event = {
        .host = &host, .type = "access.read", .resource = "access", .data = c18n_out_finish(data)};
    return c18n_test_descriptor(test, "posts")->apply(&event, &heard->pub);
}

static void test_reads_of_other_things_and_broken_ones_are_passed_over(void **state)
{
    (void)state;
    struct heard heard = {.words = ""};
    assert_int_equal(c18n_test_read(test, "posts", apply_odd_reads, &heard), C18N_OK);
    assert_string_equal(heard.words, "post_reads/p1/u1 post_reads/p2/u1 ");
}

/* --- history and files --- */

static void test_history_keeps_no_content_in_the_clear(void **state)
{
    (void)state;
    struct community community = community_new("public");
    struct post post = post_new(MEMBER, &community, "a confession");
    expect(200, ask(&cast[MEMBER], "{'content':'a denial'}", "PUT /communities/%s/posts/%s", community.id, post.id));
    assert_int_equal(c18n_test_history_shows(test, post.id), 2);
    assert_int_equal(c18n_test_history_shows(test, "a confession"), 0);
    assert_int_equal(c18n_test_history_shows(test, "a denial"), 0);
    c18n_test_answer answer = do_with(MODERATOR, &community, &post, "GET", "/history");
    assert_non_null(strstr(answer.body, "a confession"));
}

static void test_imports_are_published_as_of_their_time(void **state)
{
    (void)state;
    char id[C18N_ID_SIZE], other[C18N_ID_SIZE];
    struct community community = community_new("public");
    community_set(&community, "{'approval_queue':true}");
    const char *line = json("{'kind':'post','community':'%s','by':'%s','content':'old news','created_on':900000000}",
                            community.id, cast[MEMBER].id);
    assert_int_equal(c18n_test_import(test, line, id), C18N_OK);
    assert_string_equal(c18n_text(record("posts", id), "status"), "published");
    assert_int_equal(c18n_integer(record("posts", id), "created_on", 0), 900000000);
    assert_int_equal(community_counts(&community, "posts_count"), 1);
    assert_int_equal(c18n_test_import(test, line, other),
                     C18N_OK); /* the host knows a line again, by its ref; a module need not */
    assert_string_not_equal(id, other);
    expect(200, ask(&cast[OWNER], NULL, "DELETE /communities/%s", community.id));
    assert_int_equal(c18n_test_import(test, line, other), C18N_GONE);
    line = json("{'kind':'post','community':'%s','by':'x','content':''}", community.id);
    assert_int_equal(c18n_test_import(test, line, other), C18N_INVALID);
}

static void test_views_are_a_function_of_events(void **state)
{
    (void)state;
    assert_true(c18n_test_replays_the_same(test));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hot_is_time_and_the_logarithm_of_likes),
        cmocka_unit_test(test_apply_keeps_three_times),
        cmocka_unit_test(test_the_community_counts_what_is_published),
        cmocka_unit_test(test_policies_by_role_and_state),
        cmocka_unit_test(test_who_left_keeps_no_right_over_old_posts),
        cmocka_unit_test(test_a_post_is_found_in_its_own_community_only),
        cmocka_unit_test(test_the_queue_is_decided_once),
        cmocka_unit_test(test_lists_show_the_waiting_to_those_concerned),
        cmocka_unit_test(test_lists_by_person_and_time),
        cmocka_unit_test(test_unread_leaves_out_what_was_opened_and_what_is_mine),
        cmocka_unit_test(test_reads_of_other_things_and_broken_ones_are_passed_over),
        cmocka_unit_test(test_history_keeps_no_content_in_the_clear),
        cmocka_unit_test(test_imports_are_published_as_of_their_time),
        cmocka_unit_test(test_views_are_a_function_of_events),
    };
    return cmocka_run_group_tests(tests, cast_open, site_close);
}
