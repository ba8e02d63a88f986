/**
 * text.h: bytes that grow at the end.
 *
 * Either in an arena or on the heap. Failure sticks: once `failed` is set nothing more is added, and
 * whoever uses the result checks it once.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include "base/arena.h"

#include <stdbool.h>
#include <stdint.h>

struct text {
    char *at;
    size_t length, room, limit; /* limit 0: none but memory */
    struct arena *arena;        /* NULL: on the heap, text_free gives it back */
    bool failed;
};

void text_init(struct text *text, struct arena *arena, size_t limit);
void text_free(struct text *text);
bool text_reserve(struct text *text, size_t more);
void text_add(struct text *text, const void *bytes, size_t length);
void text_add_text(struct text *text, const char *words); /* NUL-terminated */
void text_add_char(struct text *text, char byte);
void text_add_integer(struct text *text, int64_t value);
void text_add_number(struct text *text, double value); /* shortest form that reads back the same; not finite: null */
void text_print(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_add_json(struct text *text, const char *value, size_t length);      /* quoted and escaped; UTF-8 as it is */
void text_add_base64url(struct text *text, const void *bytes, size_t length); /* no padding */
void text_add_hex(struct text *text, const void *bytes, size_t length);
const char *text_end(struct text *text); /* adds a NUL that `length` does not count; "" when failed */

#endif
