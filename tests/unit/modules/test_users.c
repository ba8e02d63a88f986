/* test_users.c: accounts, rights, sessions and what history keeps of a person. */
#define SITE_MODULES "users"
#include "site.h"

#define PASSWORD "correct horse battery"

static c18n_test_person admin;

static int open_with_admin(void **state)
{
    if (site_open(state) != 0)
        return 1;
    admin = c18n_test_person_new(test, "root", "user admin");
    return 0;
}

static int64_t generation(const c18n_test_person *person)
{
    return c18n_integer(record("users", person->id), "generation", -1);
}

static c18n_test_answer make(const char *name)
{
    const char *body =
        json("{'username':'%s','email':'%s@example.org','password':'" PASSWORD "','name':'Real %s'}", name, name, name);
    return ask(&admin, body, "POST /users/new");
}

static c18n_test_person made(const c18n_test_answer *answer)
{
    c18n_test_person person = {.token = c18n_text(answer->doc, "token")};
    assert_int_equal(answer->status, 200);
    memcpy(person.id, c18n_text(answer->doc, "_id"), sizeof person.id);
    return person;
}

static c18n_test_answer log_in(const char *name, const char *password)
{
    return ask(NULL, json("{'username':'%s','password':'%s'}", name, password), "POST /auth/login");
}

/* --- who may do what --- */

enum { SELF, OTHER, ADMIN, NOBODY, GONE, ROLES };

static void test_policies_by_role(void **state)
{
    (void)state;
    c18n_test_person self = c18n_test_person_new(test, "self", "user"),
                     other = c18n_test_person_new(test, "other", "user");
    c18n_test_person gone = c18n_test_person_new(test, "gone", "user");
    assert_int_equal(ask(&gone, NULL, "DELETE /users/%s", gone.id).status, 200);
    const c18n_test_person *const who[ROLES] = {&self, &other, &admin, NULL, &gone};
    static const struct {
        const char *line, *body;
        int status[ROLES];
    } rows[] = {
        {"GET /users/", NULL, {200, 200, 200, 401, 401}},
        {"GET /users/%s", NULL, {200, 200, 200, 401, 401}},
        {"PATCH /users/%s", "{'bio':'x'}", {200, 403, 200, 401, 401}},
        {"PATCH /users/%s", "{'email':'x@example.org'}", {422, 403, 422, 401, 401}},
        {"GET /users/%s/history", NULL, {200, 403, 200, 401, 401}},
        {"GET /users/%s/roles", NULL, {403, 403, 200, 401, 401}},
        {"PUT /users/%s/roles", "{'roles':['user']}", {403, 403, 200, 401, 401}},
        {"PUT /users/%s/roles", "{'roles':['emperor']}", {403, 403, 422, 401, 401}},
        {"POST /users/new", "{}", {403, 403, 422, 401, 401}},
        {"GET /auth/csrf", NULL, {200, 200, 200, 200, 401}},
        {"DELETE /users/%s", NULL, {-1, 403, -1, 401, 401}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        for (int role = 0; role < ROLES; role++) {
            if (rows[i].status[role] < 0)
                continue;
            c18n_test_answer answer = ask(who[role], rows[i].body, rows[i].line, self.id);
            if (answer.status != rows[i].status[role])
                fail_msg("%s by role %d: %d", rows[i].line, role, answer.status);
        }
}

static void test_a_deactivated_person_is_gone_for_others(void **state)
{
    (void)state;
    c18n_test_person reader = c18n_test_person_new(test, "reader", "user"),
                     left = c18n_test_person_new(test, "left", "user");
    assert_int_equal(ask(&reader, NULL, "GET /users/%s", left.id).status, 200);
    assert_int_equal(ask(&admin, NULL, "DELETE /users/%s", left.id).status, 200);
    assert_int_equal(ask(&reader, NULL, "GET /users/%s", left.id).status, 410);
    assert_int_equal(ask(&admin, NULL, "DELETE /users/%s", left.id).status, 410);
    assert_int_equal(ask(&admin, NULL, "GET /users/%s/roles", left.id).status, 410);
    assert_int_equal(ask(&admin, NULL, "GET /users/%s/history", left.id).status, 200);
    assert_int_equal(ask(&admin, NULL, "GET /users/%s", "01890000-0000-7000-8000-000000000000").status, 404);
}

static void test_others_see_no_address(void **state)
{
    (void)state;
    c18n_test_person shy = c18n_test_person_new(test, "shy", "user"),
                     curious = c18n_test_person_new(test, "curious", "user");
    c18n_test_answer answer = ask(&curious, NULL, "GET /users/%s", shy.id);
    assert_false(c18n_has(answer.doc, "email"));
    assert_false(c18n_has(answer.doc, "roles"));
    answer = ask(&shy, NULL, "GET /users/%s", shy.id);
    assert_string_equal(c18n_text(answer.doc, "email"), "shy@example.org");
}

/* --- accounts --- */

static void test_apply_puts_person_roles_and_times(void **state)
{
    (void)state;
    c18n_test_answer answer = make("newcomer");
    c18n_test_person person = made(&answer);
    const c18n_doc *user = record("users", person.id);
    assert_string_equal(c18n_text(user, "name"), "Real newcomer");
    assert_int_equal(c18n_integer(user, "created_on", 0), c18n_test_now(test));
    assert_false(c18n_has(user, "password"));
    const char *const *roles;
    assert_int_equal(c18n_texts(record("roles", person.id), "roles", &roles), 1);
    assert_string_equal(roles[0], "user");
    c18n_test_move(test, 10);
    assert_int_equal(ask(&person, "{'bio':'Hello','tags':'a, b'}", "PATCH /users/%s", person.id).status, 200);
    user = record("users", person.id);
    assert_int_equal(c18n_integer(user, "created_on", 0), c18n_test_now(test) - 10);
    assert_int_equal(c18n_integer(user, "updated_on", 0), c18n_test_now(test));
    assert_string_equal(c18n_text(user, "name"), "Real newcomer");
    assert_int_equal(ask(&person, "{'bio':null}", "PATCH /users/%s", person.id).status, 200);
    assert_null(c18n_text(record("users", person.id), "bio"));
}

static void test_names_are_unique_in_any_case_also_after_the_end(void **state)
{
    (void)state;
    c18n_test_answer answer = make("Unique");
    c18n_test_person person = made(&answer);
    answer = make("uniqUE");
    assert_int_equal(answer.status, 409);
    assert_non_null(strstr(answer.body, "\"email\""));
    assert_non_null(strstr(answer.body, "\"username\""));
    assert_int_equal(ask(&admin, NULL, "DELETE /users/%s", person.id).status, 200);
    answer = make("unique");
    assert_int_equal(answer.status, 409);
    assert_non_null(strstr(answer.body, "\"username\""));
}

static void test_the_first_of_two_edits_wins(void **state)
{
    (void)state;
    c18n_test_person person = c18n_test_person_new(test, "editor", "user");
    c18n_test_answer seen = ask(&person, NULL, "GET /users/%s", person.id);
    const char *tag = c18n_test_header(&seen, "ETag");
    assert_non_null(tag);
    assert_int_equal(
        c18n_test_ask_with(test, &person, json("If-Match: %s", tag), "{'bio':'one'}", "PATCH /users/%s", person.id)
            .status,
        200);
    assert_int_equal(
        c18n_test_ask_with(test, &person, json("If-Match: %s", tag), "{'bio':'two'}", "PATCH /users/%s", person.id)
            .status,
        412);
    assert_string_equal(c18n_text(record("users", person.id), "bio"), "one");
}

/* --- rights and generations --- */

static void test_generation_grows_with_what_is_taken_away(void **state)
{
    (void)state;
    c18n_test_person person = c18n_test_person_new(test, "grown", "user");
    static const struct {
        const char *roles;
        int64_t generation;
    } rows[] = {
        {"['user','premium']", 0}, /* more: tokens stay good */
        {"['premium','user']", 0}, /* the same */
        {"['user']", 1},
        {"['moderator']", 2}, /* one more and one less */
        {"['moderator','user']", 2},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        assert_int_equal(ask(&admin, json("{'roles':%s}", rows[i].roles), "PUT /users/%s/roles", person.id).status,
                         200);
        assert_int_equal(generation(&person), rows[i].generation);
        assert_int_equal(ask(&person, NULL, "GET /users/").status, rows[i].generation == 0 ? 200 : 401);
    }
    c18n_test_person_sign(test, &person);
    assert_int_equal(ask(&person, NULL, "GET /users/").status, 200);
    assert_int_equal(ask(&admin, NULL, "DELETE /users/%s", person.id).status, 200);
    assert_int_equal(generation(&person), 3);
}

static void test_a_right_counts_at_the_next_request(void **state)
{
    (void)state;
    c18n_test_person person = c18n_test_person_new(test, "promoted", "user");
    assert_int_equal(ask(&person, NULL, "GET /users/%s/roles", person.id).status, 403);
    assert_int_equal(ask(&admin, "{'roles':['user','admin']}", "PUT /users/%s/roles", person.id).status, 200);
    assert_int_equal(ask(&person, NULL, "GET /users/%s/roles", person.id).status, 200);
    assert_int_equal(ask(&admin, "{'roles':['user']}", "PUT /users/%s/roles", person.id).status, 200);
    c18n_test_person_sign(test, &person);
    assert_int_equal(ask(&person, NULL, "GET /users/%s/roles", person.id).status, 403);
}

static void test_the_last_admin_stays_one(void **state)
{
    (void)state;
    assert_int_equal(ask(&admin, "{'roles':['user']}", "PUT /users/%s/roles", admin.id).status, 409);
    assert_int_equal(ask(&admin, NULL, "DELETE /users/%s", admin.id).status, 409);
    c18n_test_person second = c18n_test_person_new(test, "second", "user admin");
    assert_int_equal(ask(&second, NULL, "DELETE /users/%s", second.id).status, 200); /* there is another */
    assert_int_equal(ask(&admin, NULL, "DELETE /users/%s", admin.id).status, 409);   /* a deactivated one counts not */
    assert_int_equal(generation(&admin), 0);
}

/* --- sessions --- */

static void test_log_in_out_and_refresh(void **state)
{
    (void)state;
    c18n_test_answer answer = make("visitor");
    c18n_test_person person = made(&answer);
    assert_int_equal(log_in("visitor", "wrong").status, 401);
    assert_string_equal(log_in("visitor", "wrong").problem, "bad_credentials");
    assert_string_equal(log_in("never-heard-of", PASSWORD).problem, "bad_credentials");
    assert_int_equal(ask(NULL, "{'password':'x'}", "POST /auth/login").status, 422);
    answer = log_in("VISITOR", PASSWORD);
    assert_int_equal(answer.status, 200);
    person.token = c18n_text(answer.doc, "token");
    assert_non_null(c18n_text(answer.doc, "csrf_token"));
    assert_non_null(c18n_test_header(&answer, "Set-Cookie"));

    c18n_test_person old = person;
    answer = ask(&person, NULL, "POST /auth/refresh");
    person.token = c18n_text(answer.doc, "token");
    assert_int_equal(ask(&old, NULL, "GET /users/").status, 401);
    assert_int_equal(ask(&person, NULL, "GET /users/").status, 200);
    assert_int_equal(ask(&person, NULL, "POST /auth/logout").status, 200);
    assert_int_equal(ask(&person, NULL, "GET /users/").status, 401);
}

static void test_people_without_a_password_can_not_log_in(void **state)
{
    (void)state;
    c18n_test_person_new(test, "dummy", "user");
    assert_int_equal(log_in("dummy", "").status, 422);
    assert_int_equal(log_in("dummy", PASSWORD).status, 401);
    c18n_test_answer answer = make("leaver");
    c18n_test_person person = made(&answer);
    assert_int_equal(ask(&person, NULL, "DELETE /users/%s", person.id).status, 200);
    assert_int_equal(log_in("leaver", PASSWORD).status, 401);
}

static void test_a_token_ends_with_its_time(void **state)
{
    (void)state;
    c18n_test_answer answer = make("sleeper");
    c18n_test_person person = made(&answer);
    int64_t lifetime = c18n_integer(answer.doc, "exp", 0) - c18n_test_now(test);
    assert_int_equal(lifetime, 7 * 86400);
    c18n_test_move(test, lifetime - 1);
    assert_int_equal(ask(&person, NULL, "GET /users/").status, 200);
    c18n_test_move(test, 1);
    assert_int_equal(ask(&person, NULL, "GET /users/").status, 401);
}

/* --- history and files --- */

static void test_history_keeps_no_address_and_no_hash_in_the_clear(void **state)
{
    (void)state;
    c18n_test_answer answer = make("sealed");
    c18n_test_person person = made(&answer);
    assert_int_equal(ask(&person, "{'bio':'my secret bio'}", "PATCH /users/%s", person.id).status, 200);
    const char *hash = c18n_text(record("credentials", person.id), "password");
    assert_non_null(hash);
    assert_int_equal(c18n_test_history_shows(test, person.id),
                     3); /* created, password set, updated: the search itself works */
    static const char *const personal[] = {"sealed@example.org", "Real sealed", "my secret bio", "$argon2",
                                           "example.org"};
    for (size_t i = 0; i < sizeof personal / sizeof *personal; i++)
        assert_int_equal(c18n_test_history_shows(test, personal[i]), 0);

    answer = ask(&person, NULL, "GET /users/%s/history", person.id); /* they themselves see theirs, and no hash */
    assert_int_equal(c18n_test_count(&answer), 2);
    assert_non_null(strstr(answer.body, "sealed@example.org"));
    assert_null(strstr(answer.body, "argon2"));
}

static void test_importing_a_person_twice_is_a_conflict(void **state)
{
    (void)state;
    char id[C18N_ID_SIZE], again[C18N_ID_SIZE] = "";
    const char *line = "{'kind':'user','ref':'u1','username':'import','email':'i@example.org','created_on':1000000000}";
    assert_int_equal(c18n_test_import(test, line, id), C18N_OK);
    assert_int_equal(c18n_integer(record("users", id), "created_on", 0), 1000000000);
    assert_null(record("credentials", id));
    assert_int_equal(c18n_test_import(test, line, again), C18N_CONFLICT);
    assert_string_equal(again, "");
    assert_int_equal(c18n_test_import(test, "{'kind':'user','email':'no name'}", again), C18N_INVALID);
}

static void test_views_are_a_function_of_events(void **state)
{
    (void)state;
    assert_true(c18n_test_replays_the_same(test));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_policies_by_role),
        cmocka_unit_test(test_a_deactivated_person_is_gone_for_others),
        cmocka_unit_test(test_others_see_no_address),
        cmocka_unit_test(test_apply_puts_person_roles_and_times),
        cmocka_unit_test(test_names_are_unique_in_any_case_also_after_the_end),
        cmocka_unit_test(test_the_first_of_two_edits_wins),
        cmocka_unit_test(test_generation_grows_with_what_is_taken_away),
        cmocka_unit_test(test_a_right_counts_at_the_next_request),
        cmocka_unit_test(test_the_last_admin_stays_one),
        cmocka_unit_test(test_log_in_out_and_refresh),
        cmocka_unit_test(test_people_without_a_password_can_not_log_in),
        cmocka_unit_test(test_a_token_ends_with_its_time),
        cmocka_unit_test(test_history_keeps_no_address_and_no_hash_in_the_clear),
        cmocka_unit_test(test_importing_a_person_twice_is_a_conflict),
        cmocka_unit_test(test_views_are_a_function_of_events),
    };
    return cmocka_run_group_tests(tests, open_with_admin, site_close);
}
