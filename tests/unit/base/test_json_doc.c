/* Tests of core/base/json_doc.c and json_scan.c: reading by scanning. */
#include "base/json.h"
#include "request/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <string.h>

static struct arena *arena;
static c18n_host host;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    host.json = &json_family;
    return arena ? 0 : -1;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const c18n_doc *doc_of(const char *text)
{
    return json_trusted(&host, arena, text, strlen(text));
}

static void members_are_read_by_type(void **state)
{
    (void)state;
    const c18n_doc *doc =
        doc_of("{\"t\":\"x\\\"y\\u00e9\\ud83d\\ude00\\\\\",\"i\":-42,\"f\":2.5,\"e\":1e3,\"y\":true,\"n\":false,"
               "\"z\":null,\"l\":[\"a\",1,\"b\",[\"no\"]],\"o\":{\"i\":7,\"s\":\"}\"},\"last\":\"ok\"}");
    assert_string_equal(c18n_text(doc, "t"), "x\"y\xc3\xa9\xf0\x9f\x98\x80\\");
    assert_string_equal(c18n_text(doc, "last"), "ok");
    assert_int_equal(c18n_integer(doc, "i", 9), -42);
    assert_int_equal(c18n_integer(doc, "e", 9), 1000);
    assert_int_equal(c18n_integer(doc, "f", 9), 9);
    assert_true(c18n_number(doc, "f", 0) == 2.5);
    assert_true(c18n_number(doc, "i", 0) == -42);
    assert_true(c18n_boolean(doc, "y", false));
    assert_false(c18n_boolean(doc, "n", true));
    assert_true(c18n_has(doc, "z"));
    const char *const *items;
    assert_int_equal(c18n_texts(doc, "l", &items), 2);
    assert_string_equal(items[0], "a");
    assert_string_equal(items[1], "b");
    c18n_bytes raw = c18n_raw(doc, "o");
    assert_int_equal(raw.length, strlen("{\"i\":7,\"s\":\"}\"}"));
    assert_memory_equal(raw.at, "{\"i\":7,\"s\":\"}\"}", raw.length);
}

static void what_is_absent_or_of_another_type_is_otherwise(void **state)
{
    (void)state;
    const c18n_doc *doc = doc_of("{\"t\":\"7\",\"z\":null,\"o\":{\"inner\":1},\"i\":1}");
    const char *const *items;
    assert_null(c18n_text(doc, "absent"));
    assert_null(c18n_text(doc, "z"));
    assert_null(c18n_text(doc, "i"));
    assert_null(c18n_text(doc, "inner")); /* of a nested object */
    assert_int_equal(c18n_integer(doc, "t", 5), 5);
    assert_int_equal(c18n_integer(doc, "absent", 5), 5);
    assert_int_equal(c18n_integer(doc, "z", 5), 5);
    assert_true(c18n_number(doc, "o", 5) == 5);
    assert_true(c18n_boolean(doc, "t", true));
    assert_false(c18n_boolean(doc, "t", false));
    assert_false(c18n_has(doc, "inner"));
    assert_false(c18n_has(doc, ""));
    assert_int_equal(c18n_texts(doc, "t", &items), 0);
    assert_int_equal(c18n_texts(doc, "absent", &items), 0);
    assert_null(c18n_raw(doc, "absent").at);
}

static void long_integers_keep_every_digit(void **state)
{
    (void)state;
    const c18n_doc *doc =
        doc_of("{\"a\":9223372036854775807,\"b\":-9223372036854775808,\"c\":9007199254740993,\"d\":1e300,\"e\":-0}");
    assert_true(c18n_integer(doc, "a", 0) == INT64_MAX);
    assert_true(c18n_integer(doc, "b", 0) == INT64_MIN);
    assert_true(c18n_integer(doc, "c", 0) == INT64_C(9007199254740993));
    assert_int_equal(c18n_integer(doc, "d", 3), 3);
    assert_int_equal(c18n_integer(doc, "e", 3), 0);
}

static void members_are_walked_in_order(void **state)
{
    (void)state;
    struct json_walk walk;
    struct json_member member;
    struct text seen;
    text_init(&seen, arena, 0);
    json_walk_begin(&walk, doc_of(" { \"a\" : [1, {\"x\":[]}] , \"b\\\\\" : \"\\\\\" , \"c\":-1e5 } "));
    while (json_walk_next(&walk, &member))
        text_print(&seen, "%.*s=%.*s;", (int)member.name_length, member.name, (int)member.value_length, member.value);
    assert_string_equal(text_end(&seen), "a=[1, {\"x\":[]}];b\\\\=\"\\\\\";c=-1e5;");
    json_walk_begin(&walk, doc_of("{}"));
    assert_false(json_walk_next(&walk, &member));
}

static void items_are_walked_in_order(void **state)
{
    (void)state;
    static const char array[] = "[1,\"a]\\\"\",[2,[3]],{\"x\":[4]},null]";
    static const char *const expected[] = {"1", "\"a]\\\"\"", "[2,[3]]", "{\"x\":[4]}", "null"};
    struct json_walk walk;
    const char *item;
    size_t length, count = 0;
    json_items_begin(&walk, array, strlen(array));
    while (json_items_next(&walk, &item, &length)) {
        assert_int_equal(length, strlen(expected[count]));
        assert_memory_equal(item, expected[count++], length);
    }
    assert_int_equal(count, 5);
    json_items_begin(&walk, "{\"a\":1}", 7); /* no array: no items */
    assert_false(json_items_next(&walk, &item, &length));
}

/* Each text is copied without a NUL, so that a sanitizer sees a step past its end. */
static void damaged_text_ends_the_walk(void **state)
{
    (void)state;
    static const char whole[] = "{\"a\":\"x\\\"\\u00e9\",\"b\":[1,{\"c\":[]},\"d\"],\"e\":{\"f\":\"}\"},\"g\":12}";
    static const char *const odd[] = {"{\"a\"}",   "{\"a\":}",  "{:1}", "{,,}",       "[,,]",
                                      "{\"a\":[}", "{\"a\" 1}", "{]",   "{\"a\":\"\\"};
    struct arena *own = arena_new(0);
    for (size_t i = 0; i < sizeof whole + sizeof odd / sizeof *odd; i++) {
        const char *text = i < sizeof whole ? whole : odd[i - sizeof whole];
        size_t length = i < sizeof whole ? i : strlen(text);
        char *copy = malloc(length ? length : 1);
        memcpy(copy, text, length);
        const c18n_doc *doc = json_trusted(&host, own, copy, length);
        struct json_walk walk;
        struct json_member member;
        const char *const *items;
        size_t steps = 0;
        json_walk_begin(&walk, doc);
        while (json_walk_next(&walk, &member))
            assert_true(++steps < 10);
        c18n_text(doc, "a");
        c18n_texts(doc, "b", &items);
        c18n_integer(doc, "g", 0);
        c18n_has(doc, "zz");
        free(copy);
    }
    arena_free(own);
}

static void strings_are_unescaped_or_refused(void **state)
{
    (void)state;
    assert_string_equal(json_unescape(arena, "\"\"", 2), "");
    assert_string_equal(json_unescape(arena, "\"\\b\\f\\n\\r\\t\\/\"", 14), "\b\f\n\r\t/");
    assert_string_equal(json_unescape(arena, "\"\\u20aC\"", 8), "\xe2\x82\xac");
    assert_null(json_unescape(arena, "12", 2));
    assert_null(json_unescape(arena, "\"", 1));
    assert_null(json_unescape(arena, "\"\\x\"", 4));
    assert_null(json_unescape(arena, "\"\\u12\"", 6));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_are_read_by_type),
        cmocka_unit_test(what_is_absent_or_of_another_type_is_otherwise),
        cmocka_unit_test(long_integers_keep_every_digit),
        cmocka_unit_test(members_are_walked_in_order),
        cmocka_unit_test(items_are_walked_in_order),
        cmocka_unit_test(damaged_text_ends_the_walk),
        cmocka_unit_test(strings_are_unescaped_or_refused),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
