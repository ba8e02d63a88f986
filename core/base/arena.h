/**
 * arena.h: memory that is given back all at once.
 *
 * A request's lifetime is an arena's lifetime. An arena is used by one thread at a time and has a
 * limit, so that no request can eat the machine: past it, allocations give NULL.
 */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

struct arena;

struct arena *arena_new(size_t limit);                      /* 0: no limit but memory. NULL: out of memory */
void arena_free(struct arena *arena);                       /* takes NULL */
void arena_reset(struct arena *arena);                      /* keeps the first block for reuse */
void arena_adopt(struct arena *arena, struct arena *other); /* what `other` has lives on in `arena`; `other` is gone */
void *arena_alloc(struct arena *arena, size_t size);        /* zeroed, 16-byte aligned; NULL: limit or no memory */
/** Makes an allocation larger, in place when it is the newest one. What is new is not zeroed. NULL: as it was. */
void *arena_grow(struct arena *arena, void *at, size_t old_size, size_t size);
char *arena_copy(struct arena *arena, const void *bytes, size_t length); /* adds a NUL */
char *arena_print(struct arena *arena, const char *format, ...) __attribute__((format(printf, 2, 3)));
char *arena_vprint(struct arena *arena, const char *format, va_list values);
size_t arena_used(const struct arena *arena);

#endif
