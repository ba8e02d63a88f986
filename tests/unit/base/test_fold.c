/* Tests of core/base/fold.c: three scripts, lengths kept, what keys must never do, bytes that are no letters. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/fold.h"

#include <string.h>

static void check(void (*fold)(char *text, size_t length), const char *from, const char *expected)
{
    char text[64];
    memcpy(text, from, strlen(from) + 1);
    fold(text, strlen(text));
    assert_string_equal(text, expected);
}

static void three_scripts_in_both(void **state)
{
    (void)state;
    static const char *const pairs[][2] = {
        {"Ann-Z[09]", "ann-z[09]"},     {"ÉCOLE ÞÖ", "école þö"}, {"ŁÓDŹ ŽĲ", "łódź žĳ"},
        {"ΣΑΣ ΡΩΪΫ", "σασ ρωϊϋ"},       {"МОСКВА Ё", "москва ё"}, {"ѠҀҊӾӐԮ", "ѡҁҋӿӑԯ"},
        {"already ά ж", "already ά ж"},
    };
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        check(fold_case, pairs[i][0], pairs[i][1]);
        check(fold_key, pairs[i][0], pairs[i][1]);
    }
}

static void accented_greek_stays_in_keys(void **state)
{
    (void)state;
    check(fold_case, "ΆΈΉΊΌΎΏ", "άέήίόύώ");
    check(fold_key, "ΆΈΉΊΌΎΏ", "ΆΈΉΊΌΎΏ");
}

static void what_has_no_other_case_stays(void **state)
{
    (void)state;
    check(fold_case, "× ÷ ß Ÿ ſ ẞ 漢 😀", "× ÷ ß Ÿ ſ ẞ 漢 😀");
    check(fold_case, "", "");
    check(fold_case, "A\xc3", "a\xc3"); /* half a letter at the end */
    check(fold_case, "\xff\x80Z", "\xff\x80z");
}

/* The sum was taken when the first keys were made: whoever changes a letter of it breaks stored indexes. */
static void keys_are_for_ever(void **state)
{
    (void)state;
    uint32_t sum = 0;
    for (unsigned letter = 0x80; letter < 0x800; letter++) {
        char text[2] = {(char)(0xc0 | letter >> 6), (char)(0x80 | (letter & 0x3f))};
        fold_key(text, sizeof text);
        sum = sum * 31 + (unsigned char)text[0];
        sum = sum * 31 + (unsigned char)text[1];
    }
    assert_int_equal(sum, 0x6734572d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_scripts_in_both),
        cmocka_unit_test(accented_greek_stays_in_keys),
        cmocka_unit_test(what_has_no_other_case_stays),
        cmocka_unit_test(keys_are_for_ever),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
