/* Tests of core/base/codec.c: what is exact is taken, what is not is refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/codec.h"

#include <string.h>

static void utf8_is_judged_by_the_standard(void **state)
{
    (void)state;
    static const struct {
        const char *bytes;
        size_t length;
        bool valid;
    } cases[] = {
        {"", 0, true},
        {"abc", 3, true},
        {"\xc3\xa9", 2, true},
        {"\xe2\x82\xac", 3, true},
        {"\xf0\x9f\x98\x80", 4, true},
        {"\xf4\x8f\xbf\xbf", 4, true},
        {"\xed\x9f\xbf", 3, true},
        {"\xee\x80\x80", 3, true},
        {"a\0b", 3, true},
        {"\x80", 1, false},
        {"\xc3", 1, false},
        {"\xc3(", 2, false},
        {"\xc0\x80", 2, false},
        {"\xc1\xbf", 2, false},
        {"\xe0\x80\xaf", 3, false},
        {"\xed\xa0\x80", 3, false},
        {"\xed\xbf\xbf", 3, false},
        {"\xf0\x80\x80\x80", 4, false},
        {"\xf4\x90\x80\x80", 4, false},
        {"\xf5\x80\x80\x80", 4, false},
        {"\xff", 1, false},
        {"\xe2\x82", 2, false},
        {"\xf0\x9f\x98", 3, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_int_equal(codec_utf8_valid(cases[i].bytes, cases[i].length), cases[i].valid);
    assert_int_equal(codec_utf8_count("a\xc3\xa9\xf0\x9f\x98\x80"), 3);
    assert_int_equal(codec_utf8_step("\xe2\x82\xac!", 4), 3);
    assert_int_equal(codec_utf8_step("", 0), 0);
}

static void base64url_is_exact(void **state)
{
    (void)state;
    unsigned char bytes[8];
    size_t length = 99;
    assert_true(codec_base64url_decode("Zm9vYmE", 7, bytes, sizeof bytes, &length));
    assert_int_equal(length, 5);
    assert_memory_equal(bytes, "fooba", 5);
    assert_true(codec_base64url_decode("-_-_", 4, bytes, 3, &length));
    assert_memory_equal(bytes, "\xfb\xff\xbf", 3);
    assert_true(codec_base64url_decode("", 0, bytes, 0, &length));
    assert_int_equal(length, 0);
    static const char *const bad[] = {"Z", "Zg==", "Zh", "Zm9=", "Zm 9", "+_-_", "/_-_", "Zm9vZ", "Zm9vYmFyZm9v"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        length = 77;
        assert_false(codec_base64url_decode(bad[i], strlen(bad[i]), bytes, sizeof bytes, &length));
        assert_int_equal(length, 77); /* untouched */
    }
}

static void hex_is_exact(void **state)
{
    (void)state;
    unsigned char bytes[2];
    assert_true(codec_hex_decode("aB0f", 4, bytes, 2));
    assert_memory_equal(bytes, "\xab\x0f", 2);
    assert_false(codec_hex_decode("aB0", 3, bytes, 2));
    assert_false(codec_hex_decode("aB0g", 4, bytes, 2));
    assert_false(codec_hex_decode("aB0f00", 6, bytes, 2));
}

static void integers_are_whole_and_in_range(void **state)
{
    (void)state;
    int64_t value = 5;
    assert_true(codec_integer("9223372036854775807", &value));
    assert_true(value == INT64_MAX);
    assert_true(codec_integer("-9223372036854775808", &value));
    assert_true(value == INT64_MIN);
    assert_true(codec_integer("0", &value));
    assert_int_equal(value, 0);
    static const char *const bad[] = {"",
                                      "-",
                                      "+1",
                                      " 1",
                                      "1 ",
                                      "1.0",
                                      "0x10",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999999",
                                      "01",
                                      "-0",
                                      "100abc",
                                      "--1"};
    value = 5;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(codec_integer(bad[i], &value));
    assert_int_equal(value, 5);
}

static void uuids_are_lower_case_and_canonical(void **state)
{
    (void)state;
    static const char *const good = "0190b5f0-89ab-7cde-8f01-23456789abcd";
    uint8_t id[16];
    char text[UUID_TEXT_SIZE];
    assert_true(codec_uuid_parse(good, id));
    codec_uuid_text(id, text);
    assert_string_equal(text, good);
    static const char *const bad[] = {"",
                                      "0190b5f0",
                                      "0190B5F0-89ab-7cde-8f01-23456789abcd",
                                      "0190b5f0-89ab-7cde-8f01-23456789abcde",
                                      "0190b5f0x89ab-7cde-8f01-23456789abcd",
                                      "0190b5f0-89ab-7cde-8f01-23456789abc",
                                      "{190b5f0-89ab-7cde-8f01-23456789abcd",
                                      "0190b5f089ab7cde8f0123456789abcd"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_false(codec_uuid_parse(bad[i], id));
}

static bool decodes(const char *encoded, bool plus_is_space, const char *expected)
{
    char text[64];
    size_t length = strlen(encoded);
    memcpy(text, encoded, length + 1);
    if (!codec_percent_decode(text, &length, plus_is_space))
        return expected == NULL;
    return expected && length == strlen(expected) && memcmp(text, expected, length) == 0;
}

static void percents_are_whole_and_no_nul(void **state)
{
    (void)state;
    assert_true(decodes("a%20b%C3%a9", false, "a b\xc3\xa9"));
    assert_true(decodes("a+b", false, "a+b"));
    assert_true(decodes("a+b%2B", true, "a b+"));
    assert_true(decodes("%2525", false, "%25"));
    assert_true(decodes("%", false, NULL));
    assert_true(decodes("a%2", false, NULL));
    assert_true(decodes("%zz", false, NULL));
    assert_true(decodes("a%00b", false, NULL));
}

static void hashes_spread_and_depend_on_the_seed(void **state)
{
    (void)state;
    enum { COUNT = 4096 };
    static uint8_t seen[COUNT];
    size_t taken = 0;
    for (uint32_t i = 0; i < COUNT; i++) {
        uint8_t *slot = &seen[codec_hash(&i, sizeof i, 7) % COUNT];
        taken += !*slot;
        *slot = 1;
    }
    assert_in_range(taken, COUNT * 60 / 100, COUNT * 66 / 100); /* a random function takes 63.2 % */
    assert_true(codec_hash("abcdefgh1", 9, 0) != codec_hash("abcdefgh2", 9, 0));
    assert_true(codec_hash("abcdefgh1", 9, 0) != codec_hash("abcdefgh1", 9, 1));
    assert_true(codec_hash("\0", 1, 0) != codec_hash("\0\0", 2, 0));
    assert_true(codec_hash("abc", 3, 3) == codec_hash("abc", 3, 3));
}

static void secrets_compare_whole(void **state)
{
    (void)state;
    assert_true(codec_same_secret("abcd", "abcd", 4));
    assert_false(codec_same_secret("abcd", "abce", 4));
    assert_true(codec_same_secret("abcd", "abce", 3));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(utf8_is_judged_by_the_standard),
        cmocka_unit_test(base64url_is_exact),
        cmocka_unit_test(hex_is_exact),
        cmocka_unit_test(integers_are_whole_and_in_range),
        cmocka_unit_test(uuids_are_lower_case_and_canonical),
        cmocka_unit_test(percents_are_whole_and_no_nul),
        cmocka_unit_test(hashes_spread_and_depend_on_the_seed),
        cmocka_unit_test(secrets_compare_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
