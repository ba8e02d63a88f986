/* Which requests are handshakes that we take, and what of their offers. Rows change one thing of a good one. */
#include "ws/handshake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct http_header good[] = {
    {"host", "x"},
    {"upgrade", "websocket"},
    {"connection", "Upgrade"},
    {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="},
    {"sec-websocket-version", "13"},
};
enum { GOOD = sizeof good / sizeof *good };

static const char *const protocols[] = {"best", "second", NULL};

struct outcome {
    int status;
    struct ws_handshake handshake;
    char protocol[32], bearer[64];
};

/* `name`'s value becomes `value` (NULL: the header is left out); `more` is a further line of it. */
static struct outcome ask(const struct http_request *base, const char *name, const char *value, const char *more)
{
    struct http_header headers[GOOD + 2];
    struct http_request request = *base;
    struct outcome outcome = {.status = 0};
    const char *detail = NULL;
    size_t count = 0;
    for (size_t i = 0; i < GOOD; i++)
        if (!name || strcmp(good[i].name, name) != 0)
            headers[count++] = good[i];
    if (name && value)
        headers[count++] = (struct http_header){name, value};
    if (more)
        headers[count++] = (struct http_header){name, more};
    request.arena = arena_new(0);
    request.headers = headers;
    request.header_count = count;
    outcome.status = ws_handshake(&request, protocols, &outcome.handshake, &detail);
    assert_true(outcome.status == 0 || detail);
    snprintf(outcome.protocol, sizeof outcome.protocol, "%s",
             outcome.handshake.protocol ? outcome.handshake.protocol : "none");
    snprintf(outcome.bearer, sizeof outcome.bearer, "%s", outcome.handshake.bearer ? outcome.handshake.bearer : "none");
    arena_free(request.arena);
    return outcome;
}

static const struct http_request get = {.method = "GET", .path = "/"};

static void test_good(void **state)
{
    (void)state;
    struct outcome outcome = ask(&get, NULL, NULL, NULL);
    assert_int_equal(outcome.status, 0);
    assert_string_equal(outcome.handshake.accept, "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="); /* the RFC's example */
    assert_string_equal(outcome.protocol, "none");
    assert_false(outcome.handshake.deflate);
}

static void test_requests(void **state)
{
    struct http_request request = get;
    (void)state;
    request.method = "POST";
    assert_int_equal(ask(&request, NULL, NULL, NULL).status, 400);
    request = get;
    request.old = true;
    assert_int_equal(ask(&request, NULL, NULL, NULL).status, 400);
    request = get;
    request.body = "x";
    request.body_length = 1;
    assert_int_equal(ask(&request, NULL, NULL, NULL).status, 400);
}

static void test_headers(void **state)
{
    static const struct {
        const char *name, *value, *more;
        int status;
    } rows[] = {
        {"upgrade", NULL, NULL, 426},
        {"upgrade", "h2c", NULL, 426},
        {"upgrade", "websockets", NULL, 426},
        {"upgrade", "WebSocket", NULL, 0},
        {"upgrade", "h2c, websocket", NULL, 0},
        {"upgrade", "h2c", "websocket", 0},
        {"connection", NULL, NULL, 400},
        {"connection", "close", NULL, 400},
        {"connection", "keep-alive, UPGRADE", NULL, 0},
        {"connection", "keep-alive", "upgrade", 0},
        {"connection", "upgraded", NULL, 400},
        {"connection", "\"x, upgrade\"", NULL, 400},
        {"sec-websocket-version", NULL, NULL, 426},
        {"sec-websocket-version", "12", NULL, 426},
        {"sec-websocket-version", "013", NULL, 426},
        {"sec-websocket-version", "14", NULL, 426},
        {"sec-websocket-version", "13, 8", NULL, 426},
        {"sec-websocket-version", "13", "8", 426},
        {"sec-websocket-version", "13", "13", 426},
        {"sec-websocket-version", "", NULL, 426},
        {"sec-websocket-key", NULL, NULL, 400},
        {"sec-websocket-key", "", NULL, 400},
        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ==", 400},
        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ", NULL, 400},   /* not padded */
        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZR==", NULL, 400}, /* bits beyond the 16 bytes */
        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZX==", NULL, 400},
        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25j", NULL, 400},     /* 15 bytes */
        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZWU=", NULL, 400}, /* 17 bytes */
        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZWVl", NULL, 400}, /* 18 bytes */
        {"sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ==AAAA", NULL, 400},
        {"sec-websocket-key", "dGhl-HNhbXBsZSBub25jZQ==", NULL, 400}, /* the other alphabet */
        {"sec-websocket-key", "dGhl HNhbXBsZSBub25jZQ==", NULL, 400},
        {"sec-websocket-key", "AAAAAAAAAAAAAAAAAAAAAA==", NULL, 0},
        {"sec-websocket-key", "/////////////////////w==", NULL, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome = ask(&get, rows[i].name, rows[i].value, rows[i].more);
        if (outcome.status != rows[i].status)
            fail_msg("%s: %s: %d", rows[i].name, rows[i].value, outcome.status);
    }
}

static void test_protocols(void **state)
{
    static const struct {
        const char *value, *more;
        int status;
        const char *protocol, *bearer;
    } rows[] = {
        {"best", NULL, 0, "best", "none"},
        {"other", NULL, 0, "none", "none"},
        {"second, best", NULL, 0, "best", "none"}, /* our order counts */
        {"second", "other", 0, "second", "none"},
        {"Best", NULL, 0, "none", "none"}, /* case matters */
        {"second, bearer.a.b-c_d", NULL, 0, "second", "a.b-c_d"},
        {"bearer.x", "best", 0, "best", "x"},
        {"bearer.", NULL, 0, "none", "none"},
        {"bearer.x, bearer.y", NULL, 400, "none", "none"},
        {"best, best", NULL, 400, "none", "none"},
        {"best", "best", 400, "none", "none"},
        {"best,", NULL, 400, "none", "none"},
        {"", NULL, 400, "none", "none"},
        {"a b", NULL, 400, "none", "none"},
        {"\"best\"", NULL, 400, "none", "none"},
        {"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,best", NULL, 0, "best", "none"},
        {"a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,best", NULL, 400, "none", "none"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome = ask(&get, "sec-websocket-protocol", rows[i].value, rows[i].more);
        assert_int_equal(outcome.status, rows[i].status);
        assert_string_equal(outcome.protocol, rows[i].protocol);
        assert_string_equal(outcome.bearer, rows[i].bearer);
    }
}

enum { DECLINED, TAKEN, MALFORMED };

/* RFC 7692 7.1: an offer is taken whole or declined. */
static void test_offers(void **state)
{
    static const struct {
        const char *value, *more;
        int outcome;
    } rows[] = {
        {"permessage-deflate", NULL, TAKEN},
        {"Permessage-Deflate", NULL, TAKEN},
        {"permessage-deflate; client_max_window_bits", NULL, TAKEN},
        {"permessage-deflate; client_max_window_bits=15", NULL, TAKEN},
        {"permessage-deflate; client_max_window_bits=8", NULL, TAKEN},
        {"permessage-deflate; client_max_window_bits=\"10\"", NULL, TAKEN},
        {"permessage-deflate; server_no_context_takeover; client_no_context_takeover", NULL, TAKEN},
        {"permessage-deflate;server_no_context_takeover ;client_max_window_bits = 9", NULL, TAKEN},
        {"x-other", NULL, DECLINED},
        {"permessage-deflate; server_max_window_bits=10", NULL, DECLINED}, /* can't be kept */
        {"permessage-deflate; server_max_window_bits", NULL, DECLINED},
        {"permessage-deflate; client_max_window_bits=7", NULL, DECLINED},
        {"permessage-deflate; client_max_window_bits=16", NULL, DECLINED},
        {"permessage-deflate; client_max_window_bits=08", NULL, DECLINED},
        {"permessage-deflate; client_max_window_bits=1", NULL, DECLINED},
        {"permessage-deflate; client_max_window_bits=x", NULL, DECLINED},
        {"permessage-deflate; client_max_window_bits; client_max_window_bits=9", NULL, DECLINED},
        {"permessage-deflate; server_no_context_takeover=1", NULL, DECLINED},
        {"permessage-deflate; client_no_context_takeover=true", NULL, DECLINED},
        {"permessage-deflate; server_no_context_takeover; server_no_context_takeover", NULL, DECLINED},
        {"permessage-deflate; unknown", NULL, DECLINED},
        {"permessage-deflate; unknown=1", NULL, DECLINED},
        {"permessage-deflate; server_max_window_bits=10, permessage-deflate", NULL, TAKEN}, /* the second one */
        {"permessage-deflate; unknown", "permessage-deflate", TAKEN},
        {"permessage-deflate; unknown=\"a, permessage-deflate\"", NULL, MALFORMED},
        {"", NULL, MALFORMED},
        {"permessage-deflate,", NULL, MALFORMED},
        {"permessage-deflate;", NULL, MALFORMED},
        {"permessage-deflate; =1", NULL, MALFORMED},
        {"permessage-deflate; client_max_window_bits=", NULL, MALFORMED},
        {"permessage-deflate; client_max_window_bits=\"\"", NULL, MALFORMED},
        {"permessage deflate", NULL, MALFORMED},
        {"p;a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;q;r", NULL, MALFORMED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct outcome outcome = ask(&get, "sec-websocket-extensions", rows[i].value, rows[i].more);
        int is = outcome.status == 400 ? MALFORMED : outcome.handshake.deflate ? TAKEN : DECLINED;
        if (is != rows[i].outcome || (outcome.status && outcome.status != 400))
            fail_msg("%s: %d", rows[i].value, is);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_good),      cmocka_unit_test(test_requests), cmocka_unit_test(test_headers),
        cmocka_unit_test(test_protocols), cmocka_unit_test(test_offers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
