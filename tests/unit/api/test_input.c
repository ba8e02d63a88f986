/* Bodies and queries, from bytes to judged objects. */
#include "support.h"

#include "api/body.h"
#include "api/query.h"

FAKE_LOADER_ITEM
FAKE_FIND_HEADER

static struct world world;
static const c18n_field body_fields[] = {
    C18N_TEXT("name", C18N_REQUIRED, .max = 20),
    C18N_TEXTS("tags", C18N_CSV),
    C18N_INTEGER("count", 0),
};
static const c18n_field query_fields[] = {C18N_TEXT("q", 0, .max = 10), C18N_INTEGER("since", 0),
                                          C18N_TEXTS("media", 0)};

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    world.route.declared.body = (c18n_table)C18N_ALL(body_fields);
    world.route.declared.query = (c18n_table)C18N_ALL(query_fields);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

/* --- bodies --- */

static int send(const char *type, const char *body, size_t length)
{
    world.http.header_count = 0;
    if (type)
        world_header(&world, "content-type", type);
    world.http.body = body;
    world.http.body_length = length;
    world.request.errors = NULL;
    world.request.problem_word = world.request.problem_detail = NULL;
    return body_judge(&world.request);
}

static void good_bodies(void **state)
{
    (void)state;
    static const struct {
        const char *type, *body, *expected;
    } rows[] = {
        {"application/json", "{ \"name\" : \"ann\" }", "{\"name\":\"ann\"}"},
        {"application/json; charset=utf-8", "{\"name\":\"ann\"}", "{\"name\":\"ann\"}"},
        {"Application/JSON;charset=\"UTF-8\"", "{\"name\":\"ann\"}", "{\"name\":\"ann\"}"},
        {"application/json", "{\"name\":\"\\u0061nn\"}", "{\"name\":\"ann\"}"},
        {"application/x-www-form-urlencoded", "name=ann+lee&count=3", "{\"name\":\"ann lee\",\"count\":3}"},
        {"application/x-www-form-urlencoded", "name=%C3%A4&tags=a&tags=b%2Cc",
         "{\"name\":\"\u00e4\",\"tags\":[\"a\",\"b\",\"c\"]}"},
        {"application/x-www-form-urlencoded; charset=UTF-8", "&name=a%26b%3Dc&", "{\"name\":\"a&b=c\"}"},
        {"application/x-www-form-urlencoded", "name=%22%5C", "{\"name\":\"\\\"\\\\\"}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(send(rows[i].type, rows[i].body, strlen(rows[i].body)), C18N_OK);
        assert_string_equal(doc_text(&world, world.request.body), rows[i].expected);
    }
}

static void bad_bodies(void **state)
{
    (void)state;
#define DEEP "{\"a\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}"
    static const struct {
        const char *type, *body;
        int code;
        const char *word;
    } rows[] = {
        {NULL, "{\"name\":\"ann\"}", C18N_UNSUPPORTED, NULL},
        {"text/plain", "{\"name\":\"ann\"}", C18N_UNSUPPORTED, NULL},
        {"application/jsonx", "{\"name\":\"ann\"}", C18N_UNSUPPORTED, NULL},
        {"application/json; charset=latin1", "{\"name\":\"ann\"}", C18N_UNSUPPORTED, NULL},
        {"application/json; charset=utf-8; x=y", "{\"name\":\"ann\"}", C18N_UNSUPPORTED, NULL},
        {"multipart/form-data; boundary=x", "--x--", C18N_UNSUPPORTED, NULL},
        {"application/json", "{\"name\":\"ann\"", C18N_BAD_REQUEST, "bad_json"},
        {"application/json", "{\"name\":\"ann\"}x", C18N_BAD_REQUEST, "bad_json"},
        {"application/json", "[]", C18N_BAD_REQUEST, "not_an_object"},
        {"application/json", DEEP, C18N_BAD_REQUEST, "json_too_deep"},
        {"application/json", "{\"name\":\"a\",\"name\":\"b\"}", C18N_BAD_REQUEST, NULL},
        {"application/json", "{\"name\":\"a\\u0000\"}", C18N_BAD_REQUEST, NULL},
        {"application/json", "{}", C18N_INVALID, NULL},
        {"application/json", "{\"name\":\"ann\",\"admin\":true}", C18N_INVALID, "unknown_or_readonly_field"},
        {"application/x-www-form-urlencoded", "name=ann&admin=1", C18N_INVALID, "unknown_or_readonly_field"},
        {"application/x-www-form-urlencoded", "name=ann&name=bob", C18N_INVALID, NULL},
        {"application/x-www-form-urlencoded", "name=%zz", C18N_BAD_REQUEST, "bad_form"},
        {"application/x-www-form-urlencoded", "name=%00", C18N_BAD_REQUEST, "bad_form"},
        {"application/x-www-form-urlencoded", "name=%ff", C18N_BAD_REQUEST, "bad_form"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(send(rows[i].type, rows[i].body, strlen(rows[i].body)), rows[i].code);
        if (rows[i].word)
            assert_string_equal(world.request.problem_word, rows[i].word);
    }
}

static void compressed_bodies_are_refused(void **state)
{
    (void)state;
    world_header(&world, "content-encoding", "gzip");
    world_header(&world, "content-type", "application/json");
    world.http.body = "{\"name\":\"ann\"}";
    world.http.body_length = strlen(world.http.body);
    assert_int_equal(body_judge(&world.request), C18N_UNSUPPORTED);
    assert_string_equal(world.request.problem_word, "unsupported_encoding");
}

static void empty_bodies(void **state)
{
    (void)state;
    assert_int_equal(send(NULL, "", 0), C18N_INVALID);
    assert_string_equal(world.request.errors->field, "name");
    world.route.declared.body = (c18n_table){NULL, 0, sizeof(c18n_field)};
    assert_int_equal(send(NULL, "", 0), C18N_OK);
    assert_int_equal(send("application/json", "{}", 2), C18N_OK);
    assert_int_equal(send("application/json", "{\"a\":1}", 7), C18N_INVALID);
}

static void too_many_pairs(void **state)
{
    (void)state;
    char body[4096] = "";
    for (int i = 0; i < 300; i++)
        strcat(body, "a=b&");
    assert_int_equal(send("application/x-www-form-urlencoded", body, strlen(body)), C18N_BAD_REQUEST);
}

/* --- queries --- */

static int ask(const char *query, bool page)
{
    world.http.query = query;
    world.route.declared.flags = page ? C18N_ROUTE_PAGE : 0;
    world.request.query_count = 0;
    world.request.errors = NULL;
    world.request.problem_word = NULL;
    return query_judge(&world.request);
}

static void good_queries(void **state)
{
    (void)state;
    size_t limit;
    assert_int_equal(ask("", true), C18N_OK);
    assert_int_equal(query_limit(&world.request, &limit), C18N_OK);
    assert_int_equal(limit, 10);
    assert_int_equal(ask("q=a%20b+c&since=5&limit=100&after=xyz", true), C18N_OK);
    assert_string_equal(query_find(&world.request, "q"), "a b c");
    assert_int_equal(query_limit(&world.request, &limit), C18N_OK);
    assert_int_equal(limit, 100);
    assert_int_equal(ask("media=image,video", false), C18N_OK);
    assert_int_equal(ask("q", false), C18N_OK);
    assert_string_equal(query_find(&world.request, "q"), "");
    assert_null(query_find(&world.request, "since"));
}

static void bad_queries(void **state)
{
    (void)state;
    static const struct {
        const char *query;
        bool page;
        const char *word;
    } rows[] = {
        {"limit=101", true, "limit_out_of_range"},
        {"limit=0", true, "limit_out_of_range"},
        {"limit=-1", true, "limit_out_of_range"},
        {"limit=abc", true, "limit_out_of_range"},
        {"limit=100abc", true, "limit_out_of_range"},
        {"limit=1e9", true, "limit_out_of_range"},
        {"limit=", true, "limit_out_of_range"},
        {"limit=+5", true, "limit_out_of_range"},
        {"limit=5&limit=6", true, "invalid_parameter"},
        {"after=a&after=b", true, "invalid_parameter"},
        {"limit=5", false, "unknown_parameter"},
        {"after=5", false, "unknown_parameter"},
        {"token=abc", true, "unknown_parameter"},
        {"access_token=abc", true, "unknown_parameter"},
        {"q=a&q=b", true, "invalid_parameter"},
        {"q=aaaaaaaaaaaa", true, "invalid_parameter"},
        {"since=yesterday", true, "invalid_parameter"},
        {"q=%zz", true, "bad_query"},
        {"q=%ff", true, "bad_query"},
        {"a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1&a=1", true,
         "bad_query"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ask(rows[i].query, rows[i].page), C18N_BAD_REQUEST);
        assert_string_equal(world.request.problem_word, rows[i].word);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_bodies),  TEST(bad_bodies),     TEST(compressed_bodies_are_refused),
        TEST(empty_bodies), TEST(too_many_pairs), TEST(good_queries),
        TEST(bad_queries),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
