/* test_seal.c: personal members, erasure, and that a replay makes the same bytes before and after it. */
#include "fixture.h"

struct seen {
    unsigned count, erased;
    char data[1024], actor[64], behalf[64];
    int64_t time_ms;
};

static int take_event(void *arg, const c18n_event *event)
{
    struct seen *seen = arg;
    seen->count++;
    seen->erased += event->erased;
    seen->time_ms = event->time_ms;
    snprintf(seen->data, sizeof seen->data, "%.*s", (int)event->data->length, event->data->text);
    snprintf(seen->actor, sizeof seen->actor, "%s", event->actor);
    snprintf(seen->behalf, sizeof seen->behalf, "%s", event->on_behalf_of ? event->on_behalf_of : "nobody");
    return C18N_OK;
}

static struct seen history_of(const char *resource)
{
    struct reading reading;
    struct seen seen = {0};
    read_begin(&reading);
    assert_int_equal(data_history(&reading.request, resource, 0, take_event, &seen), C18N_OK);
    read_end(&reading);
    return seen;
}

static bool stored_anywhere(const char *words)
{
    for (size_t i = 0; i < fixture.memory.committed.record_count; i++) {
        const c18n_record *record = &fixture.memory.committed.records[i].record;
        if (memmem(record->data.at, record->data.length, words, strlen(words)) ||
            memmem(record->sealed.at, record->sealed.length, words, strlen(words)))
            return true;
    }
    return false;
}

static void personal_members_are_sealed_and_come_back(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "n1", "{\"email\":\"ann@example.org\",\"title\":\"t\",\"phone\":\"123456\"}"),
                     C18N_OK);
    assert_false(stored_anywhere("ann@example.org"));
    assert_false(stored_anywhere("123456"));
    struct seen seen = history_of("n1");
    assert_int_equal(seen.count, 1);
    assert_int_equal(seen.erased, 0);
    assert_string_equal(seen.data, "{\"title\":\"t\",\"email\":\"ann@example.org\",\"phone\":\"123456\"}");
    assert_string_equal(seen.actor, "u1");
    assert_string_equal(seen.behalf, "nobody");
    assert_record(
        "notes", "n1",
        "{\"_id\":\"n1\",\"title\":\"t\",\"email\":\"ann@example.org\",\"phone\":\"123456\",\"likes\":0,\"reads\":0}");
}

static void without_personal_members_nothing_is_sealed(void **state)
{
    (void)state;
    assert_int_equal(emit("notes.put", "n1", "{\"title\":\"t\"}"), C18N_OK);
    assert_int_equal(fixture.memory.committed.records[0].record.sealed.length, 0);
    assert_int_equal(emit("notes.patch", "n1", "{\"email\":\"x\"}"), C18N_INVALID); /* nobody's: owner is absent */
    assert_int_equal(emit("notes.patch", "n1", "{\"email\":\"x\",\"owner\":\"u7\"}"), C18N_OK);
    assert_string_equal(fixture.memory.committed.records[1].record.subject, "u7");
}

static int erase(c18n_request *rq, void *arg)
{
    return data_erase(request_of(rq), arg);
}

static void erasure_forgets_the_past_and_the_future(void **state)
{
    (void)state;
    static char subject[] = "n1";
    uint8_t before[32], after[32];
    assert_int_equal(emit("notes.put", "n1", "{\"email\":\"ann@example.org\",\"title\":\"t\"}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n2", "{\"email\":\"bob@example.org\",\"title\":\"u\"}"), C18N_OK);
    assert_int_equal(work(erase, subject), C18N_OK);
    struct seen seen = history_of("n1");
    assert_int_equal(seen.erased, 1);
    assert_string_equal(seen.data, "{\"title\":\"t\"}");
    assert_int_equal(history_of("n2").erased, 0);
    assert_int_equal(emit("notes.put", "n1", "{\"email\":\"late@example.org\",\"title\":\"late\"}"), C18N_OK);
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"title\":\"late\",\"likes\":0,\"reads\":0}");
    assert_false(stored_anywhere("late@example.org"));
    uint64_t records;
    assert_int_equal(data_views_digest(fixture.data, before), C18N_OK);
    assert_int_equal(data_replay(fixture.data, NULL, NULL, &records), C18N_OK);
    assert_int_equal(records, 3);
    assert_int_equal(data_views_digest(fixture.data, after), C18N_OK);
    assert_memory_equal(before, after, 32);
}

static int take_key_away(c18n_request *rq, void *arg)
{
    return data_host_remove(request_of(rq), "keys", arg);
}

static void a_key_that_is_just_gone_erases_too(void **state)
{
    (void)state;
    static char subject[] = "n1";
    assert_int_equal(emit("notes.put", "n1", "{\"email\":\"ann@example.org\"}"), C18N_OK);
    assert_int_equal(work(take_key_away, subject), C18N_OK);
    struct seen seen = history_of("n1");
    assert_int_equal(seen.erased, 1);
    assert_string_equal(seen.data, "{}");
}

static int swap_keys(c18n_request *rq, void *arg)
{
    c18n_bytes other;
    (void)arg;
    int code = data_host_get(request_of(rq), "keys", "n2", &other);
    return code == C18N_OK ? data_host_put(request_of(rq), "keys", "n1", other) : code;
}

static void a_key_of_somebody_else_opens_nothing(void **state)
{
    (void)state;
    struct reading reading;
    struct seen seen = {0};
    assert_int_equal(emit("notes.put", "n1", "{\"email\":\"a\"}"), C18N_OK);
    assert_int_equal(emit("notes.put", "n2", "{\"email\":\"b\"}"), C18N_OK);
    assert_int_equal(work(swap_keys, NULL), C18N_OK);
    read_begin(&reading);
    assert_int_equal(data_history(&reading.request, "n1", 0, take_event, &seen), C18N_CORRUPT);
    read_end(&reading);
}

static void replays_make_the_same_bytes(void **state)
{
    (void)state;
    uint8_t before[32], after[32];
    uint64_t records;
    for (int i = 0; i < 300; i++) {
        char id[16], data[200];
        snprintf(id, sizeof id, "n%d", i % 40);
        snprintf(data, sizeof data,
                 "{\"phone\":\"%d\",\"author\":\"a%d\",\"created_on\":%d,\"tags\":[\"x%d\",\"y\"],\"slug\":\"s%d\"}", i,
                 i % 7, i, i % 3, i % 40);
        assert_int_equal(emit(i % 5 == 4 ? "notes.two" : "notes.put", id, data), C18N_OK);
        assert_int_equal(emit("notes.add", id, "{\"counter\":\"likes\",\"delta\":1}"), C18N_OK);
        if (i % 11 == 0)
            assert_int_equal(emit("notes.remove", id, "{}"), C18N_OK);
    }
    assert_int_equal(data_views_digest(fixture.data, before), C18N_OK);
    assert_int_equal(data_replay(fixture.data, NULL, NULL, &records), C18N_OK);
    assert_int_equal(records, data_position(fixture.data));
    assert_int_equal(data_views_digest(fixture.data, after), C18N_OK);
    assert_memory_equal(before, after, 32);
    assert_int_equal(emit("notes.put", "n1000", "{}"), C18N_OK);
    assert_int_equal(data_views_digest(fixture.data, after), C18N_OK);
    assert_memory_not_equal(before, after, 32);
}

static void another_version_builds_the_view_anew(void **state)
{
    (void)state;
    uint8_t before[32], after[32];
    assert_int_equal(emit("notes.put", "n1", "{\"title\":\"a\",\"likes\":3}"), C18N_OK);
    assert_int_equal(emit("notes.put", "r1", "{\"view\":\"ranked\",\"base\":1}"), C18N_OK);
    assert_int_equal(data_views_digest(fixture.data, before), C18N_OK);
    fixture_close();
    struct memory_table *notes = NULL;
    for (size_t i = 0; i < fixture.memory.live.table_count; i++)
        if (strcmp(fixture.memory.live.tables[i].name, "view.notes") == 0)
            notes = &fixture.memory.live.tables[i];
    memory_set(notes, (c18n_bytes){"n1", 2}, (c18n_bytes){"{\"_id\":\"n1\"}", 12}); /* as an older version made it */
    memory_set(&fixture.memory.committed.tables[notes - fixture.memory.live.tables], (c18n_bytes){"n1", 2},
               (c18n_bytes){"{\"_id\":\"n1\"}", 12});
    assert_int_equal(fixture_open(), C18N_OK);
    assert_record("notes", "n1", "{\"_id\":\"n1\"}"); /* same version: believed */
    fixture_close();
    note_views[0].version = 2;
    assert_int_equal(fixture_open(), C18N_OK);
    assert_record("notes", "n1", "{\"_id\":\"n1\",\"title\":\"a\",\"likes\":3,\"reads\":0}");
    assert_int_equal(data_views_digest(fixture.data, after), C18N_OK);
    assert_memory_equal(before, after, 32);
}

static void imports_set_the_time(void **state)
{
    (void)state;
    assert_int_equal(emit_at("notes.put", "n1", "{}", 1500000000123), C18N_OK);
    assert_int_equal(history_of("n1").time_ms, 1500000000123);
    const uint8_t *id = fixture.memory.committed.records[0].record.event_id;
    int64_t at = 0;
    for (int i = 0; i < 6; i++)
        at = at << 8 | id[i];
    assert_int_equal(at, 1500000000123);
}

static int stop_at_two(void *arg, const c18n_event *event)
{
    (void)event;
    return ++*(int *)arg == 2 ? C18N_AGAIN : C18N_OK;
}

static void walks_begin_and_end_where_asked(void **state)
{
    (void)state;
    struct reading reading;
    struct seen seen = {0};
    int count = 0;
    for (int i = 0; i < 300; i++) /* more than two batches */
        assert_int_equal(emit("notes.put", "n1", "{\"email\":\"e\"}"), C18N_OK);
    read_begin(&reading);
    assert_int_equal(data_events(&reading.request, 0, take_event, &seen), C18N_OK);
    assert_int_equal(seen.count, 300);
    assert_int_equal(data_history(&reading.request, "n1", 290, take_event, &seen), C18N_OK);
    assert_int_equal(seen.count, 310);
    assert_int_equal(data_events(&reading.request, 0, stop_at_two, &count), C18N_OK);
    assert_int_equal(count, 2);
    read_end(&reading);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(personal_members_are_sealed_and_come_back), TEST(without_personal_members_nothing_is_sealed),
        TEST(erasure_forgets_the_past_and_the_future),   TEST(a_key_that_is_just_gone_erases_too),
        TEST(a_key_of_somebody_else_opens_nothing),      TEST(replays_make_the_same_bytes),
        TEST(another_version_builds_the_view_anew),      TEST(imports_set_the_time),
        TEST(walks_begin_and_end_where_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
