/* The parser without sockets: the same bytes give the same result wherever reads end. And networks. */
#include "client.h"

#include "http/cidr.h"
#include "pieces.h"

static const struct http_rules rules = {.max_body = 1000};

static void test_splits(void **state)
{
    static const struct {
        const char *bytes, *log;
        int status;
    } rows[] = {
        {"GET /a?b HTTP/1.1\r\nHost: x\r\n\r\nGET /c HTTP/1.0\r\nHost: x\r\n\r\n", "[GET /a?b 0 ][GET /c? 0 ]", 0},
        {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nabcdePUT /b HTTP/1.1\r\nHost: x\r\n\r\n",
         "[POST /a? 5 abcde][PUT /b? 0 ]", 0},
        {"POST /a HTTP/1.1\r\nhOST: x\r\nTransfer-Encoding: chunked\r\n\r\n3;a=\"b\"\r\nabc\r\n2\r\nde\r\n0\r\nA: "
         "b\r\nC:\r\n\r\nGET /b HTTP/1.1\r\nHost:x\r\n\r\n",
         "[POST /a? 5 abcde][GET /b? 0 ]", 0},
        {"POST /a HTTP/1.1\r\nEmpty:\r\nHost: x\r\nAlso-Empty:   \r\nContent-Length: 1\r\n\r\na", "[POST /a? 1 a]", 0},
        {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e8\r\n", "", 0},
        {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3e9\r\n", "", 413},
        {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nHost: y\r\n\r\n", "", 400},
        {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n", "", 400},
        {"POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;\nb\r\na\r\n0\r\n\r\n", "", 400},
        {"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET / HTTP/1.1\nHost: x\r\n\r\n", "[GET /a? 0 ]", 400},
        {"GET /a HTTP/1.1\r\nHost: x\r\n\tb\r\n\r\n", "", 400},
    };
    struct outcome outcome;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (size_t step = 1; step <= strlen(rows[i].bytes); step++) {
            pieces_run(&rules, rows[i].bytes, strlen(rows[i].bytes), step, &outcome);
            if (outcome.status != rows[i].status || strcmp(outcome.log, rows[i].log) != 0)
                fail_msg("row %zu in steps of %zu: %d %s", i, step, outcome.status, outcome.log);
        }
}

/* Any one byte of a good request made another: refused, or understood as one request, never as two. */
static void test_one_byte_wrong(void **state)
{
    static const char good[] = "POST /a HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n";
    static const char wrong[] = {'\0', '\n', '\r', ' ', '\t', ':', ';', '0', '9', '\x7f', '\xff'};
    struct outcome outcome;
    (void)state;
    for (size_t i = 0; i < sizeof good - 1; i++)
        for (size_t j = 0; j < sizeof wrong; j++) {
            char bytes[sizeof good];
            memcpy(bytes, good, sizeof good);
            bytes[i] = wrong[j];
            pieces_run(&rules, bytes, sizeof good - 1, sizeof good, &outcome);
            assert_true(outcome.requests <= 1);
            assert_true(outcome.status == 0 || outcome.status >= 400);
        }
}

static bool matches(const char *cidr, const char *address)
{
    struct http_cidr list;
    struct sockaddr_storage peer = {0};
    assert_true(http_cidr_parse(cidr, &list));
    peer.ss_family = strchr(address, ':') ? AF_INET6 : AF_INET;
    if (peer.ss_family == AF_INET6)
        inet_pton(AF_INET6, address, &((struct sockaddr_in6 *)&peer)->sin6_addr);
    else
        inet_pton(AF_INET, address, &((struct sockaddr_in *)&peer)->sin_addr);
    return http_cidr_match(&list, 1, &peer);
}

static void test_networks(void **state)
{
    static const char *const bad[] = {"",           "/8",          "10.0.0.0/", "10.0.0.0/33", "10.0.0.0/-1",
                                      "10.0.0.1/8", "10.0.0/8",    "::1/129",   "fe80::1/64",  "10.0.0.0/8 ",
                                      "localhost",  "10.0.0.0/08x"};
    struct http_cidr cidr;
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        if (http_cidr_parse(bad[i], &cidr))
            fail_msg("%s was taken", bad[i]);
    assert_true(matches("10.0.0.0/8", "10.255.0.1"));
    assert_false(matches("10.0.0.0/8", "11.0.0.1"));
    assert_true(matches("10.0.0.0/8", "::ffff:10.1.2.3"));
    assert_true(matches("192.0.2.128/25", "192.0.2.129"));
    assert_false(matches("192.0.2.128/25", "192.0.2.127"));
    assert_true(matches("192.0.2.7", "192.0.2.7"));
    assert_false(matches("192.0.2.7", "192.0.2.6"));
    assert_true(matches("0.0.0.0/0", "8.8.8.8"));
    assert_false(matches("0.0.0.0/0", "2001:db8::1"));
    assert_true(matches("2001:db8::/32", "2001:db8:1::1"));
    assert_false(matches("2001:db8::/32", "2001:db9::1"));
    assert_true(matches("::/0", "8.8.8.8"));
}

static void test_hosts(void **state)
{
    static const struct {
        const char *host;
        bool good;
    } rows[] = {{"x", true},        {"x:", true},        {"x:80", true},      {"x:12345", true}, {"[::1]", true},
                {"[::1]:80", true}, {"192.0.2.1", true}, {"x:123456", false}, {"x:8a", false},   {":80", false},
                {"[::1", false},    {"[]", false},       {"[::1]x", false},   {"::1", false},    {"x,y", false}};
    char bytes[128];
    struct outcome outcome;
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int absolute = 0; absolute < 2; absolute++) { /* Host is judged alike whatever the target */
            const char *origin = absolute ? "http://" : "";
            snprintf(bytes, sizeof bytes, "GET %s%s/ HTTP/1.1\r\nHost: %s\r\n\r\n", origin,
                     absolute ? rows[i].host : "", rows[i].host);
            pieces_run(&rules, bytes, strlen(bytes), sizeof bytes, &outcome);
            if ((outcome.status == 0) != rows[i].good)
                fail_msg("%s: %d", bytes, outcome.status);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_splits), cmocka_unit_test(test_one_byte_wrong),
                                       cmocka_unit_test(test_networks), cmocka_unit_test(test_hosts)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
