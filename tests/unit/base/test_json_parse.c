/* Tests of core/base/json_parse.c: the door for untrusted JSON (faults J1, J2, J4). */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/json.h"

#include <stdio.h>
#include <string.h>

static struct arena *arena;

static int make_arena(void **state)
{
    (void)state;
    arena = arena_new(0);
    return arena ? 0 : -1;
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static int parse(const char *text, size_t length, const c18n_doc **ret_doc, const char **ret_why)
{
    return json_parse(NULL, arena, text, length, ret_doc, ret_why);
}

static void good_text_becomes_canonical(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"{}", "{}"},
        {" {\n\"b\" : 1 ,\t\"a\":[ ] }\r\n", "{\"b\":1,\"a\":[]}"},
        {"{\"a\":1.0,\"b\":1e3,\"c\":-0.5,\"d\":1E-2}", "{\"a\":1,\"b\":1000,\"c\":-0.5,\"d\":0.01}"},
        {"{\"a\":9223372036854775807,\"b\":-9223372036854775808}",
         "{\"a\":9223372036854775807,\"b\":-9223372036854775808}"},
        {"{\"\\u0061\\/\":\"\\u00e9\\ud83d\\ude00\\n\"}", "{\"a/\":\"\xc3\xa9\xf0\x9f\x98\x80\\n\"}"},
        {"{\"a\":true,\"b\":false,\"c\":null,\"d\":{\"a\":{}}}",
         "{\"a\":true,\"b\":false,\"c\":null,\"d\":{\"a\":{}}}"},
        {"{\"q\\\"\":\"[{,\\\\\"}", "{\"q\\\"\":\"[{,\\\\\"}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const c18n_doc *doc = NULL;
        const char *why = NULL;
        assert_int_equal(parse(cases[i][0], strlen(cases[i][0]), &doc, &why), C18N_OK);
        assert_int_equal(doc->length, strlen(cases[i][1]));
        assert_memory_equal(doc->text, cases[i][1], doc->length);
    }
}

static void bad_text_is_refused_in_words(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"", "bad_json"},
        {" ", "bad_json"},
        {"{", "bad_json"},
        {"{}x", "bad_json"},
        {"{}{}", "bad_json"},
        {"{\"a\":1,\"a\":2}", "bad_json"},
        {"{\"a\":1,\"\\u0061\":2}", "bad_json"},
        {"{\"a\":{\"b\":1,\"b\":1}}", "bad_json"},
        {"{\"a\":NaN}", "bad_json"},
        {"{\"a\":Infinity}", "bad_json"},
        {"{\"a\":1e999}", "bad_json"},
        {"{\"a\":9223372036854775808}", "bad_json"},
        {"{\"a\":01}", "bad_json"},
        {"{\"a\":+1}", "bad_json"},
        {"{\"a\":.5}", "bad_json"},
        {"{\"a\":0x1}", "bad_json"},
        {"{\"a\":\"\\u0000\"}", "bad_json"},
        {"{\"\\u0000\":1}", "bad_json"},
        {"{\"a\":\"\\ud800\"}", "bad_json"},
        {"{\"a\":\"\\udc00\\ud800\"}", "bad_json"},
        {"{\"a\":\"\xff\"}", "bad_json"},
        {"{\"a\":\"\xed\xa0\x80\"}", "bad_json"},
        {"{\"a\":\"\xc0\x80\"}", "bad_json"},
        {"\xef\xbb\xbf{}", "bad_json"},
        {"{'a':1}", "bad_json"},
        {"{\"a\":1,}", "bad_json"},
        {"{\"a\":[1,]}", "bad_json"},
        {"{a:1}", "bad_json"},
        {"{\"a\":\"\n\"}", "bad_json"},
        {"/**/{}", "bad_json"},
        {"{\"a\":\"\\x\"}", "bad_json"},
        {"{\"a\":tru}", "bad_json"},
        {"]", "bad_json"},
        {"[]", "not_an_object"},
        {"[{}]", "not_an_object"},
        {"1", "not_an_object"},
        {"\"a\"", "not_an_object"},
        {"null", "not_an_object"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const c18n_doc *doc = NULL;
        const char *why = NULL;
        assert_int_equal(parse(cases[i][0], strlen(cases[i][0]), &doc, &why), C18N_BAD_REQUEST);
        assert_string_equal(why, cases[i][1]);
        assert_null(doc);
    }
    const c18n_doc *doc;
    const char *why;
    assert_int_equal(parse("{\"a\":1}\0", 8, &doc, &why), C18N_BAD_REQUEST);
    assert_int_equal(parse("{\"a\0\":1}", 8, &doc, &why), C18N_BAD_REQUEST);
}

/* An object that holds arrays in each other: `depth` levels in all. */
static int parse_nested(size_t depth, bool closed, const char **ret_why)
{
    struct text text;
    text_init(&text, arena, 0);
    text_add_text(&text, "{\"a\":");
    for (size_t i = 1; i < depth; i++)
        text_add_char(&text, '[');
    for (size_t i = 1; closed && i < depth; i++)
        text_add_char(&text, ']');
    if (closed)
        text_add_char(&text, '}');
    const c18n_doc *doc;
    return parse(text_end(&text), text.length, &doc, ret_why);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    const char *why = NULL;
    assert_int_equal(parse_nested(JSON_MAX_DEPTH, true, &why), C18N_OK);
    assert_int_equal(parse_nested(JSON_MAX_DEPTH + 1, true, &why), C18N_BAD_REQUEST);
    assert_string_equal(why, "json_too_deep");
    assert_int_equal(parse_nested(500000, false, &why), C18N_BAD_REQUEST);
    assert_string_equal(why, "json_too_deep");
}

/* The object, its array, and `count` items: count + 2 nodes. */
static int parse_items(size_t count, const char *item, const char **ret_why)
{
    struct text text;
    text_init(&text, arena, 0);
    text_add_text(&text, "{\"a\":[");
    for (size_t i = 0; i < count; i++) {
        if (i)
            text_add_char(&text, ',');
        text_add_text(&text, item);
    }
    text_add_text(&text, "]}");
    const c18n_doc *doc;
    return parse(text_end(&text), text.length, &doc, ret_why);
}

static void nodes_are_bounded(void **state)
{
    (void)state;
    static const char *const items[] = {"1", "\"a,b[\"", "[]", "{}", "null"};
    const char *why = NULL;
    for (size_t i = 0; i < sizeof items / sizeof *items; i++) {
        assert_int_equal(parse_items(JSON_MAX_NODES - 2, items[i], &why), C18N_OK);
        assert_int_equal(parse_items(JSON_MAX_NODES - 1, items[i], &why), C18N_BAD_REQUEST);
        assert_string_equal(why, "json_too_deep");
    }
    assert_int_equal(parse_items(JSON_MAX_NODES / 2 - 1, "[1]", &why), C18N_OK);
    assert_int_equal(parse_items(JSON_MAX_NODES / 2, "[1]", &why), C18N_BAD_REQUEST);
}

static void an_arena_that_is_full_is_no_bad_request(void **state)
{
    (void)state;
    struct arena *small = arena_new(256);
    char text[600];
    memset(text, 'x', sizeof text);
    memcpy(text, "{\"a\":\"", 6);
    memcpy(text + sizeof text - 2, "\"}", 2);
    const c18n_doc *doc;
    const char *why;
    assert_int_equal(json_parse(NULL, small, text, sizeof text, &doc, &why), C18N_NO_MEMORY);
    arena_free(small);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(good_text_becomes_canonical),
        cmocka_unit_test(bad_text_is_refused_in_words),
        cmocka_unit_test(depth_is_bounded),
        cmocka_unit_test(nodes_are_bounded),
        cmocka_unit_test(an_arena_that_is_full_is_no_bad_request),
    };
    return cmocka_run_group_tests(tests, make_arena, free_arena);
}
