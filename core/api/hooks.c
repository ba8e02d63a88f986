/* hooks.c: points and what is attached to them, found out at start. hooks_run.c runs them. */
#include "api/hooks.h"

#include "base/names.h"

#include <stdlib.h>
#include <string.h>

/* --- points --- */

static const c18n_point core_points[] = {
    {"core.before_route",
     "Before a handler, once policy and input are right. Subject: method, path, module of the route"},
    {"core.after_route", "A handler has answered. Subject: method, path, module of the route, and the answer's status"},
};
enum { CORE_POINTS = sizeof core_points / sizeof *core_points };

static const char *owner_of(const struct hook_point *point)
{
    return point->module ? point->module->descriptor->id : "core";
}

static int count_points(struct api *api, struct module *module, struct text *ret_why)
{
    (void)ret_why;
    api->point_count += module->descriptor->points.count;
    return 0;
}

static int take_points(struct api *api, struct module *module, struct text *ret_why)
{
    for (uint32_t i = 0; i < module->descriptor->points.count; i++) {
        struct hook_point point = {.module = module};
        loader_item(&module->descriptor->points, i, &point.declared, sizeof point.declared);
        if (!point.declared.name) {
            text_print(ret_why, "%s: point %u has no name\n", module->descriptor->id, i);
            return EXIT_CONFIG;
        }
        api->points[api->point_count++] = point;
    }
    return 0;
}

static int compare_points(const void *a, const void *b)
{
    const struct hook_point *first = a, *second = b;
    return strcmp(first->declared.name, second->declared.name);
}

static int refuse_twins(const struct api *api, struct text *ret_why)
{
    int worst = 0;
    for (size_t i = 1; i < api->point_count; i++) {
        if (compare_points(&api->points[i - 1], &api->points[i]) != 0)
            continue;
        text_print(ret_why, "%s: point \"%s\" is declared by %s already\n", owner_of(&api->points[i]),
                   api->points[i].declared.name, owner_of(&api->points[i - 1]));
        worst = EXIT_CONFIG;
    }
    return worst;
}

/* --- hooks --- */

/* "posts.before_create" when no module posts is loaded: operators switch modules off one by one, so a hook on
 * one that isn't there only never runs. A point that its module lacks is a mistake. */
static bool owner_is_absent(const struct api *api, const char *point)
{
    if (!point || strncmp(point, "core.", 5) == 0)
        return false;
    size_t length = strcspn(point, ".");
    for (size_t i = 0; i < loader_count(api->server->loader); i++) {
        const struct module *module = loader_at(api->server->loader, i);
        const char *id = module->self.id;
        if (strlen(id) == length && memcmp(id, point, length) == 0)
            return module->state == MODULE_LEFT_OUT;
    }
    return length > 0 && point[length] == '.';
}

static int refuse_unknown(const struct api *api, const struct module *module, const c18n_hook *hook,
                          struct text *ret_why)
{
    struct names_nearest search = {.word = hook->point ? hook->point : ""};
    for (size_t i = 0; i < api->point_count; i++)
        names_offer(&search, api->points[i].declared.name);
    text_print(ret_why, "%s: a hook on the point \"%s\", which no loaded module declares", module->descriptor->id,
               search.word);
    if (search.nearest)
        text_print(ret_why, ", did you mean \"%s\"?", search.nearest);
    text_add_char(ret_why, '\n');
    return EXIT_CONFIG;
}

/* What a point calls, its hook must have: else it would hang there and never be asked. */
static const char *missing(const struct hook_point *point, const c18n_hook *hook)
{
    bool renders = point->declared.renders.count > 0;
    if (renders && !hook->render)
        return "has no `render`";
    if (!renders && !hook->run)
        return "has no `run`";
    return hook->route && point->module ? "names a route, which only core.before_route and core.after_route heed"
                                        : NULL;
}

static int judge(const struct api *api, const struct attached *hook, const struct hook_point *point,
                 struct text *ret_why)
{
    if (!point && owner_is_absent(api, hook->declared.point))
        return 0;
    if (!point)
        return refuse_unknown(api, hook->module, &hook->declared, ret_why);
    const char *lacks = missing(point, &hook->declared);
    if (lacks)
        text_print(ret_why, "%s: its hook on the point \"%s\" %s\n", hook->module->descriptor->id, hook->declared.point,
                   lacks);
    return lacks ? EXIT_CONFIG : 0;
}

/* Two passes over the same tables: the first judges and counts, so that each point gets an array of its size. */
static int attach(struct api *api, struct module *module, struct text *ret_why, bool counting)
{
    int worst = 0;
    for (uint32_t i = 0; i < module->descriptor->hooks.count; i++) {
        struct attached hook = {.module = module};
        loader_item(&module->descriptor->hooks, i, &hook.declared, sizeof hook.declared);
        struct hook_point *point = hook.declared.point ? hooks_find(api, hook.declared.point) : NULL;
        int code = counting ? judge(api, &hook, point, ret_why) : 0;
        worst = code != 0 ? code : worst;
        if (point && !counting)
            point->hooks[point->count] = hook;
        if (point)
            point->count++;
    }
    return worst;
}

static int count_hooks(struct api *api, struct module *module, struct text *ret_why)
{
    return attach(api, module, ret_why, true);
}

static int take_hooks(struct api *api, struct module *module, struct text *ret_why)
{
    return attach(api, module, ret_why, false);
}

static int compare_hooks(const void *a, const void *b)
{
    const struct attached *first = a, *second = b;
    if (first->declared.priority != second->declared.priority)
        return first->declared.priority < second->declared.priority ? -1 : 1;
    return strcmp(first->module->descriptor->id, second->module->descriptor->id);
}

static int make_room(struct api *api)
{
    for (size_t i = 0; i < api->point_count; i++) {
        struct hook_point *point = &api->points[i];
        point->hooks = arena_alloc(api->arena, (point->count + 1) * sizeof *point->hooks);
        if (!point->hooks)
            return EXIT_INTERNAL;
        point->count = 0;
    }
    return 0;
}

int hooks_compile(struct api *api, struct text *ret_why)
{
    api->point_count = CORE_POINTS;
    (void)api_each_module(api, count_points, ret_why); /* can't fail */
    api->points = arena_alloc(api->arena, api->point_count * sizeof *api->points);
    if (!api->points)
        return EXIT_INTERNAL;
    for (api->point_count = 0; api->point_count < CORE_POINTS; api->point_count++)
        api->points[api->point_count] = (struct hook_point){.declared = core_points[api->point_count]};
    int code = api_each_module(api, take_points, ret_why);
    qsort(api->points, api->point_count, sizeof *api->points, compare_points);
    if (code == 0)
        code = refuse_twins(api, ret_why);
    if (code == 0)
        code = api_each_module(api, count_hooks, ret_why);
    if (code == 0)
        code = make_room(api);
    if (code == 0)
        code = api_each_module(api, take_hooks, ret_why);
    for (size_t i = 0; code == 0 && i < api->point_count; i++)
        qsort(api->points[i].hooks, api->points[i].count, sizeof *api->points[i].hooks, compare_hooks);
    return code;
}

void api_each_point(const struct api *api, api_point_seen point, api_hook_seen hook, void *arg)
{
    for (size_t i = 0; i < api->point_count; i++) {
        point(arg, &api->points[i].declared);
        for (size_t j = 0; j < api->points[i].count; j++)
            hook(arg, &api->points[i].hooks[j].declared, api->points[i].hooks[j].module->descriptor->id);
    }
}
