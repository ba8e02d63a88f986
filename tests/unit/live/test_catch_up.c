/* Who missed something gets it, once and in order, whatever happens while it is read. */
#include "live/recent.h"
#include "site.h"

enum { SWEEP_US = 250 * 1000 };

static struct log *room_with(const char *name, uint64_t end)
{
    struct log *log = log_new(name);
    log->members[1] = log->members[2] = true;
    log->end = end;
    return log;
}

/* A commit of which the lanes never heard. */
static void write_untold(struct log *log)
{
    log->end++;
}

static void say_typing(const struct log *log)
{
    struct request *request = request_new(NULL, NULL);
    const c18n_publication publication = {.size = sizeof publication, .channel = log->name};
    assert_int_equal(c18n_publish(request_pub(request), &publication, frame_of(request_pub(request), "t", log, 0)),
                     C18N_OK);
    request_free(request);
    for (size_t i = 0; i < LANES; i++)
        while (lane_step(i))
            ;
}

static void tell(void)
{
    write_tell();
    for (size_t i = 0; i < LANES; i++)
        while (lane_step(i))
            ;
}

/* --- gaps and resumes --- */

static void a_gap_is_read_from_the_log(void **state)
{
    (void)state;
    struct log *log = room_with("room", 0);
    struct client *a = client_connect("u1", 0);
    log_write(log);
    tell();
    write_untold(log);
    write_untold(log);
    log_write(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m1 m2 m3 m4");
    assert_null(a->socket->catch_up);
    assert_int_equal(site.reads, 1);
    client_free(a);
}

static void a_resume_gives_what_is_after_it_and_then_what_is_new(void **state)
{
    (void)state;
    struct log *log = room_with("room", 5);
    struct client *a = client_connect("u1", 0);
    client_resume(a, log, 2);
    site_settle();
    assert_string_equal(client_said(a, log), "m3 m4 m5");
    log_write(log);
    tell();
    assert_string_equal(client_said(a, log), "m6");
    client_resume(a, log, 4); /* again, from before what it has: what it says, it gets */
    client_resume(a, log, 5);
    log_write(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m6 m7");
    client_resume(a, log, 7);
    site_settle();
    log_write(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m8");
    client_free(a);
}

static void a_log_of_thousands_comes_in_batches(void **state)
{
    (void)state;
    struct log *log = room_with("room", 10000);
    struct client *a = client_connect("u1", 0);
    client_resume(a, log, 0);
    for (site_settle(); a->count < log->end; site_settle()) {
        assert_true(a->tell_drained); /* it waits for the queue, and asks for nothing meanwhile */
        assert_in_range(a->queued, LIVE_QUEUE_MOST / 2, LIVE_QUEUE_MOST / 2 + LIVE_BATCH_BYTES + 512);
        assert_int_equal(site.pool.work.count, 0);
        client_drain(a);
    }
    for (uint64_t i = 0; i < log->end; i++)
        assert_int_equal(a->heard[i].number, i + 1);
    assert_int_equal(a->count, log->end);
    assert_int_equal(a->closed_with, 0);
    assert_int_equal(site.frames_read, log->end);
    client_free(a);
}

/* --- publications while a read is away --- */

static void what_comes_during_a_read_ends_it(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *a = client_connect("u1", 0);
    client_resume(a, log, 0);
    assert_true(pool_step()); /* it reads 1 to 3, and is on its way back */
    for (int i = 0; i < 100; i++) {
        log_write(log);
        write_tell();
    }
    /* The lane hears the hundred after the read's return, or before: here the read is last. */
    struct task *read = queue_take(&site.loops[0].mail);
    queue_add(&site.on_its_way, read);
    tell();
    assert_string_equal(client_said(a, log), "");
    site_settle();
    assert_int_equal(a->count, 103);
    for (uint64_t i = 0; i < 103; i++)
        assert_int_equal(a->heard[i].number, i + 1);
    assert_int_equal(site.reads, 1); /* else a busy room would be read for ever */
    assert_null(live_channel_find(&site.lanes[0],
                                  &(struct live_channel_name){&site.module.self, "room",
                                                              live_channel_hash(&site.live, &site.module.self, "room")})
                    ->recent);
    client_free(a);
}

/* By one: a single number is neither in the read nor kept. */
static void more_than_is_kept_is_read(void **state)
{
    (void)state;
    static const int beyond[] = {1, 10};
    static const char *const names[] = {"one", "ten"};
    for (size_t i = 0; i < 2; i++) {
        struct log *log = room_with(names[i], 3);
        struct client *a = client_connect("u1", 0);
        site.reads = 0;
        client_resume(a, log, 0);
        assert_true(pool_step());
        queue_add(&site.on_its_way, queue_take(&site.loops[0].mail));
        for (int j = 0; j < LIVE_RECENT_MOST + beyond[i]; j++)
            log_write(log);
        tell();
        site_settle();
        assert_int_equal(a->count, log->end);
        for (uint64_t j = 0; j < log->end; j++)
            assert_int_equal(a->heard[j].number, j + 1);
        assert_int_equal(site.reads, 2);
        client_free(a);
    }
}

/* Commits are seen by reads before the lanes hear of them. */
static void what_the_read_had_already_is_dropped(void **state)
{
    (void)state;
    struct log *log = room_with("room", 1);
    struct client *a = client_connect("u1", 0);
    client_resume(a, log, 0);
    log_write(log);
    log_write(log);
    while (site_step())
        ;
    assert_string_equal(client_said(a, log), "m1 m2 m3");
    log_write(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m4");
    client_free(a);
}

static void a_sender_that_catches_up_has_each_number_once(void **state)
{
    (void)state;
    struct log *log = room_with("room", 1);
    struct client *a = client_connect("u1", 0);
    client_resume(a, log, 0);
    log_publish(write_begin(a), log, C18N_NOT_TO_SENDER);
    write_commit(); /* in the log before the read: comes as a message */
    assert_true(pool_step());
    queue_add(&site.on_its_way, queue_take(&site.loops[0].mail));
    log_publish(write_begin(a), log, C18N_NOT_TO_SENDER);
    write_commit(); /* after it: is kept, and not for the sender */
    log_write(log);
    tell();
    site_settle();
    assert_string_equal(client_said(a, log), "m1 m2 m4");
    client_free(a);
}

static void a_number_for_one_person_is_read_when_it_comes_during_a_read(void **state)
{
    (void)state;
    struct log *log = room_with("u1>u2", 2);
    struct client *a = client_connect("u1", 0);
    client_resume(a, log, 0);
    assert_true(pool_step());
    queue_add(&site.on_its_way, queue_take(&site.loops[0].mail));
    const c18n_publication publication = {
        .size = sizeof publication, .channel = log->name, .user = "u1", .number = ++log->end};
    c18n_request *rq = write_begin(NULL);
    assert_int_equal(c18n_publish(rq, &publication, frame_of(rq, "m", log, log->end)), C18N_OK);
    write_commit();
    tell();
    site_settle();
    assert_string_equal(client_said(a, log), "m1 m2 m3");
    client_free(a);
}

/* --- opening --- */

static void what_opening_finds_and_what_comes_meanwhile(void **state)
{
    (void)state;
    struct log *log = room_with("room", 5), *joined = log_new("joined"), *whole = log_new("whole");
    struct client *a = client_connect_to(&site.delivers, "u1", 0);
    client_reads(a);
    log_write(log); /* before hello: may be missed */
    log_join(joined, "u1", LIVE_NO_POSITION);
    whole->end = 2;
    log_join(whole, "u1", 0);
    tell();
    log_write(whole);
    log_write(joined);
    tell();
    site_settle();
    assert_int_equal(a->count, 0); /* nothing before hello */
    client_opened(a);
    site_settle();
    assert_string_equal(client_said(a, whole), "m1 m2 m3");
    log_write(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m7");
    log_write(joined);
    site_settle();
    assert_string_equal(client_said(a, joined), "m2");
    client_free(a);
}

static void what_is_left_while_opening_stays_left(void **state)
{
    (void)state;
    struct log *left = room_with("left", 0), *back = room_with("back", 0), *brief = log_new("brief");
    struct client *a = client_connect_to(&site.delivers, "u1", 0);
    client_reads(a); /* sees the first two */
    log_join(brief, "u1", 0);
    log_leave(brief, "u1", true); /* listens to nothing now, but only until it is open */
    log_leave(left, "u1", true);
    log_leave(back, "u1", true);
    tell();
    log_join(back, "u1", LIVE_NO_POSITION);
    tell();
    client_opened(a);
    log_write(left);
    log_write(back);
    site_settle();
    assert_string_equal(client_said(a, back), "m1");
    assert_int_equal(a->closed_with, 0);
    client_free(a);
}

static void a_first_message_while_opening(void **state)
{
    (void)state;
    struct log *log = log_new("u1>u2");
    struct client *a = client_connect_to(&site.delivers, "u1", 0);
    client_reads(a);
    log->members[1] = true;
    log->end = 1;
    const c18n_publication publication = {.size = sizeof publication, .channel = log->name, .user = "u1", .number = 1};
    c18n_request *rq = write_begin(NULL);
    assert_int_equal(c18n_publish(rq, &publication, frame_of(rq, "m", log, 1)), C18N_OK);
    write_commit();
    tell();
    assert_int_equal(a->count, 0);
    client_opened(a);
    site_settle();
    assert_string_equal(client_said(a, log), "m1");
    client_free(a);
}

static void a_socket_that_closes_while_opening(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *a = client_connect_to(&site.delivers, "u1", 0);
    client_reads(a);
    log_leave(log, "u1", true);
    log_join(log, "u1", 0);
    tell();
    client_gone(a); /* then `opened` is back */
    assert_int_equal(atomic_load(&site.lanes[0].listening), 0);
    client_free(a);
}

/* --- leaving --- */

static void what_is_read_for_who_left_is_not_sent(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *a = client_connect("u1", 0), *b = client_connect("u2", 0);
    client_resume(a, log, 0);
    assert_true(pool_step());
    queue_add(&site.on_its_way, queue_take(&site.loops[0].mail));
    log_leave(log, "u1", false);
    log_write(log);
    tell();
    site_settle();
    assert_string_equal(client_said(a, log), "");
    assert_string_equal(client_said(b, log), "m4");
    assert_null(a->socket->catch_up);
    client_free(a);
    client_free(b);
}

static void who_left_and_came_back_gets_what_the_second_time_is_for(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *a = client_connect("u1", 0);
    client_resume(a, log, 0);
    assert_true(pool_step());
    queue_add(&site.on_its_way, queue_take(&site.loops[0].mail));
    log_leave(log, "u1", false);
    log_join(log, "u1", 2);
    log_write(log);
    tell();
    site_settle();
    assert_string_equal(client_said(a, log), "m3 m4");
    client_free(a);
}

/* The read of a resume saw the membership; it was lost before the ack went out. */
static void an_old_resume_gives_nothing(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *a = client_connect("u1", 0);
    log_leave(log, "u1", false);
    tell();
    client_resume(a, log, 0);
    log_write(log);
    tell();
    say_typing(log);
    assert_string_equal(client_said(a, log), "");
    site_settle();
    assert_string_equal(client_said(a, log), "");
    assert_int_equal(a->socket->subscription_count, 0);
    client_free(a);
}

static void a_join_is_newer_than_what_an_old_read_says(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *a = client_connect("u1", 0);
    log_leave(log, "u1", false);
    tell();
    client_resume(a, log, 1);
    assert_true(pool_step()); /* "may not" */
    queue_add(&site.on_its_way, queue_take(&site.loops[0].mail));
    log_join(log, "u1", 3);
    tell();
    log_write(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m2 m3 m4");
    client_free(a);
}

static int begins_at_three(c18n_request *rq, const char *channel, uint64_t after, c18n_frames *frames, void *module)
{
    return after < 3 ? C18N_FORBIDDEN : play_catch_up(rq, channel, after, frames, module);
}

/* Joined anew, and what was resumed is from before that: going on without a word would be a gap. */
static void a_join_from_another_position_than_an_old_resume(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *a = client_connect("u1", 0);
    site.descriptor.catch_up = begins_at_three;
    log_leave(log, "u1", false);
    tell();
    client_resume(a, log, 1);
    log_join(log, "u1", 3);
    tell();
    site_settle();
    assert_string_equal(client_said(a, log), "");
    assert_int_equal(a->closed_with, WS_RESTART);
    client_free(a);
}

static void what_passes_is_heard_while_catching_up_after_a_gap(void **state)
{
    (void)state;
    struct log *log = room_with("room", 0);
    struct client *a = client_connect("u1", 0);
    log_write(log);
    tell();
    write_untold(log);
    log_write(log);
    tell();
    say_typing(log);
    site_settle();
    assert_string_equal(client_said(a, log), "m1 t0 m2 m3");
    client_free(a);
}

/* --- failures --- */

static void sweep(struct live_lane *lane, int64_t us)
{
    site.now_us += us;
    live_listen_tick(lane);
    site_settle();
}

static void an_error_is_tried_again_later_and_later(void **state)
{
    (void)state;
    int *const faults[] = {&site.catch_up_code, &site.read_fault, &site.auth_code};
    struct log *log = room_with("room", 3);
    struct client *a = client_connect("u1", 0);
    for (size_t i = 0; i < 3; i++) {
        *faults[i] = C18N_UNAVAILABLE;
        client_resume(a, log, 0);
        site_settle();
        sweep(&site.lanes[0], SWEEP_US);
        size_t reads = site.reads;
        sweep(&site.lanes[0], SWEEP_US); /* the second waits twice as long */
        assert_int_equal(site.reads, reads);
        *faults[i] = C18N_OK;
        log_write(log);
        site_settle();
        assert_string_equal(client_said(a, log), "");
        sweep(&site.lanes[0], SWEEP_US);
        assert_int_equal(a->count, log->end);
        assert_null(a->socket->catch_up);
        a->count = 0;
    }
    assert_int_equal(a->closed_with, 0);
    client_free(a);
}

static void a_full_pool_is_tried_again(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *a = client_connect("u1", 0), *b = client_connect("u2", 0);
    site.pool.full = true;
    client_resume(a, log, 0);
    client_resume(b, log, 0);
    site_settle();
    client_free(b); /* while it waits */
    site.pool.full = false;
    sweep(&site.lanes[0], SWEEP_US);
    assert_string_equal(client_said(a, log), "m1 m2 m3");
    client_free(a);
}

static void a_log_that_ends_too_early_is_no_end(void **state)
{
    (void)state;
    struct log *log = room_with("room", 0);
    struct client *a = client_connect("u1", 0);
    log_write(log);
    tell();
    log->end = 4;
    log_write(log); /* 5 */
    write_tell();
    log->end = 3;
    site_settle();
    assert_string_equal(client_said(a, log), "m1 m2 m3");
    log->end = 5;
    sweep(&site.lanes[0], SWEEP_US);
    assert_string_equal(client_said(a, log), "m4 m5");
    client_free(a);
}

static int skips_one(c18n_request *rq, const char *channel, uint64_t after, c18n_frames *frames, void *module)
{
    (void)module;
    assert_int_equal(c18n_add_frame(frames, after + 2, frame_of(rq, "m", log_of(channel), after + 2)), C18N_INVALID);
    return C18N_OK;
}

static void a_module_that_skips_a_number_is_not_believed(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *a = client_connect("u1", 0);
    site.descriptor.catch_up = skips_one;
    client_resume(a, log, 0);
    site_settle();
    assert_string_equal(client_said(a, log), "");
    site.descriptor.catch_up = play_catch_up;
    sweep(&site.lanes[0], SWEEP_US);
    assert_string_equal(client_said(a, log), "m1 m2 m3");
    client_free(a);
}

/* --- many at once --- */

static void so_many_reads_are_away_and_no_more(void **state)
{
    (void)state;
    struct log *log = room_with("room", 3);
    struct client *clients[3 * LIVE_READS_MOST];
    for (size_t i = 0; i < 3 * LIVE_READS_MOST; i++) {
        clients[i] = client_connect("u1", 0);
        client_resume(clients[i], log, 0);
    }
    assert_int_equal(site.pool.work.count, LIVE_READS_MOST);
    client_free(clients[0]);                   /* its read is away */
    client_free(clients[LIVE_READS_MOST + 1]); /* it waits for its turn */
    site_settle();
    for (size_t i = 1; i < 3 * LIVE_READS_MOST; i++) {
        if (i == LIVE_READS_MOST + 1)
            continue;
        assert_string_equal(client_said(clients[i], log), "m1 m2 m3");
        client_free(clients[i]);
    }
}

static void the_channels_of_a_socket_take_turns(void **state)
{
    (void)state;
    struct log *large = room_with("large", 2000), *small = room_with("small", 2);
    struct client *a = client_connect("u1", 0);
    client_resume(a, large, 0);
    client_resume(a, small, 0);
    for (site_settle(); a->tell_drained; site_settle())
        client_drain(a);
    size_t at = 0;
    while (a->heard[at].log != (uint32_t)(small - site.logs))
        at++;
    assert_in_range(at, 0, 2 * LIVE_BATCH_MOST); /* the large one didn't keep it waiting */
    assert_int_equal(a->count, 2002);
    client_free(a);
}

/* The queue filled up while the read was away: what it brought waits. */
static void a_batch_waits_for_room(void **state)
{
    (void)state;
    struct log *log = room_with("room", 300);
    struct client *a = client_connect("u1", 0);
    client_resume(a, log, 0);
    assert_true(pool_step());
    a->queued = LIVE_QUEUE_MOST - 100;
    site_settle();
    assert_int_equal(a->count, 0);
    assert_true(a->tell_drained);
    client_drain(a);
    site_settle();
    assert_int_equal(a->count, 300);
    client_resume(a, log, 0); /* and closes while it waits */
    assert_true(pool_step());
    a->queued = LIVE_QUEUE_MOST - 100;
    site_settle();
    client_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_gap_is_read_from_the_log),
        TEST(a_resume_gives_what_is_after_it_and_then_what_is_new),
        TEST(a_log_of_thousands_comes_in_batches),
        TEST(what_comes_during_a_read_ends_it),
        TEST(more_than_is_kept_is_read),
        TEST(what_the_read_had_already_is_dropped),
        TEST(a_sender_that_catches_up_has_each_number_once),
        TEST(a_number_for_one_person_is_read_when_it_comes_during_a_read),
        TEST(what_opening_finds_and_what_comes_meanwhile),
        TEST(what_is_left_while_opening_stays_left),
        TEST(a_first_message_while_opening),
        TEST(a_socket_that_closes_while_opening),
        TEST(what_is_read_for_who_left_is_not_sent),
        TEST(who_left_and_came_back_gets_what_the_second_time_is_for),
        TEST(an_old_resume_gives_nothing),
        TEST(a_join_is_newer_than_what_an_old_read_says),
        TEST(a_join_from_another_position_than_an_old_resume),
        TEST(what_passes_is_heard_while_catching_up_after_a_gap),
        TEST(an_error_is_tried_again_later_and_later),
        TEST(a_full_pool_is_tried_again),
        TEST(a_log_that_ends_too_early_is_no_end),
        TEST(a_module_that_skips_a_number_is_not_believed),
        TEST(so_many_reads_are_away_and_no_more),
        TEST(the_channels_of_a_socket_take_turns),
        TEST(a_batch_waits_for_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
