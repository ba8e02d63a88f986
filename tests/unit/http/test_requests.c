/* What works: keep-alive, pipelining (H11), bodies in both framings, HEAD, Expect (H12), gzip, ids, addresses (C5). */
#include "client.h"

#include <zlib.h>

#define HOST "Host: x\r\n"
#define LAST "Connection: close\r\n"

static struct site site;

static struct reply ask(const char *bytes)
{
    return client_ask(&site, bytes, strlen(bytes), CLIENT_PATIENCE_MS);
}

static void expect(const char *bytes, int status, const char *body)
{
    struct reply reply = ask(bytes);
    if (reply.status != status || strcmp(reply_body(&reply), body) != 0)
        fail_msg("%s\n-> %s", bytes, reply.text);
    reply_free(&reply);
}

static void test_plain(void **state)
{
    char room[256];
    (void)state;
    struct reply reply = ask("GET /hello HTTP/1.1\r\n" HOST LAST "\r\n");
    assert_int_equal(reply.status, 200);
    assert_true(reply.closed);
    assert_string_equal(reply_body(&reply), "hello");
    assert_string_equal(reply_header(&reply, "Content-Length", room), "5");
    assert_string_equal(reply_header(&reply, "Content-Type", room), "text/plain");
    assert_string_equal(reply_header(&reply, "Connection", room), "close");
    assert_string_equal(reply_header(&reply, "X-Content-Type-Options", room), "nosniff");
    assert_int_equal(strlen(reply_header(&reply, "X-Request-Id", room)), 36);
    assert_int_equal(strlen(reply_header(&reply, "Date", room)), 29);
    reply_free(&reply);
}

static void test_keep_alive(void **state)
{
    char room[256];
    int fd = client_connect(&site);
    (void)state;
    for (int i = 0; i < 50; i++) {
        client_say(fd, "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n"); /* the empty line before is forgiven */
        struct reply reply = client_read_until(fd, "hello", 1);
        assert_int_equal(reply.status, 200);
        assert_false(reply.closed);
        assert_string_equal(reply_header(&reply, "Connection", room), "");
        reply_free(&reply);
    }
    SITE_WAIT(http_connections(site.server) == 1); /* another loop may still be closing the test's before */
    close(fd);
    SITE_WAIT(http_connections(site.server) == 0);
}

static void test_old_version(void **state)
{
    char room[256];
    (void)state;
    struct reply reply = ask("GET /hello HTTP/1.0\r\n" HOST "\r\n");
    assert_int_equal(reply.status, 200);
    assert_true(reply.closed);
    reply_free(&reply);
    int fd = client_connect(&site);
    client_say(fd, "GET /hello HTTP/1.0\r\n" HOST "Connection: keep-alive\r\n\r\n");
    reply = client_read_until(fd, "hello", 1);
    assert_string_equal(reply_header(&reply, "Connection", room), "keep-alive");
    assert_false(reply.closed);
    reply_free(&reply);
    close(fd);
}

/* H11: in order, and no more than 16 at once with the handler. */
static void test_pipelining(void **state)
{
    enum { COUNT = 1000 };
    char *bytes = malloc(COUNT * 64 + 64);
    size_t length = 0;
    (void)state;
    for (int i = 0; i < COUNT; i++)
        length += (size_t)snprintf(bytes + length, 64, "GET /n%d HTTP/1.1\r\n" HOST "\r\n", i);
    length += (size_t)snprintf(bytes + length, 64, "BAD\r\n\r\n");
    struct reply reply = client_ask(&site, bytes, length, CLIENT_PATIENCE_MS);
    const char *at = reply.text;
    for (int i = 0; i < COUNT; i++) {
        char path[32];
        snprintf(path, sizeof path, "path=/n%d ", i);
        at = strstr(at, path);
        assert_non_null(at);
    }
    at = strstr(at, "HTTP/1.1 400 ");
    assert_non_null(at);
    assert_true(reply.closed);
    reply_free(&reply);
    free(bytes);
}

static void test_queue_is_bounded(void **state)
{
    unsigned before = atomic_load(&site.handled);
    int fd = client_connect(&site);
    (void)state;
    client_say(fd, "GET /later HTTP/1.1\r\n" HOST "\r\n");
    SITE_WAIT(site_has_later(&site));
    for (int i = 0; i < 100; i++)
        client_say(fd, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    SITE_WAIT(atomic_load(&site.handled) - before == 16);
    site_pause(100); /* room for a seventeenth, if there were one */
    assert_int_equal(atomic_load(&site.handled) - before, 16);
    assert_int_equal(http_in_flight(site.server), 16); /* fifteen are answered and wait for the first */
    site_answer_later(&site);
    struct reply reply = client_read_until(fd, "hello", 100);
    assert_non_null(strstr(reply.text, "late"));
    assert_true(strstr(reply.text, "late") < strstr(reply.text, "hello"));
    assert_int_equal(atomic_load(&site.handled) - before, 101);
    reply_free(&reply);
    close(fd);
}

static void test_bodies(void **state)
{
    (void)state;
    expect("POST /echo HTTP/1.1\r\n" HOST LAST "Content-Length: 5\r\n\r\nabcde", 200, "abcde");
    expect("POST /echo HTTP/1.1\r\n" HOST LAST "Content-Length: 0\r\n\r\n", 200, "");
    expect("POST /echo HTTP/1.1\r\n" HOST LAST "\r\n", 200, "");
    expect("PUT /echo HTTP/1.1\r\n" HOST LAST "Content-Encoding: identity\r\nContent-Length: 1\r\n\r\na", 200, "a");
    expect("POST /echo HTTP/1.1\r\n" HOST LAST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 200, "");
    expect("POST /echo HTTP/1.1\r\n" HOST LAST "Transfer-Encoding: Chunked\r\n\r\n"
           "3\r\nabc\r\n00c;x=\"y\"\r\n\r\n\r\ndefghijk\r\n0\r\nX-Trailer: dropped\r\n\r\n",
           200, "abc\r\n\r\ndefghijk");
    expect("POST /echo HTTP/1.1\r\n" HOST LAST "Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 1\r\n\r\na", 200,
           "a");
    expect("GET /hello HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade, close\r\n\r\n", 200, "hello");
}

static void check_large(size_t size, bool chunked)
{
    char *bytes = malloc(2 * size + 512);
    size_t length = 0;
    length += (size_t)snprintf(bytes, 256, "POST /echo HTTP/1.1\r\n" HOST LAST);
    if (!chunked)
        length += (size_t)snprintf(bytes + length, 256, "Content-Length: %zu\r\n\r\n", size);
    else
        length += (size_t)snprintf(bytes + length, 256, "Transfer-Encoding: chunked\r\n\r\n");
    char *body = malloc(size);
    for (size_t i = 0; i < size; i++)
        body[i] = (char)('a' + (i * 7 + i / 251) % 26);
    for (size_t at = 0; at < size && chunked; at += 777) {
        size_t piece = size - at < 777 ? size - at : 777;
        length += (size_t)snprintf(bytes + length, 16, "%zx\r\n", piece);
        memcpy(bytes + length, body + at, piece);
        length += piece;
        memcpy(bytes + length, "\r\n", 2);
        length += 2;
    }
    if (chunked)
        length += (size_t)snprintf(bytes + length, 16, "0\r\n\r\n");
    else
        memcpy(bytes + length, body, size);
    struct reply reply = client_ask(&site, bytes, chunked ? length : length + size, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 200);
    assert_int_equal(reply.length - (size_t)(reply_body(&reply) - reply.text), size);
    assert_memory_equal(reply_body(&reply), body, size);
    reply_free(&reply);
    free(body);
    free(bytes);
}

static void test_large_bodies(void **state)
{
    (void)state;
    check_large(1, false);
    check_large(16 * 1024, false);
    check_large(16 * 1024 + 1, false);
    check_large(200 * 1024 + 3, false);
    check_large(1024 * 1024, false);
    check_large(100 * 1024, true);
    check_large(1024 * 1024, true);
}

static void test_head(void **state)
{
    char room[256];
    int fd = client_connect(&site);
    (void)state;
    client_say(fd, "HEAD /page?5000 HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST LAST "\r\n");
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_header(&reply, "Content-Length", room), "5000");
    assert_memory_equal(reply_body(&reply), "HTTP/1.1 200 OK\r\n", 17); /* the next answer follows at once */
    reply_free(&reply);
    close(fd);
    reply = ask("HEAD /hello HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n");
    assert_int_equal(reply.status, 400);
    assert_string_equal(reply_body(&reply), ""); /* refusals too */
    reply_free(&reply);
}

static void test_own_headers(void **state)
{
    char room[256];
    (void)state;
    struct reply reply = ask("GET /inject HTTP/1.1\r\n" HOST LAST "\r\n");
    assert_int_equal(reply.status, 204);
    assert_null(strstr(reply.text, "evil"));
    assert_string_equal(reply_header(&reply, "X-Good", room), "yes");
    assert_string_equal(reply_header(&reply, "Content-Length", room), ""); /* not with 204, and not the handler's */
    reply_free(&reply);
}

static void test_odd_answers(void **state)
{
    char room[256];
    (void)state;
    struct reply reply = ask("GET /type HTTP/1.1\r\n" HOST LAST "Accept-Encoding: gzip\r\n\r\n");
    assert_int_equal(reply.status, 200);
    assert_null(strstr(reply.text, "evil"));
    assert_string_equal(reply_header(&reply, "Content-Length", room), "0");
    reply_free(&reply);
}

/* P4: one request has no memory left. It fails, in words; the next one is served. */
static void test_no_memory(void **state)
{
    (void)state;
    struct reply reply = ask("GET /exhaust HTTP/1.1\r\n" HOST "\r\n");
    assert_int_equal(reply.status, 503);
    assert_true(reply.closed);
    reply_free(&reply);
    expect("GET /hello HTTP/1.1\r\n" HOST LAST "\r\n", 200, "hello");
}

static void test_expect(void **state)
{
    int fd = client_connect(&site);
    (void)state;
    client_say(fd, "POST /echo HTTP/1.1\r\n" HOST LAST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\n");
    struct reply reply = client_read_until(fd, "\r\n\r\n", 1);
    assert_string_equal(reply.text, "HTTP/1.1 100 Continue\r\n\r\n");
    reply_free(&reply);
    client_say(fd, "abc");
    reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 200);
    assert_string_equal(reply_body(&reply), "abc");
    reply_free(&reply);
    close(fd);
    expect("POST /echo HTTP/1.1\r\n" HOST LAST "Expect: 100-continue\r\nContent-Length: 3\r\n\r\nabc", 200, "abc");
}

static void test_gzip(void **state)
{
    char room[256], page[5000];
    unsigned char unpacked[6000];
    z_stream stream = {0};
    (void)state;
    struct reply reply = ask("GET /page?5000 HTTP/1.1\r\n" HOST LAST "Accept-Encoding: br, gzip;q=0.8\r\n\r\n");
    assert_string_equal(reply_header(&reply, "Content-Encoding", room), "gzip");
    assert_string_equal(reply_header(&reply, "Vary", room), "Accept-Encoding");
    size_t packed = reply.length - (size_t)(reply_body(&reply) - reply.text);
    assert_int_equal(strtoul(reply_header(&reply, "Content-Length", room), NULL, 10), packed);
    assert_int_equal(inflateInit2(&stream, 31), Z_OK);
    stream.next_in = (unsigned char *)(uintptr_t)reply_body(&reply);
    stream.avail_in = (unsigned)packed;
    stream.next_out = unpacked;
    stream.avail_out = sizeof unpacked;
    assert_int_equal(inflate(&stream, Z_FINISH), Z_STREAM_END);
    inflateEnd(&stream);
    memset(page, 'x', sizeof page);
    assert_int_equal(stream.total_out, sizeof page);
    assert_memory_equal(unpacked, page, sizeof page);
    reply_free(&reply);
}

static void test_gzip_refused(void **state)
{
    static const struct {
        const char *page, *accept;
        bool varies;
    } rows[] = {{"5000", "gzip;q=0", true},
                {"5000", "gzip;q=0.000, br", true},
                {"5000", "identity", true},
                {"5000", "xgzip", true},
                {"1023", "gzip", false}};
    char room[256], bytes[256];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(bytes, sizeof bytes, "GET /page?%s HTTP/1.1\r\n" HOST LAST "Accept-Encoding: %s\r\n\r\n", rows[i].page,
                 rows[i].accept);
        struct reply reply = ask(bytes);
        assert_string_equal(reply_header(&reply, "Content-Encoding", room), "");
        assert_string_equal(reply_header(&reply, "Content-Length", room), rows[i].page);
        assert_string_equal(reply_header(&reply, "Vary", room), rows[i].varies ? "Accept-Encoding" : "");
        reply_free(&reply);
    }
}

static void test_request_ids(void **state)
{
    static const struct {
        const char *id;
        bool taken;
    } rows[] = {{"abc-DEF_1.2", true},
                {"a", true},
                {"123456789012345678901234567890123456", true},
                {"1234567890123456789012345678901234567", false},
                {"a b", false},
                {"a/b", false},
                {"", false},
                {"\xc3\xa4", false}};
    char room[256], bytes[256];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        snprintf(bytes, sizeof bytes, "GET /hello HTTP/1.1\r\n" HOST LAST "X-Request-Id: %s\r\n\r\n", rows[i].id);
        struct reply reply = ask(bytes);
        assert_int_equal(strcmp(reply_header(&reply, "X-Request-Id", room), rows[i].id) == 0, rows[i].taken);
        assert_true(rows[i].taken || (strlen(room) == 36 && room[14] == '7'));
        reply_free(&reply);
    }
    struct reply reply = ask("GET /hello HTTP/1.1\r\nX-Request-Id: mine\r\n\r\n"); /* a refusal has it too */
    assert_string_equal(reply_header(&reply, "X-Request-Id", room), "mine");
    reply_free(&reply);
}

#define ABOUT "/about HTTP/1.1\r\nUser-Agent:  me \t\r\nX-Request-Id: i\r\n" LAST

static void test_understood(void **state)
{
    static const struct {
        const char *bytes, *about;
    } rows[] = {
        {"GET " ABOUT HOST "\r\n", "method=GET path=/about query= host=x address=127.0.0.1 id=i agent=me;"},
        {"GET http://x" ABOUT HOST "\r\n", "method=GET path=/about query= host=x address=127.0.0.1 id=i agent=me;"},
        {"GET http://X?a HTTP/1.1\r\n" LAST "X-Request-Id: i\r\n" HOST "\r\n",
         "method=GET path=/ query=a host=x address=127.0.0.1 id=i agent=none;"},
        {"DELETE /a%20b/%C3%A4//c?x=%2f..&y HTTP/1.1\r\n" LAST "X-Request-Id: i\r\nHost: x:80\r\n\r\n",
         "method=DELETE path=/a%20b/%C3%A4//c query=x=%2f..&y host=x:80 address=127.0.0.1 id=i agent=none;"},
        /* C5: only what the frontend itself added counts */
        {"GET " ABOUT HOST "X-Forwarded-For: evil, 6.6.6.6, 192.0.2.7\r\n\r\n",
         "method=GET path=/about query= host=x address=192.0.2.7 id=i agent=me;"},
        {"GET " ABOUT HOST "X-Forwarded-For: 2001:db8::1\r\n\r\n",
         "method=GET path=/about query= host=x address=2001:db8::1 id=i agent=me;"},
        {"GET " ABOUT HOST "Forwarded: for=6.6.6.6\r\nX-Real-IP: 6.6.6.6\r\nX-Forwarded-Host: y\r\n\r\n",
         "method=GET path=/about query= host=x address=127.0.0.1 id=i agent=me;"},
        {"GET " ABOUT "Host: [::1]:8080\r\n\r\n",
         "method=GET path=/about query= host=[::1]:8080 address=127.0.0.1 id=i agent=me;"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        expect(rows[i].bytes, 200, rows[i].about);
}

/* An offer of another protocol is passed over, and the connection lives on. */
static void test_upgrade(void **state)
{
    int fd = client_connect(&site);
    (void)state;
    client_say(fd, "GET /hello HTTP/1.1\r\n" HOST "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n"
                   "POST /echo HTTP/1.1\r\n" HOST "Upgrade: h2c\r\nConnection: Upgrade\r\nContent-Length: 3\r\n\r\nabc"
                   "GET /hello HTTP/1.1\r\n" HOST LAST "\r\n");
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    const char *second = strstr(strstr(reply.text, "hello"), "abc");
    assert_non_null(second);
    assert_non_null(strstr(second, "hello"));
    reply_free(&reply);
    close(fd);
}

static void test_half_closed(void **state)
{
    int fd = client_connect(&site);
    (void)state;
    client_say(fd, "GET /hello HTTP/1.1\r\n" HOST "\r\n");
    shutdown(fd, SHUT_WR);
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_int_equal(reply.status, 200);
    assert_true(reply.closed);
    reply_free(&reply);
    close(fd);
    fd = client_connect(&site);
    client_say(fd, "POST /echo HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\nab");
    shutdown(fd, SHUT_WR);
    reply = client_read_all(fd, CLIENT_PATIENCE_MS); /* half a request gets no answer */
    assert_int_equal(reply.length, 0);
    assert_true(reply.closed);
    reply_free(&reply);
    close(fd);
}

static void test_closing_answer(void **state)
{
    unsigned before = atomic_load(&site.handled);
    (void)state;
    struct reply reply = ask("GET /close HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
    assert_true(reply.closed);
    assert_string_equal(reply_body(&reply), "bye");
    assert_int_equal(atomic_load(&site.handled) - before, 1);
    reply_free(&reply);
}

/* Behind an answer that closes nothing leaves, though it was ready before. */
static void test_closing_late_answer(void **state)
{
    int fd = client_connect(&site);
    unsigned before = atomic_load(&site.handled);
    (void)state;
    client_say(fd, "GET /later?close HTTP/1.1\r\n" HOST "\r\nGET /hello HTTP/1.1\r\n" HOST "\r\n");
    SITE_WAIT(site_has_later(&site) && atomic_load(&site.handled) == before + 2);
    site_answer_later(&site);
    struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
    assert_true(reply.closed);
    assert_string_equal(reply_body(&reply), "late");
    reply_free(&reply);
    close(fd);
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
    SITE_WAIT(http_in_flight(site.server) == 0);
    assert_int_equal(atomic_load(&site.answered), atomic_load(&site.handled) + atomic_load(&site.refused));
    site_end(&site);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),
        cmocka_unit_test(test_keep_alive),
        cmocka_unit_test(test_old_version),
        cmocka_unit_test(test_pipelining),
        cmocka_unit_test(test_queue_is_bounded),
        cmocka_unit_test(test_bodies),
        cmocka_unit_test(test_large_bodies),
        cmocka_unit_test(test_head),
        cmocka_unit_test(test_own_headers),
        cmocka_unit_test(test_odd_answers),
        cmocka_unit_test(test_no_memory),
        cmocka_unit_test(test_expect),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_refused),
        cmocka_unit_test(test_request_ids),
        cmocka_unit_test(test_understood),
        cmocka_unit_test(test_upgrade),
        cmocka_unit_test(test_half_closed),
        cmocka_unit_test(test_closing_answer),
        cmocka_unit_test(test_closing_late_answer),
    };
    return cmocka_run_group_tests(tests, start, end);
}
