/* schema_pattern.c: what fields_value.c and formats.c check by hand, as regular expressions.
 *
 * They end with END rather than `$`: in some engines `$` also fits before a last line feed, which we refuse. */
#include "api/schema.h"

#include <stdio.h>
#include <string.h>

enum { ITEM_PATTERN_MAX = SCHEMA_PATTERN_MAX / 4 };

#define END               "(?![\\s\\S])"
#define CONTROL           "\\u0000-\\u001f\\u007f-\\u009f"
#define CONTROL_BUT_LINES "\\u0000-\\u0008\\u000b\\u000c\\u000e-\\u001f\\u007f-\\u009f"
/* As `invisible` in formats.c. */
#define INVISIBLE                                                                                                      \
    " \\t\\n\\r\\u00a0\\u00ad\\u1680\\u180e\\u2000-\\u200f\\u2028-\\u202f\\u205f-\\u206f\\u3000\\u3164\\ufeff"
#define LABEL       "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
#define DOMAIN_NAME LABEL "(?:\\." LABEL ")*"
#define ATOM        "[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"

static const struct {
    const char *format, *pattern; /* of a text that isn't empty */
} formats[] = {
    {"email", "(?=[^@]{1,64}@)" ATOM "(?:\\." ATOM ")*@" DOMAIN_NAME},
    {"username", "[A-Za-z0-9][A-Za-z0-9._-]*"},
    {"uri", "https?://" DOMAIN_NAME "(?::[0-9]*)?(?:[/?#][^\\u0000-\\u0020\"<>\\\\^`{|}\\u007f-\\u009f]*)?"},
};

static const char *format_pattern(const char *format)
{
    for (size_t i = 0; format && i < sizeof formats / sizeof *formats; i++)
        if (strcmp(format, formats[i].format) == 0)
            return formats[i].pattern;
    return NULL;
}

/* A text without control characters; `solid`: with at least one that is no blank. */
static void plain_pattern(const char *control, const char *blanks, bool solid, char ret_pattern[SCHEMA_PATTERN_MAX])
{
    if (solid)
        snprintf(ret_pattern, SCHEMA_PATTERN_MAX, "^[^%s]*[^%s%s][^%s]*" END, control, control, blanks, control);
    else
        snprintf(ret_pattern, SCHEMA_PATTERN_MAX, "^[^%s]*" END, control);
}

void schema_text_pattern(const c18n_field *field, bool empty, char ret_pattern[SCHEMA_PATTERN_MAX])
{
    const char *format = format_pattern(field->format);
    bool lines = field->flags & C18N_MULTILINE, solid = field->flags & C18N_REQUIRED || field->min > 0;
    if (format)
        snprintf(ret_pattern, SCHEMA_PATTERN_MAX, "^(?:%s)%s" END, format, empty ? "?" : "");
    else
        plain_pattern(lines ? CONTROL_BUT_LINES : CONTROL, INVISIBLE, solid, ret_pattern);
}

void schema_item_pattern(char ret_pattern[SCHEMA_PATTERN_MAX])
{
    plain_pattern(CONTROL, " ", true, ret_pattern);
}

/* --- items between commas: blanks around one don't count, nor does an item of nothing else --- */

/* "a|b|c" from "a b c": an alternative a choice. */
static void choices_pattern(const char *choices, char ret_pattern[ITEM_PATTERN_MAX])
{
    size_t at = 0;
    for (; *choices != '\0' && at + 1 < ITEM_PATTERN_MAX; choices++)
        ret_pattern[at++] = *choices == ' ' ? '|' : *choices;
    ret_pattern[at] = '\0';
}

/* One item, from its first to its last character that is no blank. */
static void solid_pattern(const c18n_field *field, char ret_pattern[ITEM_PATTERN_MAX])
{
    static const char edge[] = "[^" CONTROL ", ]", inside[] = "[^" CONTROL ",]";
    long long most = field->item_max > 0 ? field->item_max : 65536;
    if (field->choices)
        choices_pattern(field->choices, ret_pattern);
    else if (most == 1)
        snprintf(ret_pattern, ITEM_PATTERN_MAX, "%s", edge);
    else
        snprintf(ret_pattern, ITEM_PATTERN_MAX, "%s(?:%s{0,%lld}%s)?", edge, inside, most - 2, edge);
}

void schema_form_item_pattern(const c18n_field *field, bool empty, char ret_pattern[SCHEMA_PATTERN_MAX])
{
    char item[ITEM_PATTERN_MAX];
    solid_pattern(field, item);
    snprintf(ret_pattern, SCHEMA_PATTERN_MAX, "^[ \\t]*(?:%s)%s[ \\t]*" END, item, empty ? "?" : "");
}

void schema_csv_pattern(const c18n_field *field, char ret_pattern[SCHEMA_PATTERN_MAX])
{
    char item[ITEM_PATTERN_MAX];
    long long most = field->max > 0 ? field->max : 1000;
    long long least = field->min > 1 ? field->min : 1;
    bool required = field->flags & C18N_REQUIRED || field->min > 0;
    solid_pattern(field, item);
    snprintf(ret_pattern, SCHEMA_PATTERN_MAX, "^[ \\t,]*(?:(?:%s)(?:[ \\t]*,[ \\t,]*(?:%s)){%lld,%lld})%s[ \\t,]*" END,
             item, item, least - 1, most - 1, required ? "" : "?");
}
