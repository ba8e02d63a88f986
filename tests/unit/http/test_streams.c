/* Streams, slow readers (H10), and answers that come after the client has left. */
#include "client.h"

#define HOST "Host: x\r\n"
#define LAST "Connection: close\r\n"

static struct site site;

static void hang_up(int fd) /* with a reset, so that the server knows at once */
{
    struct linger hard = {.l_onoff = 1, .l_linger = 0};
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &hard, sizeof hard);
    close(fd);
}

static size_t unchunk(const char *at, const char *end, bool *ret_whole)
{
    size_t total = 0;
    *ret_whole = false;
    while (at < end) {
        char *after;
        size_t size = strtoul(at, &after, 16);
        assert_memory_equal(after, "\r\n", 2);
        at = after + 2 + size;
        if (at + 2 > end)
            break;
        assert_memory_equal(at, "\r\n", 2);
        at += 2;
        total += size;
        if (size == 0) {
            *ret_whole = at == end;
            break;
        }
    }
    return total;
}

static void test_chunked(void **state)
{
    char room[256];
    bool whole;
    (void)state;
    int fd = client_connect(&site);
    client_say(fd, "GET /stream?20 HTTP/1.1\r\n" HOST LAST "\r\n");
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_string_equal(reply_header(&reply, "Transfer-Encoding", room), "chunked");
    assert_string_equal(reply_header(&reply, "Content-Length", room), "");
    assert_int_equal(unchunk(reply_body(&reply), reply.text + reply.length, &whole), 20 * SITE_PIECE);
    assert_true(whole);
    reply_free(&reply);
    close(fd);
}

static void test_empty_stream_keeps_alive(void **state)
{
    int fd = client_connect(&site);
    (void)state;
    client_say(fd, "GET /stream?0 HTTP/1.1\r\n" HOST "\r\nHEAD /stream?3 HTTP/1.1\r\n" HOST
                   "\r\nGET /hello HTTP/1.1\r\n" HOST LAST "\r\n");
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_memory_equal(reply_body(&reply), "0\r\n\r\nHTTP/1.1 200 OK\r\n", 22);
    const char *head = strstr(reply_body(&reply), "\r\n\r\nHTTP") + 4;
    const char *next = strstr(head, "\r\n\r\n") + 4;
    assert_memory_equal(next, "HTTP/1.1 200 OK\r\n", 17); /* HEAD: a head and not one chunk */
    assert_non_null(strstr(next, "hello"));
    reply_free(&reply);
    close(fd);
}

static void test_old_version(void **state)
{
    char room[256];
    (void)state;
    int fd = client_connect(&site);
    client_say(fd, "GET /stream?2 HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n");
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_string_equal(reply_header(&reply, "Transfer-Encoding", room), "");
    assert_string_equal(reply_header(&reply, "Connection", room), "close");
    assert_int_equal(reply.length - (size_t)(reply_body(&reply) - reply.text), 2 * SITE_PIECE);
    assert_true(reply.closed);
    reply_free(&reply);
    close(fd);
}

static void test_sized(void **state)
{
    char room[256];
    (void)state;
    int fd = client_connect(&site);
    client_say(fd, "GET /sized?20 HTTP/1.1\r\n" HOST "\r\nHEAD /sized?20 HTTP/1.1\r\n" HOST
                   "\r\nGET /sized?0 HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST LAST "\r\n");
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_string_equal(reply_header(&reply, "Transfer-Encoding", room), "");
    assert_string_equal(reply_header(&reply, "Content-Length", room), "327680");
    const char *head = reply_body(&reply) + 20 * SITE_PIECE;
    assert_memory_equal(head, "HTTP/1.1 200 OK\r\n", 17);
    assert_non_null(strstr(head, "\r\nContent-Length: 327680\r\n"));
    const char *empty = strstr(head, "\r\n\r\n") + 4;
    assert_memory_equal(empty, "HTTP/1.1 200 OK\r\n", 17); /* HEAD: the same head, and no byte more */
    assert_non_null(strstr(empty, "\r\nContent-Length: 0\r\n"));
    assert_memory_equal(strstr(empty, "\r\n\r\n") + 4, "HTTP/1.1 200 OK\r\n", 17);
    assert_memory_equal(reply.text + reply.length - 5, "hello", 5);
    reply_free(&reply);
    close(fd);
}

static void test_sized_of_the_old_version(void **state)
{
    char room[256];
    (void)state;
    int fd = client_connect(&site);
    client_say(fd,
               "GET /sized?2 HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\nGET /hello HTTP/1.0\r\n" HOST "\r\n");
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_string_equal(reply_header(&reply, "Connection", room), "keep-alive"); /* its end is known without closing */
    assert_memory_equal(reply.text + reply.length - 5, "hello", 5);
    reply_free(&reply);
    close(fd);
}

static size_t body_of(const char *path)
{
    char line[128];
    int fd = client_connect(&site);
    snprintf(line, sizeof line, "GET %s HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST LAST "\r\n", path);
    client_say(fd, line);
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_true(reply.closed);
    assert_null(strstr(reply_body(&reply), "hello")); /* what follows would be taken for the rest of it */
    size_t length = reply.length - (size_t)(reply_body(&reply) - reply.text);
    reply_free(&reply);
    close(fd);
    return length;
}

static void test_sized_of_another_size_is_cut(void **state)
{
    (void)state;
    assert_int_equal(body_of("/sized?2,40000"), 2 * SITE_PIECE);
    assert_int_equal(body_of("/sized?3,40000"), 2 * SITE_PIECE); /* the third has no room */
    assert_int_equal(body_of("/sized?0,1"), 0);
}

static void test_cut(void **state)
{
    (void)state;
    int fd = client_connect(&site);
    client_say(fd, "GET /cut HTTP/1.1\r\n" HOST "\r\n");
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_true(reply.closed);
    assert_null(strstr(reply.text, "0\r\n\r\n")); /* nobody may take it for whole */
    reply_free(&reply);
    close(fd);
}

static void test_slow_reader(void **state)
{
    enum { PIECES = 2000 };
    bool whole;
    unsigned before = atomic_load(&site.sent);
    (void)state;
    int fd = client_connect(&site);
    client_say(fd, "GET /stream?2000 HTTP/1.1\r\n" HOST LAST "\r\n");
    for (unsigned seen = before; seen == before || seen != atomic_load(&site.sent);
         site_pause(50)) /* until the socket is full */
        seen = atomic_load(&site.sent);
    assert_true(atomic_load(&site.sent) - before < PIECES); /* what is not read is not made */
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_int_equal(unchunk(reply_body(&reply), reply.text + reply.length, &whole), PIECES * (size_t)SITE_PIECE);
    assert_true(whole);
    assert_int_equal(atomic_load(&site.sent) - before, PIECES);
    reply_free(&reply);
    close(fd);
}

static void test_slow_reader_stops_reading(void **state)
{
    unsigned before = atomic_load(&site.handled);
    (void)state;
    int fd = client_connect(&site);
    for (int i = 0; i < 200; i++)
        client_say(fd, "GET /page?1000000 HTTP/1.1\r\n" HOST "\r\n");
    site_pause(200);
    assert_true(atomic_load(&site.handled) - before < 200);
    assert_true(http_in_flight(site.server) <= 2); /* not even 16 answers of 1 MB wait for this client */
    hang_up(fd);
    SITE_WAIT(http_connections(site.server) == 0);
}

static void test_client_leaves_stream(void **state)
{
    unsigned gone = atomic_load(&site.gone), ended = atomic_load(&site.streams_ended);
    (void)state;
    int fd = client_connect(&site);
    client_say(fd, "GET /stream?100000 HTTP/1.1\r\n" HOST "\r\n");
    struct reply reply = client_read_until(fd, "\r\n\r\n", 1);
    reply_free(&reply);
    hang_up(fd);
    SITE_WAIT(atomic_load(&site.streams_ended) == ended + 1);
    assert_int_equal(atomic_load(&site.gone), gone + 1);
    SITE_WAIT(http_in_flight(site.server) == 0);
}

static void test_late_answer(void **state)
{
    unsigned answered = atomic_load(&site.answered);
    (void)state;
    int fd = client_connect(&site);
    client_say(fd, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    SITE_WAIT(site_has_later(&site));
    hang_up(fd);
    SITE_WAIT(http_connections(site.server) == 0);
    assert_int_equal(http_in_flight(site.server), 1); /* its memory is still its handler's */
    site_answer_later(&site);
    SITE_WAIT(http_in_flight(site.server) == 0);
    SITE_WAIT(atomic_load(&site.answered) == answered + 1);
}

static void test_never_answered(void **state)
{
    (void)state;
    int fd = client_connect(&site);
    client_say(fd, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    SITE_WAIT(site_has_later(&site));
    close(fd); /* the end of the tests finds this request open: http_free gives it back */
}

static int start(void **state)
{
    (void)state;
    site_start(&site, (struct http_options){.listen = NULL});
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
        cmocka_unit_test(test_chunked),
        cmocka_unit_test(test_empty_stream_keeps_alive),
        cmocka_unit_test(test_old_version),
        cmocka_unit_test(test_sized),
        cmocka_unit_test(test_sized_of_the_old_version),
        cmocka_unit_test(test_sized_of_another_size_is_cut),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_slow_reader),
        cmocka_unit_test(test_slow_reader_stops_reading),
        cmocka_unit_test(test_client_leaves_stream),
        cmocka_unit_test(test_late_answer),
        cmocka_unit_test(test_never_answered),
    };
    return cmocka_run_group_tests(tests, start, end);
}
