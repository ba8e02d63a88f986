/* test_disk.c: disks that are full or fail, and what is told of it. */
#include "fixture.h"

static int do_nothing(c18n_request *rq, void *arg)
{
    (void)rq;
    (void)arg;
    return C18N_OK;
}

static int emit_then_refuse(c18n_request *rq, void *arg)
{
    int code = emit_text(rq, "notes.put", "n1", "{}");
    return code == C18N_OK ? *(int *)arg : code;
}

static bool writes_are_taken(void)
{
    const char *detail;
    return data_state(fixture.data, &detail) == C18N_OK;
}

static void a_full_disk_fails_its_items_and_is_tried_again(void **state)
{
    (void)state;
    const char *detail;
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_OK);
    memory_fail_commit(&fixture.memory, C18N_NO_SPACE, false);
    assert_int_equal(emit("notes.put", "n2", "{}"), C18N_NO_SPACE);
    assert_int_equal(data_state(fixture.data, &detail), C18N_NO_SPACE);
    memory_fail(&fixture.memory, C18N_NO_SPACE, 0);
    assert_int_equal(emit("notes.put", "n3", "{}"), C18N_NO_SPACE);
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"likes\":0,\"reads\":0}"); /* reads go on */
    memory_fail(&fixture.memory, 0, 0);
    assert_int_equal(emit("notes.put", "n4", "{}"), C18N_OK);
    assert_int_equal(data_state(fixture.data, &detail), C18N_OK);
    assert_int_equal(data_position(fixture.data), 2);
    uint64_t records;
    assert_int_equal(data_replay(fixture.data, NULL, NULL, &records), C18N_OK);
    assert_int_equal(records, 2);
}

static void space_that_returns_is_noticed_without_a_write(void **state)
{
    (void)state;
    const char *detail;
    memory_fail(&fixture.memory, C18N_NO_SPACE, 0);
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_NO_SPACE);
    usleep(1500000);
    assert_int_equal(data_state(fixture.data, &detail), C18N_NO_SPACE);
    memory_fail(&fixture.memory, 0, 0);
    assert_true(comes_true(writes_are_taken));
    assert_int_equal(data_position(fixture.data), 0);
}

static void a_failed_sync_opens_again_before_anything_is_acknowledged(void **state)
{
    (void)state;
    char text[1024];
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_OK);
    unsigned before = memory_count(&fixture.memory, &fixture.memory.connects);
    memory_fail_commit(&fixture.memory, C18N_IO, false);
    assert_int_equal(emit("notes.put", "n2", "{}"), C18N_UNAVAILABLE);
    assert_true(comes_true(writes_are_taken));
    assert_int_equal(memory_count(&fixture.memory, &fixture.memory.connects), before + 1);
    assert_int_equal(emit("notes.put", "n3", "{}"), C18N_OK);
    assert_int_equal(record_text("notes", "n2", text), C18N_NOT_FOUND);
    assert_int_equal(data_position(fixture.data), 2);
}

struct told {
    pthread_mutex_t lock;
    char text[256];
};

static void on_commit(void *arg, const char *topic, const char *type, const char *resource)
{
    struct told *told = arg;
    pthread_mutex_lock(&told->lock);
    size_t length = strlen(told->text);
    snprintf(told->text + length, sizeof told->text - length, "%s %s %s; ", topic, type, resource);
    pthread_mutex_unlock(&told->lock);
}

static void a_commit_that_came_through_after_all_is_history(void **state)
{
    (void)state;
    struct told told = {.lock = PTHREAD_MUTEX_INITIALIZER};
    fixture_close();
    assert_int_equal(fixture_open(), C18N_OK);
    data_on_commit(fixture.data, on_commit, &told);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    memory_fail_commit(&fixture.memory, C18N_IO, true);
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_UNAVAILABLE);
    assert_true(comes_true(writes_are_taken));
    assert_int_equal(data_position(fixture.data), 1);
    int code = C18N_CONFLICT;
    assert_int_equal(work(emit_then_refuse, &code), C18N_CONFLICT); /* undone: not told */
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"likes\",\"delta\":1}"), C18N_OK);
    assert_string_equal(told.text, "posts notes.put n1; likes notes.add n1; ");
    fixture_close();
}

static void a_storage_that_stays_away_stops_the_writes(void **state)
{
    (void)state;
    const char *detail;
    memory_fail(&fixture.memory, 0, C18N_IO);
    memory_fail_commit(&fixture.memory, C18N_IO, false);
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_UNAVAILABLE);
    assert_int_equal(data_state(fixture.data, &detail), C18N_UNAVAILABLE);
    assert_int_equal(emit("notes.put", "n2", "{}"), C18N_UNAVAILABLE);
    memory_fail(&fixture.memory, 0, 0);
    assert_true(comes_true(writes_are_taken)); /* by itself */
    assert_int_equal(emit("notes.put", "n3", "{}"), C18N_OK);
    assert_int_equal(data_position(fixture.data), 1);
}

static bool writes_are_stopped_for_good(void)
{
    const char *detail;
    return data_state(fixture.data, &detail) == C18N_CORRUPT;
}

static void another_newest_record_stops_the_writes_for_good(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n2", "{}"), C18N_OK);
    assert_int_equal(work(do_nothing, NULL), C18N_OK);
    memory_cut_records(&fixture.memory.committed, 1); /* an acknowledged record is lost */
    memory_cut_records(&fixture.memory.live, 1);
    memory_fail_commit(&fixture.memory, C18N_IO, false);
    assert_int_equal(emit("notes.put", "n3", "{}"), C18N_UNAVAILABLE);
    assert_true(comes_true(writes_are_stopped_for_good));
    assert_int_equal(emit("notes.put", "n4", "{}"), C18N_UNAVAILABLE);
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"likes\":0,\"reads\":0}");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_full_disk_fails_its_items_and_is_tried_again),
        TEST(space_that_returns_is_noticed_without_a_write),
        TEST(a_failed_sync_opens_again_before_anything_is_acknowledged),
        TEST(a_commit_that_came_through_after_all_is_history),
        TEST(a_storage_that_stays_away_stops_the_writes),
        TEST(another_newest_record_stops_the_writes_for_good),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
