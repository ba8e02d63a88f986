/* Field tables: what they take, and what each fault is called. */
#include "support.h"

#include "api/fields.h"
#include "api/formats.h"
#include "base/codec.h"

FAKE_LOADER_ITEM

static struct world world;

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static const c18n_field fields[] = {
    C18N_TEXT("name", C18N_REQUIRED, .min = 2, .max = 5),
    C18N_TEXT("bio", C18N_MULTILINE | C18N_NULLABLE),
    C18N_TEXT("email", 0, .format = "email"),
    C18N_TEXT("sort", 0, .choices = "new top"),
    C18N_TEXTS("tags", C18N_CSV, .max = 3, .item_max = 4),
    C18N_TEXTS("parts", 0),
    C18N_INTEGER("count", 0, .min = 1, .max = 10),
    C18N_NUMBER("ratio", 0),
    C18N_BOOLEAN("open", 0),
    C18N_TIME("until", C18N_NULLABLE),
    C18N_ID("parent", 0),
    C18N_TEXT("created_by", C18N_READ_ONLY),
    {.name = "extra", .type = C18N_FIELD_OBJECT},
};
static const c18n_table table = C18N_ALL(fields);

static int judge(enum fields_source source, const char *input, const c18n_doc **ret_doc)
{
    world.request.errors = NULL;
    world.request.problem_word = world.request.problem_detail = NULL;
    return fields_judge(&world.request, &table, doc_of(&world, input), NULL, source, ret_doc);
}

static void takes(enum fields_source source, const char *input, const char *expected)
{
    const c18n_doc *doc = NULL;
    assert_int_equal(judge(source, input, &doc), C18N_OK);
    assert_string_equal(doc_text(&world, doc), expected);
}

static void refuses(enum fields_source source, const char *input, const char *field, const char *detail)
{
    const c18n_doc *doc = NULL;
    assert_int_equal(judge(source, input, &doc), C18N_INVALID);
    assert_null(doc);
    assert_non_null(world.request.errors);
    assert_string_equal(world.request.errors->field, field);
    assert_non_null(strstr(world.request.errors->detail, detail));
    assert_null(world.request.errors->next);
}

static void good_json(void **state)
{
    (void)state;
    static const struct {
        const char *input, *expected;
    } rows[] = {
        {"{\"name\":\"ann\"}", "{\"name\":\"ann\"}"},
        {"{\"bio\":\"a\\nb\\tc\",\"name\":\"ann\"}",
         "{\"name\":\"ann\",\"bio\":\"a\\nb\\tc\"}"}, /* order of the table */
        {"{\"name\":\"ann\",\"bio\":null}", "{\"name\":\"ann\",\"bio\":null}"},
        {"{\"name\":\"\u00e4\u00f6\u00fc\u00df\u20ac\"}",
         "{\"name\":\"\u00e4\u00f6\u00fc\u00df\u20ac\"}"}, /* 5 characters, 11 bytes */
        {"{\"name\":\"ann\",\"email\":\"a.b+c@mail.example.org\"}",
         "{\"name\":\"ann\",\"email\":\"a.b+c@mail.example.org\"}"},
        {"{\"name\":\"ann\",\"sort\":\"top\"}", "{\"name\":\"ann\",\"sort\":\"top\"}"},
        {"{\"name\":\"ann\",\"tags\":[\"a\",\"b\"]}", "{\"name\":\"ann\",\"tags\":[\"a\",\"b\"]}"},
        {"{\"name\":\"ann\",\"tags\":\" a, b,,c \"}", "{\"name\":\"ann\",\"tags\":[\"a\",\"b\",\"c\"]}"},
        {"{\"name\":\"ann\",\"tags\":[]}", "{\"name\":\"ann\",\"tags\":[]}"},
        {"{\"name\":\"ann\",\"parts\":[\"a,b\"]}", "{\"name\":\"ann\",\"parts\":[\"a,b\"]}"},
        {"{\"name\":\"ann\",\"count\":10}", "{\"name\":\"ann\",\"count\":10}"},
        {"{\"name\":\"ann\",\"ratio\":-1.5}", "{\"name\":\"ann\",\"ratio\":-1.5}"},
        {"{\"name\":\"ann\",\"open\":false}", "{\"name\":\"ann\",\"open\":false}"},
        {"{\"name\":\"ann\",\"until\":1700000000}", "{\"name\":\"ann\",\"until\":1700000000}"},
        {"{\"name\":\"ann\",\"parent\":\"" ID_A "\"}", "{\"name\":\"ann\",\"parent\":\"" ID_A "\"}"},
        {"{\"name\":\"ann\",\"extra\":{\"a\":[1,null]}}", "{\"name\":\"ann\",\"extra\":{\"a\":[1,null]}}"},
        {"{\"name\":\"\xc2\xa0\xc3\xa9\"}", "{\"name\":\"\xc2\xa0\xc3\xa9\"}"}, /* not blank: there is an e */
        {"{\"name\":\"\xf0\x9f\x98\x80!\"}", "{\"name\":\"\xf0\x9f\x98\x80!\"}"},
        {"{\"name\":\"ann\",\"extra\":null}", "{\"name\":\"ann\",\"extra\":null}"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        takes(FIELDS_JSON, rows[i].input, rows[i].expected);
}

static void bad_json(void **state)
{
    (void)state;
    static const struct {
        const char *input, *field, *detail;
    } rows[] = {
        {"{}", "name", "is required"},
        {"{\"name\":null}", "name", "must not be null"},
        {"{\"name\":7}", "name", "must be a text"},
        {"{\"name\":\"\"}", "name", "must not be empty"},
        {"{\"name\":\"   \"}", "name", "must not be empty"},
        {"{\"name\":\"\xc2\xa0\xe2\x80\x8b\"}", "name", "must not be empty"}, /* a hard space, a space of no width */
        {"{\"name\":\"\xe3\x80\x80 \xef\xbb\xbf\"}", "name", "must not be empty"},
        {"{\"name\":\"a\"}", "name", "at least 2 characters"},
        {"{\"name\":\"abcdef\"}", "name", "at most 5 characters"},
        {"{\"name\":\"a\\nb\"}", "name", "control characters"},
        {"{\"name\":\"a\\u0007b\"}", "name", "control characters"},
        {"{\"name\":\"a\xc2\x85"
         "b\"}",
         "name", "control characters"},
        {"{\"name\":\"ann\",\"bio\":\"\\u001b[31m\"}", "bio", "control characters"},
        {"{\"name\":\"ann\",\"bio\":{\"$ne\":null}}", "bio", "must be a text"},
        {"{\"name\":\"ann\",\"email\":\"ann\"}", "email", "e-mail"},
        {"{\"name\":\"ann\",\"email\":null}", "email", "null"},
        {"{\"name\":\"ann\",\"sort\":\"new top\"}", "sort", "one of: new top"},
        {"{\"name\":\"ann\",\"tags\":[\"a\",1]}", "tags", "list of texts"},
        {"{\"name\":\"ann\",\"tags\":{}}", "tags", "list of texts"},
        {"{\"name\":\"ann\",\"tags\":[\"a\",\"b\",\"c\",\"d\"]}", "tags", "at most 3 items"},
        {"{\"name\":\"ann\",\"tags\":[\"abcde\"]}", "tags", "at most 4 characters in an item"},
        {"{\"name\":\"ann\",\"tags\":[\" \"]}", "tags", "empty items"},
        {"{\"name\":\"ann\",\"parts\":\"a,b\"}", "parts", "list of texts"}, /* no C18N_CSV */
        {"{\"name\":\"ann\",\"count\":0}", "count", "at least 1"},
        {"{\"name\":\"ann\",\"count\":11}", "count", "at most 10"},
        {"{\"name\":\"ann\",\"count\":\"5\"}", "count", "whole number"},
        {"{\"name\":\"ann\",\"count\":1.5}", "count", "whole number"},
        {"{\"name\":\"ann\",\"count\":99999999999999999999}", "count", "whole number"},
        {"{\"name\":\"ann\",\"ratio\":\"1\"}", "ratio", "must be a number"},
        {"{\"name\":\"ann\",\"open\":1}", "open", "true or false"},
        {"{\"name\":\"ann\",\"open\":\"true\"}", "open", "true or false"},
        {"{\"name\":\"ann\",\"until\":-1}", "until", "Unix seconds"},
        {"{\"name\":\"ann\",\"parent\":\"42\"}", "parent", "must be an id"},
        {"{\"name\":\"ann\",\"parent\":42}", "parent", "must be an id"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        refuses(FIELDS_JSON, rows[i].input, rows[i].field, rows[i].detail);
}

static void unknown_and_read_only(void **state)
{
    (void)state;
    refuses(FIELDS_JSON, "{\"name\":\"ann\",\"role\":\"admin\"}", "role", "is unknown here");
    assert_string_equal(world.request.problem_word, "unknown_or_readonly_field");
    refuses(FIELDS_JSON, "{\"name\":\"ann\",\"created_by\":\"" ID_A "\"}", "created_by", "can't be set");
    assert_string_equal(world.request.problem_word, "unknown_or_readonly_field");
    refuses(FIELDS_JSON, "{\"name\":\"ann\",\"nam\":1}", "nam", "is unknown here"); /* no prefix match */
    refuses(FIELDS_JSON, "{\"name\":\"ann\",\"names\":1}", "names", "is unknown here");
    refuses(FIELDS_JSON, "{\"name\":\"a\"}", "name", "at least");
    assert_null(world.request.problem_word);
}

static void a_long_foreign_name_is_cut(void **state)
{
    (void)state;
    char input[4096] = "{\"name\":\"ann\",\"";
    const c18n_doc *doc;
    for (size_t i = 0; i < 500; i++)
        strcat(input, "\u00e4");
    strcat(input, "\":1}");
    assert_int_equal(judge(FIELDS_JSON, input, &doc), C18N_INVALID);
    assert_true(strlen(world.request.errors->field) < 80);
    assert_true(codec_utf8_valid(world.request.errors->field, strlen(world.request.errors->field)));
}

static void errors_are_bounded(void **state)
{
    (void)state;
    char input[32768] = "{\"name\":\"ann\"";
    const c18n_doc *doc;
    size_t count = 0;
    for (int i = 0; i < 1000; i++)
        snprintf(input + strlen(input), 32, ",\"x%d\":1", i);
    strcat(input, "}");
    assert_int_equal(judge(FIELDS_JSON, input, &doc), C18N_INVALID);
    for (const struct request_error *error = world.request.errors; error; error = error->next)
        count++;
    assert_int_equal(count, 32);
}

static void forms_are_texts(void **state)
{
    (void)state;
    takes(FIELDS_TEXT, "{\"name\":\"ann\",\"count\":\"7\",\"open\":\"on\",\"ratio\":\"2.50\",\"until\":\"12\"}",
          "{\"name\":\"ann\",\"count\":7,\"ratio\":2.5,\"open\":true,\"until\":12}");
    takes(FIELDS_TEXT, "{\"name\":\"ann\",\"tags\":[\"a,b\",\"c\"]}",
          "{\"name\":\"ann\",\"tags\":[\"a\",\"b\",\"c\"]}");
    takes(FIELDS_TEXT, "{\"name\":\"ann\",\"parts\":[\"a,b\"]}", "{\"name\":\"ann\",\"parts\":[\"a\",\"b\"]}");
    takes(FIELDS_TEXT, "{\"name\":\"ann\",\"count\":\"\",\"parent\":\"\"}", "{\"name\":\"ann\"}"); /* empty inputs */
    takes(FIELDS_TEXT, "{\"name\":\"null\",\"open\":\"0\"}", "{\"name\":\"null\",\"open\":false}");
    refuses(FIELDS_TEXT, "{\"name\":\"ann\",\"count\":\"7x\"}", "count", "whole number");
    refuses(FIELDS_TEXT, "{\"name\":\"ann\",\"count\":\" 7\"}", "count", "whole number");
    refuses(FIELDS_TEXT, "{\"name\":\"ann\",\"ratio\":\"0x10\"}", "ratio", "must be a number");
    refuses(FIELDS_TEXT, "{\"name\":\"ann\",\"ratio\":\"1e999\"}", "ratio", "must be a number");
    refuses(FIELDS_TEXT, "{\"name\":\"ann\",\"open\":\"maybe\"}", "open", "true or false");
}

static void extras_pass_for_an_import(void **state)
{
    (void)state;
    const c18n_doc *doc;
    assert_int_equal(api_validate(&world.request, &table,
                                  doc_of(&world, "{\"kind\":\"user\",\"name\":\"ann\",\"ref\":\"u1\"}"), "kind ref",
                                  &doc),
                     C18N_OK);
    assert_string_equal(doc_text(&world, doc), "{\"name\":\"ann\",\"kind\":\"user\",\"ref\":\"u1\"}");
    assert_int_equal(
        api_validate(&world.request, &table, doc_of(&world, "{\"kin\":\"user\",\"name\":\"ann\"}"), "kind ref", &doc),
        C18N_INVALID);
}

static void formats(void **state)
{
    (void)state;
    static const struct {
        const char *format, *good[6], *bad[14];
    } rows[] = {
        {"email",
         {"a@b.org", "ann@localhost", "a.b-c_d+e@x-y.example", "A1@B2.CO"},
         {"", "a", "@b.org", "a@", "a@b@c", "a b@c.org", "a@b..org", "a@.org", "a@-b.org", ".a@b.org", "a..b@c.org",
          "a@b.org\n", "\"a\"@b.org"}},
        {"username", {"ann", "a", "9lives", "a.b-c_d"}, {"", "_a", "-a", "a b", "\u00e4nn", "a/b", "a@b"}},
        {"uri",
         {"https://example.org", "http://localhost:8080/a?b=c#d", "https://x.y/%20"},
         {"", "example.org", "ftp://x.org", "javascript:alert(1)", "https://", "https://a b", "https://user@x.org",
          "https://x.org:8x/", "https://x.org/<script>", "HTTPS//x", "https://-x.org", "https://x..org"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_true(format_known(rows[i].format));
        for (size_t j = 0; j < 6 && rows[i].good[j]; j++)
            assert_null(format_fault(rows[i].format, rows[i].good[j]));
        for (size_t j = 0; j < 14 && rows[i].bad[j]; j++)
            assert_non_null(format_fault(rows[i].format, rows[i].bad[j]));
    }
    assert_false(format_known("phone"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(good_json),
        TEST(bad_json),
        TEST(unknown_and_read_only),
        TEST(a_long_foreign_name_is_cut),
        TEST(errors_are_bounded),
        TEST(forms_are_texts),
        TEST(extras_pass_for_an_import),
        TEST(formats),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
