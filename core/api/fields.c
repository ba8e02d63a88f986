/* fields.c: a whole object by its table: what is unknown, what is missing, what is wrong. */
#include "api/fields.h"

#include "api/fields_value.h"
#include "api/formats.h"
#include "api/problem.h"
#include "api/state.h"
#include "base/json.h"
#include "base/words.h"

#include <assert.h>
#include <string.h>

enum { NAME_SHOWN_MAX = 64 }; /* bytes of a foreign name that an answer repeats */

struct judge {
    struct request *request;
    const c18n_table *fields;
    const char *allow_extra;
    enum fields_source source;
    struct json_member given[FIELDS_MAX]; /* by the field's number; name NULL: absent */
    struct text out;
    size_t faults;
    bool foreign; /* an unknown or read-only field was among the faults */
};

static void fault(struct judge *judge, const char *name, const char *detail)
{
    problem_add_error(judge->request, name, detail);
    judge->faults++;
}

/* The member's name for people: a long one is cut, at a character. */
static const char *shown_name(struct judge *judge, const struct json_member *member)
{
    size_t length = member->name_length;
    if (length <= NAME_SHOWN_MAX) {
        const char *name = json_unescape(judge->request->arena, member->name - 1, length + 2);
        return name ? name : "?";
    }
    for (length = NAME_SHOWN_MAX; length > 0 && ((unsigned char)member->name[length] & 0xc0) == 0x80;)
        length--;
    const char *name = arena_print(judge->request->arena, "%.*s…", (int)length, member->name);
    return name ? name : "?";
}

static uint32_t field_number(const struct judge *judge, const struct json_member *member)
{
    c18n_field scratch;
    for (uint32_t i = 0; i < judge->fields->count; i++) {
        const char *name = field_at(judge->fields, i, &scratch)->name;
        if (strncmp(name, member->name, member->name_length) == 0 && name[member->name_length] == '\0')
            return i;
    }
    return UINT32_MAX;
}

static void add_member(struct judge *judge, const struct json_member *member)
{
    if (judge->out.length > 1)
        text_add_char(&judge->out, ',');
    text_add(&judge->out, member->name - 1, member->name_length + 2);
    text_add_char(&judge->out, ':');
}

/* First pass: sorts the members by field. What nobody asked for is a fault: a client that sends `role`
 * or a misspelt name must not believe that it was taken. */
static void sort_members(struct judge *judge, const c18n_doc *input)
{
    struct json_walk walk;
    struct json_member member;
    c18n_field scratch;
    json_walk_begin(&walk, input);
    while (judge->faults < PROBLEM_ERRORS_MAX && json_walk_next(&walk, &member)) {
        uint32_t number = field_number(judge, &member);
        bool extra = number == UINT32_MAX && words_has(judge->allow_extra, member.name, member.name_length);
        if (number != UINT32_MAX && !(field_at(judge->fields, number, &scratch)->flags & C18N_READ_ONLY)) {
            judge->given[number] = member;
        } else if (!extra) {
            fault(judge, shown_name(judge, &member), number == UINT32_MAX ? "is unknown here" : "can't be set");
            judge->foreign = true;
        }
    }
}

static bool counts_as_absent(const struct judge *judge, const c18n_field *field, const struct json_member *member)
{
    bool empty = judge->source == FIELDS_TEXT && member->value_length == 2; /* a form's empty input, "" */
    return !member->name || (empty && field->type != C18N_FIELD_TEXT && field->type != C18N_FIELD_TEXTS);
}

static bool is_null(const struct json_member *member)
{
    return member->value_length == 4 && memcmp(member->value, "null", 4) == 0;
}

static void judge_field(struct judge *judge, const c18n_field *field, const struct json_member *member)
{
    if (counts_as_absent(judge, field, member)) {
        if (field->flags & C18N_REQUIRED)
            fault(judge, field->name, "is required");
        return;
    }
    add_member(judge, member);
    if (is_null(member) && field->type != C18N_FIELD_OBJECT) {
        text_add_text(&judge->out, "null");
        if (!(field->flags & C18N_NULLABLE))
            fault(judge, field->name, "must not be null");
        return;
    }
    const char *wrong =
        fields_value(judge->request->arena, field, judge->source, member->value, member->value_length, &judge->out);
    if (wrong)
        fault(judge, field->name, wrong);
}

static void add_extras(struct judge *judge, const c18n_doc *input)
{
    struct json_walk walk;
    struct json_member member;
    json_walk_begin(&walk, input);
    while (json_walk_next(&walk, &member)) {
        if (field_number(judge, &member) != UINT32_MAX)
            continue;
        add_member(judge, &member);
        text_add(&judge->out, member.value, member.value_length);
    }
}

int fields_judge(struct request *request, const c18n_table *fields, const c18n_doc *input, const char *allow_extra,
                 enum fields_source source, const c18n_doc **ret_doc)
{
    struct judge judge = {.request = request, .fields = fields, .allow_extra = allow_extra, .source = source};
    c18n_field scratch;
    assert(fields->count <= FIELDS_MAX);
    text_init(&judge.out, request->arena, 0);
    text_add_char(&judge.out, '{');
    sort_members(&judge, input);
    for (uint32_t i = 0; i < fields->count; i++)
        judge_field(&judge, field_at(fields, i, &scratch), &judge.given[i]);
    if (allow_extra)
        add_extras(&judge, input);
    text_add_char(&judge.out, '}');
    if (judge.faults > 0)
        return problem_note(request, C18N_INVALID, judge.foreign ? "unknown_or_readonly_field" : NULL,
                            judge.foreign ? "A field is unknown or can't be set." : NULL);
    const c18n_doc *doc =
        judge.out.failed ? NULL
                         : json_trusted(request->head.host, request->arena, text_end(&judge.out), judge.out.length);
    if (!doc)
        return C18N_NO_MEMORY;
    *ret_doc = doc;
    return C18N_OK;
}

int api_validate(struct request *request, const c18n_table *fields, const c18n_doc *input, const char *allow_extra,
                 const c18n_doc **ret_doc)
{
    return fields_judge(request, fields, input, allow_extra, FIELDS_JSON, ret_doc);
}

/* --- at start --- */

const char *fields_fault(const c18n_table *table)
{
    c18n_field first, second;
    if (table->count > FIELDS_MAX)
        return "a table has more than 64 fields";
    for (uint32_t i = 0; i < table->count; i++) {
        const c18n_field *field = field_at(table, i, &first);
        if (!field->name || *field->name == '\0' || field->type > C18N_FIELD_OBJECT)
            return "a field without a name or with an unknown type";
        if (field->format && !format_known(field->format))
            return "a field has a format that this host does not know";
        for (uint32_t j = 0; j < i; j++)
            if (strcmp(field_at(table, j, &second)->name, field->name) == 0)
                return "a field is declared twice";
    }
    return NULL;
}
