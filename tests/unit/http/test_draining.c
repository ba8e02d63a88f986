/* Draining and stopping (P2): what was asked, or is about to be, is answered. */
#include "client.h"

#include "c18n/abi.h"

#define HOST  "Host: x\r\n"
#define HELLO "GET /hello HTTP/1.1\r\n" HOST "\r\n"

static struct site site;

static void test_drain(void **state)
{
    char room[256];
    (void)state;
    site_start(&site, (struct http_options){.listen = NULL});
    int idle = client_connect(&site), busy = client_connect(&site), half = client_connect(&site);
    client_say(idle, HELLO);
    struct reply reply = client_read_until(idle, "hello", 1);
    reply_free(&reply);
    client_say(busy, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    client_say(half, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 3\r\n\r\na");
    SITE_WAIT(site_has_later(&site));
    SITE_WAIT(http_connections(site.server) == 3);
    site_pause(50);
    http_drain(site.server);
    assert_int_equal(http_in_flight(site.server), 3); /* the idle one may ask once more, and does */
    client_say(idle, HELLO);
    reply = client_read_all(idle, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Connection", room), "close");
    assert_true(reply.closed);
    reply_free(&reply);
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    address.sin_port = htons((uint16_t)strtoul(strrchr(http_listening(site.server), ':') + 1, NULL, 10));
    int late = socket(AF_INET, SOCK_STREAM, 0);
    assert_int_equal(connect(late, (struct sockaddr *)&address, sizeof address), -1);
    site_answer_later(&site);
    reply = client_read_all(busy, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Connection", room), "close");
    assert_true(reply.closed);
    reply_free(&reply);
    client_say(half, "bc");
    reply = client_read_all(half, CLIENT_PATIENCE_MS);
    assert_string_equal(reply_body(&reply), "abc");
    assert_true(reply.closed);
    reply_free(&reply);
    close(idle), close(busy), close(half), close(late);
    SITE_WAIT(http_connections(site.server) == 0);
    site_end(&site);
}

/* Connected, but not accepted yet when the drain begins: still served. */
static void test_drain_takes_the_backlog(void **state)
{
    enum { COUNT = 20 };
    int fds[COUNT];
    (void)state;
    site_start(&site, (struct http_options){.listen = NULL});
    for (int i = 0; i < COUNT; i++) {
        fds[i] = client_connect(&site);
        client_say(fds[i], HELLO);
    }
    http_drain(site.server);
    for (int i = 0; i < COUNT; i++) {
        struct reply reply = client_read_all(fds[i], CLIENT_PATIENCE_MS);
        assert_int_equal(reply.status, 200);
        assert_true(reply.closed);
        reply_free(&reply);
        close(fds[i]);
    }
    site_end(&site);
}

/* Nothing was said yet when the drain begins: who is about to ask is served, who is silent is not waited for; what is
 * half sent counts as in flight. */
static void test_drain_awaits_requests_on_their_way(void **state)
{
    (void)state;
    site_start(&site, (struct http_options){.listen = NULL});
    int soon = client_connect(&site), silent = client_connect(&site), half = client_connect(&site);
    client_say(half, "GET /hel");
    SITE_WAIT(http_connections(site.server) == 3);
    site_pause(50);
    http_drain(site.server);
    assert_int_equal(http_in_flight(site.server), 3);
    client_say(soon, HELLO);
    client_say(half, "lo HTTP/1.1\r\n" HOST "\r\n");
    const int asked[] = {soon, half};
    for (int i = 0; i < 2; i++) {
        struct reply reply = client_read_all(asked[i], CLIENT_PATIENCE_MS);
        assert_int_equal(reply.status, 200);
        assert_true(reply.closed);
        reply_free(&reply);
    }
    struct reply reply = client_read_all(silent, CLIENT_PATIENCE_MS);
    assert_true(reply.closed && reply.length == 0);
    reply_free(&reply);
    SITE_WAIT(http_in_flight(site.server) == 0);
    close(soon), close(silent), close(half);
    site_end(&site);
}

/* Answers that were whole before the drain, but waited for one before them: the connection may ask once more. */
static void test_drain_while_answers_wait(void **state)
{
    char room[256];
    (void)state;
    site_start(&site, (struct http_options){.listen = NULL});
    int fd = client_connect(&site);
    client_say(fd, "GET /later HTTP/1.1\r\n" HOST "\r\n" HELLO);
    SITE_WAIT(site_has_later(&site));
    http_drain(site.server);
    site_answer_later(&site);
    struct reply reply = client_read_until(fd, "hello", 1);
    assert_null(strstr(reply.text, "Connection: close"));
    reply_free(&reply);
    client_say(fd, HELLO);
    reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Connection", room), "close");
    assert_true(reply.closed);
    reply_free(&reply);
    close(fd);
    SITE_WAIT(http_in_flight(site.server) == 0);
    site_end(&site);
}

static void test_stop_in_the_middle(void **state)
{
    (void)state;
    site_start(&site, (struct http_options){.listen = NULL});
    int later = client_connect(&site), stream = client_connect(&site), half = client_connect(&site);
    client_say(later, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    client_say(stream, "GET /stream?100000 HTTP/1.1\r\n" HOST "\r\n");
    client_say(half, "GET /hel");
    SITE_WAIT(http_in_flight(site.server) == 2);
    http_stop(site.server);
    assert_int_equal(http_connections(site.server), 0);
    SITE_WAIT(http_in_flight(site.server) == 1); /* the stream's handler was told */
    site_answer_later(&site);
    SITE_WAIT(http_in_flight(site.server) == 0);
    http_stop(site.server); /* again is harmless */
    close(later), close(stream), close(half);
    site_end(&site);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_drain),
        cmocka_unit_test(test_drain_takes_the_backlog),
        cmocka_unit_test(test_drain_awaits_requests_on_their_way),
        cmocka_unit_test(test_drain_while_answers_wait),
        cmocka_unit_test(test_stop_in_the_middle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
