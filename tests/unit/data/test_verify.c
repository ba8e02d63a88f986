/* test_verify.c: the chain, the checkpoint, and views against the events. */
#include "fixture.h"

#include <sys/stat.h>

struct faults {
    unsigned count;
    char first[512];
};

static void take_fault(void *arg, const char *what)
{
    struct faults *faults = arg;
    if (faults->count++ == 0)
        snprintf(faults->first, sizeof faults->first, "%s", what);
}

static struct faults verify(void)
{
    struct faults faults = {0};
    uint64_t records = 0;
    assert_int_equal(data_verify(fixture.data, take_fault, &faults, &records), C18N_OK);
    return faults;
}

static void some_events(void)
{
    assert_int_equal(emit("notes.put", "n1", "{\"author\":\"ann\",\"created_on\":1,\"slug\":\"a\",\"email\":\"a@x\"}"),
                     C18N_OK);
    assert_int_equal(emit("notes.put", "n2", "{\"author\":\"bob\",\"created_on\":2,\"tags\":[\"t\",\"u\"]}"), C18N_OK);
    assert_int_equal(emit("notes.add", "n1", "{\"counter\":\"likes\",\"delta\":2}"), C18N_OK);
    assert_int_equal(emit("notes.patch", "n2", "{\"author\":\"cid\",\"phone\":\"1\",\"owner\":\"n1\"}"), C18N_OK);
    assert_int_equal(emit("notes.put", "r1", "{\"view\":\"ranked\",\"base\":4}"), C18N_OK);
    assert_int_equal(emit("notes.remove", "n1", "{}"), C18N_OK);
}

static struct memory_record *stored(size_t number)
{
    return &fixture.memory.committed.records[number];
}

static void a_sound_history_has_no_fault(void **state)
{
    (void)state;
    assert_int_equal(verify().count, 0);
    some_events();
    assert_int_equal(verify().count, 0);
    assert_int_equal(emit("notes.put", "n9", "{}"), C18N_OK); /* and writes go on after it */
    uint64_t records = 0;
    struct faults faults = {0};
    assert_int_equal(data_verify(fixture.data, take_fault, &faults, &records), C18N_OK);
    assert_int_equal(records, 7);
}

static void assert_fault(const char *part)
{
    struct faults faults = verify();
    assert_true(faults.count > 0);
    if (!strstr(faults.first, part))
        fail_msg("\"%s\" is not in \"%s\"", part, faults.first);
}

static void an_edited_record_is_named(void **state)
{
    (void)state;
    some_events();
    memcpy(strstr(stored(1)->texts[8], "bob"), "bab", 3);
    assert_fault("record 2 (notes.put");
}

static void every_column_is_in_the_chain(void **state)
{
    (void)state;
    some_events();
    c18n_record *record = &stored(2)->record;
    record->time_ms++;
    assert_fault("record 3");
    record->time_ms--;
    record->version++;
    assert_fault("record 3");
    record->version--;
    record->event_id[0] ^= 1;
    assert_fault("record 3");
    record->event_id[0] ^= 1;
    const char *actor = record->actor, *resource = record->resource;
    record->actor = "u2";
    assert_fault("record 3");
    record->actor = actor;
    record->resource = record->key = "n";
    assert_fault("record 3");
    record->resource = record->key = resource;
    assert_fault("views: were not compared"); /* once damaged, no write until an operator has looked */
    assert_int_equal(emit("notes.put", "n1", "{}"), C18N_UNAVAILABLE);
    fixture_close();
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(verify().count, 0);
}

static void changed_ciphertext_is_named(void **state)
{
    (void)state;
    some_events();
    assert_true(stored(0)->record.sealed.length > 0);
    stored(0)->texts[9][30] ^= 1;
    assert_fault("record 1");
}

static void a_dropped_record_is_missed(void **state)
{
    (void)state;
    some_events();
    struct memory_record dropped = *stored(2);
    memmove(stored(2), stored(3), 3 * sizeof dropped);
    fixture.memory.committed.record_count--;
    assert_fault("record 4 follows record 2");
    memmove(stored(3), stored(2), 3 * sizeof dropped);
    *stored(2) = dropped;
    fixture.memory.committed.record_count++;
}

static void swapped_records_are_seen(void **state)
{
    (void)state;
    some_events();
    struct memory_record first = *stored(1);
    *stored(1) = *stored(2);
    *stored(2) = first;
    stored(1)->record.position = 2;
    stored(2)->record.position = 3;
    assert_fault("record 2");
}

/* Cuts both what readers see and what the writer has. */
static void cut(size_t count)
{
    memory_cut_records(&fixture.memory.committed, count);
    memory_cut_records(&fixture.memory.live, count);
}

static void a_cut_off_end_is_caught_by_the_checkpoint(void **state)
{
    (void)state;
    some_events();
    fixture_close(); /* signs a checkpoint */
    cut(4);
    assert_int_equal(fixture_open(), C18N_OK); /* it can be looked at … */
    assert_int_equal(data_start(fixture.data), C18N_OK);
    const char *detail;
    assert_int_equal(data_state(fixture.data, &detail), C18N_CORRUPT);
    assert_int_equal(emit("notes.put", "n9", "{}"), C18N_UNAVAILABLE); /* … but not written */
    assert_fault("ends at record 4, but the checkpoint was signed at 6");
}

static void another_end_of_the_same_length_is_caught_too(void **state)
{
    (void)state;
    some_events();
    fixture_close();
    stored(5)->record.hash[3] ^= 1;
    fixture.memory.live.records[5].record.hash[3] ^= 1;
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    const char *detail;
    assert_int_equal(data_state(fixture.data, &detail), C18N_CORRUPT);
    assert_fault("record 6");
}

static void change_file(const char *name, size_t at)
{
    char path[128];
    snprintf(path, sizeof path, "%s/%s", fixture.folder, name);
    FILE *file = fopen(path, "r+");
    assert_non_null(file);
    fseek(file, (long)at, SEEK_SET);
    int byte = fgetc(file);
    fseek(file, (long)at, SEEK_SET);
    fputc(byte == '1' ? '2' : '1', file);
    fclose(file);
}

static void a_forged_checkpoint_is_refused(void **state)
{
    (void)state;
    some_events();
    fixture_close();
    change_file("checkpoint", 0);
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    assert_fault("not signed");
}

static void the_master_key_must_be_there_and_private(void **state)
{
    (void)state;
    char path[128], aside[136];
    snprintf(path, sizeof path, "%s/master.key", fixture.folder);
    snprintf(aside, sizeof aside, "%s.aside", path);
    some_events();
    fixture_close();
    assert_int_equal(chmod(path, 0644), 0);
    assert_int_equal(fixture_open(), C18N_FORBIDDEN);
    assert_int_equal(chmod(path, 0600), 0);
    assert_int_equal(rename(path, aside), 0);
    assert_int_equal(fixture_open(), C18N_CORRUPT);
    assert_int_equal(rename(aside, path), 0);
    assert_int_equal(fixture_open(), C18N_OK);
    const char *detail; /* and the failed openings have not signed another checkpoint */
    assert_int_equal(data_state(fixture.data, &detail), C18N_OK);
}

static struct memory_table *table(struct memory_state *of, const char *name)
{
    for (size_t i = 0; i < of->table_count; i++)
        if (strcmp(of->tables[i].name, name) == 0)
            return &of->tables[i];
    return NULL;
}

/* Behind our back means behind the writer's too. */
static void change_rows(const char *name, const char *key, const char *value)
{
    struct memory_state *states[] = {&fixture.memory.live, &fixture.memory.committed};
    for (size_t i = 0; i < 2; i++) {
        if (value)
            memory_set(table(states[i], name), (c18n_bytes){key, strlen(key)}, (c18n_bytes){value, strlen(value)});
        else
            memory_unset(table(states[i], name), (c18n_bytes){key, strlen(key)});
    }
}

static void changed_views_are_named_with_the_first_id(void **state)
{
    (void)state;
    some_events();
    change_rows("view.notes", "n2", "{\"_id\":\"n2\",\"_rev\":2,\"author\":\"eve\"}");
    assert_fault("view.notes: differs from what the events say, first at n2");
    assert_int_equal(data_replay(fixture.data, NULL, NULL, &(uint64_t){0}), C18N_OK);
    assert_int_equal(verify().count, 0);
    change_rows("view.ranked", "r1", NULL);
    assert_fault("view.ranked: differs from what the events say, first at r1");
    assert_int_equal(data_replay(fixture.data, NULL, NULL, &(uint64_t){0}), C18N_OK);
    change_rows("view.notes", "n0", "{}");
    assert_fault("view.notes: differs from what the events say, first at n0");
    change_rows("view.notes", "n0", NULL);
    change_rows("index.notes.1", "strange", "n7");
    assert_fault("index.notes.1: differs from what the events say, first at ");
}

static void views_that_cannot_be_compared_are_not_sound(void **state)
{
    (void)state;
    some_events();
    pthread_mutex_lock(&fixture.memory.lock);
    fixture.memory.fail_scan = C18N_IO;
    pthread_mutex_unlock(&fixture.memory.lock);
    struct faults faults = {0};
    uint64_t records = 0;
    assert_int_equal(data_verify(fixture.data, take_fault, &faults, &records), C18N_IO);
    assert_int_equal(records, 6);
}

static void scratch_tables_are_left_empty(void **state)
{
    (void)state;
    some_events();
    assert_int_equal(verify().count, 0);
    for (size_t i = 0; i < fixture.memory.live.table_count; i++)
        if (strncmp(fixture.memory.live.tables[i].name, "scratch.", 8) == 0)
            assert_int_equal(fixture.memory.live.tables[i].count, 0);
    assert_non_null(table(&fixture.memory.live, "scratch.view.notes"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_sound_history_has_no_fault),
        TEST(an_edited_record_is_named),
        TEST(every_column_is_in_the_chain),
        TEST(changed_ciphertext_is_named),
        TEST(a_dropped_record_is_missed),
        TEST(swapped_records_are_seen),
        TEST(a_cut_off_end_is_caught_by_the_checkpoint),
        TEST(another_end_of_the_same_length_is_caught_too),
        TEST(a_forged_checkpoint_is_refused),
        TEST(the_master_key_must_be_there_and_private),
        TEST(changed_views_are_named_with_the_first_id),
        TEST(views_that_cannot_be_compared_are_not_sound),
        TEST(scratch_tables_are_left_empty),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
