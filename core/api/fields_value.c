/* fields_value.c: the types of fields, one function each, and their bounds. */
#include "api/fields_value.h"

#include "api/formats.h"
#include "base/codec.h"
#include "base/json.h"
#include "base/words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TEXT_MAX = 65536, TEXTS_MAX = 1000 };
#define TIME_MAX INT64_C(253402300799) /* the last second of the year 9999 */

struct value {
    struct arena *arena;
    const c18n_field *field;
    enum fields_source source;
    const char *json;
    size_t length;
    struct text *out;
};

static const char no_memory[] = "is too large";

static bool is_string(const struct value *value)
{
    return value->length >= 2 && value->json[0] == '"';
}

/* --- texts --- */

static bool is_blank(const char *text)
{
    return text[strspn(text, " \t\r\n")] == '\0';
}

static const char *bounds_fault(struct arena *arena, size_t count, int64_t min, int64_t max, const char *unit)
{
    if (min > 0 && count < (size_t)min)
        return arena_print(arena, "must have at least %lld %s", (long long)min, unit);
    if (max > 0 && count > (size_t)max)
        return arena_print(arena, "must have at most %lld %s", (long long)max, unit);
    return NULL;
}

static const char *text_fault(const struct value *value, const char *text)
{
    const c18n_field *field = value->field;
    if ((field->flags & C18N_REQUIRED || field->min > 0) && format_is_invisible(text))
        return "must not be empty";
    const char *fault = bounds_fault(value->arena, codec_utf8_count(text), field->min,
                                     field->max ? field->max : TEXT_MAX, "characters");
    if (fault)
        return fault;
    if (format_has_control(text, field->flags & C18N_MULTILINE))
        return "must not have control characters";
    if (field->choices && !words_has(field->choices, text, strlen(text)))
        return arena_print(value->arena, "must be one of: %s", field->choices);
    /* An empty text in an optional field says "nothing", which has no shape. */
    return field->format && *text != '\0' ? format_fault(field->format, text) : NULL;
}

static const char *judge_text(const struct value *value)
{
    if (!is_string(value))
        return "must be a text";
    const char *text = json_unescape(value->arena, value->json, value->length);
    const char *fault = text ? text_fault(value, text) : no_memory;
    text_add(value->out, value->json, value->length);
    return fault;
}

/* --- lists of texts --- */

struct list {
    const struct value *value;
    size_t count;
};

static const char *list_add(struct list *list, const char *item, size_t length)
{
    const struct value *value = list->value;
    const c18n_field *field = value->field;
    const char *text = arena_copy(value->arena, item, length);
    if (!text)
        return no_memory;
    if (is_blank(text))
        return "must not have empty items";
    const char *fault = bounds_fault(value->arena, codec_utf8_count(text), 0,
                                     field->item_max ? field->item_max : TEXT_MAX, "characters in an item");
    if (fault)
        return fault;
    if (format_has_control(text, false))
        return "must not have control characters";
    if (field->choices && !words_has(field->choices, text, length))
        return arena_print(value->arena, "each must be one of: %s", field->choices);
    if (list->count++ > 0)
        text_add_char(value->out, ',');
    text_add_json(value->out, text, length);
    return NULL;
}

/* "a, b,,c": blanks around items and empty items are slips of the pen. */
static const char *list_split(struct list *list, const char *csv)
{
    const char *fault = NULL;
    for (const char *at = csv; !fault && *at != '\0';) {
        size_t length = strcspn(at, ",");
        const char *item = at;
        at += length + (at[length] == ',');
        for (; length > 0 && (*item == ' ' || *item == '\t'); length--)
            item++;
        while (length > 0 && (item[length - 1] == ' ' || item[length - 1] == '\t'))
            length--;
        if (length > 0)
            fault = list_add(list, item, length);
    }
    return fault;
}

static const char *list_item(struct list *list, const char *json, size_t length)
{
    if (length < 2 || json[0] != '"')
        return "must be a list of texts";
    const char *text = json_unescape(list->value->arena, json, length);
    if (!text)
        return no_memory;
    return list->value->source == FIELDS_TEXT ? list_split(list, text) : list_add(list, text, strlen(text));
}

static const char *list_items(struct list *list)
{
    const struct value *value = list->value;
    struct json_walk walk;
    const char *item, *fault = NULL;
    size_t length;
    json_items_begin(&walk, value->json, value->length);
    while (!fault && json_items_next(&walk, &item, &length))
        fault = list_item(list, item, length);
    return fault;
}

static const char *judge_texts(const struct value *value)
{
    const c18n_field *field = value->field;
    struct list list = {.value = value};
    bool splits = value->source == FIELDS_TEXT || field->flags & C18N_CSV;
    const char *fault = "must be a list of texts";
    text_add_char(value->out, '[');
    if (value->json[0] == '[') {
        fault = list_items(&list);
    } else if (is_string(value) && splits) {
        const char *csv = json_unescape(value->arena, value->json, value->length);
        fault = csv ? list_split(&list, csv) : no_memory;
    }
    text_add_char(value->out, ']');
    int64_t min = field->min == 0 && field->flags & C18N_REQUIRED ? 1 : field->min;
    return fault ? fault : bounds_fault(value->arena, list.count, min, field->max ? field->max : TEXTS_MAX, "items");
}

/* --- numbers --- */

/* The value as a number is written. NULL: it is of another type. */
static const char *number_text(const struct value *value)
{
    if (value->source == FIELDS_TEXT)
        return is_string(value) ? json_unescape(value->arena, value->json, value->length) : NULL;
    bool begins = value->length > 0 && (value->json[0] == '-' || (value->json[0] >= '0' && value->json[0] <= '9'));
    return begins ? arena_copy(value->arena, value->json, value->length) : NULL;
}

static const char *range_fault(const struct value *value, double number)
{
    const c18n_field *field = value->field;
    if (field->min == 0 && field->max == 0)
        return NULL;
    if (number < (double)field->min)
        return arena_print(value->arena, "must be at least %lld", (long long)field->min);
    if (field->max >= field->min && number > (double)field->max)
        return arena_print(value->arena, "must be at most %lld", (long long)field->max);
    return NULL;
}

static const char *judge_integer(const struct value *value)
{
    int64_t number;
    const char *text = number_text(value);
    if (!text || !codec_integer(text, &number))
        return "must be a whole number";
    text_add_integer(value->out, number);
    return range_fault(value, (double)number);
}

static const char *judge_number(const struct value *value)
{
    const char *text = number_text(value);
    char *end = NULL;
    /* strtod also reads hexadecimals, blanks and "inf": only decimal characters may come to it. */
    if (!text || *text == '\0' || strspn(text, "0123456789+-.eE") != strlen(text))
        return "must be a number";
    double number = strtod(text, &end);
    if (*end != '\0' || !isfinite(number))
        return "must be a number";
    text_add_number(value->out, number);
    return range_fault(value, number);
}

static const char *judge_time(const struct value *value)
{
    int64_t seconds;
    const char *text = number_text(value);
    if (!text || !codec_integer(text, &seconds) || seconds < 0 || seconds > TIME_MAX)
        return "must be a time in Unix seconds";
    text_add_integer(value->out, seconds);
    return range_fault(value, (double)seconds);
}

static const char *judge_boolean(const struct value *value)
{
    static const char *const words[][2] = {{"true", "true"},   {"1", "true"},  {"on", "true"},
                                           {"false", "false"}, {"0", "false"}, {"off", "false"}};
    bool is_text = value->source == FIELDS_TEXT;
    size_t skip = is_text ? 1 : 0; /* the quotes */
    for (size_t i = 0; i < sizeof words / sizeof *words && value->length >= 2 * skip; i++) {
        const char *word = words[i][0];
        bool same = value->length - 2 * skip == strlen(word) && memcmp(value->json + skip, word, strlen(word)) == 0;
        if (!same || (!is_text && strcmp(word, words[i][1]) != 0))
            continue;
        text_add_text(value->out, words[i][1]);
        return NULL;
    }
    return "must be true or false";
}

/* --- the rest --- */

static const char *judge_id(const struct value *value)
{
    uint8_t id[16];
    const char *text = is_string(value) ? json_unescape(value->arena, value->json, value->length) : NULL;
    if (!text || !codec_uuid_parse(text, id))
        return "must be an id";
    text_add(value->out, value->json, value->length);
    return NULL;
}

static const char *judge_link(const struct value *value)
{
    (void)value;
    return "can't be set";
}

static const char *judge_object(const struct value *value)
{
    text_add(value->out, value->json, value->length);
    return NULL;
}

const char *fields_value(struct arena *arena, const c18n_field *field, enum fields_source source, const char *value,
                         size_t length, struct text *out)
{
    static const char *(*const judges[])(const struct value *) = {
        [C18N_FIELD_TEXT] = judge_text,     [C18N_FIELD_TEXTS] = judge_texts,     [C18N_FIELD_INTEGER] = judge_integer,
        [C18N_FIELD_NUMBER] = judge_number, [C18N_FIELD_BOOLEAN] = judge_boolean, [C18N_FIELD_TIME] = judge_time,
        [C18N_FIELD_ID] = judge_id,         [C18N_FIELD_LINK] = judge_link,       [C18N_FIELD_OBJECT] = judge_object,
    };
    struct value judged = {arena, field, source, value, length, out};
    return judges[field->type](&judged);
}
