/* What is published reaches whom it should: listeners, persons, each once, not the sender; after the commit only. */
#include "site.h"

static c18n_publication to_channel(const struct log *log, uint32_t flags)
{
    return (c18n_publication){.size = sizeof(c18n_publication), .flags = flags, .channel = log->name};
}

/* Without a number, at once: from a request that is in no transaction. */
static int say(struct client *client, const c18n_publication *publication, const struct log *log)
{
    struct request *request = request_new(client, &site.at_once.route);
    int code = c18n_publish(request_pub(request), publication, frame_of(request_pub(request), "t", log, 0));
    request_free(request);
    return code;
}

static void numbers_reach_all_listeners_on_all_lanes(void **state)
{
    (void)state;
    struct log *log = log_new("room");
    log->members[1] = log->members[2] = true;
    struct client *a = client_connect("u1", 0), *b = client_connect("u2", 0), *c = client_connect("u2", 1),
                  *stranger = client_connect("u3", 1);
    log_write(log);
    log_write(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m1 m2");
    assert_string_equal(client_said(b, log), "m1 m2");
    assert_string_equal(client_said(c, log), "m1 m2");
    assert_string_equal(client_said(stranger, log), "");
    assert_int_equal(site.reads, 0);
    client_free(a);
    client_free(b);
    client_free(c);
    client_free(stranger);
}

static void nothing_is_told_before_the_commit_and_nothing_that_is_undone(void **state)
{
    (void)state;
    struct log *log = log_new("room");
    log->members[1] = true;
    struct client *a = client_connect("u1", 0);
    c18n_request *rq = write_begin(NULL);
    log_publish(rq, log, 0);
    assert_int_equal(c18n_join(rq, "u2", log->name, 0), C18N_OK);
    assert_int_equal(c18n_leave(rq, "u1", log->name, true), C18N_OK);
    while (site_step())
        ;
    assert_string_equal(client_said(a, log), "");
    write_undo();
    log->end--;
    log_write(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m1");
    client_free(a);
}

static void the_sender_goes_without_and_loses_no_place(void **state)
{
    (void)state;
    struct log *log = log_new("room");
    log->members[1] = true;
    struct client *sender = client_connect("u1", 0), *same_person = client_connect("u1", 1);
    log_publish(write_begin(sender), log, C18N_NOT_TO_SENDER);
    write_commit();
    log_publish(write_begin(same_person), log, C18N_NOT_TO_SENDER);
    write_commit();
    log_write(log);
    site_settle();
    assert_string_equal(client_said(sender, log), "m2 m3");
    assert_string_equal(client_said(same_person, log), "m1 m3");
    const c18n_publication typing = to_channel(log, C18N_NOT_TO_SENDER);
    assert_int_equal(say(sender, &typing, log), C18N_OK);
    site_settle();
    assert_string_equal(client_said(sender, log), "");
    assert_string_equal(client_said(same_person, log), "t0");
    assert_int_equal(site.reads, 0);
    client_free(sender);
    client_free(same_person);
}

static void what_comes_twice_is_dropped(void **state)
{
    (void)state;
    struct log *log = log_new("room");
    log->members[1] = true;
    struct client *a = client_connect("u1", 0);
    log_write(log);
    log->end--;
    log_write(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m1");
    assert_int_equal(site.reads, 0);
    client_free(a);
}

static void each_gets_it_once_of_several_channels(void **state)
{
    (void)state;
    struct log *one = log_new("one"), *two = log_new("two");
    one->members[1] = one->members[2] = two->members[2] = two->members[3] = true;
    struct client *of[] = {client_connect("u1", 0), client_connect("u2", 0), client_connect("u2", 1),
                           client_connect("u3", 1), client_connect("u4", 0)};
    const char *const channels[] = {"one", "nobody's", "two", NULL};
    c18n_publication publication = {
        .size = sizeof publication, .flags = C18N_TO_EACH_ONCE | C18N_NOT_TO_SENDER, .channels = channels};
    assert_int_equal(say(of[2], &publication, one), C18N_OK);
    assert_int_equal(say(NULL, &publication, one), C18N_OK);
    site_settle();
    static const char *const expected[] = {"t0 t0", "t0 t0", "t0", "t0 t0", ""};
    for (size_t i = 0; i < 5; i++) {
        assert_string_equal(client_said(of[i], one), expected[i]);
        client_free(of[i]);
    }
}

static void a_person_is_told_on_all_delivering_sockets_after_hello(void **state)
{
    (void)state;
    struct log *none = log_new("none");
    struct client *a = client_connect("u1", 0), *b = client_connect("u1", 1),
                  *takes = client_connect_to(&site.takes, "u1", 0), *early = client_connect_to(&site.delivers, "u1", 0),
                  *other = client_connect("u2", 0);
    client_opened(takes);
    const c18n_publication publication = {.size = sizeof publication, .user = "u1"};
    assert_int_equal(say(NULL, &publication, none), C18N_OK);
    site_settle();
    client_opened(early);
    assert_string_equal(client_said(a, none), "t0");
    assert_string_equal(client_said(b, none), "t0");
    assert_string_equal(client_said(takes, none), "");
    assert_string_equal(client_said(early, none), "");
    assert_string_equal(client_said(other, none), "");
    client_free(a);
    client_free(b);
    client_free(takes);
    client_free(early);
    client_free(other);
}

/* A first message: nobody has subscribed to the pair's log before. */
static void a_person_is_subscribed_by_a_publication(void **state)
{
    (void)state;
    struct log *log = log_new("u1>u2");
    struct client *a = client_connect("u1", 0), *b = client_connect("u1", 1), *c = client_connect("u2", 0);
    log->members[1] = true;
    log->end = 4; /* what is before isn't asked for */
    for (int i = 0; i < 3; i++) {
        const c18n_publication publication = {
            .size = sizeof publication, .channel = log->name, .user = "u1", .number = ++log->end};
        c18n_request *rq = write_begin(NULL);
        assert_int_equal(c18n_publish(rq, &publication, frame_of(rq, "m", log, log->end)), C18N_OK);
        write_commit();
    }
    site_settle();
    assert_string_equal(client_said(a, log), "m5 m6 m7");
    assert_string_equal(client_said(b, log), "m5 m6 m7");
    assert_string_equal(client_said(c, log), "");
    assert_int_equal(site.reads, 0);
    client_free(a);
    client_free(b);
    client_free(c);
}

static void a_person_in_a_channel_of_many(void **state)
{
    (void)state;
    struct log *log = log_new("room");
    log->members[1] = log->members[2] = true;
    struct client *a = client_connect("u1", 0), *b = client_connect("u2", 0);
    c18n_publication typing = to_channel(log, 0);
    typing.user = "u2";
    assert_int_equal(say(NULL, &typing, log), C18N_OK);
    site_settle();
    assert_string_equal(client_said(a, log), "");
    assert_string_equal(client_said(b, log), "t0");
    client_free(a);
    client_free(b);
}

static void channels_of_two_modules_are_two(void **state)
{
    (void)state;
    struct log *log = log_new("room");
    log->members[1] = true;
    struct client *a = client_connect("u1", 0);
    struct request *request = request_new(NULL, NULL);
    const c18n_publication publication = to_channel(log, 0);
    request->head.self = &site.other.self;
    assert_int_equal(c18n_publish(request_pub(request), &publication, frame_of(request_pub(request), "t", log, 0)),
                     C18N_OK);
    request_free(request);
    site_settle();
    assert_string_equal(client_said(a, log), "");
    client_free(a);
}

static void who_lost_all_is_closed_and_who_left_is_not(void **state)
{
    (void)state;
    struct log *one = log_new("one"), *two = log_new("two");
    one->members[1] = two->members[1] = one->members[2] = true;
    struct client *a = client_connect("u1", 0), *b = client_connect("u2", 1);
    log_leave(one, "u1", true);
    log_leave(one, "u2", false);
    log_leave(one, "u2", true); /* was no member any more */
    log_write(one);
    log_write(two);
    site_settle();
    assert_string_equal(client_said(a, two), "m1");
    assert_int_equal(a->closed_with, 0);
    assert_int_equal(b->closed_with, 0);
    log_leave(two, "u1", true);
    log_write(two);
    site_settle();
    assert_string_equal(client_said(a, two), "");
    assert_int_equal(a->closed_with, WS_FORBIDDEN);
    client_free(a);
    client_free(b);
}

/* W6: one reads nothing; the others notice nothing. */
static void a_full_queue_closes_one_alone(void **state)
{
    (void)state;
    struct log *log = log_new("room");
    log->members[1] = log->members[2] = true;
    struct client *slow = client_connect("u1", 0), *quick = client_connect("u2", 0);
    while (slow->closed_with == 0) {
        log_write(log);
        site_settle();
        client_drain(quick);
    }
    uint64_t before = log->end;
    log_write(log);
    site_settle();
    assert_int_equal(slow->closed_with, WS_TRY_LATER);
    assert_in_range(slow->queued, LIVE_QUEUE_MOST - 64, LIVE_QUEUE_MOST);
    assert_int_equal(slow->count, before - 1);
    assert_int_equal(quick->count, log->end);
    client_free(slow);
    client_free(quick);
}

static void calls_that_make_no_sense_are_refused(void **state)
{
    (void)state;
    struct log *log = log_new("room");
    struct client *a = client_connect_to(&site.delivers, "u1", 0), *takes = client_connect_to(&site.takes, "u1", 0);
    struct request *bare = request_new(NULL, NULL), *verb = request_new(a, &site.write.route),
                   *read = request_new(a, &site.read.route);
    c18n_publication publication = {.size = sizeof publication};
    assert_int_equal(say(a, &publication, log), C18N_INVALID); /* to nobody */
    publication.channel = log->name;
    publication.number = 1;
    assert_int_equal(say(a, &publication, log), C18N_INVALID); /* a number outside of a transaction */
    publication.flags = C18N_TO_EACH_ONCE;
    assert_int_equal(say(a, &publication, log), C18N_INVALID);
    assert_int_equal(c18n_join(request_pub(bare), "u1", "room", 0), C18N_INVALID);
    assert_int_equal(c18n_leave(request_pub(bare), "u1", "room", true), C18N_INVALID);
    assert_int_equal(c18n_subscribe(request_pub(bare), "room"), C18N_INVALID);
    assert_int_equal(c18n_subscribe(request_pub(verb), "room"), C18N_INVALID);
    assert_int_equal(c18n_subscribe(request_pub(takes->opening), "room"), C18N_INVALID);
    assert_int_equal(c18n_resume(request_pub(verb), "room", 0), C18N_INVALID);
    assert_int_equal(c18n_resume(request_pub(a->opening), "room", 0), C18N_INVALID);
    read->head.self = &site.other.self; /* has no catch_up */
    assert_int_equal(c18n_resume(request_pub(read), "room", 0), C18N_INVALID);
    publication = to_channel(log, 0);
    c18n_out *large = frame_of(request_pub(bare), "t", log, 0);
    char *bytes = c18n_alloc(request_pub(bare), 300000);
    memset(bytes, 'x', 299999);
    c18n_out_text(large, "content", bytes);
    assert_int_equal(c18n_publish(request_pub(bare), &publication, large), C18N_TOO_LARGE);
    assert_int_equal(c18n_publish(request_pub(bare), &publication, NULL), C18N_NO_MEMORY);
    request_free(bare);
    request_free(verb);
    request_free(read);
    client_opened(a);
    client_free(a);
    client_opened(takes);
    client_free(takes);
}

static void a_socket_listens_to_so_many_channels_and_no_more(void **state)
{
    (void)state;
    char name[16];
    struct client *a = client_connect_to(&site.delivers, "u1", 0);
    for (int i = 0; i < LIVE_CHANNELS_MOST; i++) {
        snprintf(name, sizeof name, "room-%d", i);
        assert_int_equal(c18n_subscribe(request_pub(a->opening), name), C18N_OK);
    }
    assert_int_equal(c18n_subscribe(request_pub(a->opening), "one more"), C18N_LIMITED);
    client_opened(a);
    assert_int_equal(a->socket->subscription_count, LIVE_CHANNELS_MOST);
    struct log *log = log_new("one more");
    for (log->end = 1; log->end < 4;
         log->end++) { /* what is for the person comes all the same, but isn't listened to */
        const c18n_publication publication = {
            .size = sizeof publication, .channel = log->name, .user = "u1", .number = log->end};
        c18n_request *rq = write_begin(NULL);
        assert_int_equal(c18n_publish(rq, &publication, frame_of(rq, "m", log, log->end)), C18N_OK);
        write_commit();
    }
    site_settle();
    assert_string_equal(client_said(a, log), "m1 m2 m3");
    assert_int_equal(a->socket->subscription_count, LIVE_CHANNELS_MOST);
    assert_int_equal(a->closed_with, 0);
    log_join(log, "u1", LIVE_NO_POSITION);
    site_settle();
    assert_int_equal(a->closed_with, WS_FAILED);
    client_free(a);
}

static void sockets_of_a_person_are_counted_on_all_lanes(void **state)
{
    (void)state;
    struct client *a = client_connect("u1", 0), *b = client_connect("u1", 1),
                  *takes = client_connect_to(&site.takes, "u1", 1);
    assert_int_equal(c18n_socket_count(&site.module.self, "u1"), 2);
    assert_ptr_equal(live_people_find(&site.lanes[1], "u1"), takes->socket);
    assert_ptr_equal(takes->socket->same_person, b->socket);
    client_free(b);
    assert_null(takes->socket->same_person);
    assert_int_equal(c18n_socket_count(&site.module.self, "u1"), 1);
    assert_int_equal(c18n_socket_count(&site.module.self, "u2"), 0);
    client_free(a);
    client_free(takes);
    assert_int_equal(c18n_socket_count(&site.module.self, "u1"), 0);
    assert_null(live_people_find(&site.lanes[1], "u1"));
}

/* A commit that failed so that nobody knows whether it is history: who may have left hears nothing until it is known.
 */
static void a_leave_in_doubt_closes_the_sockets(void **state)
{
    (void)state;
    struct log *log = log_new("room");
    log->members[1] = log->members[2] = true;
    struct client *a = client_connect("u1", 0), *b = client_connect("u2", 0);
    c18n_request *rq = write_begin(NULL);
    assert_int_equal(c18n_leave(rq, "u1", log->name, true), C18N_OK);
    site.data_state = C18N_NO_SPACE; /* that is known to be undone */
    write_undo();
    site_settle();
    assert_int_equal(a->closed_with, 0);
    rq = write_begin(NULL);
    assert_int_equal(c18n_leave(rq, "u1", log->name, true), C18N_OK);
    site.data_state = C18N_UNAVAILABLE;
    write_undo();
    site_settle();
    assert_int_equal(a->closed_with, WS_RESTART);
    assert_int_equal(b->closed_with, 0);
    client_free(a);
    client_free(b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(numbers_reach_all_listeners_on_all_lanes),
        TEST(nothing_is_told_before_the_commit_and_nothing_that_is_undone),
        TEST(the_sender_goes_without_and_loses_no_place),
        TEST(what_comes_twice_is_dropped),
        TEST(each_gets_it_once_of_several_channels),
        TEST(a_person_is_told_on_all_delivering_sockets_after_hello),
        TEST(a_person_is_subscribed_by_a_publication),
        TEST(a_person_in_a_channel_of_many),
        TEST(channels_of_two_modules_are_two),
        TEST(who_lost_all_is_closed_and_who_left_is_not),
        TEST(a_full_queue_closes_one_alone),
        TEST(calls_that_make_no_sense_are_refused),
        TEST(a_socket_listens_to_so_many_channels_and_no_more),
        TEST(sockets_of_a_person_are_counted_on_all_lanes),
        TEST(a_leave_in_doubt_closes_the_sockets),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
