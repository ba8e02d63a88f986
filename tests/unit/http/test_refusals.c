/* Rows H1 to H9, H12 (size), J1 (size) and C5 of the fault catalogue: bytes in, status out, and whether the connection
 * ends. */
#include "client.h"

#define HOST "Host: x\r\n"
#define GET  "GET /hello HTTP/1.1\r\n" HOST
#define POST "POST /echo HTTP/1.1\r\n" HOST

static struct site site;

struct row {
    const char *name, *bytes;
    int status; /* of the first answer; 0: none at all */
    const char *code;
    unsigned handled; /* how many requests reach the handler */
};

static const struct row rows[] = {
    /* H1 */
    {"H1 bare LF", "GET /hello HTTP/1.1\nHost: x\n\n", 400, "bad_request_line", 0},
    {"H1 bare LF in request line only", "GET /hello HTTP/1.1\nHost: x\r\n\r\n", 400, "bad_request_line", 0},
    {"H1 bare LF in a header", "GET /hello HTTP/1.1\r\nHost: x\nA: b\r\n\r\n", 400, "bad_header", 0},
    {"H1 bare CR in a header", "GET /hello HTTP/1.1\r\nHost: x\rA: b\r\n\r\n", 400, "bad_header", 0},
    {"H1 HTTP/0.9 without version", "GET /hello\r\n", 400, "bad_request_line", 0},
    {"H1 HTTP/0.9 in words", "GET /hello HTTP/0.9\r\n" HOST "\r\n", 400, "bad_request_line", 0},
    {"H1 no target", "GET HTTP/1.1\r\n" HOST "\r\n", 400, "bad_request_line", 0},
    {"H1 two blanks", "GET  /hello HTTP/1.1\r\n" HOST "\r\n", 400, "bad_request_line", 0},
    {"H1 blank in target", "GET /a b HTTP/1.1\r\n" HOST "\r\n", 400, "bad_request_line", 0},
    {"H1 tab", "GET\t/hello HTTP/1.1\r\n" HOST "\r\n", 400, "bad_request_line", 0},
    {"H1 version in small letters", "GET /hello http/1.1\r\n" HOST "\r\n", 400, "bad_request_line", 0},
    {"H1 blank after version", "GET /hello HTTP/1.1 \r\n" HOST "\r\n", 400, "bad_request_line", 0},
    {"H1 other protocol", "GET /hello ICY/1.1\r\n" HOST "\r\n", 400, "bad_request_line", 0},
    {"H1 TLS handshake", "\x16\x03\x01\x02", 400, "bad_request_line", 0},
    {"H1 lone line feed", "\n", 400, "bad_request_line", 0},
    {"C5 PROXY line", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n" GET "\r\n", 400, "bad_request_line", 0},
    /* H2 */
    {"H2 CL and TE", POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n" GET "\r\n", 400, NULL, 0},
    {"H2 TE and CL", POST "Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n" GET "\r\n", 400, NULL, 0},
    {"H2 TE gzip, chunked", POST "Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", 400, "bad_transfer_encoding", 0},
    {"H2 TE xchunked", POST "Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n", 400, NULL, 0},
    {"H2 TE identity", POST "Transfer-Encoding: identity\r\n\r\n", 400, NULL, 0},
    {"H2 TE chunked, identity", POST "Transfer-Encoding: chunked, identity\r\n\r\n", 400, NULL, 0},
    {"H2 TE with vertical tab",
     POST "Transfer-Encoding: \x0b"
          "chunked\r\n\r\n0\r\n\r\n",
     400, NULL, 0},
    {"H2 TE twice", POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
     "bad_transfer_encoding", 0},
    {"H2 TE empty", POST "Transfer-Encoding:\r\n\r\n", 400, NULL, 0},
    {"H2 TE in HTTP/1.0", "POST /echo HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400,
     "bad_transfer_encoding", 0},
    /* H3 */
    {"H3 CL twice", POST "Content-Length: 1\r\nContent-Length: 1\r\n\r\na", 400, "bad_content_length", 0},
    {"H3 CL plus", POST "Content-Length: +5\r\n\r\nabcde", 400, "bad_content_length", 0},
    {"H3 CL list", POST "Content-Length: 5, 5\r\n\r\nabcde", 400, "bad_content_length", 0},
    {"H3 CL minus", POST "Content-Length: -1\r\n\r\n", 400, "bad_content_length", 0},
    {"H3 CL 2^64", POST "Content-Length: 18446744073709551616\r\n\r\n", 400, "bad_content_length", 0},
    {"H3 CL 2^64 - 1", POST "Content-Length: 18446744073709551615\r\n\r\n", 400, "bad_content_length", 0},
    {"H3 CL hex", POST "Content-Length: 0x5\r\n\r\nabcde", 400, "bad_content_length", 0},
    {"H3 CL empty", POST "Content-Length:\r\n\r\n", 400, "bad_content_length", 0},
    {"H3 CL with blank inside", POST "Content-Length: 1 2\r\n\r\n", 400, "bad_content_length", 0},
    /* H4 */
    {"H4 no Host", "GET /hello HTTP/1.1\r\n\r\n", 400, "bad_host", 0},
    {"H4 no Host in HTTP/1.0", "GET /hello HTTP/1.0\r\n\r\n", 400, "bad_host", 0},
    {"H4 two Hosts", "GET /hello HTTP/1.1\r\nHost: x\r\nHost: x\r\n\r\n", 400, "bad_host", 0},
    {"H4 empty Host", "GET /hello HTTP/1.1\r\nHost:\r\n\r\n", 400, "bad_host", 0},
    {"H4 Host with slash", "GET /hello HTTP/1.1\r\nHost: x/y\r\n\r\n", 400, "bad_host", 0},
    {"H4 Host with user", "GET /hello HTTP/1.1\r\nHost: a@x\r\n\r\n", 400, "bad_host", 0},
    {"H4 Host with bad port", "GET /hello HTTP/1.1\r\nHost: x:99999999\r\n\r\n", 400, "bad_host", 0},
    {"H4 Host with bad IPv6", "GET /hello HTTP/1.1\r\nHost: [::zz]\r\n\r\n", 400, "bad_host", 0},
    {"H4 unknown name", "GET /hello HTTP/1.1\r\nHost: evil.example\r\n\r\n", 421, "unknown_host", 0},
    {"H4 absolute target of another host", "GET http://y/hello HTTP/1.1\r\n" HOST "\r\n", 400, "bad_host", 0},
    {"H4 absolute target with other scheme", "GET ftp://x/hello HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    /* H5 */
    {"H5 folded header", GET "A: b\r\n c\r\n\r\n", 400, "folded_header", 0},
    {"H5 folded first header", "GET /hello HTTP/1.1\r\n Host: x\r\n\r\n", 400, "folded_header", 0},
    {"H5 blank before colon", GET "A : b\r\n\r\n", 400, "bad_header", 0},
    {"H5 control in value", GET "A: b\x01\r\n\r\n", 400, "bad_header", 0},
    {"H5 DEL in value", GET "A: b\x7f\r\n\r\n", 400, "bad_header", 0},
    {"H5 name with parenthesis", GET "A(b): c\r\n\r\n", 400, "bad_header", 0},
    {"H5 high bit in name", GET "A\xe4: c\r\n\r\n", 400, "bad_header", 0},
    {"H5 no name", GET ": c\r\n\r\n", 400, NULL, 0},
    {"H5 no colon", GET "Abc\r\n\r\n", 400, NULL, 0},
    /* H6 */
    {"H6 chunk over 2^63", POST "Transfer-Encoding: chunked\r\n\r\n8000000000000000\r\n", 400, "bad_chunk", 0},
    {"H6 chunk over 2^64", POST "Transfer-Encoding: chunked\r\n\r\n10000000000000000\r\n", 400, "bad_chunk", 0},
    {"H6 chunk with minus", POST "Transfer-Encoding: chunked\r\n\r\n-1\r\n", 400, "bad_chunk", 0},
    {"H6 chunk with 0x", POST "Transfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n", 400, NULL, 0},
    {"H6 LF after size", POST "Transfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n", 400, NULL, 0},
    {"H6 LF in extension", POST "Transfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n", 400, NULL, 0},
    {"H6 CR in extension", POST "Transfer-Encoding: chunked\r\n\r\n1;a\rb\r\na\r\n0\r\n\r\n", 400, NULL, 0},
    {"H6 LF after data", POST "Transfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n", 400, NULL, 0},
    {"H6 wrong bytes after data", POST "Transfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n", 400, NULL, 0},
    {"H6 LF at the end", POST "Transfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\n\n", 400, NULL, 0},
    {"H6 LF after trailer", POST "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\n\r\n", 400, NULL, 0},
    {"H6 trailer Host", POST "Transfer-Encoding: chunked\r\n\r\n0\r\nHost: y\r\n\r\n", 400, "bad_trailer", 0},
    {"H6 trailer Authorization", POST "Transfer-Encoding: chunked\r\n\r\n0\r\nAuthorization: y\r\n\r\n", 400,
     "bad_trailer", 0},
    {"H6 trailer Content-Length", POST "Transfer-Encoding: chunked\r\n\r\n0\r\ncontent-length: 5\r\n\r\n", 400, NULL,
     0},
    {"H6 second trailer Host", POST "Transfer-Encoding: chunked\r\n\r\n0\r\nA: b\r\nHost: y\r\n\r\n", 400,
     "bad_trailer", 0},
    /* H8 */
    {"H8 NUL", "GET /a%00b HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 slash", "GET /a%2fb HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 backslash encoded", "GET /a%5Cb HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 backslash", "GET /a\\b HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 overlong slash", "GET /%c0%af HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 overlong dot", "GET /%c0%ae%c0%ae/ HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 surrogate", "GET /%ed%a0%80 HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 dots", "GET /a/../b HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 dots at the end", "GET /a/.. HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 dots encoded", "GET /a/%2e%2E/b HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 one dot", "GET /./b HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 encoded twice", "GET /%252e%252e/b HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 broken encoding", "GET /%zz HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 cut encoding", "GET /%a HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 fragment", "GET /a#b HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 raw high byte", "GET /\xc3\xa4 HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 no slash", "GET a HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    {"H8 asterisk", "OPTIONS * HTTP/1.1\r\n" HOST "\r\n", 400, "bad_target", 0},
    /* H9 */
    {"H9 unknown method", "BREW /pot HTTP/1.1\r\n" HOST "\r\n", 501, "unknown_method", 0},
    {"H9 known to llhttp only", "PROPFIND / HTTP/1.1\r\n" HOST "\r\n", 501, "unknown_method", 0},
    {"H9 small letters", "get / HTTP/1.1\r\n" HOST "\r\n", 501, "unknown_method", 0},
    {"H9 TRACE", "TRACE / HTTP/1.1\r\n" HOST "\r\n", 405, "method_not_allowed", 0},
    {"H9 CONNECT", "CONNECT x:80 HTTP/1.1\r\n" HOST "\r\n", 405, "method_not_allowed", 0},
    {"H9 HTTP/2 preface", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505, "http_version", 0},
    {"H9 HTTP/1.2", "GET / HTTP/1.2\r\n" HOST "\r\n", 505, "http_version", 0},
    /* H11 */
    {"H11 second one malformed", GET "\r\nGET /\n\n", 200, "bad_request_line", 1},
    {"H11 nothing after a bad one", "BAD\r\n\r\n" GET "\r\n", 400, "bad_request_line", 0},
    /* H12, J1 */
    {"H12 Expect and too large", POST "Content-Length: 99999999\r\nExpect: 100-continue\r\n\r\n", 413, "body_too_large",
     0},
    {"H12 other Expect", POST "Content-Length: 1\r\nExpect: 200-ok\r\n\r\na", 417, "expectation", 0},
    {"J1 too large", POST "Content-Length: 1048577\r\n\r\n", 413, "body_too_large", 0},
    {"J1 chunk too large", POST "Transfer-Encoding: chunked\r\n\r\n100001\r\n", 413, "body_too_large", 0},
    {"J1 packed", POST "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\na", 415, "content_encoding", 0},
    /* C5 */
    {"C5 two X-Forwarded-For", GET "X-Forwarded-For: 1.2.3.4\r\nX-Forwarded-For: 1.2.3.4\r\n\r\n", 400,
     "bad_forwarded_for", 0},
    {"C5 no address", GET "X-Forwarded-For: nobody\r\n\r\n", 400, "bad_forwarded_for", 0},
    {"C5 last is no address", GET "X-Forwarded-For: 1.2.3.4, \r\n\r\n", 400, "bad_forwarded_for", 0},
    {"C5 empty", GET "X-Forwarded-For:\r\n\r\n", 400, "bad_forwarded_for", 0},
};

static void check_row(const struct row *row, const char *bytes, size_t length)
{
    unsigned before = atomic_load(&site.handled);
    char room[256];
    struct reply reply = client_ask(&site, bytes, length, CLIENT_PATIENCE_MS);
    if (reply.status != row->status || !reply.closed || reply.reset)
        fail_msg("%s: status %d, %s: %s", row->name, reply.status, reply.closed ? "closed" : "open", reply.text);
    if (row->code && strcmp(site.code, row->code) != 0)
        fail_msg("%s: code %s", row->name, site.code);
    if (atomic_load(&site.handled) - before != row->handled)
        fail_msg("%s: the handler was called", row->name);
    assert_string_equal(reply_header(&reply, "X-Content-Type-Options", room), "nosniff");
    assert_true(strlen(reply_header(&reply, "X-Request-Id", room)) == 36);
    assert_string_equal(reply_header(&reply, "Allow", room),
                        row->status == 405 ? "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS" : "");
    if (row->handled == 0) {
        assert_string_equal(reply_header(&reply, "Connection", room), "close");
        assert_string_equal(reply_header(&reply, "Content-Type", room), "application/problem+json");
        assert_null(strstr(reply.text + 1, "HTTP/1.1 "));
    }
    reply_free(&reply);
}

static void test_rows(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        check_row(&rows[i], rows[i].bytes, strlen(rows[i].bytes));
}

static void test_nul_in_value(void **state)
{
    static const char bytes[] = GET "A: b\0c\r\n\r\n";
    (void)state;
    check_row(&(struct row){"H5 NUL", NULL, 400, "bad_header", 0}, bytes, sizeof bytes - 1);
}

/* H7 and the long ones of H6: made, not written. */
static char *filled(const char *before, size_t count, const char *after)
{
    char *text = malloc(strlen(before) + count + strlen(after) + 1);
    memcpy(text, before, strlen(before));
    memset(text + strlen(before), 'a', count);
    memcpy(text + strlen(before) + count, after, strlen(after) + 1);
    return text;
}

static void check_filled(const char *name, const char *before, size_t count, const char *after, int status,
                         const char *code)
{
    char *text = filled(before, count, after);
    check_row(&(struct row){name, NULL, status, code, status == 200}, text, strlen(text));
    free(text);
}

static void test_sizes(void **state)
{
    (void)state;
#define END " HTTP/1.1\r\n" HOST "Connection: close\r\n\r\n"
    check_filled("H7 URL 8 KiB", "GET /", 8191, END, 200, NULL);
    check_filled("H7 URL over 8 KiB", "GET /", 8192, END, 414, "url_too_long");
    check_filled("H7 URL without end", "GET /", 9000, "", 414, "url_too_long");
    check_filled("H7 header 8 KiB", GET "Connection: close\r\nA: ", 8192 - 3, "\r\n\r\n", 200, NULL);
    check_filled("H7 header over 8 KiB", GET "A: ", 8192 - 2, "\r\n\r\n", 431, "header_too_large");
    check_filled("H7 header without end", GET "A: ", 9000, "", 431, "header_too_large");
    check_filled("H6 extension over 1 KiB", POST "Transfer-Encoding: chunked\r\n\r\n1;", 1025, "\r\na\r\n0\r\n\r\n",
                 400, "bad_chunk");
    check_filled("H6 extension 1 KiB", POST "Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n1;", 1000,
                 "\r\na\r\n0\r\n\r\n", 200, NULL);
    check_filled("H6 trailers without end", POST "Transfer-Encoding: chunked\r\n\r\n0\r\nA: ", 10000, "", 400,
                 "bad_chunk");
    check_filled("C5 X-Forwarded-For over 1 KiB", GET "X-Forwarded-For: ", 1024, ", 1.2.3.4\r\n\r\n", 400,
                 "bad_forwarded_for");
}

static void check_headers(const char *name, unsigned count, size_t each, int status, const char *code)
{
    size_t length = 0;
    char *text = malloc(200 + count * (each + 8));
    length += (size_t)snprintf(text, 200, "%s", GET "Connection: close\r\n");
    for (unsigned i = 0; i < count; i++) {
        text[length++] = 'a';
        text[length++] = ':';
        memset(text + length, 'b', each);
        length += each;
        text[length++] = '\r';
        text[length++] = '\n';
    }
    memcpy(text + length, "\r\n", 2);
    check_row(&(struct row){name, NULL, status, code, status == 200}, text, length + 2);
    free(text);
}

static void test_header_counts(void **state)
{
    (void)state;
    check_headers("H7 100 headers", 98, 1, 200, NULL);
    check_headers("H7 101 headers", 99, 1, 431, "too_many_headers");
    check_headers("H7 under 32 KiB in all", 8, 4000, 200, NULL);
    check_headers("H7 over 32 KiB in all", 9, 4000, 431, "headers_too_large");
}

/* The same bytes, one at a time, get the same answer: nothing hides behind where reads end. */
static void test_rows_in_pieces(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i += 3) {
        int fd = client_connect(&site);
        for (const char *at = rows[i].bytes; *at; at++) {
            client_send(fd, at, 1);
            if ((at - rows[i].bytes) % 16 == 0)
                site_pause(1);
        }
        struct reply reply = client_read_all(fd, CLIENT_PATIENCE_MS);
        if (reply.status != rows[i].status || !reply.closed)
            fail_msg("%s: status %d", rows[i].name, reply.status);
        reply_free(&reply);
        close(fd);
    }
}

static int start(void **state)
{
    static const char *const hosts[] = {"x", "[::1]"};
    (void)state;
    site_start(&site, (struct http_options){.hosts = hosts, .host_count = 2});
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
        cmocka_unit_test(test_rows),          cmocka_unit_test(test_nul_in_value),   cmocka_unit_test(test_sizes),
        cmocka_unit_test(test_header_counts), cmocka_unit_test(test_rows_in_pieces),
    };
    return cmocka_run_group_tests(tests, start, end);
}
