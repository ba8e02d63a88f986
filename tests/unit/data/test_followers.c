/* test_followers.c: the search index follows the history; reads are recorded. */
#include "fixture.h"

static struct {
    pthread_mutex_t lock;
    uint64_t position;
    char puts[2048];
    unsigned resets;
    int fail;
} indexed = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int index_position(c18n_self *self, uint64_t *ret_position)
{
    (void)self;
    pthread_mutex_lock(&indexed.lock);
    *ret_position = indexed.position;
    pthread_mutex_unlock(&indexed.lock);
    return C18N_OK;
}

static int index_reset(c18n_self *self)
{
    (void)self;
    pthread_mutex_lock(&indexed.lock);
    indexed.position = 0;
    indexed.puts[0] = '\0';
    indexed.resets++;
    pthread_mutex_unlock(&indexed.lock);
    return C18N_OK;
}

static int index_begin(c18n_self *self)
{
    (void)self;
    pthread_mutex_lock(&indexed.lock);
    int code = indexed.fail;
    indexed.fail = C18N_OK;
    pthread_mutex_unlock(&indexed.lock);
    return code;
}

static void note_index(const char *format, const char *a, const char *b)
{
    pthread_mutex_lock(&indexed.lock);
    size_t length = strlen(indexed.puts);
    snprintf(indexed.puts + length, sizeof indexed.puts - length, format, a, b);
    pthread_mutex_unlock(&indexed.lock);
}

static int index_put(c18n_self *self, const char *collection, const char *id, const c18n_index_field *fields,
                     size_t count)
{
    (void)self;
    note_index("put %s/%s", collection, id);
    for (size_t i = 0; i < count; i++) {
        char flags[32];
        snprintf(flags, sizeof flags, "%g%s", fields[i].weight, fields[i].filter ? "f" : "");
        note_index(" %s*%s", fields[i].name, flags);
        note_index("=%s%s", fields[i].text, "");
    }
    note_index(";%s%s", "", "");
    return C18N_OK;
}

static int index_remove(c18n_self *self, const char *collection, const char *id)
{
    (void)self;
    note_index("remove %s/%s;", collection, id);
    return C18N_OK;
}

static int index_end(c18n_self *self, uint64_t position)
{
    (void)self;
    pthread_mutex_lock(&indexed.lock);
    indexed.position = position;
    pthread_mutex_unlock(&indexed.lock);
    return C18N_OK;
}

static const c18n_index test_index = {.size = sizeof test_index,
                                      .position = index_position,
                                      .reset = index_reset,
                                      .begin = index_begin,
                                      .put = index_put,
                                      .remove = index_remove,
                                      .end = index_end};

static int start_with_index(void **state)
{
    (void)state;
    indexed.position = 7; /* of another history */
    indexed.puts[0] = '\0';
    indexed.resets = 0;
    indexed.fail = C18N_OK;
    fixture_init();
    fixture.index = (c18n_service){&test_index, &fixture.memory_self};
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    return 0;
}

static void assert_indexed(const char *expected)
{
    assert_int_equal(data_index_wait(fixture.data, data_position(fixture.data), 3000), C18N_OK);
    pthread_mutex_lock(&indexed.lock);
    assert_string_equal(indexed.puts, expected);
    indexed.puts[0] = '\0';
    pthread_mutex_unlock(&indexed.lock);
}

static void the_index_follows_the_records(void **state)
{
    (void)state;
    assert_int_equal(
        emit("notes.put", "n1", "{\"title\":\"A \\\"b\\\"\",\"tags\":[\"x\",\"y z\"],\"author\":\"ann\",\"other\":1}"),
        C18N_OK);
    assert_indexed("put notes/n1 title*3=A \"b\" tags*1=x\ny z author*1f=ann;");
    assert_int_equal(emit("notes.patch", "n1", "{\"title\":null,\"tags\":null,\"body\":\"B\"}"), C18N_OK);
    assert_indexed("put notes/n1 body*1=B author*1f=ann;");
    assert_int_equal(emit("notes.patch", "n1", "{\"deleted_on\":5}"), C18N_OK);
    assert_indexed("remove notes/n1;");
    assert_int_equal(emit("notes.remove", "n1", "{}"), C18N_OK);
    assert_indexed("remove notes/n1;");
    assert_int_equal(indexed.resets, 1); /* it was ahead of the history */
    assert_int_equal(data_index_wait(fixture.data, 1000, 20), C18N_TIMEOUT);
}

static void a_failing_index_is_tried_again(void **state)
{
    (void)state;
    assert_int_equal(data_index_wait(fixture.data, 0, 3000), C18N_OK);
    pthread_mutex_lock(&indexed.lock);
    indexed.fail = C18N_UNAVAILABLE;
    pthread_mutex_unlock(&indexed.lock);
    assert_int_equal(emit("notes.put", "n1", "{\"title\":\"t\"}"), C18N_OK); /* writes don't care */
    assert_indexed("put notes/n1 title*3=t;");
}

static void another_declaration_feeds_it_anew(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "n1", "{\"title\":\"t\"}"), C18N_OK);
    assert_indexed("put notes/n1 title*3=t;");
    fixture_close();
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    assert_indexed(""); /* the same: it goes on where it was */
    fixture_close();
    note_views[0].search = "title";
    assert_int_equal(fixture_open(), C18N_OK);
    assert_int_equal(data_start(fixture.data), C18N_OK);
    assert_indexed("put notes/n1 title*1=t;");
    note_views[0].search = "title*3 body tags";
}

/* --- accesses --- */

static bool an_access_is_recorded(void)
{
    bool found = false;
    pthread_mutex_lock(&fixture.memory.lock);
    for (size_t i = 0; i < fixture.memory.committed.record_count; i++)
        found |= strcmp(fixture.memory.committed.records[i].record.type, "access.read") == 0;
    pthread_mutex_unlock(&fixture.memory.lock);
    return found;
}

static void reads_become_one_event(void **state)
{
    (void)state;
    data_note_access(fixture.data, "u1", "notes", "n1");
    data_note_access(fixture.data, "", "notes", "n2");
    assert_true(comes_true(an_access_is_recorded));
    assert_int_equal(fixture.memory.committed.record_count, 1);
    const c18n_record *record = &fixture.memory.committed.records[0].record;
    assert_string_equal(record->topic, "access");
    assert_string_equal(record->resource, "access");
    assert_memory_equal(record->data.at, "{\"reads\":[\"notes n1 u1 ", 22);
    assert_non_null(strstr(record->data.at, "\"notes n2 anonymous "));
}

static void reads_are_written_before_the_end(void **state)
{
    (void)state;
    for (int i = 0; i < 1500; i++)
        data_note_access(fixture.data, "u1", "notes", "n1");
    fixture_close();
    size_t reads = 0;
    for (size_t i = 0; i < fixture.memory.committed.record_count; i++)
        for (const char *at = fixture.memory.committed.records[i].record.data.at; (at = strstr(at, "notes n1 u1"));
             at++)
            reads++;
    assert_int_equal(reads, 1500);
}

static void a_full_disk_keeps_the_reads_for_later(void **state)
{
    (void)state;
    pthread_mutex_lock(&fixture.memory.lock);
    fixture.memory.fail_commit = C18N_NO_SPACE;
    pthread_mutex_unlock(&fixture.memory.lock);
    data_note_access(fixture.data, "u1", "notes", "n1");
    assert_true(comes_true(an_access_is_recorded));
}

#define WITH(setup, name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH(start_with_index, the_index_follows_the_records),
        WITH(start_with_index, a_failing_index_is_tried_again),
        WITH(start_with_index, another_declaration_feeds_it_anew),
        WITH(fixture_setup, reads_become_one_event),
        WITH(fixture_setup, reads_are_written_before_the_end),
        WITH(fixture_setup, a_full_disk_keeps_the_reads_for_later),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
