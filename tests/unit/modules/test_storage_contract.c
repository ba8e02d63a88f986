/* test_storage_contract.c: what every storage.v1 must do: tables, transactions, items, history. On each that we have.
 */
#include "storage_fixture.h"

/* --- tables --- */

struct heard {
    char words[512];
    int most; /* rows after which to end; 0: never */
    int count;
    struct fixture *f;
    c18n_store *store;
    uint32_t table;
};

static int hear(void *arg, c18n_bytes key, c18n_bytes value)
{
    struct heard *heard = arg;
    size_t used = strlen(heard->words);
    snprintf(heard->words + used, sizeof heard->words - used, "%.*s=%.*s ", (int)key.length, (const char *)key.at,
             (int)value.length, (const char *)value.at);
    return ++heard->count == heard->most ? C18N_AGAIN : C18N_OK;
}

static void assert_scan(struct fixture *f, uint32_t table, c18n_range range, int most, const char *wanted)
{
    struct heard heard = {.most = most};
    assert_int_equal(f->storage->scan(f->writer, table, &range, hear, &heard), C18N_OK);
    assert_string_equal(heard.words, wanted);
}

static uint32_t filled_table(struct fixture *f)
{
    uint32_t table = 0;
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->table(f->writer, "view.posts", &table), C18N_OK);
    const char *const keys[] = {"b", "a", "ab", "c", "b"};
    for (int i = 0; i < 5; i++)
        assert_int_equal(f->storage->put(f->writer, table, text(keys[i]), text(i == 4 ? "second" : "first")), C18N_OK);
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
    return table;
}

static void test_scan_both_ways(void **state)
{
    struct fixture *f = *state;
    uint32_t table = filled_table(f);
    assert_scan(f, table, (c18n_range){0}, 0, "a=first ab=first b=second c=first ");
    assert_scan(f, table, (c18n_range){.reverse = 1}, 0, "c=first b=second ab=first a=first ");
    assert_scan(f, table, (c18n_range){text("ab"), text("c"), 0}, 0, "ab=first b=second ");
    assert_scan(f, table, (c18n_range){text("ab"), text("c"), 1}, 0, "b=second ab=first ");
    assert_scan(f, table, (c18n_range){text("ab"), {0}, 1}, 2, "c=first b=second ");
    assert_scan(f, table, (c18n_range){text("d"), {0}, 0}, 0, "");
}

static void test_keys_are_bytes_in_memcmp_order(void **state)
{
    struct fixture *f = *state;
    uint32_t table = 0;
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->table(f->writer, "index.x.0", &table), C18N_OK);
    const c18n_bytes high = {"\xff\x00z", 3}, zero = {"\x00", 1}, empty = {"", 0};
    assert_int_equal(f->storage->put(f->writer, table, high, text("high")), C18N_OK);
    assert_int_equal(f->storage->put(f->writer, table, zero, (c18n_bytes){0}), C18N_OK);
    assert_int_equal(f->storage->put(f->writer, table, empty, text("empty")), C18N_OK);
    struct heard heard = {.most = 1};
    assert_int_equal(f->storage->scan(f->writer, table, &(c18n_range){.reverse = 1}, hear, &heard), C18N_OK);
    assert_non_null(strstr(heard.words, "=high"));
    c18n_bytes value = {0};
    assert_int_equal(f->storage->get(f->writer, table, zero, &value), C18N_OK);
    assert_int_equal(value.length, 0);
    assert_int_equal(f->storage->get(f->writer, table, empty, &value), C18N_OK);
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
}

static int look_up_while_scanning(void *arg, c18n_bytes key, c18n_bytes value)
{
    struct heard *heard = arg;
    c18n_bytes found = {0};
    assert_int_equal(heard->f->storage->get(heard->store, heard->table, key, &found), C18N_OK);
    assert_int_equal(found.length, value.length);
    struct heard inner = {0}; /* a scan within a scan of the same table */
    assert_int_equal(heard->f->storage->scan(heard->store, heard->table, &(c18n_range){0}, hear, &inner), C18N_OK);
    assert_int_equal(inner.count, 4);
    heard->count++;
    return C18N_OK;
}

static void test_calls_within_a_scan(void **state)
{
    struct fixture *f = *state;
    uint32_t table = filled_table(f);
    struct heard heard = {.f = f, .store = f->reader, .table = table};
    assert_int_equal(f->storage->begin(f->reader), C18N_OK);
    assert_int_equal(f->storage->scan(f->reader, table, &(c18n_range){0}, look_up_while_scanning, &heard), C18N_OK);
    assert_int_equal(f->storage->commit(f->reader), C18N_OK);
    assert_int_equal(heard.count, 4);
}

static int refuse_row(void *arg, c18n_bytes key, c18n_bytes value)
{
    (void)arg;
    (void)key;
    (void)value;
    return C18N_FORBIDDEN;
}

static void test_scan_gives_back_the_rows_code(void **state)
{
    struct fixture *f = *state;
    uint32_t table = filled_table(f);
    assert_int_equal(f->storage->scan(f->writer, table, &(c18n_range){0}, refuse_row, NULL), C18N_FORBIDDEN);
}

static void test_remove_and_clear(void **state)
{
    struct fixture *f = *state;
    uint32_t table = filled_table(f);
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->remove(f->writer, table, text("a")), C18N_OK);
    assert_int_equal(f->storage->remove(f->writer, table, text("nobody")), C18N_OK);
    assert_value(f, f->writer, table, "a", NULL);
    assert_int_equal(f->storage->clear(f->writer, table), C18N_OK);
    assert_scan(f, table, (c18n_range){0}, 0, "");
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
}

static void test_names_of_tables(void **state)
{
    struct fixture *f = *state;
    uint32_t table = 0, same = 0;
    const char *const bad[] = {"", "Big", "a b", "a\"; DROP TABLE history; --", "a-b", "\xc3\xa9"};
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(f->storage->table(f->writer, bad[i], &table), C18N_INVALID);
    assert_int_equal(f->storage->table(f->reader, "view.absent", &table), C18N_NOT_FOUND);
    /* Names that the file itself uses are free for tables too. */
    assert_int_equal(f->storage->table(f->writer, "history", &table), C18N_OK);
    assert_int_equal(f->storage->put(f->writer, table, text("k"), text("v")), C18N_OK);
    assert_int_equal(f->storage->table(f->writer, "history", &same), C18N_OK);
    assert_int_equal(table, same);
    assert_int_equal(newest(f, f->writer), 0);
}

/* --- transactions --- */

static void test_readers_have_a_snapshot(void **state)
{
    struct fixture *f = *state;
    uint32_t table = filled_table(f);
    assert_int_equal(f->storage->begin(f->reader), C18N_OK);
    assert_value(f, f->reader, table, "a", "first");
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->put(f->writer, table, text("a"), text("new")), C18N_OK);
    assert_value(f, f->writer, table, "a", "new");
    assert_value(f, f->reader, table, "a", "first");
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
    assert_value(f, f->reader, table, "a", "first");
    assert_int_equal(f->storage->commit(f->reader), C18N_OK);
    assert_int_equal(f->storage->begin(f->reader), C18N_OK);
    assert_value(f, f->reader, table, "a", "new");
    f->storage->rollback(f->reader);
}

static void test_rollback_undoes_all(void **state)
{
    struct fixture *f = *state;
    uint32_t table = filled_table(f);
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->put(f->writer, table, text("a"), text("new")), C18N_OK);
    c18n_record record = record_at(1, "posts", "r");
    assert_int_equal(f->storage->append(f->writer, &record), C18N_OK);
    f->storage->rollback(f->writer);
    assert_value(f, f->writer, table, "a", "first");
    assert_int_equal(newest(f, f->writer), 0);
}

static void test_an_item_is_undone_alone(void **state)
{
    struct fixture *f = *state;
    uint32_t table = filled_table(f);
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    const char *const values[] = {"kept", "undone", "kept too"};
    for (int i = 0; i < 3; i++) {
        c18n_record record = record_at(i == 2 ? 2 : (uint64_t)i + 1, "posts", "r");
        assert_int_equal(f->storage->item_begin(f->writer), C18N_OK);
        assert_int_equal(f->storage->append(f->writer, &record), C18N_OK);
        assert_int_equal(f->storage->put(f->writer, table, text(i == 2 ? "z" : "a"), text(values[i])), C18N_OK);
        assert_int_equal(i == 1 ? f->storage->item_undo(f->writer) : f->storage->item_keep(f->writer), C18N_OK);
    }
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
    assert_value(f, f->writer, table, "a", "kept");
    assert_value(f, f->writer, table, "z", "kept too");
    assert_int_equal(newest(f, f->writer), 2);
}

static void test_a_table_outlives_its_undoing(void **state)
{
    struct fixture *f = *state;
    uint32_t table = 0;
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->item_begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->table(f->writer, "host.imports", &table), C18N_OK);
    assert_int_equal(f->storage->put(f->writer, table, text("a"), text("lost")), C18N_OK);
    assert_int_equal(f->storage->item_undo(f->writer), C18N_OK);
    assert_int_equal(f->storage->put(f->writer, table, text("b"), text("kept")), C18N_OK);
    f->storage->rollback(f->writer);
    assert_value(f, f->reader, table, "b", NULL); /* not there yet: no row, no fault */
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->put(f->writer, table, text("c"), text("kept")), C18N_OK);
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
    assert_value(f, f->reader, table, "a", NULL);
    assert_value(f, f->reader, table, "c", "kept");
}

/* --- history --- */

static int hear_record(void *arg, const c18n_record *record)
{
    struct heard *heard = arg;
    size_t used = strlen(heard->words);
    snprintf(heard->words + used, sizeof heard->words - used, "%d:%s ", (int)record->position, record->topic);
    return ++heard->count == heard->most ? C18N_AGAIN : C18N_OK;
}

static void test_history_is_walked_in_order(void **state)
{
    struct fixture *f = *state;
    append_committed(f, 1, "posts", "r1");
    append_committed(f, 2, "users", "r2");
    append_committed(f, 3, "posts", "r1");
    struct heard all = {0}, some = {.most = 1}, one = {0};
    assert_int_equal(f->storage->history(f->reader, 0, hear_record, &all), C18N_OK);
    assert_string_equal(all.words, "1:posts 2:users 3:posts ");
    assert_int_equal(f->storage->history(f->reader, 1, hear_record, &some), C18N_OK);
    assert_string_equal(some.words, "2:users ");
    assert_int_equal(f->storage->history_of(f->reader, "r1", 1, hear_record, &one), C18N_OK);
    assert_string_equal(one.words, "3:posts ");
    assert_int_equal(newest(f, f->reader), 3);
}

static int same_record(void *arg, const c18n_record *record)
{
    const c18n_record *wanted = arg;
    assert_int_equal(record->time_ms, wanted->time_ms);
    assert_int_equal(record->version, wanted->version);
    assert_string_equal(record->type, wanted->type);
    assert_string_equal(record->on_behalf_of, wanted->on_behalf_of);
    assert_string_equal(record->subject, wanted->subject);
    assert_int_equal(record->sealed.length, wanted->sealed.length);
    assert_memory_equal(record->sealed.at, wanted->sealed.at, wanted->sealed.length);
    assert_memory_equal(record->event_id, wanted->event_id, 16);
    assert_memory_equal(record->hash, wanted->hash, 32);
    assert_memory_equal(record->data.at, wanted->data.at, wanted->data.length);
    return C18N_OK;
}

static void test_a_record_comes_back_whole(void **state)
{
    struct fixture *f = *state;
    c18n_record record = record_at(1, "users", "r");
    record.on_behalf_of = "admin";
    record.subject = "r";
    record.sealed = (c18n_bytes){"\0\1\2\xff", 4};
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->append(f->writer, &record), C18N_OK);
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
    assert_int_equal(f->storage->history(f->reader, 0, same_record, &record), C18N_OK);
}

static void test_a_known_event_is_refused(void **state)
{
    struct fixture *f = *state;
    append_committed(f, 1, "posts", "r");
    c18n_record again = record_at(1, "posts", "r"), gap = record_at(5, "posts", "r");
    again.position = 2;
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->append(f->writer, &again), C18N_EXISTS);
    assert_int_equal(f->storage->append(f->writer, &gap), C18N_CONFLICT);
    c18n_record next = record_at(2, "posts", "r"); /* the transaction goes on after both */
    assert_int_equal(f->storage->append(f->writer, &next), C18N_OK);
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
    assert_int_equal(newest(f, f->reader), 2);
}

static void test_state_says_serving(void **state)
{
    struct fixture *f = *state;
    const char *detail = NULL;
    assert_int_equal(f->storage->state(storage_self(f), &detail), C18N_OK);
    assert_string_equal(detail, "serving");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_scan_both_ways),
        TEST(test_keys_are_bytes_in_memcmp_order),
        TEST(test_calls_within_a_scan),
        TEST(test_scan_gives_back_the_rows_code),
        TEST(test_remove_and_clear),
        TEST(test_names_of_tables),
        TEST(test_readers_have_a_snapshot),
        TEST(test_rollback_undoes_all),
        TEST(test_an_item_is_undone_alone),
        TEST(test_a_table_outlives_its_undoing),
        TEST(test_history_is_walked_in_order),
        TEST(test_a_record_comes_back_whole),
        TEST(test_a_known_event_is_refused),
        TEST(test_state_says_serving),
    };
    static const char *const modules[] = {"storage_sqlite", "storage_memory"};
    int failed = 0;
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        storage_id = storage_modules = modules[i];
        failed += cmocka_run_group_tests_name(modules[i], tests, NULL, NULL);
    }
    return failed;
}
