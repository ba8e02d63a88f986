/* test_index_key.c: the order of keys is the order of values, for any values. */
#include "base/json.h"
#include "data/index_key.h"
#include "request/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static c18n_host host;
static struct arena *arena;

static struct view_index index_of(const char *name, bool descending, bool nocase, bool unique)
{
    return (struct view_index){.columns = {{name, descending, nocase}}, .column_count = 1, .unique = unique};
}

static struct index_keys keys_of(const struct view_index *index, const char *record, const char *id)
{
    struct index_keys keys;
    const c18n_doc *doc = json_trusted(&host, arena, record, strlen(record));
    assert_int_equal(index_keys(index, doc, id, arena, &keys), C18N_OK);
    return keys;
}

static c18n_bytes key_of(const struct view_index *index, const char *value, const char *id)
{
    char record[256];
    snprintf(record, sizeof record, "{\"x\":\"y\",\"c\":%s}", value);
    struct index_keys keys = keys_of(index, arena_copy(arena, record, strlen(record)), id);
    assert_int_equal(keys.count, 1);
    return keys.at[0];
}

static int order(c18n_bytes a, c18n_bytes b)
{
    int result = memcmp(a.at, b.at, a.length < b.length ? a.length : b.length);
    result = result ? result : a.length < b.length ? -1 : a.length > b.length;
    return (result > 0) - (result < 0);
}

/* In the order they must have. */
static const char *const values[] = {
    "false",
    "true",
    "-1e300",
    "-9007199254740993",
    "-2",
    "-1.5",
    "-1",
    "-0.5",
    "0",
    "1e-300",
    "0.25",
    "1",
    "2",
    "10",
    "1500000000",
    "1500000001",
    "9007199254740993",
    "1e300",
    "\"\"",
    "\"\\t\"",
    "\" \"",
    "\"0\"",
    "\"A\"",
    "\"a\"",
    "\"a b\"",
    "\"aa\"",
    "\"ab\"",
    "\"b\"",
    "\"\\u00e9\"",
    "\"\xf0\x9f\x8d\x9e\"",
};
enum { VALUES = sizeof values / sizeof *values };

static void keys_order_as_values_do(void **state)
{
    (void)state;
    struct view_index up = index_of("c", false, false, false), down = index_of("c", true, false, false);
    for (int i = 0; i < VALUES; i++)
        for (int j = 0; j < VALUES; j++) {
            int wanted = (i > j) - (i < j);
            assert_int_equal(order(key_of(&up, values[i], "id"), key_of(&up, values[j], "id")), wanted);
            assert_int_equal(order(key_of(&down, values[i], "id"), key_of(&down, values[j], "id")), -wanted);
        }
}

static void random_numbers_keep_their_order(void **state)
{
    (void)state;
    struct view_index up = index_of("c", false, false, false);
    srand(7);
    for (int i = 0; i < 2000; i++) {
        double a = (rand() - RAND_MAX / 2) / 1000.0, b = (rand() - RAND_MAX / 2) / (i % 2 ? 1000.0 : 1e-9);
        char left[40], right[40];
        snprintf(left, sizeof left, "%.17g", a);
        snprintf(right, sizeof right, "%.17g", b);
        arena_reset(arena);
        assert_int_equal(order(key_of(&up, left, "i"), key_of(&up, right, "i")), (a > b) - (a < b));
    }
}

static void ids_break_ties_in_the_last_columns_direction(void **state)
{
    (void)state;
    struct view_index up = index_of("c", false, false, false), down = index_of("c", true, false, false);
    assert_int_equal(order(key_of(&up, "1", "id1"), key_of(&up, "1", "id2")), -1);
    assert_int_equal(order(key_of(&down, "1", "id1"), key_of(&down, "1", "id2")), 1);
    assert_int_equal(order(key_of(&up, "\"a\"", "z"), key_of(&up, "\"ab\"", "a")), -1);
}

static void minus_zero_is_zero(void **state)
{
    (void)state;
    struct view_index up = index_of("c", false, false, true);
    assert_int_equal(order(key_of(&up, "-0.0", "i"), key_of(&up, "0", "i")), 0);
}

static void no_case_means_none_in_three_scripts(void **state)
{
    (void)state;
    struct view_index folded = index_of("c", false, true, true), exact = index_of("c", false, false, true);
    static const char *const pairs[][2] = {{"\"ANN\"", "\"ann\""},
                                           {"\"ÉCOLE\"", "\"école\""},
                                           {"\"ΣΑΣ\"", "\"σασ\""},
                                           {"\"МОСКВА\"", "\"москва\""},
                                           {"\"ŁÓDŹ\"", "\"łódź\""}};
    for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
        assert_int_equal(order(key_of(&folded, pairs[i][0], ""), key_of(&folded, pairs[i][1], "")), 0);
        assert_int_not_equal(order(key_of(&exact, pairs[i][0], ""), key_of(&exact, pairs[i][1], "")), 0);
    }
    assert_int_not_equal(order(key_of(&folded, "\"×\"", ""), key_of(&folded, "\"÷\"", "")), 0);
}

static void long_texts_stay_apart_and_short(void **state)
{
    (void)state;
    struct view_index unique = index_of("c", false, false, true);
    char a[1100], b[1100];
    memset(a, 'x', sizeof a);
    memset(b, 'x', sizeof b);
    memcpy(a, "{\"c\":\"", 6);
    memcpy(b, "{\"c\":\"", 6);
    memcpy(a + 1000, "1\"}", 4);
    memcpy(b + 1000, "2\"}", 4);
    struct index_keys left = keys_of(&unique, a, "i"), right = keys_of(&unique, b, "i");
    assert_true(left.at[0].length < 600);
    assert_int_not_equal(order(left.at[0], right.at[0]), 0);
}

static void records_without_the_first_column_are_not_there(void **state)
{
    (void)state;
    struct view_index index = {.columns = {{"a", false, false}, {"b", false, false}}, .column_count = 2};
    assert_int_equal(keys_of(&index, "{\"b\":1}", "i").count, 0);
    assert_int_equal(keys_of(&index, "{\"a\":null,\"b\":1}", "i").count, 0);
    assert_int_equal(keys_of(&index, "{\"a\":[],\"b\":1}", "i").count, 0);
    assert_int_equal(keys_of(&index, "{\"a\":1}", "i").count, 1);
    assert_int_equal(keys_of(&index, "{\"a\":1,\"deleted_on\":4}", "i").count, 0);
    assert_int_equal(keys_of(&index, "{\"a\":1,\"deleted_on\":null}", "i").count, 1);
    index.unique = true;
    assert_int_equal(keys_of(&index, "{\"a\":1,\"deleted_on\":4}", "i").count, 1);
    struct index_keys none;
    assert_int_equal(index_keys(&index, NULL, "i", arena, &none), C18N_OK);
    assert_int_equal(none.count, 0);
}

static void lists_are_bounded(void **state)
{
    (void)state;
    struct view_index index = index_of("c", false, false, false);
    char record[4096] = "{\"c\":[0";
    for (int i = 1; i < 400; i++)
        snprintf(record + strlen(record), sizeof record - strlen(record), ",%d", i);
    strcat(record, "]}");
    assert_int_equal(keys_of(&index, record, "i").count, INDEX_ENTRIES_MOST);
}

static void a_match_begins_the_keys_that_it_matches(void **state)
{
    (void)state;
    struct view_index index = {.columns = {{"a", true, true}, {"b", false, false}}, .column_count = 2};
    struct text prefix;
    size_t columns;
    static const char *const match[] = {"Ann", NULL}, *const too_many[] = {"1", "2", "3", NULL};
    text_init(&prefix, arena, 0);
    assert_int_equal(index_prefix(&index, match, &prefix, &columns), C18N_OK);
    assert_int_equal(columns, 1);
    c18n_bytes key = keys_of(&index, "{\"a\":\"aNN\",\"b\":7}", "i").at[0];
    assert_memory_equal(prefix.at, key.at, prefix.length);
    key = keys_of(&index, "{\"a\":\"anne\",\"b\":7}", "i").at[0];
    assert_memory_not_equal(prefix.at, key.at, prefix.length);
    assert_int_equal(index_prefix(&index, too_many, &prefix, &columns), C18N_INVALID);
}

static void the_successor_is_past_all_with_the_prefix(void **state)
{
    (void)state;
    uint8_t bytes[] = {1, 0xff, 0xff}, all[] = {0xff, 0xff};
    size_t length = 3;
    assert_true(index_successor(bytes, &length));
    assert_int_equal(length, 1);
    assert_int_equal(bytes[0], 2);
    length = 2;
    assert_false(index_successor(all, &length));
}

static int setup(void **state)
{
    (void)state;
    host.json = &json_family;
    arena = arena_new(64 * 1024 * 1024);
    return arena ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keys_order_as_values_do),
        cmocka_unit_test(random_numbers_keep_their_order),
        cmocka_unit_test(ids_break_ties_in_the_last_columns_direction),
        cmocka_unit_test(minus_zero_is_zero),
        cmocka_unit_test(no_case_means_none_in_three_scripts),
        cmocka_unit_test(long_texts_stay_apart_and_short),
        cmocka_unit_test(records_without_the_first_column_are_not_there),
        cmocka_unit_test(lists_are_bounded),
        cmocka_unit_test(a_match_begins_the_keys_that_it_matches),
        cmocka_unit_test(the_successor_is_past_all_with_the_prefix),
    };
    return cmocka_run_group_tests(tests, setup, teardown);
}
