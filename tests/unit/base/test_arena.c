/* Tests of core/base/arena.c. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"

#include <string.h>

static void memory_is_zeroed_and_aligned(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    for (size_t size = 0; size < 3000; size += 7) {
        unsigned char *at = arena_alloc(arena, size);
        assert_non_null(at);
        assert_int_equal((uintptr_t)at % 16, 0);
        for (size_t i = 0; i < size; i++)
            assert_int_equal(at[i], 0);
        memset(at, 0xff, size);
    }
    arena_reset(arena);
    unsigned char *again = arena_alloc(arena, 64); /* over what was written before */
    for (size_t i = 0; i < 64; i++)
        assert_int_equal(again[i], 0);
    arena_free(arena);
}

static void two_empty_allocations_differ(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_ptr_not_equal(arena_alloc(arena, 0), arena_alloc(arena, 0));
    arena_free(arena);
}

static void the_limit_holds_and_comes_back_after_a_reset(void **state)
{
    (void)state;
    struct arena *arena = arena_new(1000);
    assert_non_null(arena_alloc(arena, 900));
    assert_null(arena_alloc(arena, 200));
    assert_non_null(arena_alloc(arena, 64));
    assert_true(arena_used(arena) <= 1000);
    assert_null(arena_copy(arena, "0123456789012345678901234567890123456789", 40));
    arena_reset(arena);
    assert_int_equal(arena_used(arena), 0);
    assert_non_null(arena_alloc(arena, 900));
    arena_free(arena);
}

static void sizes_that_overflow_are_refused(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    assert_null(arena_alloc(arena, SIZE_MAX));
    assert_null(arena_alloc(arena, SIZE_MAX - 8));
    assert_null(arena_copy(arena, "x", SIZE_MAX));
    arena_free(arena);
}

static void large_blocks_and_small_ones_mix(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char *small = arena_copy(arena, "first", 5);
    char *large = arena_alloc(arena, 1 << 20);
    assert_non_null(large);
    memset(large, 'x', 1 << 20);
    assert_string_equal(small, "first");
    assert_string_equal(arena_print(arena, "%d-%s", 42, "y"), "42-y");
    arena_free(arena);
}

static void the_newest_allocation_grows_in_place(void **state)
{
    (void)state;
    struct arena *arena = arena_new(0);
    char *at = arena_copy(arena, "abc", 3);
    char *grown = arena_grow(arena, at, 4, 100);
    assert_ptr_equal(grown, at);
    assert_string_equal(grown, "abc");
    arena_alloc(arena, 1);
    char *moved = arena_grow(arena, grown, 100, 200);
    assert_ptr_not_equal(moved, grown);
    assert_string_equal(moved, "abc");
    memset(moved, 'x', 200);
    arena_free(arena);
    arena_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(memory_is_zeroed_and_aligned),
        cmocka_unit_test(two_empty_allocations_differ),
        cmocka_unit_test(the_limit_holds_and_comes_back_after_a_reset),
        cmocka_unit_test(sizes_that_overflow_are_refused),
        cmocka_unit_test(large_blocks_and_small_ones_mix),
        cmocka_unit_test(the_newest_allocation_grows_in_place),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
