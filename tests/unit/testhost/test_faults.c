/* test_faults.c: each call of a module into the host fails in turn; starts that are refused; reloads. */
#include "probe_site.h"

#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

/* --- calls that fail --- */

static void test_each_call_of_a_request_fails_in_turn(void **state)
{
    (void)state;
    static const struct {
        const char *function;
        int status;
    } rows[] = {
        {"c18n_get", 503}, /* the people's module, asked by the writer */
        {"c18n_print", 503},
        {"c18n_out_new", 503}, /* an event without its data is none, though `probe` doesn't look */
        {"c18n_print", 503},
        {"c18n_emit", 503},
        {"c18n_put", 503},
        {"c18n_get", 503},
        {"c18n_set_header", 503},
        {"c18n_print", 503},
        {"c18n_reply_record", 503},
        {"c18n_emit", 200}, /* its consumer's, which is called again */
        {"c18n_add", 200},
        {NULL, 200},
    };
    assert_int_equal(probe_note("x").status, 200); /* from here on the host knows her at the gate */
    size_t events = c18n_test_events(test, "probe.noted");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        c18n_test_fail(test, i + 1, C18N_UNAVAILABLE);
        c18n_test_answer answer = probe_note("x");
        const char *failed = c18n_test_failed(test);
        if (!rows[i].function || !failed)
            assert_ptr_equal(failed, rows[i].function);
        else
            assert_string_equal(failed, rows[i].function);
        assert_int_equal(answer.status, rows[i].status);
        events += answer.status == 200;
        assert_int_equal(c18n_test_events(test, "probe.noted"), events);
        assert_int_equal(c18n_test_events(test, "probe.heard"), events);
    }
    assert_int_equal(c18n_test_calls(test), 12);
    c18n_test_fail(test, 0, 0);
    assert_true(c18n_test_replays_the_same(test));
}

/* What others do comes and goes with what is cached; one module's own calls are the same in each run. */
static void test_calls_of_one_module_alone(void **state)
{
    (void)state;
    const c18n_test_options options = {.modules = PROBE_FILE, .fail_in = "probe"};
    static const char *const functions[] = {"c18n_print", "c18n_emit", "c18n_put", "c18n_get"};
    size_t found = 0;
    test = c18n_test_open(&options, NULL);
    ada = c18n_test_person_new(test, "ada", "user");
    for (uint64_t nth = 1; nth < 20; nth++) {
        c18n_test_person_sign(test, &ada);
        c18n_test_fail(test, nth, C18N_UNAVAILABLE);
        (void)probe_note("x");
        for (size_t i = 0; i < sizeof functions / sizeof *functions; i++)
            found |= c18n_test_failed(test) && strcmp(c18n_test_failed(test), functions[i]) == 0 ? (size_t)1 << i : 0;
    }
    c18n_test_close(test);
    assert_int_equal(found, 15);
}

static int emit_and_go_on(c18n_request *rq, void *arg)
{
    (void)arg;
    if (c18n_emit(rq, "probe.noted", "n1", NULL, NULL) != C18N_OK)
        return C18N_OK; /* wrong, and in earnest it is undone all the same */
    return C18N_OK;
}

static void test_a_failure_that_is_passed_over_undoes_the_item(void **state)
{
    (void)state;
    assert_int_equal(c18n_test_write(test, "probe", emit_and_go_on, NULL), C18N_OK);
    size_t events = c18n_test_events(test, NULL);
    c18n_test_fail(test, 1, C18N_NO_SPACE);
    assert_int_not_equal(c18n_test_write(test, "probe", emit_and_go_on, NULL), C18N_OK);
    assert_string_equal(c18n_test_failed(test), "c18n_emit");
    c18n_test_fail(test, 2, C18N_NO_SPACE);
    assert_int_not_equal(c18n_test_write(test, "probe", emit_and_go_on, NULL), C18N_OK);
    assert_string_equal(c18n_test_failed(test), "c18n_put");
    c18n_test_fail(test, 0, 0);
    assert_int_equal(c18n_test_events(test, NULL), events);
}

static int ask_by_query(c18n_request *rq, void *arg)
{
    const c18n_host *host = C18N_HOST_OF(rq);
    const c18n_mem_family *mem = host->query(host, "c18n.mem", 1);
    *(void **)arg = mem->alloc(rq, 10);
    return host->query(host, "c18n.nothing", 0) || host->query(host, "c18n.mem", 999) ? C18N_ERROR : C18N_OK;
}

static void test_functions_found_by_query_fail_too(void **state)
{
    (void)state;
    void *memory = NULL;
    assert_int_equal(c18n_test_read(test, "probe", ask_by_query, &memory), C18N_OK);
    assert_non_null(memory);
    c18n_test_fail(test, 1, C18N_NO_MEMORY);
    assert_int_equal(c18n_test_read(test, "probe", ask_by_query, &memory), C18N_OK);
    assert_null(memory);
}

/* --- starts that are refused --- */

static const char *refusal(const c18n_test_options *options)
{
    const char *why = NULL;
    c18n_test *refused = c18n_test_open(options, &why);
    if (refused)
        c18n_test_close(refused);
    assert_null(refused);
    assert_non_null(why);
    return why;
}

static void assert_says(const char *why, const char *words)
{
    if (!strstr(why, words))
        fail_msg("it says \"%s\", and not \"%s\"", why, words);
}

static void test_refusals_are_told_as_to_the_operator(void **state)
{
    (void)state;
    assert_says(refusal(&(c18n_test_options){.modules = PROBE_FILE, .settings = "probe {\n    hwo = well\n}\n"}),
                "how");
    assert_says(refusal(&(c18n_test_options){.modules = PROBE_FILE, .settings = "probe {\n    how = badly\n}\n"}),
                "never do anything badly");
    assert_says(refusal(&(c18n_test_options){.modules = "posts"}), "communities.v1");
    assert_says(refusal(&(c18n_test_options){.modules = "storage_memory storage_sqlite"}), "storage.v1");
    assert_int_equal(probe_open(state), 0); /* and none of them is in the way of the next */
    assert_int_equal(probe_note("x").status, 200);
    probe_close(state);
}

static void test_init_can_fail_too(void **state)
{
    (void)state;
    const c18n_test_options options = {.modules = PROBE_FILE, .fail_nth = 1, .fail_code = C18N_NO_MEMORY};
    assert_says(refusal(&options), "init");
    assert_string_equal(c18n_test_failed(NULL), "c18n_provide");
}

/* --- what the test does wrong --- */

static int dies(void (*wrong)(void))
{
    int status = 0;
    pid_t child = fork();
    if (child == 0) {
        (void)!freopen("/dev/null", "w", stderr);
        wrong();
        _exit(0);
    }
    waitpid(child, &status, 0);
    return WIFSIGNALED(status);
}

static void open_bare(void)
{
    test = c18n_test_open(&(c18n_test_options){.modules = "cache_memory", .bare = 1}, NULL);
}

static void ask_a_bare_one(void)
{
    open_bare();
    (void)c18n_test_ask(test, NULL, NULL, "GET /notes/stream");
}

static void name_a_wrong_module(void)
{
    open_bare();
    (void)c18n_test_self(test, "nobody");
}

static void open_two(void)
{
    open_bare();
    open_bare();
}

static void close_twice(void)
{
    open_bare();
    c18n_test_close(test);
    c18n_test_close(test);
}

static void close_quietly(void)
{
    open_bare();
    c18n_test_close(test);
    c18n_test_close(NULL);
}

static void test_a_wrong_test_aborts(void **state)
{
    (void)state;
    assert_true(dies(ask_a_bare_one));
    assert_true(dies(name_a_wrong_module));
    assert_true(dies(open_two));
    assert_true(dies(close_twice));
    assert_false(dies(close_quietly));
}

/* --- reload --- */

static const char *how(void)
{
    return c18n_setting_text(c18n_test_self(test, "probe"), "how");
}

static void test_reloads_hold_or_change_nothing(void **state)
{
    (void)state;
    const char *why = "";
    assert_string_equal(how(), "well");
    assert_int_equal(c18n_test_reload(test, "probe {\n    how = fast\n}\n", &why), C18N_OK);
    assert_string_equal(how(), "fast");
    assert_int_equal(c18n_test_reload(test, "probe {\n    how = badly\n}\n", &why), C18N_INVALID);
    assert_says(why, "never do anything badly");
    assert_int_equal(c18n_test_reload(test, "probe {\n    how = slowly\n    fixed = 2\n}\n", &why), C18N_INVALID);
    assert_says(why, "fixed");
    assert_string_equal(how(), "fast");
    assert_int_equal(c18n_test_reload(test, NULL, &why), C18N_OK);
    assert_string_equal(how(), "well");
    assert_int_equal(probe_note("x").status, 200);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBE(test_each_call_of_a_request_fails_in_turn),
        PROBE(test_a_failure_that_is_passed_over_undoes_the_item),
        cmocka_unit_test(test_calls_of_one_module_alone),
        PROBE(test_functions_found_by_query_fail_too),
        cmocka_unit_test(test_refusals_are_told_as_to_the_operator),
        cmocka_unit_test(test_init_can_fail_too),
        cmocka_unit_test(test_a_wrong_test_aborts),
        PROBE(test_reloads_hold_or_change_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
