/* form.c: pairs, and an object made of them. */
#include "api/form.h"

#include "api/problem.h"
#include "api/state.h"
#include "base/codec.h"
#include "base/json.h"

#include <string.h>

/* Decodes one side of a pair in place; the byte after it is free for the NUL. */
static bool decode(char *text, size_t length)
{
    if (!codec_percent_decode(text, &length, true))
        return false;
    text[length] = '\0';
    return codec_utf8_valid(text, length);
}

static bool take_pair(char *pair, size_t length, struct request_param *ret_pair)
{
    char *equals = memchr(pair, '=', length);
    size_t name = equals ? (size_t)(equals - pair) : length;
    ret_pair->name = pair;
    ret_pair->value = equals ? equals + 1 : "";
    if (equals && !decode(equals + 1, length - name - 1))
        return false;
    return decode(pair, name);
}

int form_parse(struct arena *arena, const char *text, size_t length, struct request_param *ret_pairs, size_t room,
               size_t *ret_count, const char **ret_why)
{
    size_t count = 0;
    char *copy = arena_copy(arena, text, length);
    if (!copy)
        return C18N_NO_MEMORY;
    for (size_t at = 0; at < length;) {
        const char *end = memchr(copy + at, '&', length - at);
        size_t pair = end ? (size_t)(end - copy) - at : length - at;
        if (pair > 0 && count == room) {
            *ret_why = "There are too many parameters.";
            return C18N_BAD_REQUEST;
        }
        if (pair > 0 && !take_pair(copy + at, pair, &ret_pairs[count++])) {
            *ret_why = "The parameters are not well formed: percent-encoded UTF-8 is needed.";
            return C18N_BAD_REQUEST;
        }
        at += pair + 1;
    }
    *ret_count = count;
    return C18N_OK;
}

static bool is_list(const c18n_table *fields, const char *name)
{
    c18n_field scratch;
    for (uint32_t i = 0; i < fields->count; i++) {
        const c18n_field *field = field_at(fields, i, &scratch);
        if (strcmp(field->name, name) == 0)
            return field->type == C18N_FIELD_TEXTS;
    }
    return false;
}

static bool came_before(const struct request_param *pairs, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (strcmp(pairs[i].name, pairs[number].name) == 0)
            return true;
    return false;
}

static void add_list(struct text *text, const struct request_param *pairs, size_t count, const char *name)
{
    char before = '[';
    for (size_t i = 0; i < count; i++) {
        if (strcmp(pairs[i].name, name) != 0)
            continue;
        text_add_char(text, before);
        text_add_json(text, pairs[i].value, strlen(pairs[i].value));
        before = ',';
    }
    text_add_char(text, ']');
}

int form_doc(struct request *request, const c18n_table *fields, const struct request_param *pairs, size_t count,
             const c18n_doc **ret_doc)
{
    struct text text;
    int code = C18N_OK;
    text_init(&text, request->arena, 0);
    text_add_char(&text, '{');
    for (size_t i = 0; i < count; i++) {
        const char *name = pairs[i].name;
        bool list = is_list(fields, name);
        if (came_before(pairs, i)) {
            if (!list)
                problem_add_error(request, name, "is given twice"), code = C18N_INVALID;
            continue;
        }
        if (text.length > 1)
            text_add_char(&text, ',');
        text_add_json(&text, name, strlen(name));
        text_add_char(&text, ':');
        if (list)
            add_list(&text, pairs, count, name);
        else
            text_add_json(&text, pairs[i].value, strlen(pairs[i].value));
    }
    text_add_char(&text, '}');
    if (code != C18N_OK)
        return code;
    const c18n_doc *doc =
        text.failed ? NULL : json_trusted(request->head.host, request->arena, text_end(&text), text.length);
    *ret_doc = doc ? doc : *ret_doc;
    return doc ? C18N_OK : C18N_NO_MEMORY;
}
