/* Tests of core/base/uuid.c: order by time, within one time, when the clock goes back, and across threads. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/codec.h"
#include "base/platform.h"
#include "base/uuid.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

static int64_t clock_ms = 1700000000000;
static int64_t moved_clock(void)
{
    return clock_ms;
}
static struct platform moved;

static int set_clock(void **state)
{
    (void)state;
    moved = platform_system;
    moved.wall_ms = moved_clock;
    platform = &moved;
    return 0;
}

static int reset_clock(void **state)
{
    (void)state;
    platform = &platform_system;
    return 0;
}

static void it_is_a_version_7_with_its_time(void **state)
{
    (void)state;
    uint8_t id[16];
    uuid_new(0x0123456789ab, id);
    assert_memory_equal(id, "\x01\x23\x45\x67\x89\xab", 6);
    assert_int_equal(id[6] >> 4, 7);
    assert_int_equal(id[8] >> 6, 2);
    char text[37];
    uuid_new_text(0, text);
    assert_true(codec_uuid_parse(text, id));
}

static void ids_of_one_past_time_keep_their_order(void **state)
{
    (void)state;
    uint8_t before[16], id[16];
    uuid_new(1500000000000, before);
    for (int i = 0; i < 10000; i++) {
        uuid_new(1500000000000, id);
        assert_true(memcmp(before, id, sizeof id) < 0);
        memcpy(before, id, sizeof id);
    }
}

static void a_clock_that_goes_back_changes_nothing(void **state)
{
    (void)state;
    uint8_t before[16], id[16];
    uuid_new(0, before);
    for (int i = 0; i < 5000; i++) {
        clock_ms -= 1000;
        uuid_new(0, id);
        assert_true(memcmp(before, id, sizeof id) < 0);
        memcpy(before, id, sizeof id);
    }
    clock_ms += 5000 * 1000 + 1;
    uuid_new(0, id);
    assert_true(memcmp(before, id, sizeof id) < 0);
}

enum { THREADS = 4, IDS = 5000 };

static void *make_many(void *arg)
{
    uint8_t(*ids)[16] = arg;
    for (int i = 0; i < IDS; i++)
        uuid_new(0, ids[i]);
    return NULL;
}

static int by_bytes(const void *a, const void *b)
{
    return memcmp(a, b, 16);
}

static void threads_make_different_ids_in_order(void **state)
{
    (void)state;
    uint8_t(*ids)[16] = calloc(THREADS * IDS, 16);
    pthread_t threads[THREADS];
    for (int i = 0; i < THREADS; i++)
        assert_int_equal(pthread_create(&threads[i], NULL, make_many, ids + i * IDS), 0);
    for (int i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    for (int i = 0; i < THREADS * IDS; i++) {
        if (i % IDS)
            assert_true(memcmp(ids[i - 1], ids[i], 16) < 0);
    }
    qsort(ids, THREADS * IDS, 16, by_bytes);
    for (int i = 1; i < THREADS * IDS; i++)
        assert_true(memcmp(ids[i - 1], ids[i], 16) != 0);
    free(ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(it_is_a_version_7_with_its_time),
        cmocka_unit_test(ids_of_one_past_time_keep_their_order),
        cmocka_unit_test(threads_make_different_ids_in_order),
        cmocka_unit_test(a_clock_that_goes_back_changes_nothing),
    };
    return cmocka_run_group_tests(tests, set_clock, reset_clock);
}
