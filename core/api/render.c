/* render.c: render points by the tables that they follow, and asking their hooks. */
#include "api/render.h"

#include "base/json.h"
#include "base/log.h"

#include <string.h>

/* --- at start --- */

static bool table_has(const c18n_table *fields, const char *name)
{
    c18n_field field;
    for (uint32_t i = 0; i < fields->count; i++) {
        loader_item(fields, i, &field, sizeof field);
        if (strcmp(field.name, name) == 0)
            return true;
    }
    return false;
}

/* Who adds the member already: the table itself, or a hook before this one; NULL: nobody. */
static const char *holder_of(const struct hook_point *point, size_t hook, const char *name)
{
    if (table_has(&point->declared.renders, name))
        return point->module->descriptor->id;
    for (size_t i = 0; i < hook; i++)
        if (table_has(&point->hooks[i].declared.fields, name))
            return point->hooks[i].module->descriptor->id;
    return NULL;
}

static int judge_hook(const struct hook_point *point, size_t number, struct text *ret_why)
{
    const struct attached *hook = &point->hooks[number];
    const c18n_table *fields = &hook->declared.fields;
    const char *id = hook->module->descriptor->id;
    int worst = 0;
    c18n_field field;
    if (fields->count == 0) {
        text_print(ret_why, "%s: its hook on the point \"%s\" names no `fields`\n", id, point->declared.name);
        return EXIT_CONFIG;
    }
    for (uint32_t i = 0; i < fields->count; i++) {
        loader_item(fields, i, &field, sizeof field);
        const char *holder = holder_of(point, number, field.name);
        if (!holder)
            continue;
        text_print(ret_why, "%s: its hook on the point \"%s\" adds \"%s\", which %s has there already\n", id,
                   point->declared.name, field.name, holder);
        worst = EXIT_CONFIG;
    }
    return worst;
}

static int judge_point(const struct api *api, size_t number, struct text *ret_why)
{
    const struct hook_point *point = &api->points[number];
    int worst = 0;
    for (size_t i = 0; i < number; i++) {
        if (api->points[i].declared.renders.at != point->declared.renders.at)
            continue;
        text_print(ret_why, "%s: the point \"%s\" follows a table that \"%s\" follows already\n",
                   point->module->descriptor->id, point->declared.name, api->points[i].declared.name);
        worst = EXIT_CONFIG;
    }
    for (size_t i = 0; i < point->count; i++)
        if (judge_hook(point, i, ret_why) != 0)
            worst = EXIT_CONFIG;
    return worst;
}

int render_compile(struct api *api, struct text *ret_why)
{
    int worst = 0;
    api->renders = arena_alloc(api->arena, api->point_count * sizeof *api->renders);
    if (!api->renders)
        return EXIT_INTERNAL;
    api->render_count = 0;
    for (size_t i = 0; i < api->point_count; i++) {
        if (api->points[i].declared.renders.count == 0)
            continue;
        if (judge_point(api, i, ret_why) != 0)
            worst = EXIT_CONFIG;
        if (api->points[i].count > 0)
            api->renders[api->render_count++] = &api->points[i];
    }
    return worst;
}

/* --- while requests run --- */

const struct hook_point *render_look_up(const struct api *api, const c18n_table *fields)
{
    for (size_t i = 0; i < api->render_count; i++)
        if (api->renders[i]->declared.renders.at == fields->at)
            return api->renders[i];
    return NULL;
}

static bool is_declared(const c18n_table *fields, const struct json_member *member)
{
    c18n_field scratch;
    for (uint32_t i = 0; i < fields->count; i++) {
        const c18n_field *field = field_at(fields, i, &scratch);
        const char *name = field->from ? field->from : field->name;
        if (strlen(name) == member->name_length && memcmp(name, member->name, member->name_length) == 0)
            return true;
    }
    return false;
}

static int refuse_undeclared(const struct attached *hook, const c18n_doc *members)
{
    struct json_walk walk;
    struct json_member member;
    json_walk_begin(&walk, members);
    while (json_walk_next(&walk, &member)) {
        if (is_declared(&hook->declared.fields, &member))
            continue;
        log_line(C18N_LOG_ERROR, hook->module->self.id, "its hook on %s wrote \"%.*s\", which is not among its fields",
                 hook->declared.point, (int)member.name_length, member.name);
        return C18N_ERROR;
    }
    return C18N_OK;
}

/* Into an object of its own, and from there member by member: a hook can't spoil what the owner shows. */
static int write_members(struct request *request, const struct attached *hook, const c18n_doc *record,
                         const c18n_doc **ret_members)
{
    struct out *out = json_out_new(request->head.host, request->arena);
    if (!out)
        return C18N_NO_MEMORY;
    int code = hook->declared.render(request_pub(request), record, &out->pub, hook->module->self.state);
    if (code != C18N_OK)
        return code;
    const c18n_doc *members = json_family.out_finish(&out->pub);
    if (!members)
        return out->failed ? out->failed : C18N_NO_MEMORY;
    *ret_members = members;
    return C18N_OK;
}

int render_ask(struct request *request, const struct attached *hook, const c18n_doc *record,
               const c18n_doc **ret_members)
{
    const c18n_doc *members = NULL;
    struct hook_turn turn = hook_begin(request, hook);
    request->rendering = true;
    int code = write_members(request, hook, record, &members);
    request->rendering = false;
    hook_end(request, turn);
    if (code == C18N_OK)
        code = refuse_undeclared(hook, members);
    if (code == C18N_OK)
        *ret_members = members;
    return code;
}
