/* record.c: splicing a record's members into an answer. This runs for every item of every page. */
#include "api/record.h"

#include "api/render.h"
#include "api/state.h"
#include "api/url.h"
#include "base/json.h"

#include <string.h>

enum { MEMBERS_MAX = 64 }; /* of a record; the ones after are looked up one by one */

struct record { /* a record's members, found in one walk */
    const c18n_doc *doc;
    struct json_member members[MEMBERS_MAX];
    size_t count;
};

static void record_read(struct record *record, const c18n_doc *doc)
{
    struct json_walk walk;
    record->doc = doc;
    record->count = 0;
    json_walk_begin(&walk, doc);
    while (record->count < MEMBERS_MAX && json_walk_next(&walk, &record->members[record->count]))
        record->count++;
}

static bool record_find(const struct record *record, const char *name, size_t length, struct json_member *ret_member)
{
    for (size_t i = 0; i < record->count; i++) {
        const struct json_member *member = &record->members[i];
        if (member->name_length == length && memcmp(member->name, name, length) == 0) {
            *ret_member = *member;
            return true;
        }
    }
    return record->count == MEMBERS_MAX && name[length] == '\0' && json_find(record->doc, name, ret_member);
}

/* --- links --- */

static bool is_string(const struct json_member *member)
{
    return member->value_length >= 2 && member->value[0] == '"';
}

/* Puts one {member} of a template in. An id needs neither unescaping nor encoding, and nearly all are. */
static bool link_add_member(struct request *request, struct text *text, const struct record *record, const char *name,
                            size_t length)
{
    struct json_member member;
    if (!record_find(record, name, length, &member) || !is_string(&member))
        return false;
    const char *value = member.value + 1;
    size_t value_length = member.value_length - 2;
    if (memchr(value, '\\', value_length)) {
        value = json_unescape(request->arena, member.value, member.value_length);
        if (!value)
            return false;
        value_length = strlen(value);
    }
    url_add_encoded(text, value, value_length);
    return value_length > 0;
}

/* Appends a link as a JSON text. false: it names a member that the record lacks; the text is as it was. */
static bool link_add(struct request *request, struct text *text, const struct record *record, const char *template)
{
    size_t before = text->length;
    text_add_char(text, '"');
    url_add(text, request->server, "");
    while (*template != '\0') {
        size_t plain = strcspn(template, "{");
        text_add(text, template, plain);
        template += plain;
        if (*template == '\0')
            break;
        size_t name = strcspn(template, "}") - 1;
        if (!link_add_member(request, text, record, template + 1, name)) {
            text->length = before;
            return false;
        }
        template += name + 1 + (template[name + 1] == '}');
    }
    text_add_char(text, '"');
    return true;
}

/* --- one field --- */

/* Appends the field's value. false: nothing to show. */
static bool value_add(struct request *request, struct text *text, const c18n_field *field, const struct record *record)
{
    struct json_member member;
    const char *name = field->from ? field->from : field->name;
    if (field->flags & C18N_SECRET)
        return false;
    bool shown = field->type == C18N_FIELD_LINK ? link_add(request, text, record, field->link)
                                                : record_find(record, name, strlen(name), &member);
    if (shown && field->type != C18N_FIELD_LINK)
        text_add(text, member.value, member.value_length);
    if (!shown && field->flags & C18N_NULLABLE) {
        text_add_text(text, "null");
        shown = true;
    }
    return shown;
}

/* Appends the fields as members. `before`: what comes before the next one. */
static void members_add(struct request *request, struct text *text, const c18n_table *fields,
                        const struct record *record, char *before)
{
    c18n_field scratch;
    for (uint32_t i = 0; i < fields->count; i++) {
        const c18n_field *field = field_at(fields, i, &scratch);
        size_t start = text->length;
        text_add_char(text, *before);
        text_add_char(text, '"'); /* names of fields are ours and need no escapes */
        text_add_text(text, field->name);
        text_add(text, "\":", 2);
        if (value_add(request, text, field, record))
            *before = ',';
        else
            text->length = start;
    }
}

static void members_out(struct request *request, c18n_out *out, const c18n_table *fields, const struct record *record)
{
    c18n_field scratch;
    for (uint32_t i = 0; i < fields->count; i++) {
        const c18n_field *field = field_at(fields, i, &scratch);
        struct text value;
        text_init(&value, request->arena, 0);
        if (value_add(request, &value, field, record))
            c18n_out_raw(out, field->name, (c18n_bytes){text_end(&value), value.length});
    }
}

/* --- what hooks add --- */

static const struct hook_point *hooks_on(const struct request *request, const c18n_table *fields)
{
    return request->rendering ? NULL : render_point(request->server->api, fields);
}

static int ask(struct request *request, const struct attached *hook, const c18n_doc *doc, struct record *ret_added)
{
    const c18n_doc *members;
    int code = render_ask(request, hook, doc, &members);
    if (code == C18N_OK)
        record_read(ret_added, members);
    return code;
}

/* --- the object --- */

int record_add(struct request *request, struct text *text, const c18n_table *fields, const c18n_doc *doc)
{
    struct record record;
    const struct hook_point *point = hooks_on(request, fields);
    int code = C18N_OK;
    char before = '{';
    record_read(&record, doc);
    members_add(request, text, fields, &record, &before);
    for (size_t i = 0; point && i < point->count && code == C18N_OK; i++) {
        code = ask(request, &point->hooks[i], doc, &record);
        if (code == C18N_OK)
            members_add(request, text, &point->hooks[i].declared.fields, &record, &before);
    }
    if (before == '{')
        text_add_char(text, '{');
    text_add_char(text, '}');
    return code;
}

void record_out(struct request *request, c18n_out *out, const c18n_table *fields, const c18n_doc *doc)
{
    struct record record;
    const struct hook_point *point = hooks_on(request, fields);
    int code = C18N_OK;
    record_read(&record, doc);
    members_out(request, out, fields, &record);
    for (size_t i = 0; point && i < point->count && code == C18N_OK; i++) {
        code = ask(request, &point->hooks[i], doc, &record);
        if (code == C18N_OK)
            members_out(request, out, &point->hooks[i].declared.fields, &record);
    }
    if (code != C18N_OK && !((struct out *)(void *)out)->failed)
        ((struct out *)(void *)out)->failed = code;
}
