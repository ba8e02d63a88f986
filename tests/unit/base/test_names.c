/* Tests of core/base/names.c and words.h. */
#include "base/names.h"
#include "base/words.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void distances(void **state)
{
    (void)state;
    assert_int_equal(names_distance("admin", "admin"), 0);
    assert_int_equal(names_distance("admin", "admn"), 1);
    assert_int_equal(names_distance("", "user"), 4);
    assert_int_equal(names_distance("self", "user"), 3);
    assert_int_equal(names_distance("cuont", "count"), 1);
}

static void nearest(void **state)
{
    (void)state;
    struct names_nearest search = {.word = "membr"};
    names_offer(&search, "public");
    assert_null(search.nearest);
    names_offer(&search, "members");
    names_offer(&search, "member");
    names_offer(&search, "admin");
    assert_string_equal(search.nearest, "member");
    struct names_nearest other = {.word = "ab"};
    names_offer(&other, NULL);
    names_offer(&other, "");
    names_offer(&other, "xy"); /* every letter differs */
    assert_null(other.nearest);
}

static void lists(void **state)
{
    (void)state;
    assert_true(words_has("new top hot", "top", 3));
    assert_true(words_has("new", "new", 3));
    assert_false(words_has("new top", "to", 2));
    assert_false(words_has("new top", "new top", 7));
    assert_false(words_has("new top", "", 0));
    assert_false(words_has(NULL, "a", 1));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(distances),
        cmocka_unit_test(nearest),
        cmocka_unit_test(lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
