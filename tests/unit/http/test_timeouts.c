/* H10: slow heads, slow bodies, slow readers, idle connections; with short time-outs. */
#include "client.h"

#define HOST "Host: x\r\n"

enum { HEADER_MS = 200, IDLE_MS = 400, WRITE_MS = 300, BODY_RATE = 1000 };

static struct site site;

static int64_t now_ms(void)
{
    return platform_monotonic_us() / 1000;
}

/* Sends, then waits for the end; gives how long that took. */
static int64_t wait_for_end(int fd, const char *bytes, struct reply *ret_reply)
{
    int64_t since = now_ms();
    client_say(fd, bytes);
    *ret_reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_true(ret_reply->closed);
    close(fd);
    return now_ms() - since;
}

static void test_slow_head(void **state)
{
    static const char *const heads[] = {"G", "GET /hello HTTP/1.1\r\n", "GET /hello HTTP/1.1\r\nHost: x\r\nA",
                                        "GET /hello HTTP/1.1\r\nHost: x\r\n\r"};
    char room[256];
    (void)state;
    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++) {
        struct reply reply;
        int64_t took = wait_for_end(client_connect(&site), heads[i], &reply);
        assert_int_equal(reply.status, 408);
        assert_string_equal(site.code, "request_timeout");
        assert_string_equal(reply_header(&reply, "Connection", room), "close");
        assert_true(took >= HEADER_MS);
        reply_free(&reply);
    }
}

/* Each byte is in time, but the head as a whole is not. */
static void test_dripping_head(void **state)
{
    int fd = client_connect(&site);
    int64_t since = now_ms();
    struct reply reply = {.text = NULL};
    (void)state;
    client_say(fd, "GET /hello HTTP/1.1\r\nHost: x\r\n");
    while (now_ms() - since < CLIENT_PATIENCE_MS && reply.length == 0) {
        client_say(fd, "a:b\r\n");
        client_more(fd, &reply, 60);
    }
    assert_int_equal(reply_status(reply.text), 408);
    reply_free(&reply);
    close(fd);
}

static void test_slow_body(void **state)
{
    struct reply reply;
    (void)state;
    int64_t took =
        wait_for_end(client_connect(&site), "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 100000\r\n\r\nabc", &reply);
    assert_int_equal(reply.status, 408);
    assert_true(took >= HEADER_MS);
    reply_free(&reply);
    wait_for_end(client_connect(&site), "POST /echo HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n",
                 &reply);
    assert_int_equal(reply.status, 408);
    reply_free(&reply);
}

/* Longer than any time-out, but at more than the least rate. */
static void test_steady_body(void **state)
{
    char piece[200];
    int fd = client_connect(&site);
    (void)state;
    memset(piece, 'a', sizeof piece);
    client_say(fd, "POST /echo HTTP/1.1\r\n" HOST "Connection: close\r\nContent-Length: 4000\r\n\r\n");
    for (int i = 0; i < 20; i++) {
        client_send(fd, piece, sizeof piece);
        site_pause(40);
    }
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 200);
    assert_int_equal(strlen(reply_body(&reply)), 4000);
    reply_free(&reply);
    close(fd);
}

static void test_idle(void **state)
{
    struct reply reply;
    (void)state;
    int64_t took = wait_for_end(client_connect(&site), "", &reply);
    assert_int_equal(reply.length, 0); /* nothing was asked, so nothing is said */
    assert_true(took >= IDLE_MS - 50);
    reply_free(&reply);
    took = wait_for_end(client_connect(&site), "GET /hello HTTP/1.1\r\n" HOST "\r\n", &reply);
    assert_int_equal(reply.status, 200);
    assert_null(strstr(reply.text, "HTTP/1.1 408")); /* these digits may be in an id */
    assert_true(took >= IDLE_MS - 50);
    reply_free(&reply);
}

static void test_stalled_reader(void **state)
{
    int fd = client_connect(&site);
    (void)state;
    int64_t since = now_ms();
    client_say(fd, "GET /stream?100000 HTTP/1.1\r\n" HOST "\r\n");
    SITE_WAIT(http_in_flight(site.server) == 1);
    SITE_WAIT(http_in_flight(site.server) == 0); /* given up, and its handler was told */
    assert_true(now_ms() - since >= WRITE_MS - 50);
    assert_true(atomic_load(&site.gone) > 0);
    close(fd);
}

static void test_slow_handler_is_no_time_out(void **state)
{
    int fd = client_connect(&site);
    (void)state;
    client_say(fd, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    SITE_WAIT(site_has_later(&site));
    site_pause(2 * IDLE_MS);
    site_answer_later(&site);
    struct reply reply = client_read_until(fd, "late", 1);
    assert_int_equal(reply.status, 200);
    reply_free(&reply);
    close(fd);
}

/* Refused, but still sending: the answer must arrive before the connection ends. */
static void test_refusal_survives_more_input(void **state)
{
    enum { SIZE = 600000 };
    char *bytes = malloc(SIZE);
    (void)state;
    for (int i = 0; i < 5; i++) {
        memset(bytes, 'a', SIZE);
        int head = snprintf(bytes, SIZE, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 2000000\r\n\r\n");
        bytes[head] = 'a';
        struct reply reply = client_ask(&site, bytes, SIZE, CLIENT_PATIENCE_MS);
        assert_int_equal(reply.status, 413);
        assert_true(reply.closed && !reply.reset);
        reply_free(&reply);
    }
    free(bytes);
}

static int start(void **state)
{
    (void)state;
    site_start(&site, (struct http_options){
                          .header_ms = HEADER_MS, .idle_ms = IDLE_MS, .write_ms = WRITE_MS, .body_rate = BODY_RATE});
    return 0;
}

static int end(void **state)
{
    (void)state;
    site_end(&site);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_slow_head),
        cmocka_unit_test(test_dripping_head),
        cmocka_unit_test(test_slow_body),
        cmocka_unit_test(test_steady_body),
        cmocka_unit_test(test_idle),
        cmocka_unit_test(test_stalled_reader),
        cmocka_unit_test(test_slow_handler_is_no_time_out),
        cmocka_unit_test(test_refusal_survives_more_input),
    };
    return cmocka_run_group_tests(tests, start, end);
}
