/* UTF-8 in pieces, against the whole judged at once by another function. */
#include "base/codec.h"
#include "ws/utf8.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static bool valid_in_pieces(const char *bytes, size_t length, size_t cut)
{
    struct ws_utf8 utf8 = {.left = 0};
    return ws_utf8_take(&utf8, bytes, cut) && ws_utf8_take(&utf8, bytes + cut, length - cut) && ws_utf8_is_whole(&utf8);
}

static void expect_same(const char *bytes, size_t length)
{
    bool valid = codec_utf8_valid(bytes, length);
    for (size_t cut = 0; cut <= length; cut++)
        if (valid_in_pieces(bytes, length, cut) != valid)
            fail_msg("%02x %02x %02x %02x cut at %zu: not %d", (uint8_t)bytes[0], (uint8_t)bytes[1], (uint8_t)bytes[2],
                     (uint8_t)bytes[3], cut, valid);
}

/* Every pair, and every edge of the longer ones. */
static void test_all(void **state)
{
    static const uint8_t edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xff};
    enum { EDGES = sizeof edges };
    char bytes[4] = "";
    (void)state;
    for (int first = 0; first < 256; first++)
        for (int second = 0; second < 256; second++) {
            bytes[0] = (char)first;
            bytes[1] = (char)second;
            expect_same(bytes, 1);
            expect_same(bytes, 2);
            for (int rest = 0; rest < EDGES * EDGES; rest++) {
                bytes[2] = (char)edges[rest % EDGES];
                bytes[3] = (char)edges[rest / EDGES];
                if (second % 16 == 0 || second % 16 == 15 || first >= 0xe0)
                    expect_same(bytes, rest < EDGES ? 3 : 4);
            }
        }
}

/* It says no at the byte that can't be, not at the end. */
static void test_at_once(void **state)
{
    static const char *const rows[] = {"\xff",     "\xc1", "\xe0\x9f", "\xed\xa0", "\xf0\x8f",
                                       "\xf4\x90", "\xf5", "\xc3z",    "\x80"};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        struct ws_utf8 utf8 = {.left = 0};
        size_t length = strlen(rows[i]);
        assert_true(ws_utf8_take(&utf8, rows[i], length - 1));
        assert_false(ws_utf8_take(&utf8, rows[i] + length - 1, 1));
    }
}

static void test_long(void **state)
{
    char text[200];
    (void)state;
    memset(text, 'a', sizeof text);
    for (size_t at = 0; at + 3 <= sizeof text; at++) {
        memcpy(text + at, "\xe2\x82\xac", 3);
        expect_same(text, sizeof text);
        text[at + 1] = 'x';
        expect_same(text, sizeof text);
        memset(text, 'a', sizeof text);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_long),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
