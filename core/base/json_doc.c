/* json_doc.c: typed reading of a doc's members, and the families that modules see. */
#include "api/request.h"
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

/* --- families --- */

static c18n_out *out_new(c18n_request *rq)
{
    struct request *request = request_of(rq);
    struct out *out = json_out_new(request->head.host, request->arena);
    return out ? &out->pub : NULL;
}

const c18n_json_family json_family = {
    .family = {sizeof json_family, 1},
    .text = json_doc_text,
    .integer = json_doc_integer,
    .number = json_doc_number,
    .boolean = json_doc_boolean,
    .has = json_doc_has,
    .texts = json_doc_texts,
    .raw = json_doc_raw,
    .out_new = out_new,
    .out_text = json_out_text,
    .out_integer = json_out_integer,
    .out_number = json_out_number,
    .out_boolean = json_out_boolean,
    .out_null = json_out_null,
    .out_raw = json_out_raw,
    .out_doc = json_out_doc,
    .out_begin = json_out_begin,
    .out_end = json_out_end,
    .out_finish = json_out_finish,
};

static void *mem_alloc(c18n_request *rq, size_t size)
{
    return arena_alloc(request_of(rq)->arena, size);
}

static char *mem_print(c18n_request *rq, const char *format, va_list values)
{
    return arena_vprint(request_of(rq)->arena, format, values);
}

const c18n_mem_family mem_family = {.family = {sizeof mem_family, 1}, .alloc = mem_alloc, .print = mem_print};
