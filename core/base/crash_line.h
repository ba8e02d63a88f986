/** crash_line.h: puts a text together in fixed room, by nothing but stores: all of it may run in a signal handler. */
#ifndef BASE_CRASH_LINE_H
#define BASE_CRASH_LINE_H

#include <stddef.h>
#include <stdint.h>

struct crash_line {
    char at[2048]; /* what doesn't fit is left away */
    size_t length;
};

/** NULL is "-". Control characters become '?', so that nobody's name makes a line of its own. */
void crash_line_word(struct crash_line *line, const char *word);
/** As it is. */
void crash_line_add(struct crash_line *line, const char *text);
void crash_line_number(struct crash_line *line, int64_t number);
void crash_line_hex(struct crash_line *line, uintptr_t number);
/** One write(), so that lines of several processes don't mix. */
void crash_line_write(const struct crash_line *line, int fd);

#endif
