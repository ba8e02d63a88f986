/* Cursors: what comes back, and that nothing forged or foreign does. */
#include "support.h"

#include "api/cursor.h"
#include "base/codec.h"

#include <stdlib.h>
#include <unistd.h>

static struct world world;
static char folder[64];

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    strcpy(folder, "/tmp/c18n-cursor-XXXXXX");
    assert_non_null(mkdtemp(folder));
    world.server.state_dir = folder;
    world.request.caller.user = ID_A;
    cursor_init(&world.api);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    char path[128];
    snprintf(path, sizeof path, "%s/cursor.key", folder);
    unlink(path);
    rmdir(folder);
    cursor_close(&world.api);
    world_close(&world);
    return 0;
}

static void after(const char *cursor)
{
    world.request.query[0] = (struct request_param){"after", cursor};
    world.request.query_count = 1;
}

static int open_it(const char *cursor, c18n_bytes *ret_key)
{
    after(cursor);
    return cursor_open(&world.request, CURSOR_INDEX, ret_key);
}

static const char *seal(const char *key)
{
    return cursor_seal(&world.request, CURSOR_INDEX, (c18n_bytes){key, strlen(key)});
}

static void comes_back(void **state)
{
    (void)state;
    c18n_bytes key;
    const char *cursor = seal("a key");
    assert_int_equal(open_it(cursor, &key), C18N_OK);
    assert_int_equal(key.length, 5);
    assert_memory_equal(key.at, "a key", 5);
    world.request.query_count = 0;
    assert_int_equal(cursor_open(&world.request, CURSOR_INDEX, &key), C18N_OK);
    assert_null(key.at);
}

/* The record at which a page ends may be one that the client may not know of. */
static void keys_are_not_readable(void **state)
{
    (void)state;
    uint8_t bytes[256];
    size_t length;
    const char *cursor = seal("an id that nobody should see");
    assert_true(codec_base64url_decode(cursor, strlen(cursor), bytes, sizeof bytes, &length));
    assert_null(memmem(bytes, length, "nobody", 6));
    cursor = cursor_seal_number(&world.request, CURSOR_OFFSET, 3);
    assert_true(codec_base64url_decode(cursor, strlen(cursor), bytes, sizeof bytes, &length));
    assert_memory_not_equal(bytes, "\0\0\0\0\0\0\0\3", 8);
}

static void numbers_come_back(void **state)
{
    (void)state;
    static const uint64_t numbers[] = {0, 1, 1000, UINT64_MAX};
    uint64_t number = 7;
    for (size_t i = 0; i < 4; i++) {
        world.request.query_count = 0;
        after(cursor_seal_number(&world.request, CURSOR_OFFSET, numbers[i]));
        assert_int_equal(cursor_open_number(&world.request, CURSOR_OFFSET, &number), C18N_OK);
        assert_true(number == numbers[i]);
    }
    assert_int_equal(cursor_open_number(&world.request, CURSOR_POSITION, &number),
                     C18N_BAD_REQUEST); /* of another kind */
}

static void every_changed_character_is_refused(void **state)
{
    (void)state;
    c18n_bytes key;
    const char *cursor = seal("a key");
    for (size_t i = 0; i < strlen(cursor); i++) {
        char *forged = arena_copy(world.api.arena, cursor, strlen(cursor));
        forged[i] = forged[i] == 'A' ? 'B' : 'A';
        assert_int_equal(open_it(forged, &key), C18N_BAD_REQUEST);
        assert_string_equal(world.request.problem_word, "bad_cursor");
    }
}

static void what_is_no_cursor(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "", "A", "not base64!", "AAAA", "AAAAAAAAAAAAAAAAAAAAAA", "====", "../../etc/passwd"};
    char longer[16384];
    c18n_bytes key;
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(open_it(bad[i], &key), C18N_BAD_REQUEST);
    memset(longer, 'A', sizeof longer - 1);
    longer[sizeof longer - 1] = '\0';
    assert_int_equal(open_it(longer, &key), C18N_BAD_REQUEST);
    assert_null(cursor_seal(&world.request, CURSOR_INDEX, (c18n_bytes){longer, CURSOR_KEY_MAX + 1}));
}

static void is_good_for_its_own_list_only(void **state)
{
    (void)state;
    c18n_bytes key;
    world.request.params[0] = (struct request_param){"community", ID_A};
    world.request.param_count = 1;
    const char *cursor = seal("a key");
    assert_int_equal(open_it(cursor, &key), C18N_OK);
    world.request.params[0].value = ID_B;
    assert_int_equal(open_it(cursor, &key), C18N_BAD_REQUEST);
    world.request.params[0].value = ID_A;
    world.request.caller.user = ID_B;
    assert_int_equal(open_it(cursor, &key), C18N_BAD_REQUEST);
    world.request.caller.user = ID_A;
    world.route.declared.path = "/others";
    assert_int_equal(open_it(cursor, &key), C18N_BAD_REQUEST);
    world.route.declared.path = "/things";
    assert_int_equal(open_it(cursor, &key), C18N_OK);
}

static void is_bound_to_the_query_but_not_to_the_limit(void **state)
{
    (void)state;
    c18n_bytes key;
    world.request.query[0] = (struct request_param){"sort", "top"};
    world.request.query_count = 1;
    const char *cursor = seal("a key");
    world.request.query[1] = (struct request_param){"limit", "50"};
    world.request.query[2] = (struct request_param){"after", cursor};
    world.request.query_count = 3;
    assert_int_equal(cursor_open(&world.request, CURSOR_INDEX, &key), C18N_OK);
    world.request.query[0].value = "new";
    assert_int_equal(cursor_open(&world.request, CURSOR_INDEX, &key), C18N_BAD_REQUEST);
}

static void outlives_a_restart(void **state)
{
    (void)state;
    c18n_bytes key;
    const char *cursor = seal("a key");
    world.api.cursor_ready = false;
    memset(world.api.cursor_key, 0, sizeof world.api.cursor_key);
    assert_int_equal(open_it(cursor, &key), C18N_OK);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(comes_back),
        TEST(keys_are_not_readable),
        TEST(numbers_come_back),
        TEST(every_changed_character_is_refused),
        TEST(what_is_no_cursor),
        TEST(is_good_for_its_own_list_only),
        TEST(is_bound_to_the_query_but_not_to_the_limit),
        TEST(outlives_a_restart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
