/* test_blob.c: files in the storage: where they may be written, and what a storage that errs means. */
#include "fixture.h"

static struct {
    char called[64];
    int code;         /* of every call */
    const char *kept; /* what is handed out, in pieces of two bytes, whatever was asked for */
} fake;

static int fake_write(c18n_store *store, const char *id, uint64_t offset, c18n_bytes piece)
{
    (void)store;
    snprintf(fake.called, sizeof fake.called, "write %s %d %d", id, (int)offset, (int)piece.length);
    return fake.code;
}

static int fake_finish(c18n_store *store, const char *id, uint64_t size, const uint8_t sha256[32])
{
    (void)store;
    snprintf(fake.called, sizeof fake.called, "finish %s %d %d", id, (int)size, sha256[0]);
    return fake.code;
}

static int fake_remove(c18n_store *store, const char *id)
{
    (void)store;
    snprintf(fake.called, sizeof fake.called, "remove %s", id);
    return fake.code;
}

static int fake_size(c18n_store *store, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32])
{
    (void)store, (void)id;
    *ret_size = strlen(fake.kept);
    memset(ret_sha256, 7, 32);
    return fake.code;
}

static int fake_read(c18n_store *store, const char *id, uint64_t offset, size_t count,
                     int (*piece)(void *arg, c18n_bytes bytes), void *arg)
{
    (void)store, (void)id, (void)offset, (void)count;
    int code = fake.code;
    for (size_t at = 0; fake.kept[at] && code == C18N_OK; at += 2)
        code = piece(arg, (c18n_bytes){fake.kept + at, 2});
    return code;
}

static const c18n_storage storage = {.size = sizeof storage,
                                     .blob_write = fake_write,
                                     .blob_finish = fake_finish,
                                     .blob_size = fake_size,
                                     .blob_read = fake_read,
                                     .blob_remove = fake_remove};

static struct data_scope scope;
static struct request request;

static int setup(void **state)
{
    int code = fixture_setup(state);
    memset(&fake, 0, sizeof fake);
    fake.kept = "abcdef";
    scope = (struct data_scope){.data = fixture.data, .storage = &storage, .writing = true};
    request_init_internal(&request, &fixture.server, NULL, &fixture.module.self);
    request.scope = &scope;
    return code;
}

static void the_writer_writes(void **state)
{
    (void)state;
    const uint8_t sum[32] = {9};
    assert_int_equal(data_blob_write(&request, "notes/b", 5, (c18n_bytes){"xyz", 3}), C18N_OK);
    assert_string_equal(fake.called, "write notes/b 5 3");
    assert_int_equal(data_blob_finish(&request, "notes/b", 8, sum), C18N_OK);
    assert_string_equal(fake.called, "finish notes/b 8 9");
    assert_int_equal(data_blob_remove(&request, "notes/b"), C18N_OK);
    assert_string_equal(fake.called, "remove notes/b");
}

static void nobody_else_does(void **state)
{
    (void)state;
    const uint8_t sum[32] = {0};
    static char large[DATA_BLOB_PIECE + 1];
    assert_int_equal(data_blob_write(&request, "", 0, (c18n_bytes){"x", 1}), C18N_INVALID);
    assert_int_equal(data_blob_write(&request, "b", 0, (c18n_bytes){large, sizeof large}), C18N_INVALID);
    for (int places = 0; places < 2; places++) {
        scope.writing = false;
        assert_int_equal(data_blob_write(&request, "b", 0, (c18n_bytes){"x", 1}), C18N_INVALID);
        assert_int_equal(data_blob_finish(&request, "b", 1, sum), C18N_INVALID);
        assert_int_equal(data_blob_remove(&request, "b"), C18N_INVALID);
        request.scope = NULL; /* as in an INLINE handler */
    }
    assert_string_equal(fake.called, "");
}

static void a_full_disk_fails_the_group(void **state)
{
    (void)state;
    fake.code = C18N_NO_SPACE;
    assert_int_equal(data_blob_write(&request, "b", 0, (c18n_bytes){"x", 1}), C18N_NO_SPACE);
    assert_int_equal(scope.fault, C18N_NO_SPACE); /* whatever the module makes of it */
}

static void reads_what_is_there(void **state)
{
    (void)state;
    char bytes[7] = "";
    uint64_t size;
    uint8_t sum[32];
    scope.writing = false;
    assert_int_equal(data_blob_size(&request, "b", &size, sum), C18N_OK);
    assert_int_equal(size, 6);
    assert_int_equal(data_blob_read(&request, "b", 0, 6, bytes), C18N_OK);
    assert_string_equal(bytes, "abcdef");
    fake.code = C18N_NOT_FOUND;
    assert_int_equal(data_blob_size(&request, "b", &size, sum), C18N_NOT_FOUND);
    assert_int_equal(data_blob_read(&request, "b", 0, 6, bytes), C18N_NOT_FOUND);
    assert_int_equal(scope.fault, C18N_OK);
}

static void a_storage_that_gives_less_or_more_is_damaged(void **state)
{
    (void)state;
    char bytes[8];
    const char *why;
    assert_int_equal(data_blob_read(&request, "b", 0, 8, bytes), C18N_CORRUPT);
    assert_int_equal(data_blob_read(&request, "b", 0, 4, bytes), C18N_CORRUPT);
    assert_int_equal(data_state(fixture.data, &why), C18N_OK); /* the writer finds its own faults */
    scope.writing = false;
    assert_int_equal(data_blob_read(&request, "b", 0, 4, bytes), C18N_CORRUPT);
    assert_int_not_equal(data_state(fixture.data, &why), C18N_OK); /* from now on it is only read */
}

static void without_a_connection_it_is_asked_again(void **state)
{
    (void)state;
    char bytes[8];
    uint64_t size;
    uint8_t sum[32];
    scope = (struct data_scope){.data = fixture.data, .cached_only = true};
    assert_int_equal(data_blob_size(&request, "b", &size, sum), C18N_AGAIN);
    assert_int_equal(data_blob_read(&request, "b", 0, 1, bytes), C18N_AGAIN);
    assert_true(scope.missed);
    request.scope = NULL;
    assert_int_equal(data_blob_size(&request, "b", &size, sum), C18N_INVALID);
    assert_int_equal(data_blob_read(&request, "b", 0, 1, bytes), C18N_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, fixture_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(the_writer_writes),
        TEST(nobody_else_does),
        TEST(a_full_disk_fails_the_group),
        TEST(reads_what_is_there),
        TEST(a_storage_that_gives_less_or_more_is_damaged),
        TEST(without_a_connection_it_is_asked_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
