/* route_hooks_compile.c: which hooks hang around which handler. */
#include "api/route_hooks.h"

#include "base/json.h"
#include "base/names.h"

#include <string.h>

/* A trailing slash is the same resource. */
static bool is_route(const struct route *route, const char *words)
{
    const char *method = route->declared.method, *path = route->declared.path;
    size_t method_length = strlen(method), length = strlen(path), given = strlen(words);
    if (given < method_length + 1 || memcmp(words, method, method_length) != 0 || words[method_length] != ' ')
        return false;
    words += method_length + 1;
    given -= method_length + 1;
    length -= length > 1 && path[length - 1] == '/';
    given -= given > 1 && words[given - 1] == '/';
    return given == length && memcmp(words, path, length) == 0;
}

static bool is_provided(const struct api *api, const char *service)
{
    const struct loader *loader = api->server->loader;
    for (size_t i = 0; i < loader_count(loader); i++) {
        const struct module *module = loader_at(loader, i);
        for (size_t j = 0; j < sizeof module->provides / sizeof *module->provides; j++)
            if (module->state != MODULE_LEFT_OUT && strcmp(module->provides[j], service) == 0)
                return true;
    }
    return false;
}

/* Does the module get along without one that isn't there? A route that nobody has may then be that one's. */
static bool wants_somebody_absent(const struct api *api, const struct module *module)
{
    for (size_t i = 0; i < sizeof module->wants / sizeof *module->wants && module->wants[i][0] != '\0'; i++)
        if (!is_provided(api, module->wants[i]))
            return true;
    return false;
}

static int judge(const struct api *api, const struct attached *hook, struct text *ret_why)
{
    const char *words = hook->declared.route;
    struct names_nearest search = {.word = words};
    for (size_t i = 0; words && i < api->route_count; i++) {
        if (is_route(&api->routes[i], words))
            return 0;
        names_offer(&search,
                    arena_print(api->arena, "%s %s", api->routes[i].declared.method, api->routes[i].declared.path));
    }
    if (!words || wants_somebody_absent(api, hook->module))
        return 0;
    text_print(ret_why, "%s: its hook on %s names the route \"%s\", which no loaded module has",
               hook->module->descriptor->id, hook->declared.point, words);
    if (search.nearest)
        text_print(ret_why, ", did you mean \"%s\"?", search.nearest);
    text_print(ret_why, " (A route of a module that may be switched off: name its service under `wants`.)\n");
    return EXIT_CONFIG;
}

static bool concerns(const struct attached *hook, const struct route *route)
{
    return !hook->declared.route || is_route(route, hook->declared.route);
}

static size_t count_of(const struct hook_point *point, const struct route *route)
{
    size_t count = 0;
    for (size_t i = 0; i < point->count; i++)
        count += concerns(&point->hooks[i], route);
    return count;
}

static const struct attached **those_of(struct api *api, const struct hook_point *point, const struct route *route,
                                        size_t *ret_count)
{
    size_t count = 0;
    const struct attached **hooks = arena_alloc(api->arena, (count_of(point, route) + 1) * sizeof *hooks);
    for (size_t i = 0; hooks && i < point->count; i++)
        if (concerns(&point->hooks[i], route))
            hooks[count++] = &point->hooks[i];
    *ret_count = count;
    return hooks;
}

static int hang(struct api *api, struct route *route, const struct hook_point *before, const struct hook_point *after)
{
    if (count_of(before, route) + count_of(after, route) == 0)
        return 0;
    struct route_hooks *hooks = arena_alloc(api->arena, sizeof *hooks);
    struct out *out = json_out_new(&api->server->host, api->arena);
    if (!hooks || !out)
        return EXIT_INTERNAL;
    route_hooks_subject(route, &out->pub);
    hooks->asked = json_family.out_finish(&out->pub);
    hooks->before = those_of(api, before, route, &hooks->before_count);
    hooks->after = those_of(api, after, route, &hooks->after_count);
    if (!hooks->asked || !hooks->before || !hooks->after)
        return EXIT_INTERNAL;
    route->hooks = hooks;
    return 0;
}

int route_hooks_compile(struct api *api, struct text *ret_why)
{
    const struct hook_point *before = hooks_find(api, "core.before_route"),
                            *after = hooks_find(api, "core.after_route");
    int worst = 0;
    for (size_t i = 0; i < before->count; i++)
        if (judge(api, &before->hooks[i], ret_why) != 0)
            worst = EXIT_CONFIG;
    for (size_t i = 0; i < after->count; i++)
        if (judge(api, &after->hooks[i], ret_why) != 0)
            worst = EXIT_CONFIG;
    for (size_t i = 0; worst == 0 && i < api->route_count; i++)
        worst = hang(api, &api->routes[i], before, after);
    return worst;
}
