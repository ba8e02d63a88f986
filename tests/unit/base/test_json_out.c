/* Tests of core/base/json_out.c: writing, names only once, errors that stick, and the families. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#undef fail /* cmocka.h has a macro of that name, c18n/http.h a member */
#include "base/json.h"
#include "request/request.h"

#include <math.h>
#include <string.h>

static c18n_host host = {.json = &json_family, .mem = &mem_family};
static struct request request;

static int begin(void **state)
{
    (void)state;
    request = (struct request){.head = {.host = &host}, .arena = arena_new(0)};
    return request.arena ? 0 : -1;
}

static int end(void **state)
{
    (void)state;
    arena_free(request.arena);
    return 0;
}

static void expect(c18n_out *out, const char *expected)
{
    const c18n_doc *doc = c18n_out_finish(out);
    if (!expected) {
        assert_null(doc);
        return;
    }
    assert_non_null(doc);
    assert_int_equal(doc->length, strlen(expected));
    assert_memory_equal(doc->text, expected, doc->length);
}

static void members_of_all_kinds(void **state)
{
    (void)state;
    c18n_out *out = c18n_out_new(request_pub(&request));
    c18n_out_text(out, "t", "a\"\n");
    c18n_out_text(out, "none", NULL);
    c18n_out_integer(out, "i", INT64_MIN);
    c18n_out_number(out, "f", 0.5);
    c18n_out_number(out, "nan", NAN);
    c18n_out_boolean(out, "b", true);
    c18n_out_null(out, "z");
    c18n_out_raw(out, "r", (c18n_bytes){"[1]", 3});
    c18n_out_raw(out, "absent", (c18n_bytes){NULL, 0});
    c18n_out_begin(out, "l", '[');
    c18n_out_integer(out, NULL, 1);
    c18n_out_begin(out, NULL, '{');
    c18n_out_end(out);
    c18n_out_text(out, NULL, "x");
    c18n_out_end(out);
    c18n_out_text(out, "q\"", "y");
    expect(out,
           "{\"t\":\"a\\\"\\n\",\"none\":null,\"i\":-9223372036854775808,\"f\":0.5,\"nan\":null,\"b\":true,\"z\":null,"
           "\"r\":[1],\"l\":[1,{},\"x\"],\"q\\\"\":\"y\"}");
    expect(c18n_out_new(request_pub(&request)), "{}");
}

static void the_first_of_two_names_stays(void **state)
{
    (void)state;
    c18n_out *out = c18n_out_new(request_pub(&request));
    c18n_out_integer(out, "a", 1);
    c18n_out_integer(out, "a", 2);
    c18n_out_begin(out, "o", '{');
    c18n_out_integer(out, "a", 3); /* another object's */
    c18n_out_integer(out, "a", 4);
    c18n_out_end(out);
    c18n_out_begin(out, "o", '{'); /* dropped with all that is in it */
    c18n_out_begin(out, "x", '[');
    c18n_out_integer(out, NULL, 5);
    c18n_out_end(out);
    c18n_out_integer(out, "b", 6);
    c18n_out_end(out);
    c18n_out_begin(out, "l", '[');
    for (int i = 0; i < 2; i++) {
        c18n_out_begin(out, NULL, '{'); /* each item has its own names */
        c18n_out_integer(out, "a", i);
        c18n_out_end(out);
    }
    c18n_out_end(out);
    c18n_out_integer(out, "b", 7); /* was only written inside what was dropped */
    c18n_out_raw(out, "a", (c18n_bytes){"8", 1});
    expect(out, "{\"a\":1,\"o\":{\"a\":3},\"l\":[{\"a\":0},{\"a\":1}],\"b\":7}");
}

static void many_names_are_still_told_apart(void **state)
{
    (void)state;
    c18n_out *out = c18n_out_new(request_pub(&request));
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < 300; i++)
            c18n_out_integer(out, c18n_print(request_pub(&request), "name%d", i), round);
    }
    const c18n_doc *doc = c18n_out_finish(out);
    assert_non_null(doc);
    struct json_walk walk;
    struct json_member member;
    int count = 0;
    json_walk_begin(&walk, doc);
    while (json_walk_next(&walk, &member)) {
        assert_int_equal(*member.value, '0');
        count++;
    }
    assert_int_equal(count, 300);
}

static void a_doc_is_taken_in_but_for_some(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":1,\"ab\":[2],\"c\":{\"a\":3},\"d\":\"x\"}";
    const c18n_doc *doc = json_trusted(&host, request.arena, text, strlen(text));
    c18n_out *out = c18n_out_new(request_pub(&request));
    c18n_out_text(out, "d", "mine");
    c18n_out_doc(out, doc, "a  zz");
    c18n_out_integer(out, "c", 9);
    c18n_out_integer(out, "a", 9);
    expect(out, "{\"d\":\"mine\",\"ab\":[2],\"c\":{\"a\":3},\"a\":9}");
    out = c18n_out_new(request_pub(&request));
    c18n_out_doc(out, doc, NULL);
    expect(out, text);
}

static void misuse_sticks(void **state)
{
    (void)state;
    c18n_out *out = c18n_out_new(request_pub(&request));
    c18n_out_integer(out, NULL, 1); /* no name in an object */
    c18n_out_integer(out, "a", 1);
    expect(out, NULL);
    out = c18n_out_new(request_pub(&request));
    c18n_out_end(out); /* one too many */
    expect(out, NULL);
    out = c18n_out_new(request_pub(&request));
    c18n_out_begin(out, "l", '[');
    c18n_out_integer(out, "named", 1);
    expect(out, NULL);
    expect(NULL, NULL);
    c18n_out_integer(NULL, "a", 1); /* writers take NULL */
}

static void nesting_ends_at_16_and_is_closed_by_finish(void **state)
{
    (void)state;
    c18n_out *out = c18n_out_new(request_pub(&request));
    for (int i = 1; i < 16; i++)
        c18n_out_begin(out, "a", '{');
    c18n_out_integer(out, "deepest", 1);
    const c18n_doc *doc = c18n_out_finish(out);
    assert_non_null(doc);
    assert_memory_equal(doc->text + doc->length - 17, "1}}}}}}}}}}}}}}}}", 17);
    out = c18n_out_new(request_pub(&request));
    for (int i = 0; i < 40; i++)
        c18n_out_begin(out, "a", '{');
    for (int i = 0; i < 40; i++)
        c18n_out_end(out);
    expect(out, NULL);
    assert_int_equal(((struct out *)(void *)out)->failed, C18N_TOO_LARGE);
}

static void a_full_arena_is_told(void **state)
{
    (void)state;
    struct arena *small = arena_new(2048);
    struct out *out = json_out_new(&host, small);
    assert_non_null(out);
    for (int i = 0; i < 1000; i++)
        c18n_out_integer(&out->pub, c18n_print(request_pub(&request), "n%d", i), i);
    size_t length = 77;
    assert_null(json_out_finish_text(out, &length));
    assert_int_equal(out->failed, C18N_NO_MEMORY);
    assert_int_equal(length, 77);
    arena_free(small);
}

static void an_array_is_a_text_but_no_doc(void **state)
{
    (void)state;
    struct out out;
    size_t length;
    json_out_init(&out, &host, request.arena, '[');
    c18n_out_integer(&out.pub, NULL, 1);
    c18n_out_integer(&out.pub, NULL, 2);
    assert_string_equal(json_out_finish_text(&out, &length), "[1,2]");
    assert_null(c18n_out_finish(&out.pub));
}

static void memory_comes_from_the_request(void **state)
{
    (void)state;
    size_t before = arena_used(request.arena);
    char *at = c18n_alloc(request_pub(&request), 100);
    assert_non_null(at);
    assert_int_equal(at[99], 0);
    assert_true(arena_used(request.arena) >= before + 100);
    assert_string_equal(c18n_print(request_pub(&request), "%s-%d", "a", 7), "a-7");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(members_of_all_kinds),
        cmocka_unit_test(the_first_of_two_names_stays),
        cmocka_unit_test(many_names_are_still_told_apart),
        cmocka_unit_test(a_doc_is_taken_in_but_for_some),
        cmocka_unit_test(misuse_sticks),
        cmocka_unit_test(nesting_ends_at_16_and_is_closed_by_finish),
        cmocka_unit_test(a_full_arena_is_told),
        cmocka_unit_test(an_array_is_a_text_but_no_doc),
        cmocka_unit_test(memory_comes_from_the_request),
    };
    return cmocka_run_group_tests(tests, begin, end);
}
