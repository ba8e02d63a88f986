#include "support.h"

#include "api/names.h"

static void distances(void **state)
{
    (void)state;
    assert_int_equal(names_distance("admin", "admin"), 0);
    assert_int_equal(names_distance("admin", "admn"), 1);
    assert_int_equal(names_distance("", "user"), 4);
    assert_int_equal(names_distance("self", "user"), 3);
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
}

static void lists(void **state)
{
    (void)state;
    assert_true(names_listed("new top hot", "top", 3));
    assert_true(names_listed("new", "new", 3));
    assert_false(names_listed("new top", "to", 2));
    assert_false(names_listed("new top", "new top", 7));
    assert_false(names_listed("new top", "", 0));
    assert_false(names_listed(NULL, "a", 1));
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
