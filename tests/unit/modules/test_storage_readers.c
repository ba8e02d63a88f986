/* test_storage_readers.c: readers of each storage, on threads of their own while the writer writes. */
#include "storage_fixture.h"

#include <pthread.h>

enum { ROUNDS = 300, PAIRS = 20, READERS = 3 };

struct seen {
    char words[16];
    int count;
};

struct reading {
    struct fixture *f;
    c18n_store *store;
    uint32_t table;
    unsigned done; /* atomic */
};

static int see_pair(void *arg, c18n_bytes key, c18n_bytes value)
{
    struct seen *seen = arg;
    (void)key;
    if (seen->count++ == 0)
        snprintf(seen->words, sizeof seen->words, "%.*s", (int)value.length, (const char *)value.at);
    return strlen(seen->words) == value.length && memcmp(seen->words, value.at, value.length) == 0 ? C18N_OK
                                                                                                   : C18N_CORRUPT;
}

/* All rows of a snapshot are of one commit, however often it is read. */
static void *read_pairs(void *arg)
{
    struct reading *reading = arg;
    const c18n_storage *storage = reading->f->storage;
    int code = C18N_OK;
    while (code == C18N_OK && !__atomic_load_n(&reading->done, __ATOMIC_ACQUIRE)) {
        struct seen first = {.count = 0}, again = {.count = 0};
        code = storage->begin(reading->store);
        if (code == C18N_OK)
            code = storage->scan(reading->store, reading->table, &(c18n_range){0}, see_pair, &first);
        if (code == C18N_OK)
            code = storage->scan(reading->store, reading->table, &(c18n_range){.reverse = 1}, see_pair, &again);
        if (code == C18N_OK && (strcmp(first.words, again.words) != 0 || first.count != again.count))
            code = C18N_CORRUPT;
        storage->rollback(reading->store);
    }
    return code == C18N_OK ? NULL : arg;
}

static void write_pairs(struct fixture *f, uint32_t table, int round)
{
    char key[16], value[16];
    snprintf(value, sizeof value, "%d", round);
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->clear(f->writer, table), C18N_OK);
    for (int i = 0; i < 1 + round % PAIRS; i++) { /* sometimes fewer rows: some come, some go */
        snprintf(key, sizeof key, "%d", i);
        assert_int_equal(f->storage->put(f->writer, table, text(key), text(value)), C18N_OK);
    }
    if (round % 7 == 3)
        f->storage->rollback(f->writer);
    else
        assert_int_equal(f->storage->commit(f->writer), C18N_OK);
}

static void test_readers_run_beside_the_writer(void **state)
{
    struct fixture *f = *state;
    uint32_t table = 0;
    pthread_t threads[READERS];
    struct reading readings[READERS];
    assert_int_equal(f->storage->table(f->writer, "view.pairs", &table), C18N_OK);
    write_pairs(f, table, 0);
    for (int i = 0; i < READERS; i++) {
        readings[i] = (struct reading){.f = f};
        assert_int_equal(f->storage->connect(storage_self(f), C18N_STORE_READ, &readings[i].store), C18N_OK);
        assert_int_equal(f->storage->table(readings[i].store, "view.pairs", &readings[i].table), C18N_OK);
        assert_int_equal(pthread_create(&threads[i], NULL, read_pairs, &readings[i]), 0);
    }
    for (int round = 1; round < ROUNDS; round++)
        write_pairs(f, table, round);
    for (int i = 0; i < READERS; i++) {
        void *failed = f;
        __atomic_store_n(&readings[i].done, 1, __ATOMIC_RELEASE);
        pthread_join(threads[i], &failed);
        f->storage->disconnect(readings[i].store);
        assert_null(failed);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

int main(void)
{
    const struct CMUnitTest tests[] = {TEST(test_readers_run_beside_the_writer)};
    static const char *const modules[] = {"storage_sqlite", "storage_memory"};
    int failed = 0;
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        storage_id = storage_modules = modules[i];
        failed += cmocka_run_group_tests_name(modules[i], tests, NULL, NULL);
    }
    return failed;
}
