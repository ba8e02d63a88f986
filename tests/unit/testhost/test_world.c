/* test_world.c: the clock, the timers, the seed. */
#include "probe_site.h"

#include <stdio.h>
#include <stdlib.h>

static int64_t turns(void)
{
    return *(const int64_t *)c18n_test_self(test, "probe")->state;
}

static void test_time_stands_until_it_is_moved(void **state)
{
    (void)state;
    assert_int_equal(c18n_test_now(test), 1800000000);
    c18n_test_answer first = probe_note("a"), second = probe_note("b");
    assert_int_equal(c18n_integer(c18n_test_record(test, "probe_notes", c18n_text(first.doc, "_id")), "created_on", 0),
                     1800000000);
    c18n_test_move(test, 10);
    assert_int_equal(c18n_test_now(test), 1800000010);
    c18n_test_move_ms(test, 999);
    assert_int_equal(c18n_test_now(test), 1800000010);
    c18n_test_move_ms(test, 1);
    assert_int_equal(c18n_test_now(test), 1800000011);
    c18n_test_answer third = probe_note("c");
    assert_int_equal(c18n_integer(c18n_test_record(test, "probe_notes", c18n_text(third.doc, "_id")), "created_on", 0),
                     1800000011);
    assert_string_not_equal(c18n_text(first.doc, "_id"), c18n_text(second.doc, "_id"));
}

static void test_a_token_ends_with_its_time(void **state)
{
    (void)state;
    c18n_test_move(test, 400 * 86400);
    assert_int_equal(probe_note("late").status, 401);
    c18n_test_person_sign(test, &ada);
    assert_int_equal(probe_note("again").status, 200);
}

static void test_timers_turn_when_they_are_due(void **state)
{
    (void)state;
    c18n_test_move(test, 59);
    assert_int_equal(turns(), 0);
    c18n_test_move(test, 1);
    assert_int_equal(turns(), 1);
    c18n_test_move(test, 60 * 59 - 1); /* one turn, however long it has been due */
    assert_int_equal(turns(), 2);
    assert_int_equal(c18n_test_events(test, "probe.noted"), 0);
    c18n_test_move(test, 60);
    assert_int_equal(turns(), 3);
    assert_int_equal(c18n_test_events(test, "probe.noted"), 1); /* tock's, and its consumer has heard it */
    assert_int_equal(c18n_test_events(test, "probe.heard"), 1);
    assert_int_equal(c18n_test_timer(test, "probe", "tick"), C18N_OK);
    assert_int_equal(turns(), 4);
}

/* A record of all that two runs could differ in. */
static const char *run(uint64_t seed, char **ret_record)
{
    char *record = malloc(1 << 16);
    size_t used = 0;
    record[0] = '\0';
    test = c18n_test_open(&(c18n_test_options){.modules = PROBE_FILE, .seed = seed}, NULL);
    assert_non_null(test);
    ada = c18n_test_person_new(test, "ada", "user");
    for (int i = 0; i < 5; i++) {
        c18n_test_answer answer = probe_note("same");
        used += (size_t)snprintf(record + used, (1 << 16) - used, "%d %s %s\n", answer.status, answer.body,
                                 c18n_test_header(&answer, "Location"));
        c18n_test_move(test, 100);
    }
    for (int64_t i = 0; i < (int64_t)c18n_test_events(test, NULL); i++) {
        const c18n_event *event = c18n_test_event(test, NULL, i);
        used += (size_t)snprintf(record + used, (1 << 16) - used, "%s %s %s %s\n", event->event_id, event->type,
                                 event->request_id, event->resource);
    }
    snprintf(record + used, (1 << 16) - used, "%s", ada.token);
    c18n_test_close(test);
    *ret_record = record;
    return record;
}

static void test_a_seed_gives_the_same_twice(void **state)
{
    (void)state;
    char *first, *second, *other;
    assert_string_equal(run(1, &first), run(1, &second));
    assert_string_not_equal(first, run(2, &other));
    assert_non_null(strstr(first, "probe.heard"));
    free(first);
    free(second);
    free(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PROBE(test_time_stands_until_it_is_moved),
        PROBE(test_a_token_ends_with_its_time),
        PROBE(test_timers_turn_when_they_are_due),
        cmocka_unit_test(test_a_seed_gives_the_same_twice),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
