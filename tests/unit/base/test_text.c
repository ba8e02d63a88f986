/* Tests of core/base/text.c: growth, limits, escapes, numbers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void check(struct text *text, const char *expected)
{
    assert_string_equal(text_end(text), expected);
    assert_int_equal(text->length, strlen(expected));
    text_free(text);
}

static void it_grows_on_the_heap_and_in_an_arena(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    struct arena *places[] = {NULL, arena};
    for (int place = 0; place < 2; place++) {
        struct text text;
        text_init(&text, places[place], 0);
        for (int i = 0; i < 10000; i++)
            text_print(&text, "%04d", i);
        assert_int_equal(text.length, 40000);
        assert_memory_equal(text_end(&text) + 4 * 1234, "1234", 4);
        text_free(&text);
    }
    arena_free(arena);
}

static void failure_sticks(void **state)
{
    (void)state;
    struct text text;
    text_init(&text, NULL, 5);
    text_add_text(&text, "12345");
    assert_string_equal(text_end(&text), "12345");
    text_add_char(&text, '6');
    assert_true(text.failed);
    text_add_text(&text, "");
    assert_string_equal(text_end(&text), "");
    assert_int_equal(text.length, 5);
    text_free(&text);
    text_init(&text, NULL, 0);
    assert_false(text_reserve(&text, SIZE_MAX));
    assert_true(text.failed);
    text_free(&text);
}

static void json_is_escaped(void **state)
{
    (void)state;
    static const struct {
        const char *in;
        size_t length;
        const char *out;
    } cases[] = {
        {"", 0, "\"\""},
        {"plain", 5, "\"plain\""},
        {"\"\\/", 3, "\"\\\"\\\\/\""},
        {"\b\f\n\r\t", 5, "\"\\b\\f\\n\\r\\t\""},
        {"\x01\x1f\x7f", 3, "\"\\u0001\\u001f\x7f\""},
        {"a\0b", 3, "\"a\\u0000b\""},
        {"\xc3\xa9\xf0\x9f\x98\x80", 6, "\"\xc3\xa9\xf0\x9f\x98\x80\""},
        {"\xff", 1, "\"\xef\xbf\xbd\""},
        {"\xc3", 1, "\"\xef\xbf\xbd\""},                                   /* cut */
        {"\xed\xa0\x80x", 4, "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdx\""}, /* a surrogate */
        {"\xc0\xaf", 2, "\"\xef\xbf\xbd\xef\xbf\xbd\""},                   /* overlong */
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text;
        text_init(&text, NULL, 0);
        text_add_json(&text, cases[i].in, cases[i].length);
        check(&text, cases[i].out);
    }
}

static void numbers_are_short_and_read_back(void **state)
{
    (void)state;
    static const struct {
        double value;
        const char *text;
    } cases[] = {
        {0, "0"},           {1, "1"},
        {-1, "-1"},         {0.1, "0.1"},
        {2.5, "2.5"},       {1e21, "1e+21"},
        {1e-7, "1e-07"},    {123456789012345.0, "123456789012345"},
        {INFINITY, "null"}, {-INFINITY, "null"},
        {NAN, "null"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct text text;
        text_init(&text, NULL, 0);
        text_add_number(&text, cases[i].value);
        check(&text, cases[i].text);
    }
    static const double hard[] = {1.0 / 3, 5e-324, 1.7976931348623157e308, 9007199254740993.0, -0.0, 0.1 + 0.2};
    for (size_t i = 0; i < sizeof hard / sizeof *hard; i++) {
        struct text text;
        text_init(&text, NULL, 0);
        text_add_number(&text, hard[i]);
        double back = strtod(text_end(&text), NULL);
        assert_memory_equal(&back, &hard[i], sizeof back);
        text_free(&text);
    }
}

static void integers_reach_both_ends(void **state)
{
    (void)state;
    struct text text;
    text_init(&text, NULL, 0);
    text_add_integer(&text, INT64_MIN);
    text_add_char(&text, ' ');
    text_add_integer(&text, INT64_MAX);
    text_add_char(&text, ' ');
    text_add_integer(&text, 0);
    check(&text, "-9223372036854775808 9223372036854775807 0");
}

static void codes_are_the_standard_ones(void **state)
{
    (void)state;
    static const char *const base64[] = {"", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"}; /* RFC 4648 */
    for (size_t i = 0; i < 7; i++) {
        struct text text;
        text_init(&text, NULL, 0);
        text_add_base64url(&text, "foobar", i);
        check(&text, base64[i]);
    }
    struct text text;
    text_init(&text, NULL, 0);
    text_add_base64url(&text, "\xfb\xff\xbf", 3);
    check(&text, "-_-_");
    text_init(&text, NULL, 0);
    text_add_hex(&text, "\x00\xab\xff", 3);
    check(&text, "00abff");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_grows_on_the_heap_and_in_an_arena),
        cmocka_unit_test(failure_sticks),
        cmocka_unit_test(json_is_escaped),
        cmocka_unit_test(numbers_are_short_and_read_back),
        cmocka_unit_test(integers_reach_both_ends),
        cmocka_unit_test(codes_are_the_standard_ones),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
