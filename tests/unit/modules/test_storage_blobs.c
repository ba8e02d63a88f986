/* test_storage_blobs.c: blobs of each storage: pieces of any size, in chunks, seen only when finished. */
#include "storage_fixture.h"

enum { CHUNK = 256 * 1024 };

static unsigned char byte_at(uint64_t offset)
{
    return (unsigned char)(offset * 31 + offset / 251);
}

static void write_blob(struct fixture *f, const char *id, size_t size, size_t piece)
{
    unsigned char *bytes = malloc(piece);
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    for (size_t offset = 0; offset < size;) {
        size_t count = size - offset < piece ? size - offset : piece;
        for (size_t i = 0; i < count; i++)
            bytes[i] = byte_at(offset + i);
        assert_int_equal(f->storage->blob_write(f->writer, id, offset, (c18n_bytes){bytes, count}), C18N_OK);
        offset += count;
    }
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
    free(bytes);
}

static void finish_blob(struct fixture *f, const char *id, size_t size)
{
    uint8_t sum[32];
    memset(sum, 7, sizeof sum);
    assert_int_equal(f->storage->begin(f->writer), C18N_OK);
    assert_int_equal(f->storage->blob_finish(f->writer, id, size, sum), C18N_OK);
    assert_int_equal(f->storage->commit(f->writer), C18N_OK);
}

struct read {
    uint64_t at;
    size_t most;
};

static int compare(void *arg, c18n_bytes bytes)
{
    struct read *read = arg;
    const unsigned char *at = bytes.at;
    for (size_t i = 0; i < bytes.length; i++)
        if (at[i] != byte_at(read->at + i))
            fail_msg("byte %d is wrong", (int)(read->at + i));
    read->at += bytes.length;
    return read->most && read->at >= read->most ? C18N_AGAIN : C18N_OK;
}

static void assert_reads(struct fixture *f, const char *id, uint64_t offset, size_t count, uint64_t until)
{
    struct read read = {.at = offset};
    assert_int_equal(f->storage->blob_read(f->reader, id, offset, count, compare, &read), C18N_OK);
    assert_int_equal(read.at, until);
}

static void test_pieces_of_any_size(void **state)
{
    struct fixture *f = *state;
    const size_t size = 2 * CHUNK + 12345;
    write_blob(f, "b", size, 100003);
    finish_blob(f, "b", size);
    uint64_t found = 0;
    uint8_t sum[32];
    assert_int_equal(f->storage->blob_size(f->reader, "b", &found, sum), C18N_OK);
    assert_int_equal(found, size);
    assert_int_equal(sum[5], 7);
    assert_reads(f, "b", 0, size, size);
    assert_reads(f, "b", CHUNK - 5, 10, CHUNK + 5);
    assert_reads(f, "b", size - 1, SIZE_MAX, size);
    assert_reads(f, "b", size, 10, size);
}

static void test_exact_chunks_and_nothing(void **state)
{
    struct fixture *f = *state;
    write_blob(f, "one", CHUNK, CHUNK);
    finish_blob(f, "one", CHUNK);
    assert_reads(f, "one", 0, CHUNK, CHUNK);
    finish_blob(f, "none", 0);
    assert_reads(f, "none", 0, 10, 0);
}

static void test_unfinished_is_unseen(void **state)
{
    struct fixture *f = *state;
    write_blob(f, "b", 1000, 1000);
    uint64_t size = 0;
    uint8_t sum[32] = {0};
    struct read read = {0};
    assert_int_equal(f->storage->blob_size(f->reader, "b", &size, sum), C18N_NOT_FOUND);
    assert_int_equal(f->storage->blob_read(f->reader, "b", 0, 10, compare, &read), C18N_NOT_FOUND);
    assert_int_equal(f->storage->blob_finish(f->writer, "b", 999, sum), C18N_INVALID);
    assert_int_equal(f->storage->blob_write(f->writer, "b", 1001, (c18n_bytes){"x", 1}), C18N_INVALID);
    finish_blob(f, "b", 1000);
    assert_int_equal(f->storage->blob_write(f->writer, "b", 1000, (c18n_bytes){"x", 1}), C18N_EXISTS);
    assert_int_equal(f->storage->blob_finish(f->writer, "b", 1000, sum), C18N_EXISTS);
}

static void test_unfinished_goes_at_the_next_start(void **state)
{
    struct fixture *f = *state;
    write_blob(f, "left", 1000, 1000);
    write_blob(f, "whole", 1000, 1000);
    finish_blob(f, "whole", 1000);
    fixture_disconnect(f);
    fixture_connect(f);
    uint8_t sum[32] = {0};
    assert_int_equal(f->storage->blob_finish(f->writer, "left", 1000, sum), C18N_NOT_FOUND);
    assert_reads(f, "whole", 0, 1000, 1000);
}

static void test_remove(void **state)
{
    struct fixture *f = *state;
    write_blob(f, "b", CHUNK + 1, CHUNK);
    finish_blob(f, "b", CHUNK + 1);
    assert_int_equal(f->storage->blob_remove(f->writer, "b"), C18N_OK);
    assert_int_equal(f->storage->blob_remove(f->writer, "b"), C18N_OK);
    struct read read = {0};
    assert_int_equal(f->storage->blob_read(f->reader, "b", 0, 10, compare, &read), C18N_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, fixture_open, fixture_close)

/* What a storage keeps beyond its process. */
static int run_kept(void)
{
    const struct CMUnitTest tests[] = {TEST(test_unfinished_goes_at_the_next_start)};
    storage_id = storage_modules = "storage_sqlite";
    return cmocka_run_group_tests_name("storage_sqlite, started again", tests, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_pieces_of_any_size),
        TEST(test_exact_chunks_and_nothing),
        TEST(test_unfinished_is_unseen),
        TEST(test_remove),
    };
    static const char *const modules[] = {"storage_sqlite", "storage_memory"};
    int failed = run_kept();
    for (size_t i = 0; i < sizeof modules / sizeof *modules; i++) {
        storage_id = storage_modules = modules[i];
        failed += cmocka_run_group_tests_name(modules[i], tests, NULL, NULL);
    }
    return failed;
}
