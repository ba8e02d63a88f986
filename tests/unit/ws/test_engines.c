/* What every engine does: messages both ways, limits, closing, pausing, heartbeats. Runs for each engine of the build.
 */
#include "pair.h"

static const struct ws_engine *engine;
static struct pair_lane lane;
static struct pair one, two;

static void begin(struct ws_options options)
{
    pair_lane_begin(&lane, engine, options);
    pair_begin_socket(&one, &lane);
}

static void end(void)
{
    pair_lane_end(&lane);
    close(one.client);
}

static void test_echo(void **state)
{
    static char large[60000];
    (void)state;
    begin((struct ws_options){.max_message = 0});
    one.echoes = true;
    pair_write_frame(&one, 0x81, "Hello", 5);
    pair_expect_frame(&one, 0x81, "Hello", 5);
    pair_write_frame(&one, 0x01, "Hel", 3);
    pair_write_frame(&one, 0x89, "p", 1);
    pair_write_frame(&one, 0x80, "lo", 2);
    pair_expect_frame(&one, 0x8a, "p", 1);
    pair_expect_frame(&one, 0x81, "Hello", 5);
    memset(large, 'x', sizeof large);
    pair_write_frame(&one, 0x82, large, sizeof large);
    pair_expect_frame(&one, 0x82, large, sizeof large);
    pair_write_frame(&one, 0x81, "", 0);
    pair_expect_frame(&one, 0x81, "", 0);
    assert_int_equal(atomic_load(&one.messages), 4);
    end();
}

/* Bytes that came behind the handshake are the first ones. */
static void test_early(void **state)
{
    char early[64];
    (void)state;
    pair_lane_begin(&lane, engine, (struct ws_options){.max_message = 0});
    size_t length = frames_add(early, 0x81, "early", 5), whole = length;
    length += frames_add(early + length, 0x81, "later", 5);
    pair_begin_as(&one, &lane, (struct ws_opening){.early = early, .early_length = whole + 3});
    PAIR_WAIT(atomic_load(&one.messages) == 1);
    assert_memory_equal(one.last, "early", 5);
    pair_write(&one, early + whole + 3, length - whole - 3);
    PAIR_WAIT(atomic_load(&one.messages) == 2);
    assert_memory_equal(one.last, "later", 5);
    end();
}

/* W6: who reads nothing has at most so much waiting. */
static void test_queue(void **state)
{
    enum { MOST = 50000, SIZE = 1000 };
    char text[SIZE];
    int code, count = 0;
    (void)state;
    begin((struct ws_options){.max_queue = MOST});
    memset(text, 'q', sizeof text);
    while ((code = pair_send_text(&one, text, SIZE)) == C18N_OK) {
        assert_true(pair_queued(&one) <= MOST);
        count++;
    }
    assert_int_equal(code, C18N_LIMITED);
    assert_true(count >= MOST / (SIZE + 4));
    pair_run(&lane, pair_do_tell_drained, &one);
    assert_int_equal(atomic_load(&one.drained), 0);
    for (int i = 0; i < count; i++)
        pair_expect_frame(&one, 0x81, text, SIZE);
    PAIR_WAIT(atomic_load(&one.drained) == 1);
    assert_int_equal(pair_queued(&one), 0);
    pair_run(&lane, pair_do_tell_drained, &one); /* it is empty already */
    PAIR_WAIT(atomic_load(&one.drained) == 2);
    end();
}

static void test_write_stall(void **state)
{
    static char text[60000];
    (void)state;
    begin((struct ws_options){.write_ms = 100});
    for (int i = 0; i < 4; i++)
        assert_int_equal(pair_send_text(&one, text, sizeof text), C18N_OK);
    PAIR_WAIT(atomic_load(&one.closed) == WS_GONE);
    end();
}

/* Our close: what was queued goes first; nothing is taken or told any more; it is over when the client's comes. */
static void test_close(void **state)
{
    (void)state;
    begin((struct ws_options){.max_message = 0});
    assert_int_equal(pair_send_text(&one, "last", 4), C18N_OK);
    pair_run(&lane, pair_do_close, &one);
    assert_int_equal(pair_send_text(&one, "too late", 8), C18N_GONE);
    pair_run(&lane, pair_do_close_now, &one); /* the first one counts */
    pair_expect_frame(&one, 0x81, "last", 4);
    pair_expect_frame(&one, 0x88,
                      "\x0f\xa0"
                      "because",
                      9);
    pair_write_frame(&one, 0x81, "unheard", 7);
    pair_write_frame(&one, 0x89, "", 0);
    pair_write_close(&one, 4000);
    pair_expect_end(&one);
    PAIR_WAIT(atomic_load(&one.closed) == 4000);
    assert_int_equal(atomic_load(&one.messages), 0);
    end();
}

/* A client that does not answer ours is waited for so long; one that leaves is not. */
static void test_close_unanswered(void **state)
{
    (void)state;
    begin((struct ws_options){.close_ms = 100});
    pair_run(&lane, pair_do_close, &one);
    pair_expect_close(&one, 4000);
    pair_expect_end(&one);
    PAIR_WAIT(atomic_load(&one.closed) == 4000);
    pair_begin_socket(&two, &lane);
    close(two.client);
    PAIR_WAIT(atomic_load(&two.closed) == WS_GONE);
    end();
}

/* What waits is dropped, but for a message that has begun to leave. */
static void test_close_now(void **state)
{
    static char text[60000];
    size_t length;
    uint8_t first;
    (void)state;
    begin((struct ws_options){.max_message = 0});
    for (int i = 0; i < 4; i++)
        assert_int_equal(pair_send_text(&one, text, sizeof text), C18N_OK);
    pair_run(&lane, pair_do_close_now, &one);
    assert_true(pair_queued(&one) < 3 * sizeof text);
    do {
        char *payload = pair_read_frame(&one, &first, &length);
        assert_true(first != 0x88 || memcmp(payload, "\x0f\xa0", 2) == 0);
        free(payload);
    } while (first != 0x88);
    pair_write_close(&one, 4000);
    PAIR_WAIT(atomic_load(&one.closed) == 4000);
    end();
}

static void test_client_closes(void **state)
{
    (void)state;
    begin((struct ws_options){.max_message = 0});
    one.echoes = true;
    pair_write_frame(&one, 0x81, "last", 4);
    pair_write_close(&one, 3001);
    pair_expect_frame(&one, 0x81, "last", 4);
    pair_expect_close(&one, 3001);
    pair_expect_end(&one);
    PAIR_WAIT(atomic_load(&one.closed) == 3001);
    pair_begin_socket(&two, &lane);
    pair_write_frame(&two, 0x88, "", 0);
    pair_expect_frame(&two, 0x88, "", 0);
    PAIR_WAIT(atomic_load(&two.closed) == WS_NO_CODE);
    close(two.client);
    end();
}

/* A fault is answered by its code, at once; what the client goes on to say does not reset the connection. */
static void test_fault(void **state)
{
    static char rest[30000];
    static const struct {
        const char *bytes;
        size_t length;
        int code;
    } rows[] = {
        {"\x81\x01x", 3, 1002},
        {"\x81\x81\0\0\0\0\xff", 7, 1007},
        {"\x81\xff\0\0\0\0\0\1\0\1\0\0\0\0", 14, 1009},
    };
    (void)state;
    begin((struct ws_options){.max_message = 0});
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        pair_begin_socket(&two, &lane);
        pair_write(&two, rows[i].bytes, rows[i].length);
        pair_write(&two, rest, sizeof rest);
        pair_expect_close(&two, rows[i].code);
        pair_expect_end(&two);
        PAIR_WAIT(atomic_load(&two.closed) == rows[i].code);
        assert_int_equal(atomic_load(&two.messages), 0);
        close(two.client);
    }
    end();
}

/* Messages that came in one read: the pause holds behind the first. */
static void test_pause(void **state)
{
    char frames[300];
    size_t length = 0;
    (void)state;
    begin((struct ws_options){.max_message = 0});
    one.pauses = true;
    for (int i = 0; i < 3; i++)
        length += frames_add(frames + length, 0x81, (char[]){(char)('a' + i)}, 1);
    pair_write(&one, frames, length);
    for (unsigned i = 1; i <= 3; i++) {
        PAIR_WAIT(atomic_load(&one.messages) == i);
        assert_int_equal(one.last[0], 'a' + (int)i - 1);
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL); /* would come now if it weren't paused */
        assert_int_equal(atomic_load(&one.messages), i);
        pair_run(&lane, pair_do_go_on, &one);
    }
    pair_run(&lane, pair_do_pause, &one);
    pair_write_frame(&one, 0x81, "d", 1);
    assert_int_equal(pair_send_text(&one, "out", 3), C18N_OK); /* sending goes on */
    pair_expect_frame(&one, 0x81, "out", 3);
    assert_int_equal(atomic_load(&one.messages), 3);
    pair_run(&lane, pair_do_close, &one); /* and so does closing */
    pair_expect_close(&one, 4000);
    pair_write_close(&one, 4000);
    PAIR_WAIT(atomic_load(&one.closed) == 4000);
    assert_int_equal(atomic_load(&one.messages), 3);
    end();
}

static void test_pings(void **state)
{
    (void)state;
    begin((struct ws_options){.max_message = 0});
    char frames[300];
    size_t length = 0;
    for (int i = 0; i < 10; i++)
        length += frames_add(frames + length, 0x89, (char[]){(char)i}, 1);
    length += frames_add(frames + length, 0x8a, "unasked", 7);
    pair_write(&one, frames, length);
    for (int i = 0; i < 10; i++)
        pair_expect_frame(&one, 0x8a, (char[]){(char)i}, 1);
    PAIR_WAIT(atomic_load(&one.controls) == 11);
    end();
}

/* Who pings and doesn't read is not read from in the end. */
static void test_ping_flood(void **state)
{
    enum { MOST = 20000 };
    char frame[WS_MAX_HEAD + 100], payload[100] = "";
    (void)state;
    begin((struct ws_options){.max_queue = MOST});
    size_t length = frames_add(frame, 0x89, payload, sizeof payload), sent = 0;
    fcntl(one.client, F_SETFL, O_NONBLOCK);
    for (int idle = 0; idle < 20;) {
        ssize_t count = send(one.client, frame + sent % length, length - sent % length, MSG_NOSIGNAL);
        if (count > 0) {
            sent += (size_t)count;
            idle = 0;
        } else {
            idle++;
            nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        }
        assert_true(sent < 64 << 20);
    }
    assert_true(pair_queued(&one) < MOST + 200);
    for (unsigned i = 0; i < sent / length; i++) /* none is lost */
        pair_expect_frame(&one, 0x8a, payload, sizeof payload);
    end();
}

static void test_heartbeats(void **state)
{
    (void)state;
    begin((struct ws_options){.ping_ms = 50, .silence_ms = 400});
    for (int i = 0; i < 12; i++) { /* for longer than the silence that is allowed */
        pair_expect_frame(&one, 0x89, "", 0);
        pair_write_frame(&one, 0x8a, "", 0);
        assert_int_equal(atomic_load(&one.closed), 0);
    }
    PAIR_WAIT(atomic_load(&one.closed) == WS_GONE);
    end();
}

/* Sockets that are left when a lane closes get no word. */
static void test_lane_close(void **state)
{
    static char text[60000];
    (void)state;
    begin((struct ws_options){.max_message = 0});
    pair_begin_socket(&two, &lane);
    assert_int_equal(pair_send_text(&one, text, sizeof text), C18N_OK);
    pair_lane_end(&lane);
    pair_expect_end(&two);
    assert_int_equal(atomic_load(&one.closed), 0);
    assert_int_equal(atomic_load(&two.closed), 0);
    close(one.client), close(two.client);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_echo),       cmocka_unit_test(test_early),
        cmocka_unit_test(test_queue),      cmocka_unit_test(test_write_stall),
        cmocka_unit_test(test_close),      cmocka_unit_test(test_close_unanswered),
        cmocka_unit_test(test_close_now),  cmocka_unit_test(test_client_closes),
        cmocka_unit_test(test_fault),      cmocka_unit_test(test_pause),
        cmocka_unit_test(test_pings),      cmocka_unit_test(test_ping_flood),
        cmocka_unit_test(test_heartbeats), cmocka_unit_test(test_lane_close),
    };
    static const char *const names[] = {"native", "libwebsockets"};
    int failed = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        engine = ws_engine_find(names[i]);
        if (engine)
            failed += cmocka_run_group_tests_name(names[i], tests, NULL, NULL);
    }
    return failed;
}
