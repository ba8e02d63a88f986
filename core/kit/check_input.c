/* check_input.c: values by the type of a field, and objects of them. */
#include "kit/check_input.h"

#include "base/words.h"

#include <stdio.h>
#include <string.h>

enum { DAY = 86400, LONG_TEXT = 65536, FORMAT_MAX = 80 };

/* --- one value --- */

static void text_of_format(struct input_source *source, const c18n_field *field, char ret_words[FORMAT_MAX])
{
    static const struct {
        const char *format, *before, *after;
    } formats[] = {{"email", "check", "@example.org"}, {"username", "check", ""}, {"uri", "https://example.org/", ""}};
    const char *before = field->flags & C18N_SECRET ? "secret words " : "Check ", *after = "";
    for (size_t i = 0; field->format && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(field->format, formats[i].format) == 0) {
            before = formats[i].before;
            after = formats[i].after;
        }
    snprintf(ret_words, FORMAT_MAX, "%s%u%s", before, ++source->number, after);
}

/* One of the choices, another one each time. */
static void first_choice(struct input_source *source, const char *choices, char ret_words[FORMAT_MAX])
{
    struct words words = {choices, " "};
    const char *word;
    size_t length, count = 0;
    while (words_next(&words, &word, &length))
        count++;
    size_t wanted = count ? ++source->number % count : 0;
    words = (struct words){choices, " "};
    for (size_t i = 0; words_next(&words, &word, &length); i++)
        if (i == wanted)
            snprintf(ret_words, FORMAT_MAX, "%.*s", (int)length, word);
}

static void add_text(struct input_source *source, const c18n_field *field, struct text *out)
{
    char words[FORMAT_MAX] = "";
    struct text text;
    text_init(&text, source->arena, 0);
    if (field->choices)
        first_choice(source, field->choices, words);
    else
        text_of_format(source, field, words);
    text_add_text(&text, words);
    for (int64_t count = (int64_t)text.length; !field->choices && !field->format && count < field->min; count++)
        text_add_char(&text, 'x');
    size_t length = text.length;
    const char *at = text_end(&text);
    if (!field->choices && field->max > 0 && length > (size_t)field->max) {
        at += length - (size_t)field->max; /* the end: that is what makes it unique */
        length = (size_t)field->max;
    }
    text_add_json(out, at, length);
}

static void add_texts(struct input_source *source, const c18n_field *field, struct text *out)
{
    int64_t count = field->min > 0 ? field->min : 1;
    c18n_field item = {.name = field->name, .max = field->item_max, .choices = field->choices};
    text_add_char(out, '[');
    for (int64_t i = 0; i < count; i++) {
        if (i > 0)
            text_add_char(out, ',');
        add_text(source, &item, out);
    }
    text_add_char(out, ']');
}

/* The least that is more than nothing where it must be given, for it may be how much of something is made; else another
 * one each time. */
static void add_integer(struct input_source *source, const c18n_field *field, struct text *out)
{
    bool bounded = field->min != 0 || field->max != 0;
    int64_t least = bounded && (field->min > 1 || field->max < 1) ? field->min : 1;
    int64_t room = bounded && field->max >= least ? field->max - least : INT32_MAX;
    bool varies = !(field->flags & C18N_REQUIRED) && room < INT64_MAX;
    text_add_integer(out, varies ? least + (int64_t)++source->number % (room + 1) : least);
}

static void add_boolean(struct input_source *source, const c18n_field *field, struct text *out)
{
    (void)field;
    text_add_text(out, ++source->number % 2 ? "true" : "false");
}

static void add_time(struct input_source *source, const c18n_field *field, struct text *out)
{
    /* What was made lies behind, everything else before us. */
    bool behind = strstr(field->name, "created") != NULL;
    text_add_integer(out, behind ? source->now - DAY : source->now + DAY);
}

static void add_id(struct input_source *source, const c18n_field *field, struct text *out)
{
    const char *id = source->id(source->arg, field->name);
    text_add_json(out, id, strlen(id));
}

static void add_object(struct input_source *source, const c18n_field *field, struct text *out)
{
    (void)field;
    text_print(out, "{\"check\":%u}", ++source->number);
}

static void (*const adders[])(struct input_source *source, const c18n_field *field, struct text *out) = {
    [C18N_FIELD_TEXT] = add_text,      [C18N_FIELD_TEXTS] = add_texts,     [C18N_FIELD_INTEGER] = add_integer,
    [C18N_FIELD_NUMBER] = add_integer, [C18N_FIELD_BOOLEAN] = add_boolean, [C18N_FIELD_TIME] = add_time,
    [C18N_FIELD_ID] = add_id,          [C18N_FIELD_LINK] = add_object,     [C18N_FIELD_OBJECT] = add_object,
};

static void add_value(struct input_source *source, const c18n_field *field, enum input_kind kind, struct text *out)
{
    const char *known = kind == INPUT_REPEATED && field->type == C18N_FIELD_TEXT && !field->choices
                            ? source->known(source->arg, field->name)
                            : NULL;
    if (known)
        text_add_json(out, known, strlen(known));
    else
        adders[field->type](source, field, out);
}

/* --- objects --- */

static c18n_field field_of(const c18n_table *fields, uint32_t number)
{
    c18n_field field = {0};
    size_t size = fields->stride < sizeof field ? fields->stride : sizeof field;
    memcpy(&field, (const char *)fields->at + (size_t)number * fields->stride, size);
    return field;
}

static bool is_given(const c18n_field *field, enum input_kind kind)
{
    return !(field->flags & C18N_READ_ONLY) && field->type != C18N_FIELD_LINK &&
           (kind != INPUT_LEAST || field->flags & C18N_REQUIRED);
}

/* An object in which field `number` has `instead` as its JSON; "" leaves it out. */
static const char *object_with(struct input_source *source, const c18n_table *fields, enum input_kind kind,
                               uint32_t number, const char *instead, const char *more)
{
    struct text out;
    text_init(&out, source->arena, 0);
    text_add_char(&out, '{');
    for (uint32_t i = 0; i < fields->count; i++) {
        c18n_field field = field_of(fields, i);
        if (i == number ? *instead == '\0' : !is_given(&field, kind))
            continue;
        text_print(&out, "%s\"%s\":", out.length > 1 ? "," : "", field.name);
        if (i == number)
            text_add_text(&out, instead);
        else
            add_value(source, &field, kind, &out);
    }
    text_print(&out, "%s%s}", out.length > 1 && *more ? "," : "", more);
    return text_end(&out);
}

const char *input_valid(struct input_source *source, const c18n_table *fields, enum input_kind kind)
{
    return object_with(source, fields, kind, UINT32_MAX, "", "");
}

static bool is_optional(const c18n_field *field)
{
    return is_given(field, INPUT_WHOLE) && !(field->flags & C18N_REQUIRED);
}

/* The optional ones are counted from 0. */
static const char *least_and_two(struct input_source *source, const c18n_table *fields, unsigned first, unsigned second)
{
    struct text out;
    unsigned optional = 0;
    text_init(&out, source->arena, 0);
    text_add_char(&out, '{');
    for (uint32_t i = 0; i < fields->count; i++) {
        c18n_field field = field_of(fields, i);
        bool chosen = is_optional(&field) && (optional == first || optional == second);
        optional += is_optional(&field);
        if (!chosen && !is_given(&field, INPUT_LEAST))
            continue;
        text_print(&out, "%s\"%s\":", out.length > 1 ? "," : "", field.name);
        add_value(source, &field, INPUT_WHOLE, &out);
    }
    text_add_char(&out, '}');
    return text_end(&out);
}

const char *input_least_and(struct input_source *source, const c18n_table *fields, unsigned number)
{
    unsigned optional = 0;
    for (uint32_t i = 0; i < fields->count; i++) {
        c18n_field field = field_of(fields, i);
        optional += is_optional(&field);
    }
    if (number < optional)
        return least_and_two(source, fields, number, number);
    number -= optional;
    for (unsigned first = 0; first < optional; first++) {
        if (number < optional - first - 1)
            return least_and_two(source, fields, first, first + 1 + number);
        number -= optional - first - 1;
    }
    return NULL;
}

static void add_encoded(struct text *out, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        text_print(out, "%%%02x", (unsigned char)bytes[i]);
}

const char *input_query(struct input_source *source, const c18n_table *fields, enum input_kind kind)
{
    struct text out;
    text_init(&out, source->arena, 0);
    for (uint32_t i = 0; i < fields->count; i++) {
        c18n_field field = field_of(fields, i);
        struct text value;
        if (!is_given(&field, kind) || field.type == C18N_FIELD_OBJECT)
            continue;
        text_init(&value, source->arena, 0);
        add_value(source, &field, kind, &value);
        bool quoted = value.length >= 2 && strchr("\"[", value.at[0]); /* no value made here needs an escape */
        text_print(&out, "%s%s=", out.length ? "&" : "", field.name);
        for (size_t j = quoted; j < value.length - quoted; j++)
            if (value.at[j] != '"')
                add_encoded(&out, value.at + j, 1);
    }
    return text_end(&out);
}

/* --- broken objects --- */

/* A text of so many characters, as JSON. */
static const char *long_text(struct input_source *source, int64_t count)
{
    struct text out;
    text_init(&out, source->arena, 0);
    text_add_char(&out, '"');
    for (int64_t i = 0; i < count; i++)
        text_add_char(&out, 'x');
    text_add_char(&out, '"');
    return text_end(&out);
}

struct breakage {
    const char *json; /* NULL: this way to break it doesn't fit the field */
    const char *what;
    bool must_refuse;
};

static struct breakage leave_out(struct input_source *source, const c18n_field *field)
{
    (void)source;
    return (struct breakage){"", "left out", field->flags & C18N_REQUIRED};
}

static struct breakage give_null(struct input_source *source, const c18n_field *field)
{
    (void)source;
    return (struct breakage){"null", "null", !(field->flags & C18N_NULLABLE) && field->type != C18N_FIELD_OBJECT};
}

/* A number for what is a text, a text for what is none. */
static struct breakage give_other_type(struct input_source *source, const c18n_field *field)
{
    (void)source;
    bool is_text = field->type == C18N_FIELD_TEXT || field->type == C18N_FIELD_TEXTS || field->type == C18N_FIELD_ID;
    return (struct breakage){is_text ? "17" : "\"seventeen\"", "of another type", field->type != C18N_FIELD_OBJECT};
}

static struct breakage give_nested(struct input_source *source, const c18n_field *field)
{
    (void)source;
    return (struct breakage){"[[{\"a\":[1,null,{\"b\":\"\"}]}]]", "a nested array", field->type != C18N_FIELD_OBJECT};
}

static struct breakage give_empty(struct input_source *source, const c18n_field *field)
{
    (void)source;
    bool is_text = field->type == C18N_FIELD_TEXT;
    return (struct breakage){is_text                            ? "\"\""
                             : field->type == C18N_FIELD_TEXTS  ? "[]"
                             : field->type == C18N_FIELD_OBJECT ? "{}"
                                                                : NULL,
                             "empty", is_text && (field->flags & C18N_REQUIRED || field->min > 0)};
}

static struct breakage give_too_much(struct input_source *source, const c18n_field *field)
{
    if (field->type == C18N_FIELD_TEXT)
        return (struct breakage){long_text(source, (field->max > 0 ? field->max : LONG_TEXT) + 1), "too long", true};
    if (field->type == C18N_FIELD_INTEGER || field->type == C18N_FIELD_NUMBER)
        return (struct breakage){"9223372036854775807", "the largest number there is",
                                 field->max >= field->min && field->max > 0 && field->max < INT64_MAX};
    return (struct breakage){NULL, NULL, false};
}

static struct breakage give_too_little(struct input_source *source, const c18n_field *field)
{
    (void)source;
    if (field->type != C18N_FIELD_INTEGER && field->type != C18N_FIELD_NUMBER)
        return (struct breakage){NULL, NULL, false};
    return (struct breakage){"-9223372036854775808", "the smallest number there is",
                             (field->min != 0 || field->max != 0) && field->min > INT64_MIN};
}

static struct breakage give_unusual(struct input_source *source, const c18n_field *field)
{
    (void)source;
    return (struct breakage){field->type == C18N_FIELD_TEXT ? "\"%n%s \\\"'\\\\ \\u202e\\u0300 \xf0\x9f\x90\x88\""
                                                            : NULL,
                             "with unusual characters", false};
}

static struct breakage (*const breakers[])(struct input_source *source, const c18n_field *field) = {
    leave_out, give_null, give_other_type, give_nested, give_empty, give_too_much, give_too_little, give_unusual};
enum { BREAKERS = sizeof breakers / sizeof *breakers };

/* Number 0 has a member too many, then come all ways of the first field, of the second, … */
bool input_broken(struct input_source *source, const c18n_table *fields, unsigned number,
                  struct input_broken *ret_broken)
{
    if (number == 0) {
        *ret_broken =
            (struct input_broken){object_with(source, fields, INPUT_WHOLE, UINT32_MAX, "", "\"check_unknown\":1"),
                                  "with an unknown field", true};
        return true;
    }
    uint32_t field_number = (number - 1) / BREAKERS;
    if (field_number >= fields->count)
        return false;
    c18n_field field = field_of(fields, field_number);
    struct breakage breakage = breakers[(number - 1) % BREAKERS](source, &field);
    bool refused = breakage.must_refuse || (field.flags & C18N_READ_ONLY && breakage.json && *breakage.json);
    *ret_broken = (struct input_broken){
        breakage.json ? object_with(source, fields, INPUT_WHOLE, field_number, breakage.json, "") : NULL,
        breakage.json ? arena_print(source->arena, "\"%s\" %s", field.name, breakage.what) : NULL, refused};
    return true;
}
