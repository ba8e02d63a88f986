/* problem+json: shapes, codes, and what an author of words can't break. */
#include "support.h"

#include "api/problem.h"

#include <jansson.h>

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

static json_t *body(void)
{
    json_t *json = json_loadb(world.request.reply.body, world.request.reply.body_length, 0, NULL);
    assert_non_null(json);
    return json;
}

static const char *member(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static void has_all_members(void **state)
{
    (void)state;
    api_problem(&world.request, C18N_NOT_FOUND);
    json_t *json = body();
    assert_int_equal(world.request.reply.status, 404);
    assert_string_equal(world.request.reply.content_type, "application/problem+json");
    assert_string_equal(member(json, "type"), "urn:c18n:problem:not_found");
    assert_string_equal(member(json, "title"), "Not Found");
    assert_int_equal(json_integer_value(json_object_get(json, "status")), 404);
    assert_string_equal(member(json, "code"), "not_found");
    assert_string_equal(member(json, "request_id"), "request-1");
    assert_true(strlen(member(json, "detail")) > 0);
    assert_null(json_object_get(json, "errors"));
    json_decref(json);
}

static void names_the_fields(void **state)
{
    (void)state;
    problem_add_error(&world.request, "name", "is required");
    problem_add_error(&world.request, "a\"b\n", "has \"quotes\"");
    api_problem(&world.request, C18N_INVALID);
    json_t *json = body();
    const json_t *errors = json_object_get(json, "errors");
    assert_int_equal(world.request.reply.status, 422);
    assert_int_equal(json_array_size(errors), 2);
    assert_string_equal(member(json_array_get(errors, 0), "field"), "name");
    assert_string_equal(member(json_array_get(errors, 0), "detail"), "is required");
    assert_string_equal(member(json_array_get(errors, 1), "field"), "a\"b\n");
    json_decref(json);
}

static void every_code_has_its_status(void **state)
{
    (void)state;
    static const struct {
        int code, status;
    } rows[] = {
        {C18N_ERROR, 500},
        {C18N_NO_MEMORY, 503},
        {C18N_BAD_REQUEST, 400},
        {C18N_UNAUTHENTICATED, 401},
        {C18N_FORBIDDEN, 403},
        {C18N_NOT_FOUND, 404},
        {C18N_GONE, 410},
        {C18N_CONFLICT, 409},
        {C18N_PRECONDITION, 412},
        {C18N_TOO_LARGE, 413},
        {C18N_LIMITED, 429},
        {C18N_UNAVAILABLE, 503},
        {C18N_NO_SPACE, 507},
        {C18N_EXISTS, 409},
        {C18N_AGAIN, 503},
        {C18N_CORRUPT, 500},
        {C18N_IO, 503},
        {C18N_TIMEOUT, 503},
        {C18N_UNSUPPORTED, 415},
        {C18N_BUSY, 503},
        {-999, 500},
        {17, 500},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        api_problem(&world.request, rows[i].code);
        assert_int_equal(world.request.reply.status, rows[i].status);
        assert_string_not_equal(problem_title(rows[i].status), "Error");
    }
}

static void invalid_is_the_clients_when_it_says_what(void **state)
{
    (void)state;
    api_problem(&world.request, C18N_INVALID); /* a call of the module's was wrong */
    assert_int_equal(world.request.reply.status, 500);
    (void)problem_note(&world.request, C18N_INVALID, NULL, "The two dates are the same.");
    api_problem(&world.request, C18N_INVALID);
    assert_int_equal(world.request.reply.status, 422);
    (void)problem_note(&world.request, C18N_INVALID, "same_dates", NULL);
    api_problem(&world.request, C18N_INVALID);
    assert_int_equal(world.request.reply.status, 422);
}

static void noted_words_win(void **state)
{
    (void)state;
    assert_int_equal(problem_note(&world.request, C18N_CONFLICT, "username_taken", "This name is taken."),
                     C18N_CONFLICT);
    api_problem(&world.request, C18N_CONFLICT);
    json_t *json = body();
    assert_string_equal(member(json, "code"), "username_taken");
    assert_string_equal(member(json, "detail"), "This name is taken.");
    json_decref(json);
    problem_reply(&world.request, 418, "no \"word\"", "x"); /* not [a-z0-9_]: can't break the JSON */
    json = body();
    assert_string_equal(member(json, "code"), "error");
    json_decref(json);
}

static void takes_the_place_of_an_answer(void **state)
{
    (void)state;
    world.request.reply = (struct request_reply){.status = 200,
                                                 .body = "{}",
                                                 .body_length = 2,
                                                 .header_count = 2,
                                                 .headers = {{"Location", "/x"}, {"Set-Cookie", "a=b"}}};
    api_problem(&world.request, C18N_UNAVAILABLE);
    assert_int_equal(world.request.reply.header_count, 0);
    world.request.reply.header_count = 2;
    world.request.reply.headers[0] = (struct http_header){"Location", "/x"};
    world.request.reply.headers[1] = (struct http_header){"Set-Cookie", "c18n_session="};
    api_problem(&world.request, C18N_UNAUTHENTICATED); /* takes a bad cookie away */
    assert_int_equal(world.request.reply.header_count, 1);
    assert_string_equal(world.request.reply.headers[0].name, "Set-Cookie");
}

static void refusals_have_the_same_shape(void **state)
{
    (void)state;
    struct http_answer answer = {.close = true};
    api_refuse(&world.server, &world.http, 431, "headers_too_large", "A header is too long.", &answer);
    json_t *json = json_loadb(answer.body, answer.body_length, 0, NULL);
    assert_non_null(json);
    assert_int_equal(answer.status, 431);
    assert_true(answer.close);
    assert_string_equal(member(json, "code"), "headers_too_large");
    json_decref(json);
}

static void without_memory_it_is_still_a_problem(void **state)
{
    (void)state;
    struct arena *small = arena_new(64);
    struct arena *before = world.request.arena;
    world.request.arena = small;
    while (arena_alloc(small, 16))
        ;
    api_problem(&world.request, C18N_NOT_FOUND);
    json_t *json = body();
    assert_int_equal(world.request.reply.status, 503);
    assert_string_equal(member(json, "code"), "unavailable");
    json_decref(json);
    world.request.arena = before;
    arena_free(small);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(has_all_members),
        TEST(names_the_fields),
        TEST(every_code_has_its_status),
        TEST(invalid_is_the_clients_when_it_says_what),
        TEST(noted_words_win),
        TEST(takes_the_place_of_an_answer),
        TEST(refusals_have_the_same_shape),
        TEST(without_memory_it_is_still_a_problem),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
