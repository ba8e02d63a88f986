/* test_ask.c: requests by the real gate, what they leave behind, and looking at it. */
#include "probe_site.h"

#include <stdio.h>

static void test_the_whole_way_of_a_request(void **state)
{
    (void)state;
    c18n_test_answer answer = probe_note("hello");
    assert_int_equal(answer.status, 200);
    assert_string_equal(c18n_text(answer.doc, "text"), "hello");
    assert_string_equal(answer.problem, "");
    assert_string_equal(c18n_test_header(&answer, "x-probe"), "noted");
    assert_string_equal(c18n_test_header(&answer, "Content-Type"), "application/json");
    assert_string_equal(c18n_test_header(&answer, "Cache-Control"), "private, no-cache"); /* the host's own, too */
    assert_non_null(strstr(c18n_test_header(&answer, "Location"), "/api/v1/notes/"));
    assert_null(c18n_test_header(&answer, "Retry-After"));
    const char *id = c18n_text(answer.doc, "_id"), *tag = c18n_test_header(&answer, "ETag");
    answer = c18n_test_ask(test, &ada, NULL, "GET /notes/%s", id);
    assert_int_equal(answer.status, 200);
    assert_int_equal(answer.length, strlen(answer.body));
    answer = c18n_test_ask_with(test, &ada, c18n_test_json(test, "If-None-Match: %s", tag), NULL, "GET /notes/%s", id);
    assert_int_equal(answer.status, 304);
    assert_string_equal(answer.body, "");
}

static void test_the_gate_refuses(void **state)
{
    (void)state;
    c18n_test_answer answer = c18n_test_ask(test, NULL, "{'text':'x'}", "POST /notes/new");
    assert_int_equal(answer.status, 401);
    assert_string_equal(answer.problem, "unauthenticated");
    answer = probe_note("");
    assert_int_equal(answer.status, 422);
    answer = c18n_test_ask(test, &ada, "{'text':'x','more':1}", "POST /notes/new");
    assert_int_equal(answer.status, 422);
    assert_int_equal(c18n_test_ask(test, &ada, "{'text':", "POST /notes/new").status, 400);
    answer = c18n_test_ask_with(test, &ada, "X-CSRF-Token: forged", "{'text':'x'}", "POST /notes/new");
    assert_int_equal(answer.status, 403);
    assert_string_equal(answer.problem, "csrf");
    answer = c18n_test_ask_with(test, &ada, "Authorization: Bearer x", "{'text':'x'}", "POST /notes/new");
    assert_int_equal(answer.status, 401);
    assert_int_equal(c18n_test_ask(test, &ada, NULL, "GET /notes/01890000-0000-7000-8000-000000000000").status, 404);
    assert_int_equal(c18n_test_events(test, "probe.noted"), 0);
}

static c18n_test_answer blunder(const char *which)
{
    return c18n_test_ask(test, NULL, c18n_test_json(test, "{'text':'%s'}", which), "POST /notes/blunder");
}

static void test_a_modules_bug_is_not_its_callers_fault(void **state)
{
    (void)state;
    static const char *const which[] = {"event", "point", "view", "index", "header"};
    for (size_t i = 0; i < sizeof which / sizeof *which; i++) {
        c18n_test_answer answer = blunder(which[i]);
        assert_int_equal(answer.status, 500);
        assert_string_equal(answer.problem, "internal");
    }
    c18n_test_answer answer = blunder("none of them");
    assert_int_equal(answer.status, 422);
    assert_string_equal(answer.problem, "invalid_field");
}

static void test_an_idempotency_key_answers_again(void **state)
{
    (void)state;
    const char *key = "Idempotency-Key: 4a5b";
    c18n_test_answer first = c18n_test_ask_with(test, &ada, key, "{'text':'once'}", "POST /notes/new");
    c18n_test_answer second = c18n_test_ask_with(test, &ada, key, "{'text':'once'}", "POST /notes/new");
    assert_int_equal(first.status, 200);
    assert_string_equal(first.body, second.body);
    assert_string_equal(c18n_test_header(&second, "Idempotency-Replayed"), "true");
    assert_int_equal(c18n_test_events(test, "probe.noted"), 1);
}

static void test_hooks_of_the_core_run(void **state)
{
    (void)state;
    c18n_test_answer answer = probe_note("forbidden");
    assert_int_equal(answer.status, 403);
    assert_string_equal(answer.problem, "no_such_words");
    assert_int_equal(c18n_test_events(test, "probe.noted"), 0);
}

static void test_streams_are_gathered(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(probe_note(c18n_test_json(test, "line %d", i)).status, 200);
    c18n_test_answer answer = c18n_test_ask(test, NULL, NULL, "GET /notes/stream");
    assert_int_equal(answer.status, 200);
    assert_string_equal(c18n_test_header(&answer, "content-type"), "text/plain");
    assert_string_equal(answer.body, "line 0\nline 1\nline 2\n");
    assert_int_equal(answer.length, strlen(answer.body));
}

static void test_consumers_have_heard_when_the_answer_is_there(void **state)
{
    (void)state;
    c18n_test_answer answer = probe_note("loud");
    const char *id = c18n_text(answer.doc, "_id");
    assert_int_equal(c18n_test_events(test, "probe.heard"), 1);
    assert_int_equal(c18n_integer(c18n_test_record(test, "probe_notes", id), "heard", 0), 1);
    const c18n_event *event = c18n_test_event(test, "probe.noted", 0), *newest = c18n_test_event(test, NULL, -1);
    assert_string_equal(event->resource, id);
    assert_string_equal(event->actor, ada.id);
    assert_string_equal(c18n_text(event->data, "text"), "loud");
    assert_string_equal(newest->type, "probe.heard");
    assert_null(c18n_test_event(test, "probe.noted", 1));
    assert_null(c18n_test_record(test, "probe_notes", "01890000-0000-7000-8000-000000000000"));
    assert_true(c18n_test_replays_the_same(test));
}

static void test_a_consumer_that_waits_for_ever_holds_nobody_up(void **state)
{
    (void)state;
    assert_int_equal(c18n_test_reload(test, "probe {\n    how = deafly\n}\n", NULL), C18N_OK);
    assert_int_equal(probe_note("loud").status, 200);
    assert_int_equal(probe_note("louder").status, 200);
    assert_int_equal(c18n_test_events(test, "probe.heard"), 0);
    assert_int_equal(c18n_test_reload(test, NULL, NULL), C18N_OK);
    c18n_test_settle(test);
    assert_int_equal(c18n_test_events(test, "probe.heard"), 2);
}

static void test_an_event_that_is_given_up_is_over(void **state)
{
    (void)state;
    assert_int_equal(c18n_test_reload(test, "probe {\n    how = wrongly\n}\n", NULL), C18N_OK);
    assert_int_equal(probe_note("loud").status, 200);
    assert_int_equal(c18n_test_reload(test, NULL, NULL), C18N_OK);
    c18n_test_settle(test);
    assert_int_equal(c18n_test_events(test, "probe.heard"), 0); /* it is among the dead letters */
    assert_int_equal(probe_note("again").status, 200);
    assert_int_equal(c18n_test_events(test, "probe.heard"), 1);
}

static void test_work_timers_metrics_and_log(void **state)
{
    (void)state;
    const int64_t *counts = c18n_test_self(test, "probe")->state;
    assert_null(c18n_test_logged(test, "poked"));
    assert_int_equal(c18n_test_ask(test, NULL, NULL, "POST /notes/poke").status,
                     200); /* nobody, with their CSRF token */
    assert_int_equal(counts[0], 1);
    assert_int_equal(counts[1], 1);
    assert_int_equal(c18n_test_metric(test, "probe", "pokes"), 1);
    assert_string_equal(c18n_test_logged(test, "poked"), "poked well");
}

static void test_imports(void **state)
{
    (void)state;
    char id[C18N_ID_SIZE], other[C18N_ID_SIZE] = "";
    const char *line = "{'kind':'note','ref':'n1','text':'old','created_on':1000000000}";
    assert_int_equal(c18n_test_import(test, line, id), C18N_INVALID); /* created_on is no field of it */
    line = "{'kind':'note','ref':'n1','text':'old'}";
    assert_int_equal(c18n_test_import(test, line, id), C18N_OK);
    assert_string_equal(c18n_text(c18n_test_record(test, "probe_notes", id), "text"), "old");
    assert_int_equal(c18n_test_import(test, "{'kind':'note','text':''}", other), C18N_INVALID);
    assert_string_equal(other, "");
}

/* --- code called directly --- */

static int emit_as_probe(c18n_request *rq, void *arg)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "text", arg);
    return c18n_emit(rq, "probe.noted", "n1", NULL, data);
}

static int read_note(c18n_request *rq, void *arg)
{
    const c18n_doc *note;
    int code = c18n_get(rq, "probe_notes", "n1", &note);
    if (code == C18N_OK)
        *(int64_t *)arg = c18n_integer(note, "created_on", 0);
    return code;
}

static void test_transactions_and_snapshots(void **state)
{
    (void)state;
    char text[] = "direct";
    int64_t created_on = 0;
    assert_int_equal(c18n_test_read(test, "probe", read_note, &created_on), C18N_NOT_FOUND);
    assert_int_equal(c18n_test_write(test, NULL, emit_as_probe, text), C18N_INVALID); /* not the host's event */
    assert_int_equal(c18n_test_write(test, "probe", emit_as_probe, text), C18N_OK);
    assert_int_equal(c18n_test_read(test, "probe", read_note, &created_on), C18N_OK);
    assert_int_equal(created_on, 1800000000);
    assert_int_equal(c18n_test_events(test, "probe.heard"), 1);
    assert_int_equal(c18n_test_history_shows(test, "direct"), 1);
    assert_int_equal(c18n_test_history_shows(test, "indirect"), 0);
    assert_non_null(c18n_test_service(test, "storage.v1"));
    assert_null(c18n_test_service(test, "index.v1"));
    assert_string_equal(c18n_test_descriptor(test, "probe")->version, "1.0.0");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBE(test_the_whole_way_of_a_request),
        PROBE(test_the_gate_refuses),
        PROBE(test_a_modules_bug_is_not_its_callers_fault),
        PROBE(test_an_idempotency_key_answers_again),
        PROBE(test_hooks_of_the_core_run),
        PROBE(test_streams_are_gathered),
        PROBE(test_consumers_have_heard_when_the_answer_is_there),
        PROBE(test_a_consumer_that_waits_for_ever_holds_nobody_up),
        PROBE(test_an_event_that_is_given_up_is_over),
        PROBE(test_work_timers_metrics_and_log),
        PROBE(test_imports),
        PROBE(test_transactions_and_snapshots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
