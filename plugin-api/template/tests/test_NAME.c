/* test_NAME.c: the module on the test host, which is the server's own code in this process. Time stands still until a
 * test moves it, nothing stays on disk, and JSON is written with ' in place of ". */
#include <c18n/testhost.h>

#undef NDEBUG
#include <assert.h>
#include <string.h>

#define TEXT "{'text':'Rye bread'}"

static c18n_test *opened(const char *settings)
{
    const c18n_test_options options = {.modules = MODULE_FILE, .settings = settings};
    c18n_test *test = c18n_test_open(&options, NULL);
    assert(test);
    return test;
}

static void what_is_written_can_be_read(void)
{
    c18n_test *test = opened(NULL);
    c18n_test_person ada = c18n_test_person_new(test, "ada", "user"), bob = c18n_test_person_new(test, "bob", "user");
    c18n_test_answer written = c18n_test_ask(test, &ada, TEXT, "POST /NAME/new");
    assert(written.status == 200);

    c18n_test_answer read = c18n_test_ask(test, &bob, NULL, "GET /NAME/%s", c18n_text(written.doc, "_id"));
    assert(read.status == 200);
    assert(strcmp(c18n_text(read.doc, "text"), "Rye bread") == 0);
    assert(strcmp(c18n_text(read.doc, "created_by"), ada.id) == 0);
    assert(c18n_integer(read.doc, "created_on", 0) == c18n_test_now(test));

    assert(c18n_test_ask(test, &bob, "{'text':'Wheat bread'}", "POST /NAME/new").status == 200);
    c18n_test_answer list = c18n_test_ask(test, &bob, NULL, "GET /NAME/");
    assert(c18n_test_count(&list) == 2);
    c18n_test_close(test);
}

static void what_is_wrong_is_refused(void)
{
    c18n_test *test = opened(NULL);
    c18n_test_person ada = c18n_test_person_new(test, "ada", "user");
    assert(c18n_test_ask(test, NULL, TEXT, "POST /NAME/new").status == 401);
    assert(c18n_test_ask(test, &ada, "{'text':''}", "POST /NAME/new").status == 422);
    assert(c18n_test_ask(test, &ada, NULL, "GET /NAME/00000000-0000-7000-8000-000000000000").status == 404);
    assert(c18n_test_events(test, "NAME.written") == 0);
    c18n_test_close(test);
}

static void a_person_waits_between_two(void)
{
    c18n_test *test = opened("NAME {\n pause = 60\n}\n");
    c18n_test_person ada = c18n_test_person_new(test, "ada", "user");
    assert(c18n_test_ask(test, &ada, TEXT, "POST /NAME/new").status == 200);
    c18n_test_move(test, 59);
    c18n_test_answer hasty = c18n_test_ask(test, &ada, TEXT, "POST /NAME/new");
    assert(hasty.status == 429 && strcmp(hasty.problem, "too_soon") == 0);
    c18n_test_move(test, 1);
    assert(c18n_test_ask(test, &ada, TEXT, "POST /NAME/new").status == 200);
    c18n_test_close(test);
}

static void history_is_sealed_and_gives_the_same_again(void)
{
    c18n_test *test = opened(NULL);
    c18n_test_person ada = c18n_test_person_new(test, "ada", "user");
    assert(c18n_test_ask(test, &ada, TEXT, "POST /NAME/new").status == 200);
    assert(c18n_test_history_shows(test, "Rye bread") == 0);
    assert(c18n_test_replays_the_same(test));
    c18n_test_close(test);
}

int main(void)
{
    what_is_written_can_be_read();
    what_is_wrong_is_refused();
    a_person_waits_between_two();
    history_is_sealed_and_gives_the_same_again();
    return 0;
}
