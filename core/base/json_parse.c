/*
 * json_parse.c: the door for untrusted JSON. jansson judges the syntax; what it is lax about (depth,
 * number of values) is counted before, so that no tree is built of a bomb. The tree then becomes
 * canonical compact text and is gone.
 */
#include "base/json.h"

#include <jansson.h>
#include <string.h>

struct count {
    size_t depth, nodes;
    bool first; /* the next value is the first of its container: no comma stands before it */
};

static void count_byte(struct count *count, char byte)
{
    if ((unsigned char)byte <= ' ')
        return;
    if (byte == ']' || byte == '}') {
        count->depth -= count->depth > 0;
        count->first = false;
        return;
    }
    count->nodes += count->first || byte == ',';
    count->first = byte == '[' || byte == '{';
    count->depth += count->first;
}

/* Counts without judging: text that is not JSON at all is jansson's to refuse. */
static bool within_limits(const char *text, size_t length)
{
    struct count count = {.nodes = 1};
    bool string = false;
    for (size_t i = 0; i < length; i++) {
        if (string && text[i] == '\\') {
            i++;
        } else if (text[i] == '"') {
            if (!string)
                count_byte(&count, '"');
            string = !string;
        } else if (!string) {
            count_byte(&count, text[i]);
        }
        if (count.depth > JSON_MAX_DEPTH || count.nodes > JSON_MAX_NODES)
            return false;
    }
    return true;
}

/* --- from the tree to text; recursion is bounded by JSON_MAX_DEPTH --- */

static void write_value(struct text *out, const json_t *value);

static void write_object(struct text *out, const json_t *object)
{
    /* jansson's iteration functions take no const, and change nothing. */
    json_t *held = (json_t *)(uintptr_t)object;
    text_add_char(out, '{');
    bool comma = false;
    for (void *at = json_object_iter(held); at; at = json_object_iter_next(held, at)) {
        if (comma)
            text_add_char(out, ',');
        comma = true;
        const char *name = json_object_iter_key(at);
        text_add_json(out, name, strlen(name));
        text_add_char(out, ':');
        write_value(out, json_object_iter_value(at));
    }
    text_add_char(out, '}');
}

static void write_array(struct text *out, const json_t *array)
{
    text_add_char(out, '[');
    for (size_t i = 0; i < json_array_size(array); i++) {
        if (i)
            text_add_char(out, ',');
        write_value(out, json_array_get(array, i));
    }
    text_add_char(out, ']');
}

static void write_string(struct text *out, const json_t *value)
{
    text_add_json(out, json_string_value(value), json_string_length(value));
}

static void write_integer(struct text *out, const json_t *value)
{
    text_add_integer(out, json_integer_value(value));
}
static void write_real(struct text *out, const json_t *value)
{
    text_add_number(out, json_real_value(value));
}
static void write_true(struct text *out, const json_t *value)
{
    (void)value, text_add_text(out, "true");
}
static void write_false(struct text *out, const json_t *value)
{
    (void)value, text_add_text(out, "false");
}
static void write_null(struct text *out, const json_t *value)
{
    (void)value, text_add_text(out, "null");
}

static void write_value(struct text *out, const json_t *value)
{
    static void (*const writers[])(struct text * out, const json_t *value) = {
        [JSON_OBJECT] = write_object,   [JSON_ARRAY] = write_array, [JSON_STRING] = write_string,
        [JSON_INTEGER] = write_integer, [JSON_REAL] = write_real,   [JSON_TRUE] = write_true,
        [JSON_FALSE] = write_false,     [JSON_NULL] = write_null,
    };
    writers[json_typeof(value)](out, value);
}

static int refuse(const char *word, const char **ret_why)
{
    *ret_why = word;
    return C18N_BAD_REQUEST;
}

static int canonical(const c18n_host *host, struct arena *arena, const json_t *tree, const c18n_doc **ret_doc)
{
    struct text out;
    text_init(&out, arena, 0);
    write_value(&out, tree);
    const char *text = text_end(&out);
    const c18n_doc *doc = out.failed ? NULL : json_trusted(host, arena, text, out.length);
    if (!doc)
        return C18N_NO_MEMORY;
    *ret_doc = doc;
    return C18N_OK;
}

int json_parse(const c18n_host *host, struct arena *arena, const char *text, size_t length, const c18n_doc **ret_doc,
               const char **ret_why)
{
    if (!within_limits(text, length))
        return refuse("json_too_deep", ret_why);
    json_error_t error;
    json_t *tree = json_loadb(text, length, JSON_REJECT_DUPLICATES | JSON_DECODE_ANY, &error);
    if (!tree && json_error_code(&error) == json_error_out_of_memory)
        return C18N_NO_MEMORY;
    if (!tree)
        return refuse("bad_json", ret_why);
    int code = json_is_object(tree) ? canonical(host, arena, tree, ret_doc) : refuse("not_an_object", ret_why);
    json_decref(tree);
    return code;
}
