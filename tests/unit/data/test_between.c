/* test_between.c: walking records by their ids, as logs are read: bounds, directions, chunks, what it sees. */
#include "fixture.h"

enum { MANY = 700 }; /* three chunks and a bit */

struct seen {
    int count, first, last, deleted;
    int stop_after; /* 0: never */
    int direction;  /* 1 or -1: every number follows the one before */
};

static int see(c18n_request *rq, const c18n_doc *record, void *arg)
{
    struct seen *seen = arg;
    const c18n_doc *again;
    int number = atoi(c18n_text(record, "_id") + 2);
    assert_string_equal(((const struct doc *)(const void *)record)->view, "notes");
    assert_true(seen->count == 0 || number == seen->last + seen->direction);
    assert_int_equal(c18n_integer(record, "n", -1), number);
    seen->first = seen->count++ ? seen->first : number;
    seen->last = number;
    seen->deleted += c18n_has(record, "deleted_on");
    if (number % 100 == 0) { /* the storage is free for other questions meanwhile */
        int code = c18n_get(rq, "notes", c18n_text(record, "_id"), &again);
        assert_int_equal(code, c18n_has(record, "deleted_on") ? C18N_GONE : C18N_OK);
    }
    return seen->count == seen->stop_after ? C18N_AGAIN : C18N_OK;
}

/* Records a/0000 …, and one on either side. */
static int emit_log(c18n_request *rq, void *arg)
{
    char id[16], data[96];
    (void)arg;
    int code = emit_text(rq, "notes.put", "A/9999", "{}");
    for (int i = 0; i < MANY && code == C18N_OK; i++) {
        snprintf(id, sizeof id, "a/%04d", i);
        snprintf(data, sizeof data, "{\"n\":%d%s}", i, i % 10 == 3 ? ",\"deleted_on\":5" : "");
        code = emit_text(rq, "notes.put", id, data);
    }
    return code == C18N_OK ? emit_text(rq, "notes.put", "b/0000", "{}") : code;
}

static struct seen walk(struct reading *reading, const char *from, const char *until, bool reverse)
{
    struct seen seen = {.direction = reverse ? -1 : 1};
    assert_int_equal(c18n_each_between(reading->rq, "notes", from, until, reverse, see, &seen), C18N_OK);
    return seen;
}

static void gives_every_record_of_the_range_once_in_order(void **state)
{
    (void)state;
    struct reading reading;
    assert_int_equal(work(emit_log, NULL), C18N_OK);
    read_begin(&reading);
    struct seen up = walk(&reading, "a/", "a0", false), down = walk(&reading, "a/", "a0", true);
    assert_int_equal(up.count, MANY);
    assert_int_equal(up.first, 0);
    assert_int_equal(up.deleted, MANY / 10);
    assert_int_equal(down.count, MANY);
    assert_int_equal(down.first, MANY - 1);
    assert_int_equal(down.last, 0);
    assert_int_equal(down.deleted, MANY / 10);
    read_end(&reading);
}

static void bounds_are_from_and_not_until(void **state)
{
    (void)state;
    struct reading reading;
    assert_int_equal(work(emit_log, NULL), C18N_OK);
    read_begin(&reading);
    struct seen some = walk(&reading, "a/0016", "a/0032", false), back = walk(&reading, "a/0016", "a/0032", true);
    assert_int_equal(some.first, 16);
    assert_int_equal(some.last, 31); /* exactly the first chunk, and nothing after it */
    assert_int_equal(back.first, 31);
    assert_int_equal(back.last, 16);
    static const char *const empty[][2] = {{"a/0016", "a/0016"}, {"a/0032", "a/0016"}, {"c", "d"}, {"", ""}};
    for (size_t i = 0; i < sizeof empty / sizeof *empty; i++) {
        assert_int_equal(walk(&reading, empty[i][0], empty[i][1], false).count, 0);
        assert_int_equal(walk(&reading, empty[i][0], empty[i][1], true).count, 0);
    }
    read_end(&reading);
}

static int count_one(c18n_request *rq, const c18n_doc *record, void *arg)
{
    (void)rq, (void)record;
    ++*(int *)arg;
    return C18N_OK;
}

static void open_ends_are_the_first_and_the_last(void **state)
{
    (void)state;
    struct reading reading;
    int count = 0;
    assert_int_equal(work(emit_log, NULL), C18N_OK);
    read_begin(&reading);
    assert_int_equal(c18n_each_between(reading.rq, "notes", NULL, NULL, false, count_one, &count), C18N_OK);
    assert_int_equal(count, MANY + 2);
    assert_int_equal(c18n_each_between(reading.rq, "notes", "a/0690", NULL, true, count_one, &count), C18N_OK);
    assert_int_equal(count, MANY + 2 + 11);
    read_end(&reading);
}

static void ends_when_told_and_says_so(void **state)
{
    (void)state;
    struct reading reading;
    assert_int_equal(work(emit_log, NULL), C18N_OK);
    read_begin(&reading);
    static const int stops[] = {1, 16, 17, 272, 273};
    for (size_t i = 0; i < sizeof stops / sizeof *stops; i++) {
        struct seen seen = {.direction = -1, .stop_after = stops[i]};
        assert_int_equal(c18n_each_between(reading.rq, "notes", "a/", "a0", true, see, &seen), C18N_AGAIN);
        assert_int_equal(seen.count, stops[i]);
        assert_int_equal(seen.first, MANY - 1);
    }
    read_end(&reading);
}

static void put_large(int number)
{
    static char data[50 * 1024];
    char id[16];
    int length = snprintf(data, sizeof data, "{\"n\":%d,\"pad\":\"", number);
    memset(data + length, 'x', sizeof data - (size_t)length - 3);
    memcpy(data + sizeof data - 3, "\"}", 3);
    snprintf(id, sizeof id, "a/%04d", number);
    assert_int_equal(emit("notes.put", id, data), C18N_OK);
}

static void large_records_make_short_chunks(void **state)
{
    (void)state;
    struct reading reading;
    for (int i = 0; i < 40; i++)
        put_large(i);
    read_begin(&reading);
    size_t before = arena_used(reading.request.arena);
    assert_int_equal(walk(&reading, "a/", "a0", false).count, 40);
    assert_int_equal(walk(&reading, "a/", "a0", true).count, 40);
    assert_true(arena_used(reading.request.arena) - before < 1024 * 1024); /* two megabytes went by, twice */
    read_end(&reading);
}

static int write_and_walk(c18n_request *rq, void *arg)
{
    struct seen *seen = arg;
    int code = emit_text(rq, "notes.put", "a/0001", "{\"n\":1}");
    if (code == C18N_OK)
        code = emit_text(rq, "notes.put", "a/0002", "{\"n\":2}");
    return code == C18N_OK ? c18n_each_between(rq, "notes", "a/", "a0", false, see, seen) : code;
}

static void a_write_sees_its_own_and_a_snapshot_does_not(void **state)
{
    (void)state;
    struct reading reading;
    struct seen seen = {.direction = 1};
    read_begin(&reading);
    assert_int_equal(work(write_and_walk, &seen), C18N_OK);
    assert_int_equal(seen.count, 2);
    assert_int_equal(walk(&reading, "a/", "a0", false).count, 0);
    read_end(&reading);
}

static void faults_are_told(void **state)
{
    (void)state;
    struct reading reading;
    int count = 0;
    read_begin(&reading);
    assert_int_equal(c18n_each_between(reading.rq, "nothing", "a", "b", false, count_one, &count), C18N_INVALID);
    fixture.memory.fail_scan = C18N_IO;
    assert_int_equal(c18n_each_between(reading.rq, "notes", "a", "b", false, count_one, &count), C18N_IO);
    fixture.memory.fail_scan = C18N_OK;
    assert_int_equal(data_read_fault(&reading.request, C18N_OK), C18N_IO);
    struct data_scope *scope = reading.request.scope;
    reading.request.scope = NULL; /* as in an INLINE handler */
    assert_int_equal(c18n_each_between(reading.rq, "notes", "a", "b", false, count_one, &count), C18N_ERROR);
    assert_int_equal(data_cached_begin(fixture.data, &reading.request), C18N_OK);
    assert_int_equal(c18n_each_between(reading.rq, "notes", "a", "b", false, count_one, &count), C18N_AGAIN);
    assert_false(data_cached_end(&reading.request)); /* done again where there is a snapshot */
    reading.request.scope = scope;
    assert_int_equal(count, 0);
    read_end(&reading);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(gives_every_record_of_the_range_once_in_order),
        TEST(bounds_are_from_and_not_until),
        TEST(open_ends_are_the_first_and_the_last),
        TEST(ends_when_told_and_says_so),
        TEST(large_records_make_short_chunks),
        TEST(a_write_sees_its_own_and_a_snapshot_does_not),
        TEST(faults_are_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
