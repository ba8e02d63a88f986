/* schema.c: one field, and a table of fields, as JSON Schema (the dialect of OpenAPI 3.1: 2020-12). */
#include "api/schema.h"

#include "api/hooks.h"
#include "base/words.h"

#include <stdio.h>
#include <string.h>

/* The defaults of fields_value.c. */
enum { TEXT_MOST = 65536, TEXTS_MOST = 1000, EMAIL_MOST = 254, URI_MOST = 2048 };
#define TIME_MOST  INT64_C(253402300799)
#define ID_PATTERN "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}(?![\\s\\S])"

struct schema {
    c18n_out *out;
    const c18n_field *field;
    enum schema_use use;
};

static bool is_answer(const struct schema *schema)
{
    return schema->use == SCHEMA_ANSWER;
}

/* In an answer null may come wherever the table says so; a form has no way to say null. */
static bool may_be_null(const struct schema *schema)
{
    return schema->field->flags & C18N_NULLABLE && schema->use != SCHEMA_FORM;
}

static void add_type(const struct schema *schema, const char *type)
{
    if (!may_be_null(schema)) {
        c18n_out_text(schema->out, "type", type);
        return;
    }
    c18n_out_begin(schema->out, "type", '[');
    c18n_out_text(schema->out, NULL, type);
    c18n_out_text(schema->out, NULL, "null");
    c18n_out_end(schema->out);
}

static void add_words(c18n_out *out, const char *words)
{
    char word[128];
    while (*words != '\0') {
        size_t length = strcspn(words, " ");
        snprintf(word, sizeof word, "%.*s", (int)length, words);
        if (length > 0)
            c18n_out_text(out, NULL, word);
        words += length + strspn(words + length, " ");
    }
}

static void add_choices(const struct schema *schema, const char *choices)
{
    c18n_out_begin(schema->out, "enum", '[');
    add_words(schema->out, choices);
    if (may_be_null(schema) && schema->field->type == C18N_FIELD_TEXT)
        c18n_out_null(schema->out, NULL);
    c18n_out_end(schema->out);
}

/* --- texts --- */

static int64_t smaller(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t text_most(const c18n_field *field)
{
    int64_t most = field->max > 0 ? field->max : TEXT_MOST;
    if (field->format && strcmp(field->format, "email") == 0)
        return smaller(most, EMAIL_MOST);
    if (field->format && strcmp(field->format, "uri") == 0)
        return smaller(most, URI_MOST);
    return most;
}

static void add_text(const struct schema *schema)
{
    char pattern[SCHEMA_PATTERN_MAX];
    const c18n_field *field = schema->field;
    int64_t least = field->min == 0 && field->flags & C18N_REQUIRED ? 1 : field->min;
    add_type(schema, "string");
    if (field->choices)
        add_choices(schema, field->choices);
    /* Where "" is taken, a format isn't the whole truth: the pattern says it then. */
    bool is_format = field->format && strcmp(field->format, "username") != 0;
    if (is_format && (least > 0 || is_answer(schema)))
        c18n_out_text(schema->out, "format", field->format);
    if (field->choices || is_answer(schema))
        return;
    if (least > 0)
        c18n_out_integer(schema->out, "minLength", least);
    c18n_out_integer(schema->out, "maxLength", text_most(field));
    schema_text_pattern(field, least == 0, pattern);
    c18n_out_text(schema->out, "pattern", pattern);
    if (field->flags & C18N_SECRET)
        c18n_out_boolean(schema->out, "writeOnly", true);
}

/* An item of a list. In a form empty ones are passed over; `solid`: one that counts. */
static void add_item(const struct schema *schema, const char *name, bool solid)
{
    char pattern[SCHEMA_PATTERN_MAX];
    const c18n_field *field = schema->field;
    c18n_out_begin(schema->out, name, '{');
    c18n_out_text(schema->out, "type", "string");
    if (field->choices && schema->use != SCHEMA_FORM) {
        add_choices(schema, field->choices);
    } else if (schema->use == SCHEMA_FORM) {
        schema_form_item_pattern(field, !solid, pattern);
        c18n_out_text(schema->out, "pattern", pattern);
    } else if (!is_answer(schema)) {
        schema_item_pattern(pattern);
        c18n_out_integer(schema->out, "maxLength", field->item_max > 0 ? field->item_max : TEXT_MOST);
        c18n_out_text(schema->out, "pattern", pattern);
    }
    c18n_out_end(schema->out);
}

static void add_array(const struct schema *schema)
{
    const c18n_field *field = schema->field;
    int64_t least = field->min == 0 && field->flags & C18N_REQUIRED ? 1 : field->min;
    add_type(schema, "array");
    add_item(schema, "items", false);
    if (is_answer(schema))
        return;
    if (least > 0 && schema->use == SCHEMA_FORM)
        add_item(schema, "contains", true);
    if (least > 0)
        c18n_out_integer(schema->out, "minItems", least);
    c18n_out_integer(schema->out, "maxItems", field->max > 0 ? field->max : TEXTS_MOST);
}

/* An array, or one text with commas: in a form always, in JSON where the table says so. */
static void add_texts(const struct schema *schema)
{
    char pattern[SCHEMA_PATTERN_MAX];
    bool text_too = schema->use == SCHEMA_FORM || (schema->use == SCHEMA_JSON && schema->field->flags & C18N_CSV);
    if (!text_too) {
        add_array(schema);
        return;
    }
    c18n_out_begin(schema->out, "anyOf", '[');
    c18n_out_begin(schema->out, NULL, '{');
    add_array(schema);
    c18n_out_end(schema->out);
    c18n_out_begin(schema->out, NULL, '{');
    schema_csv_pattern(schema->field, pattern);
    c18n_out_text(schema->out, "type", "string");
    c18n_out_text(schema->out, "pattern", pattern);
    c18n_out_text(schema->out, "description", "The items with commas between them");
    c18n_out_end(schema->out);
    c18n_out_end(schema->out);
}

/* --- numbers --- */

/* Both 0: no bound; a maximum below the minimum: none. */
static void add_range(const struct schema *schema, int64_t least, int64_t most)
{
    const c18n_field *field = schema->field;
    bool bounded = field->min != 0 || field->max != 0;
    if (is_answer(schema))
        return;
    if (bounded && field->min > least)
        least = field->min;
    if (bounded && field->max >= field->min && field->max < most)
        most = field->max;
    c18n_out_integer(schema->out, "minimum", least);
    c18n_out_integer(schema->out, "maximum", most);
}

static void add_integer(const struct schema *schema)
{
    add_type(schema, "integer");
    c18n_out_text(schema->out, "format", "int64");
    add_range(schema, INT64_MIN, INT64_MAX);
}

static void add_number(const struct schema *schema)
{
    const c18n_field *field = schema->field;
    add_type(schema, "number");
    c18n_out_text(schema->out, "format", "double");
    if (field->min != 0 || field->max != 0)
        add_range(schema, field->min, INT64_MAX);
}

static void add_time(const struct schema *schema)
{
    add_type(schema, "integer");
    c18n_out_text(schema->out, "format", "int64");
    add_range(schema, 0, TIME_MOST);
}

static void add_boolean(const struct schema *schema)
{
    if (schema->use != SCHEMA_FORM) {
        add_type(schema, "boolean");
        return;
    }
    add_type(schema, "string");
    add_choices(schema, "true false 1 0 on off");
}

/* --- the rest --- */

static void add_id(const struct schema *schema)
{
    add_type(schema, "string");
    c18n_out_text(schema->out, "format", "uuid");
    if (!is_answer(schema))
        c18n_out_text(schema->out, "pattern", ID_PATTERN);
}

static void add_link(const struct schema *schema)
{
    add_type(schema, "string");
    c18n_out_text(schema->out, "format", "uri");
}

static void add_anything(const struct schema *schema)
{
    (void)schema;
}

static const struct {
    void (*add)(const struct schema *schema);
    const char *help; /* when the table has none */
} types[] = {
    [C18N_FIELD_TEXT] = {add_text, NULL},       [C18N_FIELD_TEXTS] = {add_texts, NULL},
    [C18N_FIELD_INTEGER] = {add_integer, NULL}, [C18N_FIELD_NUMBER] = {add_number, NULL},
    [C18N_FIELD_BOOLEAN] = {add_boolean, NULL}, [C18N_FIELD_TIME] = {add_time, "Unix seconds"},
    [C18N_FIELD_ID] = {add_id, NULL},           [C18N_FIELD_LINK] = {add_link, "Absolute URL"},
    [C18N_FIELD_OBJECT] = {add_anything, NULL},
};

void schema_field(c18n_out *out, const char *name, const c18n_field *field, enum schema_use use)
{
    struct schema schema = {out, field, use};
    const char *help = field->help ? field->help : types[field->type].help;
    c18n_out_begin(out, name, '{');
    types[field->type].add(&schema);
    if (help)
        c18n_out_text(out, "description", help);
    c18n_out_end(out);
}

void schema_id(c18n_out *out, const char *name)
{
    static const c18n_field id = {.name = "id", .type = C18N_FIELD_ID, .flags = C18N_REQUIRED};
    schema_field(out, name, &id, SCHEMA_JSON);
}

/* --- objects --- */

/* What a client may not send has no place in a request's schema, nor a secret in an answer's. */
static bool is_shown(const c18n_field *field, enum schema_use use)
{
    return !(field->flags & (use == SCHEMA_ANSWER ? C18N_SECRET : C18N_READ_ONLY));
}

static bool is_required(const c18n_field *field)
{
    return field->flags & C18N_REQUIRED && !(field->flags & C18N_READ_ONLY);
}

bool schema_has_required(const c18n_table *fields)
{
    c18n_field field;
    for (uint32_t i = 0; i < fields->count; i++) {
        loader_item(fields, i, &field, sizeof field);
        if (is_required(&field))
            return true;
    }
    return false;
}

static void add_required(c18n_out *out, const c18n_table *fields)
{
    c18n_field field;
    c18n_out_begin(out, "required", '[');
    for (uint32_t i = 0; i < fields->count; i++) {
        loader_item(fields, i, &field, sizeof field);
        if (is_required(&field))
            c18n_out_text(out, NULL, field.name);
    }
    c18n_out_end(out);
}

static void add_each(c18n_out *out, const c18n_table *fields, enum schema_use use)
{
    c18n_field field;
    for (uint32_t i = 0; i < fields->count; i++) {
        loader_item(fields, i, &field, sizeof field);
        if (is_shown(&field, use))
            schema_field(out, field.name, &field, use);
    }
}

static void add_properties(c18n_out *out, const c18n_table *fields, enum schema_use use)
{
    if (fields->count == 0)
        return;
    c18n_out_begin(out, "properties", '{');
    add_each(out, fields, use);
    c18n_out_end(out);
}

/* With the name of the module, since its documentation is where to read on. */
static void add_added(c18n_out *out, const struct attached *hook)
{
    const c18n_table *fields = &hook->declared.fields;
    c18n_field field;
    char help[512];
    for (uint32_t i = 0; i < fields->count; i++) {
        loader_item(fields, i, &field, sizeof field);
        snprintf(help, sizeof help, "%s%sAdded by module %s", field.help ? field.help : "", field.help ? ". " : "",
                 hook->module->descriptor->id);
        field.help = help;
        if (is_shown(&field, SCHEMA_ANSWER))
            schema_field(out, field.name, &field, SCHEMA_ANSWER);
    }
}

static void add_one_of(c18n_out *out, const c18n_table *fields, const char *one_of)
{
    c18n_field field;
    c18n_out_begin(out, "anyOf", '[');
    for (uint32_t i = 0; i < fields->count; i++) {
        loader_item(fields, i, &field, sizeof field);
        if (!words_has(one_of, field.name, strlen(field.name)))
            continue;
        c18n_out_begin(out, NULL, '{');
        c18n_out_begin(out, "required", '[');
        c18n_out_text(out, NULL, field.name);
        c18n_out_end(out);
        c18n_out_end(out);
    }
    c18n_out_end(out);
}

void schema_object_one_of(c18n_out *out, const char *name, const c18n_table *fields, enum schema_use use,
                          const char *one_of)
{
    c18n_out_begin(out, name, '{');
    c18n_out_text(out, "type", "object");
    add_properties(out, fields, use);
    if (use != SCHEMA_ANSWER && schema_has_required(fields))
        add_required(out, fields);
    if (one_of)
        add_one_of(out, fields, one_of);
    if (use != SCHEMA_ANSWER)
        c18n_out_boolean(out, "additionalProperties", false);
    c18n_out_end(out);
}

void schema_object(c18n_out *out, const char *name, const c18n_table *fields, enum schema_use use)
{
    schema_object_one_of(out, name, fields, use, NULL);
}

void schema_answer(c18n_out *out, const char *name, const c18n_table *fields, const struct hook_point *added)
{
    if (!added) {
        schema_object(out, name, fields, SCHEMA_ANSWER);
        return;
    }
    c18n_out_begin(out, name, '{');
    c18n_out_text(out, "type", "object");
    c18n_out_begin(out, "properties", '{');
    add_each(out, fields, SCHEMA_ANSWER);
    for (size_t i = 0; i < added->count; i++)
        add_added(out, &added->hooks[i]);
    c18n_out_end(out);
    c18n_out_end(out);
}
