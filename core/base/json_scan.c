/*
 * json_scan.c: walking JSON text that is known to be valid, without a tree.
 *
 * Text that turns out not to be valid (a damaged record) ends the walk early; it never leads past its end.
 */
#include "base/codec.h"
#include "base/json_internal.h"

#include <string.h>

static const char *skip_blanks(const char *at, const char *end)
{
    while (at < end && (*at == ' ' || *at == '\n' || *at == '\t' || *at == '\r'))
        at++;
    return at;
}

/* Behind the string whose opening quote is at `at`. A quote ends it unless an odd number of backslashes is before it.
 */
static const char *skip_string(const char *at, const char *end)
{
    for (const char *from = at + 1; from < end;) {
        const char *quote = memchr(from, '"', (size_t)(end - from));
        if (!quote)
            return end;
        const char *before = quote;
        while (before[-1] == '\\')
            before--;
        if ((quote - before) % 2 == 0)
            return quote + 1;
        from = quote + 1;
    }
    return end;
}

static const char *skip_nested(const char *at, const char *end)
{
    size_t depth = 0;
    while (at < end) {
        char byte = *at;
        if (byte == '"') {
            at = skip_string(at, end);
            continue;
        }
        at++;
        if (byte == '{' || byte == '[')
            depth++;
        else if ((byte == '}' || byte == ']') && --depth == 0)
            return at;
    }
    return end;
}

const char *json_skip_value(const char *at, const char *end)
{
    if (at >= end)
        return end;
    if (*at == '"')
        return skip_string(at, end);
    if (*at == '{' || *at == '[')
        return skip_nested(at, end);
    while (at < end && (unsigned char)*at > ' ' && *at != ',' && *at != ']' && *at != '}')
        at++;
    return at;
}

/* --- members and items --- */

static void walk_begin(struct json_walk *walk, const char *text, size_t length, char open)
{
    const char *end = text + length, *at = skip_blanks(text, end);
    walk->at = at < end && *at == open ? at + 1 : end;
    walk->end = end;
}

/* At the next member or item, or false at the closing bracket. */
static bool walk_on(struct json_walk *walk)
{
    walk->at = skip_blanks(walk->at, walk->end);
    if (walk->at < walk->end && *walk->at == ',')
        walk->at = skip_blanks(walk->at + 1, walk->end);
    if (walk->at < walk->end && *walk->at != '}' && *walk->at != ']')
        return true;
    walk->at = walk->end;
    return false;
}

void json_walk_begin(struct json_walk *walk, const c18n_doc *doc)
{
    walk_begin(walk, doc->text, doc->length, '{');
}

bool json_walk_next(struct json_walk *walk, struct json_member *ret_member)
{
    if (!walk_on(walk) || *walk->at != '"')
        return false;
    const char *name = walk->at + 1, *end = walk->end;
    const char *at = skip_string(walk->at, end);
    size_t name_length = at > name ? (size_t)(at - 1 - name) : 0;
    at = skip_blanks(at, end);
    if (at == end || *at != ':') {
        walk->at = end;
        return false;
    }
    const char *value = skip_blanks(at + 1, end);
    walk->at = json_skip_value(value, end);
    *ret_member = (struct json_member){name, name_length, value, (size_t)(walk->at - value)};
    return true;
}

bool json_find(const c18n_doc *doc, const char *name, struct json_member *ret_member)
{
    size_t length = strlen(name);
    struct json_walk walk;
    struct json_member member;
    json_walk_begin(&walk, doc);
    while (json_walk_next(&walk, &member)) {
        if (member.name_length == length && memcmp(member.name, name, length) == 0) {
            *ret_member = member;
            return true;
        }
    }
    return false;
}

void json_items_begin(struct json_walk *walk, const char *array, size_t length)
{
    walk_begin(walk, array, length, '[');
}

bool json_items_next(struct json_walk *walk, const char **ret_item, size_t *ret_length)
{
    if (!walk_on(walk))
        return false;
    const char *item = walk->at;
    walk->at = json_skip_value(item, walk->end);
    *ret_item = item;
    *ret_length = (size_t)(walk->at - item);
    return *ret_length > 0; /* else nothing that a value begins with: damaged */
}

/* --- strings --- */

static bool unit_at(const char *at, const char *end, uint32_t *ret_unit)
{
    uint8_t bytes[2];
    if (end - at < 6 || at[0] != '\\' || at[1] != 'u' || !codec_hex_decode(at + 2, 4, bytes, sizeof bytes))
        return false;
    *ret_unit = (uint32_t)bytes[0] << 8 | bytes[1];
    return true;
}

static size_t encode(uint32_t point, char *out)
{
    static const uint32_t limits[] = {0x80, 0x800, 0x10000};
    static const unsigned char leads[] = {0x00, 0xc0, 0xe0, 0xf0};
    size_t more = 0;
    while (more < 3 && point >= limits[more])
        more++;
    out[0] = (char)(leads[more] | point >> (6 * more));
    for (size_t i = 1; i <= more; i++)
        out[i] = (char)(0x80 | (point >> (6 * (more - i)) & 0x3f));
    return more + 1;
}

/* Decodes the \uXXXX (or pair of them) at *at. The UTF-8 is never longer than the escape. */
static size_t unescape_unit(const char **at, const char *end, char *out)
{
    uint32_t point, low;
    if (!unit_at(*at, end, &point))
        return 0;
    *at += 6;
    if (point >= 0xd800 && point < 0xdc00 && unit_at(*at, end, &low) && low >= 0xdc00 && low < 0xe000) {
        *at += 6;
        point = 0x10000 + ((point - 0xd800) << 10 | (low - 0xdc00));
    }
    return encode(point, out);
}

static size_t unescape_one(const char **at, const char *end, char *out)
{
    static const char shorts[] = "\"\"\\\\//b\bf\fn\nr\rt\t";
    if (end - *at < 2)
        return 0;
    for (const char *pair = shorts; *pair; pair += 2) {
        if (pair[0] == (*at)[1]) {
            *out = pair[1];
            *at += 2;
            return 1;
        }
    }
    return unescape_unit(at, end, out);
}

const char *json_unescape(struct arena *arena, const char *value, size_t length)
{
    if (length < 2 || value[0] != '"' || value[length - 1] != '"')
        return NULL;
    const char *at = value + 1, *end = value + length - 1;
    char *text = arena_copy(arena, at, (size_t)(end - at));
    char *out = text ? memchr(text, '\\', (size_t)(end - at)) : NULL;
    if (!out)
        return text;
    at += out - text;
    while (at < end) {
        if (*at != '\\') {
            *out++ = *at++;
            continue;
        }
        size_t written = unescape_one(&at, end, out);
        if (!written)
            return NULL;
        out += written;
    }
    *out = '\0';
    return text;
}
