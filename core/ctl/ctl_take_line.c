/* ctl_take_line.c: one line: parsed, judged, its references resolved, taken in, and what was wrong with it. */
#include "ctl/ctl_take.h"

#include "base/crumb.h"
#include "base/json.h"
#include "base/words.h"

#include <stdio.h>
#include <string.h>

static const char imports[] = "host.imports"; /* SCOPE/REF, or SCOPE#LINE for a line without one -> id */

/* --- parsed and judged: the reading thread --- */

static const struct {
    const char *why, *words;
} parse_words[] = {
    {"bad_json", "is not valid JSON"},
    {"json_too_deep", "is nested too deep"},
    {"json_too_large", "has too many values"},
    {"not_an_object", "is no JSON object"},
};

static int wrong(struct take_slot *slot, const char *words)
{
    slot->why = words;
    return C18N_INVALID;
}

static int parse(struct take_slot *slot, const char *text, size_t length, const c18n_doc **ret_doc)
{
    const char *why = "bad_json";
    int code = json_parse(&slot->take->call->server->host, slot->arena, text, length, ret_doc, &why);
    slot->why = code == C18N_OK ? NULL : why;
    for (size_t i = 0; code != C18N_OK && i < sizeof parse_words / sizeof *parse_words; i++)
        if (strcmp(parse_words[i].why, why) == 0)
            slot->why = parse_words[i].words;
    return code;
}

static int read_ref(struct take_slot *slot, const c18n_doc *doc)
{
    if (!c18n_has(doc, "ref"))
        return C18N_OK;
    slot->ref = c18n_text(doc, "ref");
    if (!slot->ref)
        return wrong(slot, "ref: is no text");
    size_t length = strlen(slot->ref);
    if (length == 0 || length > CTL_TAKE_REF_MOST)
        return wrong(slot, "ref: must have 1 to 200 bytes");
    return C18N_OK;
}

static int read_kind(struct take_slot *slot, const c18n_doc *doc)
{
    const char *kind = c18n_text(doc, "kind");
    if (!kind)
        return wrong(slot, "kind: is missing");
    slot->kind = take_kind_find(slot->take, kind);
    if (!slot->kind)
        return wrong(slot, arena_print(slot->arena, "kind: no loaded module takes in records of kind \"%.60s\"", kind));
    slot->request.head.self = &slot->kind->module->self;
    return C18N_OK;
}

int take_line_prepare(struct take_slot *slot, const char *text, size_t length)
{
    const c18n_doc *doc = NULL;
    request_init_internal(&slot->request, slot->take->call->server, slot->arena, NULL);
    int code = parse(slot, text, length, &doc);
    if (code == C18N_OK)
        code = read_kind(slot, doc);
    if (code == C18N_OK)
        code = read_ref(slot, doc);
    if (code == C18N_OK)
        code = api_validate(&slot->request, &slot->kind->declared.fields, doc, "kind ref", &slot->line);
    if (code != C18N_OK)
        return code;
    int64_t created_on = c18n_integer(slot->line, "created_on", 0);
    if (created_on > 0 && created_on < INT64_MAX / 1000)
        slot->request.event_time_ms = created_on * 1000;
    return C18N_OK;
}

/* --- taken in: the writer's thread --- */

static const char *key_of_ref(struct take_slot *slot, const char *ref)
{
    return arena_print(slot->arena, "%s/%s", slot->take->scope, ref);
}

/* A line without a ref is known by its number, so that running again makes nothing twice. */
static const char *key_of_line(struct take_slot *slot)
{
    if (slot->ref)
        return key_of_ref(slot, slot->ref);
    return arena_print(slot->arena, "%s#%llu", slot->take->scope, (unsigned long long)slot->number);
}

static int resolve_one(struct take_slot *slot, const struct json_member *member, struct text *out)
{
    const char *ref = json_unescape(slot->arena, member->value, member->value_length);
    if (!ref)
        return wrong(slot, arena_print(slot->arena, "%.*s: is no reference", (int)member->name_length, member->name));
    const char *key = key_of_ref(slot, ref);
    c18n_bytes id = {0};
    int code = key ? data_host_get(&slot->request, imports, key, &id) : C18N_NO_MEMORY;
    if (code == C18N_NOT_FOUND)
        return wrong(slot, arena_print(slot->arena, "%.*s: no line before this one has the ref \"%s\"",
                                       (int)member->name_length, member->name, ref));
    if (code == C18N_OK)
        text_add_json(out, id.at, id.length);
    return code;
}

/* The line again, with ids in place of references. */
static int resolve(struct take_slot *slot, const c18n_doc **ret_line)
{
    struct json_walk walk;
    struct json_member member;
    struct text out;
    int code = C18N_OK;
    text_init(&out, slot->arena, 0);
    text_add_char(&out, '{');
    json_walk_begin(&walk, slot->line);
    while (code == C18N_OK && json_walk_next(&walk, &member)) {
        if (out.length > 1)
            text_add_char(&out, ',');
        text_add(&out, member.name - 1, member.name_length + 2); /* with its quotes */
        text_add_char(&out, ':');
        if (words_has(slot->kind->declared.references, member.name, member.name_length))
            code = resolve_one(slot, &member, &out);
        else
            text_add(&out, member.value, member.value_length);
    }
    text_add_char(&out, '}');
    if (code != C18N_OK)
        return code;
    *ret_line = out.failed ? NULL : json_trusted(&slot->take->call->server->host, slot->arena, out.at, out.length);
    return *ret_line ? C18N_OK : C18N_NO_MEMORY;
}

static int take_in(struct take_slot *slot, const char *key)
{
    char id[C18N_ID_SIZE] = "";
    int code = resolve(slot, &slot->request.body);
    if (code == C18N_OK) {
        crumb_enter(slot->kind->module->self.id, "import", slot->kind->declared.kind);
        code = slot->kind->declared.take(request_pub(&slot->request), id, slot->kind->module->self.state);
        crumb_leave();
    }
    slot->outcome = code == C18N_EXISTS ? TAKE_PASSED : TAKE_TAKEN;
    if (code == C18N_EXISTS && (*id || !slot->ref))
        code = C18N_OK; /* nothing was emitted; what may follow is the note of its id */
    else if (code == C18N_EXISTS)
        return wrong(slot, "is here already, but not from this file");
    if (code == C18N_OK && *id)
        code = data_host_put(&slot->request, imports, key, (c18n_bytes){id, strlen(id)});
    return code;
}

int take_line_run(struct take_slot *slot)
{
    const char *key = key_of_line(slot);
    c18n_bytes id = {0};
    int code = key ? data_host_get(&slot->request, imports, key, &id) : C18N_NO_MEMORY;
    if (code == C18N_NOT_FOUND)
        return take_in(slot, key);
    slot->outcome = code == C18N_OK ? TAKE_PASSED : TAKE_FAILED;
    return code;
}

/* --- what was wrong --- */

static const struct {
    int code;
    const char *words;
} code_words[] = {
    {C18N_INVALID, "has a field that is wrong"},
    {C18N_NOT_FOUND, "refers to something that is not here"},
    {C18N_GONE, "refers to something that is deleted"},
    {C18N_CONFLICT, "conflicts with something that is here"},
    {C18N_EXISTS, "is here already"},
    {C18N_FORBIDDEN, "is not allowed"},
    {C18N_TOO_LARGE, "is too large"},
    {C18N_NO_MEMORY, "needs more memory than there is"},
    {C18N_NO_SPACE, "the disk is full"},
    {C18N_UNAVAILABLE, "nothing can be written now"},
    {C18N_CORRUPT, "the storage is damaged"},
    {C18N_IO, "the storage can't be read or written"},
};

const char *take_line_why(struct take_slot *slot)
{
    int code = slot->commit != C18N_OK ? slot->commit : slot->code;
    if (slot->commit == C18N_OK && slot->why)
        return slot->why;
    struct text words;
    text_init(&words, slot->arena, 0);
    for (const struct request_error *error = slot->request.errors; error && slot->commit == C18N_OK;
         error = error->next)
        text_print(&words, "%s%s: %s", words.length ? "; " : "", error->field, error->detail);
    if (words.length == 0 && slot->request.problem_detail && slot->commit == C18N_OK)
        text_add_text(&words, slot->request.problem_detail);
    for (size_t i = 0; words.length == 0 && i < sizeof code_words / sizeof *code_words; i++)
        if (code_words[i].code == code)
            text_add_text(&words, code_words[i].words);
    if (words.length == 0)
        text_print(&words, "failed with code %d", code);
    return text_end(&words);
}
