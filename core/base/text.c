/* text.c: bytes that grow at the end, and the few ways in which core writes them. */
#include "base/text.h"
#include "base/codec.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_FIRST_ROOM = 128 };

void text_init(struct text *text, struct arena *arena, size_t limit)
{
    *text = (struct text){.arena = arena, .limit = limit};
}

void text_free(struct text *text)
{
    if (!text->arena)
        free(text->at);
    *text = (struct text){.arena = text->arena, .limit = text->limit};
}

static bool grow(struct text *text, size_t needed)
{
    size_t room = text->room ? text->room : TEXT_FIRST_ROOM;
    while (room < needed)
        room = room > SIZE_MAX / 2 ? needed : room * 2;
    char *at = text->arena ? arena_grow(text->arena, text->at, text->room, room) : realloc(text->at, room);
    if (!at)
        return false;
    text->at = at;
    text->room = room;
    return true;
}

/* One byte more than asked for is kept, so that text_end has room for its NUL. */
bool text_reserve(struct text *text, size_t more)
{
    if (text->failed)
        return false;
    bool fits = more < SIZE_MAX - text->length && (!text->limit || more <= text->limit - text->length);
    if (fits && text->length + more < text->room)
        return true;
    if (!fits || !grow(text, text->length + more + 1))
        text->failed = true;
    return !text->failed;
}

void text_add(struct text *text, const void *bytes, size_t length)
{
    if (!length || !text_reserve(text, length))
        return;
    memcpy(text->at + text->length, bytes, length);
    text->length += length;
}

void text_add_text(struct text *text, const char *words)
{
    text_add(text, words, strlen(words));
}

void text_add_char(struct text *text, char byte)
{
    if (text_reserve(text, 1))
        text->at[text->length++] = byte;
}

void text_add_integer(struct text *text, int64_t value)
{
    char digits[20];
    size_t at = sizeof digits;
    uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
    do {
        digits[--at] = (char)('0' + left % 10);
        left /= 10;
    } while (left);
    if (value < 0)
        digits[--at] = '-';
    text_add(text, digits + at, sizeof digits - at);
}

void text_add_number(struct text *text, double value)
{
    if (!isfinite(value)) {
        text_add_text(text, "null");
        return;
    }
    if (fabs(value) < 1e15 && value == (double)(int64_t)value && !(value == 0 && signbit(value))) {
        text_add_integer(text, (int64_t)value);
        return;
    }
    char shortest[40];
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(shortest, sizeof shortest, "%.*g", digits, value);
        if (strtod(shortest, NULL) == value)
            break;
    }
    text_add_text(text, shortest);
}

void text_print(struct text *text, const char *format, ...)
{
    va_list values;
    va_start(values, format);
    int length = vsnprintf(NULL, 0, format, values);
    va_end(values);
    if (length < 0)
        text->failed = true;
    if (length <= 0 || !text_reserve(text, (size_t)length))
        return;
    va_start(values, format);
    vsnprintf(text->at + text->length, (size_t)length + 1, format, values);
    va_end(values);
    text->length += (size_t)length;
}

/* --- JSON --- */

static void add_escape(struct text *text, unsigned char byte)
{
    static const char shorts[] = "\"\"\\\\\bb\ff\nn\rr\tt";
    for (const char *at = shorts; *at; at += 2) {
        if (*at == (char)byte) {
            text_add(text, (const char[]){'\\', at[1]}, 2);
            return;
        }
    }
    text_print(text, "\\u%04x", byte);
}

/* Bytes that are not UTF-8 become U+FFFD: whatever is written, the result is valid JSON. */
static size_t add_special(struct text *text, const char *value, size_t left)
{
    unsigned char byte = (unsigned char)*value;
    if (byte < 0x80) {
        add_escape(text, byte);
        return 1;
    }
    size_t step = codec_utf8_step(value, left);
    if (step)
        text_add(text, value, step);
    else
        text_add(text, "\xef\xbf\xbd", 3);
    return step ? step : 1;
}

static bool plain(char value)
{
    unsigned char byte = (unsigned char)value;
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

void text_add_json(struct text *text, const char *value, size_t length)
{
    text_reserve(text, length + 2);
    text_add_char(text, '"');
    size_t at = 0;
    while (at < length && !text->failed) {
        size_t run = at;
        while (run < length && plain(value[run]))
            run++;
        text_add(text, value + at, run - at);
        at = run;
        if (at < length)
            at += add_special(text, value + at, length - at);
    }
    text_add_char(text, '"');
}

/* --- codes --- */

void text_add_base64url(struct text *text, const void *bytes, size_t length)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const unsigned char *at = bytes;
    for (; length >= 3; at += 3, length -= 3) {
        uint32_t group = (uint32_t)at[0] << 16 | (uint32_t)at[1] << 8 | at[2];
        char four[4] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63], digits[group & 63]};
        text_add(text, four, 4);
    }
    if (!length)
        return;
    uint32_t group = (uint32_t)at[0] << 16 | (length == 2 ? (uint32_t)at[1] << 8 : 0);
    char rest[3] = {digits[group >> 18], digits[group >> 12 & 63], digits[group >> 6 & 63]};
    text_add(text, rest, length + 1);
}

void text_add_hex(struct text *text, const void *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    const unsigned char *at = bytes;
    for (size_t i = 0; i < length; i++)
        text_add(text, (const char[]){digits[at[i] >> 4], digits[at[i] & 15]}, 2);
}

const char *text_end(struct text *text)
{
    if (!text_reserve(text, 0))
        return "";
    text->at[text->length] = '\0';
    return text->at;
}
