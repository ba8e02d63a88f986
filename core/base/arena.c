/*
 * arena.c: blocks in a chain, the newest first. Allocation moves a mark; freeing drops the chain.
 *
 * Under AddressSanitizer what no allocation has is poisoned, and a gap stands behind each one, so that
 * a step past its end is found as surely as on the heap. Limits don't count the gaps.
 */
#include "base/arena.h"

#include <assert.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#if defined(__has_include)
#if __has_include(<sanitizer/asan_interface.h>)
#include <sanitizer/asan_interface.h>
#endif
#endif
#ifndef ASAN_POISON_MEMORY_REGION
#define ASAN_POISON_MEMORY_REGION(at, size)   ((void)(at), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(at, size) ((void)(at), (void)(size))
#endif
#ifdef __SANITIZE_ADDRESS__
enum { ARENA_GAP = 16 };
#else
enum { ARENA_GAP = 0 };
#endif

enum { ARENA_ALIGNMENT = 16, ARENA_FIRST_BLOCK = 8 * 1024, ARENA_LARGEST_STEP = 256 * 1024 };
#define ARENA_MAGIC UINT32_C(0x616e6572)

struct block {
    struct block *older;
    size_t size, used;
    size_t pad; /* keeps `bytes` at 16 */
    unsigned char bytes[];
};

struct arena {
    uint32_t magic;
    size_t limit, used;
    size_t step; /* size of the next block */
    struct block *newest;
};

struct arena *arena_new(size_t limit)
{
    struct arena *arena = calloc(1, sizeof *arena);
    if (!arena)
        return NULL;
    arena->magic = ARENA_MAGIC;
    arena->limit = limit ? limit : SIZE_MAX;
    arena->step = ARENA_FIRST_BLOCK;
    return arena;
}

static void free_until(struct arena *arena, struct block *stop)
{
    while (arena->newest != stop) {
        struct block *block = arena->newest;
        arena->newest = block->older;
        free(block);
    }
}

void arena_free(struct arena *arena)
{
    if (!arena)
        return;
    assert(arena->magic == ARENA_MAGIC);
    free_until(arena, NULL);
    arena->magic = 0;
    free(arena);
}

void arena_reset(struct arena *arena)
{
    assert(arena->magic == ARENA_MAGIC);
    struct block *first = arena->newest;
    while (first && first->older)
        first = first->older;
    free_until(arena, first);
    if (first) {
        first->used = 0;
        ASAN_POISON_MEMORY_REGION(first->bytes, first->size);
    }
    arena->used = 0;
    arena->step = ARENA_FIRST_BLOCK;
}

void arena_adopt(struct arena *arena, struct arena *other)
{
    assert(arena->magic == ARENA_MAGIC && other->magic == ARENA_MAGIC);
    struct block **oldest = &arena->newest;
    while (*oldest)
        oldest = &(*oldest)->older;
    *oldest = other->newest; /* behind the others, so that the newest block is still the one to fill */
    other->newest = NULL;
    arena_free(other);
}

static bool add_block(struct arena *arena, size_t needed)
{
    size_t size = needed > arena->step ? needed : arena->step;
    struct block *block = malloc(sizeof *block + size);
    if (!block)
        return false;
    *block = (struct block){.older = arena->newest, .size = size};
    ASAN_POISON_MEMORY_REGION(block->bytes, size);
    arena->newest = block;
    if (arena->step < ARENA_LARGEST_STEP)
        arena->step *= 2;
    return true;
}

/* The size that an allocation takes. An empty one takes room too, so that its address is its own. */
static bool round_up(size_t size, size_t *ret_rounded)
{
    if (size > SIZE_MAX / 2)
        return false;
    size_t rounded = (size + ARENA_ALIGNMENT - 1) & ~(size_t)(ARENA_ALIGNMENT - 1);
    *ret_rounded = rounded ? rounded : ARENA_ALIGNMENT;
    return true;
}

static void *take(struct arena *arena, size_t size)
{
    assert(arena->magic == ARENA_MAGIC);
    size_t rounded;
    if (!round_up(size, &rounded) || rounded > arena->limit - arena->used)
        return NULL;
    if (!arena->newest || rounded + ARENA_GAP > arena->newest->size - arena->newest->used) {
        if (!add_block(arena, rounded + ARENA_GAP))
            return NULL;
    }
    void *at = arena->newest->bytes + arena->newest->used;
    ASAN_UNPOISON_MEMORY_REGION(at, size);
    arena->newest->used += rounded + ARENA_GAP;
    arena->used += rounded;
    return at;
}

void *arena_alloc(struct arena *arena, size_t size)
{
    void *at = take(arena, size);
    return at ? memset(at, 0, size) : NULL;
}

static bool grow_in_place(struct arena *arena, void *at, size_t old_size, size_t size)
{
    size_t before, after;
    if (!at || !round_up(old_size, &before) || !round_up(size, &after))
        return false;
    struct block *block = arena->newest;
    if (!block || block->used < before + ARENA_GAP)
        return false;
    if ((unsigned char *)at != block->bytes + block->used - ARENA_GAP - before) /* not the newest */
        return false;
    if (after - before > block->size - block->used || after - before > arena->limit - arena->used)
        return false;
    ASAN_UNPOISON_MEMORY_REGION(at, size);
    block->used += after - before;
    arena->used += after - before;
    return true;
}

void *arena_grow(struct arena *arena, void *at, size_t old_size, size_t size)
{
    assert(arena->magic == ARENA_MAGIC && size >= old_size);
    if (grow_in_place(arena, at, old_size, size))
        return at;
    void *moved = take(arena, size);
    if (moved && at)
        memcpy(moved, at, old_size);
    return moved;
}

char *arena_copy(struct arena *arena, const void *bytes, size_t length)
{
    if (length == SIZE_MAX)
        return NULL;
    char *at = take(arena, length + 1);
    if (!at)
        return NULL;
    if (length)
        memcpy(at, bytes, length);
    at[length] = '\0';
    return at;
}

char *arena_vprint(struct arena *arena, const char *format, va_list values)
{
    va_list again;
    va_copy(again, values);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    char *at = length < 0 ? NULL : take(arena, (size_t)length + 1);
    if (at)
        vsnprintf(at, (size_t)length + 1, format, values);
    return at;
}

char *arena_print(struct arena *arena, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    char *at = arena_vprint(arena, format, values);
    va_end(values);
    return at;
}

size_t arena_used(const struct arena *arena)
{
    assert(arena->magic == ARENA_MAGIC);
    return arena->used;
}
