/* hooks.c: points, what is attached to them, and running them. */
#include "api/hooks.h"

#include "base/log.h"
#include "base/names.h"

#include <stdlib.h>
#include <string.h>

/* --- points --- */

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
        text_print(ret_why, "%s: point \"%s\" is declared by %s already\n", api->points[i].module->descriptor->id,
                   api->points[i].declared.name, api->points[i - 1].module->descriptor->id);
        worst = EXIT_CONFIG;
    }
    return worst;
}

static struct hook_point *point_find(const struct api *api, const char *name)
{
    const struct hook_point wanted = {.declared = {.name = name}};
    if (api->point_count == 0)
        return NULL;
    return bsearch(&wanted, api->points, api->point_count, sizeof wanted, compare_points);
}

/* --- hooks --- */

/* "posts.before_create" when no module posts is loaded: operators switch modules off one by one, so a hook on
 * one that isn't there only never runs. A point that its module lacks is a mistake. */
static bool owner_is_absent(const struct api *api, const char *point)
{
    if (!point)
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

static int refuse_hook(const struct api *api, const struct module *module, const c18n_hook *hook, struct text *ret_why)
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

/* Two passes over the same tables: the first counts, so that each point gets an array of its size. */
static int attach(struct api *api, struct module *module, struct text *ret_why, bool counting)
{
    int worst = 0;
    for (uint32_t i = 0; i < module->descriptor->hooks.count; i++) {
        struct attached hook = {.module = module};
        loader_item(&module->descriptor->hooks, i, &hook.declared, sizeof hook.declared);
        struct hook_point *point =
            hook.declared.point && hook.declared.run ? point_find(api, hook.declared.point) : NULL;
        if (!point && counting && !(hook.declared.run && owner_is_absent(api, hook.declared.point)))
            worst = refuse_hook(api, module, &hook.declared, ret_why);
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
    (void)api_each_module(api, count_points, ret_why); /* can't fail */
    api->points = arena_alloc(api->arena, (api->point_count + 1) * sizeof *api->points);
    if (!api->points)
        return EXIT_INTERNAL;
    api->point_count = 0;
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

/* --- running --- */

static int hooks_run(c18n_request *rq, const char *name, const c18n_doc *subject)
{
    struct request *request = request_of(rq);
    const struct hook_point *point = point_find(request->server->api, name);
    c18n_self *before = request->head.self;
    int code = C18N_OK;
    if (!point || &point->module->self != before) {
        log_line(C18N_LOG_ERROR, before ? before->id : "api", "ran the point %s, which it does not declare", name);
        return C18N_INVALID;
    }
    for (size_t i = 0; i < point->count && code == C18N_OK; i++) {
        const struct attached *hook = &point->hooks[i];
        request->head.self = &hook->module->self; /* whose events and state these are */
        code = hook->declared.run(rq, subject, hook->module->self.state);
    }
    request->head.self = before;
    return code;
}

const c18n_hooks_family hooks_family = {
    .family = {sizeof hooks_family, C18N_ABI_MINOR},
    .run = hooks_run,
};
