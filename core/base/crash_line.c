#include "base/crash_line.h"

#include <unistd.h>

static void add(struct crash_line *line, char character)
{
    if (line->length < sizeof line->at)
        line->at[line->length++] = character;
}

void crash_line_word(struct crash_line *line, const char *word)
{
    for (const char *at = word ? word : "-"; *at != '\0'; at++)
        add(line, (unsigned char)*at < ' ' ? '?' : *at);
}

void crash_line_add(struct crash_line *line, const char *text)
{
    for (const char *at = text; *at != '\0'; at++)
        add(line, *at);
}

static void add_digits(struct crash_line *line, uintmax_t number, unsigned base)
{
    char digits[32];
    size_t count = 0;
    do {
        digits[count++] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number > 0);
    while (count > 0)
        add(line, digits[--count]);
}

void crash_line_number(struct crash_line *line, int64_t number)
{
    if (number < 0)
        add(line, '-');
    add_digits(line, number < 0 ? -(uintmax_t)number : (uintmax_t)number, 10);
}

void crash_line_hex(struct crash_line *line, uintptr_t number)
{
    crash_line_add(line, "0x");
    add_digits(line, number, 16);
}

void crash_line_write(const struct crash_line *line, int fd)
{
    ssize_t written = write(fd, line->at, line->length);
    (void)written; /* there is nobody left to tell */
}
