/* json_doc.c: typed reading of a doc's members. */
#include "base/codec.h"
#include "base/json_internal.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

const c18n_doc *json_trusted(const c18n_host *host, struct arena *arena, const char *text, size_t length)
{
    struct doc *doc = arena_alloc(arena, sizeof *doc);
    if (!doc)
        return NULL;
    doc->pub = (c18n_doc){.host = host, .text = text, .length = length};
    doc->arena = arena;
    return &doc->pub;
}

static struct arena *arena_of(const c18n_doc *doc)
{
    return ((const struct doc *)(const void *)doc)->arena;
}

const char *json_doc_text(const c18n_doc *doc, const char *name)
{
    struct json_member member;
    return json_find(doc, name, &member) ? json_unescape(arena_of(doc), member.value, member.value_length) : NULL;
}

/* A canonical number has at most 24 characters; what is longer than 63 was not written by us. */
static bool number_of(const struct json_member *member, double *ret_number)
{
    char digits[64];
    if (!member->value_length || member->value_length >= sizeof digits || !strchr("-0123456789", member->value[0]))
        return false;
    memcpy(digits, member->value, member->value_length);
    digits[member->value_length] = '\0';
    char *end;
    *ret_number = strtod(digits, &end);
    return *end == '\0';
}

/* Plain digits are by far the most, so they need no strtod. False: not plain, or more than 18 of them. */
static bool plain_integer(const struct json_member *member, int64_t *ret_value)
{
    bool negative = member->value[0] == '-';
    size_t count = member->value_length;
    int64_t value = 0;
    if (count == negative || count - negative > 18)
        return false;
    for (size_t i = negative; i < count; i++) {
        char digit = member->value[i];
        if (digit < '0' || digit > '9')
            return false;
        value = value * 10 + (digit - '0');
    }
    *ret_value = negative ? -value : value;
    return true;
}

static bool long_integer(const struct json_member *member, int64_t *ret_value)
{
    char digits[24];
    if (member->value_length >= sizeof digits || memchr(member->value, '.', member->value_length))
        return false;
    memcpy(digits, member->value, member->value_length);
    digits[member->value_length] = '\0';
    return codec_integer(digits, ret_value);
}

int64_t json_doc_integer(const c18n_doc *doc, const char *name, int64_t otherwise)
{
    struct json_member member;
    int64_t value;
    double number;
    if (!json_find(doc, name, &member) || !member.value_length)
        return otherwise;
    if (plain_integer(&member, &value) || long_integer(&member, &value))
        return value;
    if (!number_of(&member, &number) || fabs(number) >= 0x1p63 || number != floor(number))
        return otherwise;
    return (int64_t)number;
}

double json_doc_number(const c18n_doc *doc, const char *name, double otherwise)
{
    struct json_member member;
    double number;
    return json_find(doc, name, &member) && number_of(&member, &number) ? number : otherwise;
}

static bool is_word(const struct json_member *member, const char *word)
{
    return member->value_length == strlen(word) && memcmp(member->value, word, member->value_length) == 0;
}

bool json_doc_boolean(const c18n_doc *doc, const char *name, bool otherwise)
{
    struct json_member member;
    if (!json_find(doc, name, &member))
        return otherwise;
    return is_word(&member, "true") || (otherwise && !is_word(&member, "false"));
}

bool json_doc_has(const c18n_doc *doc, const char *name)
{
    struct json_member member;
    return json_find(doc, name, &member);
}

static size_t count_items(const struct json_member *member)
{
    struct json_walk walk;
    const char *item;
    size_t length, count = 0;
    json_items_begin(&walk, member->value, member->value_length);
    while (json_items_next(&walk, &item, &length))
        count++;
    return count;
}

size_t json_doc_texts(const c18n_doc *doc, const char *name, const char *const **ret_items)
{
    struct json_member member;
    *ret_items = NULL;
    if (!json_find(doc, name, &member))
        return 0;
    const char **items = arena_alloc(arena_of(doc), (count_items(&member) + 1) * sizeof *items);
    if (!items)
        return 0;
    struct json_walk walk;
    const char *item;
    size_t length, count = 0;
    json_items_begin(&walk, member.value, member.value_length);
    while (json_items_next(&walk, &item, &length)) {
        const char *text = json_unescape(arena_of(doc), item, length);
        if (text)
            items[count++] = text;
    }
    *ret_items = items;
    return count;
}

c18n_bytes json_doc_raw(const c18n_doc *doc, const char *name)
{
    struct json_member member;
    return json_find(doc, name, &member) ? (c18n_bytes){member.value, member.value_length} : (c18n_bytes){NULL, 0};
}
