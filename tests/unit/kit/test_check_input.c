/* Input made from field tables: what is meant to be valid is taken by the host's own judge, and what is meant to be
 * refused is refused by it. So a module's handler is never blamed for what its table lets through. */
#include "api/fields.h"
#include "base/json.h"
#include "kit/check_input.h"
#include "request/request.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const char some_id[] = "01900000-0000-7000-8000-000000000001";

static const c18n_field fields[] = {
    C18N_TEXT("title", C18N_REQUIRED, .min = 1, .max = 300),
    C18N_TEXT("short", C18N_REQUIRED, .min = 3, .max = 4),
    C18N_TEXT("long", 0, .min = 500, .max = 600),
    C18N_TEXT("words", C18N_NULLABLE | C18N_MULTILINE),
    C18N_TEXT("email", C18N_REQUIRED, .max = 254, .format = "email"),
    C18N_TEXT("username", C18N_REQUIRED, .min = 1, .max = 64, .format = "username"),
    C18N_TEXT("avatar", 0, .max = 2000, .format = "uri"),
    C18N_TEXT("password", C18N_REQUIRED | C18N_SECRET, .min = 8, .max = 256),
    C18N_TEXT("sort", 0, .choices = "new top hot"),
    C18N_TEXTS("tags", C18N_CSV, .max = 50, .item_max = 5),
    C18N_TEXTS("choices", C18N_REQUIRED, .min = 2, .max = 10),
    C18N_TEXTS("roles", 0, .choices = "user admin"),
    C18N_INTEGER("count", C18N_REQUIRED, .min = 1, .max = 10),
    C18N_INTEGER("below", 0, .min = -10, .max = -5),
    C18N_INTEGER("free", 0),
    C18N_NUMBER("ratio", 0, .min = 0, .max = 1),
    C18N_BOOLEAN("open", 0),
    C18N_TIME("until", C18N_NULLABLE),
    C18N_TIME("created_on", 0),
    C18N_ID("community", C18N_REQUIRED),
    C18N_TEXT("created_by", C18N_READ_ONLY),
    C18N_OBJECT("extra", 0),
};
static const c18n_table table = C18N_ALL(fields);

static const c18n_host host = {.json = &json_family};

static const char *id_for(void *arg, const char *name)
{
    (void)arg, (void)name;
    return some_id;
}

static const char *known_for(void *arg, const char *name)
{
    (void)arg;
    return strcmp(name, "username") == 0 ? "ada" : NULL;
}

struct bench {
    struct input_source source;
    struct request request;
};

static void bench_open(struct bench *bench)
{
    *bench = (struct bench){.source = {.arena = arena_new(0), .now = 1800000000, .id = id_for, .known = known_for}};
    bench->request.arena = bench->source.arena;
    bench->request.head.host = &host;
}

static int judge(struct bench *bench, const char *json)
{
    const c18n_doc *doc;
    const char *why;
    bench->request.errors = NULL;
    bench->request.problem_word = NULL;
    if (json_parse(&host, bench->source.arena, json, strlen(json), &doc, &why) != C18N_OK)
        return C18N_BAD_REQUEST;
    return fields_judge(&bench->request, &table, doc, NULL, FIELDS_JSON, &doc);
}

static void valid_input_is_taken(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    for (unsigned turn = 0; turn < 30; turn++) /* values differ from turn to turn */
        for (unsigned kind = 0; kind < INPUT_KINDS; kind++) {
            const char *json = input_valid(&bench.source, &table, (enum input_kind)kind);
            if (judge(&bench, json) != C18N_OK)
                fail_msg("%s", json);
        }
    arena_free(bench.source.arena);
}

static void the_least_is_what_must_be_given(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    const char *least = input_valid(&bench.source, &table, INPUT_LEAST);
    assert_null(strstr(least, "\"words\""));
    assert_non_null(strstr(least, "\"title\""));
    const char *repeated = input_valid(&bench.source, &table, INPUT_REPEATED);
    assert_non_null(strstr(repeated, "\"username\":\"ada\""));
    assert_null(strstr(repeated, "created_by"));
    arena_free(bench.source.arena);
}

static void texts_are_unlike_each_other(void **state)
{
    (void)state;
    struct bench bench;
    bench_open(&bench);
    const c18n_table one = {fields, 1, sizeof *fields};
    const char *first = input_valid(&bench.source, &one, INPUT_WHOLE);
    assert_string_not_equal(first, input_valid(&bench.source, &one, INPUT_WHOLE));
    arena_free(bench.source.arena);
}

static void broken_input_is_refused(void **state)
{
    (void)state;
    struct bench bench;
    struct input_broken broken;
    unsigned refused = 0, unusual = 0;
    bench_open(&bench);
    for (unsigned number = 0; input_broken(&bench.source, &table, number, &broken); number++) {
        if (!broken.json)
            continue;
        int code = judge(&bench, broken.json);
        if (broken.must_refuse && code != C18N_INVALID)
            fail_msg("%s was taken (%d): %.300s", broken.what, code, broken.json);
        refused += broken.must_refuse;
        unusual += !broken.must_refuse;
    }
    assert_in_range(refused, 80, 200);
    assert_in_range(unusual, 20, 200);
    arena_free(bench.source.arena);
}

static void a_query_has_the_same_values(void **state)
{
    (void)state;
    static const c18n_field query_fields[] = {C18N_TEXT("q", 0, .max = 200), C18N_TEXTS("tags", 0, .min = 2),
                                              C18N_INTEGER("count", C18N_REQUIRED, .min = 3, .max = 9)};
    const c18n_table query = C18N_ALL(query_fields);
    struct bench bench;
    bench_open(&bench);
    assert_string_equal(input_query(&bench.source, &query, INPUT_WHOLE),
                        "q=%43%68%65%63%6b%20%31&tags=%43%68%65%63%6b%20%32%2c%43%68%65%63%6b%20%33&count=%33");
    assert_string_equal(input_query(&bench.source, &query, INPUT_LEAST), "count=%33");
    arena_free(bench.source.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(valid_input_is_taken),        cmocka_unit_test(the_least_is_what_must_be_given),
        cmocka_unit_test(texts_are_unlike_each_other), cmocka_unit_test(broken_input_is_refused),
        cmocka_unit_test(a_query_has_the_same_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
