/* ctl_modules.c: `c18nctl modules`: what is loaded and why in this order; routes, hooks, settings. */
#include "ctl/ctl_graph.h"
#include "ctl/ctl_local.h"

#include <inttypes.h>
#include <string.h>

typedef void (*listing)(struct server *server, struct text *say);

static const char *state_word(const struct module *module)
{
    return module->state == MODULE_LEFT_OUT ? "left out" : "loaded";
}

static void list_modules(struct server *server, struct text *say)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        bool left_out = module->state == MODULE_LEFT_OUT;
        text_print(say, "%-18s %-8s %-9s %s\n", module->self.id, module->descriptor->version, state_word(module),
                   left_out ? module->detail : module->descriptor->summary);
    }
}

/* --- graph --- */

static void list_graph(struct server *server, struct text *say)
{
    ctl_graph_text(server->loader, say);
}

static void list_digraph(struct server *server, struct text *say)
{
    ctl_graph_dot(server->loader, say);
}

/* --- routes --- */

static const char *class_word(uint32_t run)
{
    static const char *const words[] = {"default", "inline", "read", "write", "blocking"};
    return run < sizeof words / sizeof *words ? words[run] : "?";
}

static void list_routes(struct server *server, struct text *say)
{
    for (size_t i = 0; i < api_route_count(server->api); i++) {
        const struct route *route = api_route(server->api, i);
        text_print(say, "%-7s %-52s %-18s %-9s %-14s %s\n", route->declared.method, route->declared.path,
                   route->declared.allow ? route->declared.allow : "", class_word(route->run),
                   route->module ? route->module->self.id : "core", route->declared.does ? route->declared.does : "");
    }
}

/* --- hooks --- */

static void list_attached(struct server *server, const char *point, struct text *say)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        c18n_hook hook;
        for (size_t j = 0; j < module->descriptor->hooks.count; j++) {
            loader_item(&module->descriptor->hooks, j, &hook, sizeof hook);
            if (strcmp(hook.point, point) == 0)
                text_print(say, "  %s, priority %" PRId32 "\n", module->self.id, hook.priority);
        }
    }
}

static bool point_is_declared(struct server *server, const char *name)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const c18n_table *points = &loader_at(server->loader, i)->descriptor->points;
        c18n_point point;
        for (size_t j = 0; j < points->count; j++) {
            loader_item(points, j, &point, sizeof point);
            if (strcmp(point.name, name) == 0)
                return true;
        }
    }
    return false;
}

/* Hooks that wait for a module which is switched off. */
static void list_waiting(struct server *server, struct text *say)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        c18n_hook hook;
        for (size_t j = 0; j < module->descriptor->hooks.count; j++) {
            loader_item(&module->descriptor->hooks, j, &hook, sizeof hook);
            if (!point_is_declared(server, hook.point))
                text_print(say, "%s: of a module that is not loaded\n  %s, never runs\n", hook.point, module->self.id);
        }
    }
}

static void list_hooks(struct server *server, struct text *say)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        c18n_point point;
        for (size_t j = 0; j < module->descriptor->points.count; j++) {
            loader_item(&module->descriptor->points, j, &point, sizeof point);
            text_print(say, "%s: %s\n", point.name, point.help ? point.help : "");
            list_attached(server, point.name, say);
        }
    }
    list_waiting(server, say);
}

/* --- settings --- */

static void add_list(const struct conf_section *section, const char *key, struct text *say)
{
    const char *const *items;
    size_t count = conf_list(section, key, &items);
    text_add_char(say, '{');
    for (size_t i = 0; i < count; i++) {
        text_add_text(say, i ? ", " : "");
        text_add_json(say, items[i], strlen(items[i]));
    }
    text_add_char(say, '}');
}

static void add_value(const struct conf_section *section, const c18n_setting *setting, struct text *say)
{
    if (setting->flags & C18N_SETTING_SECRET)
        text_add_text(say, "(secret)");
    else if (setting->type == C18N_SETTING_INTEGER)
        text_add_integer(say, conf_integer(section, setting->name));
    else if (setting->type == C18N_SETTING_BOOLEAN)
        text_add_text(say, conf_boolean(section, setting->name) ? "true" : "false");
    else if (setting->type == C18N_SETTING_LIST)
        add_list(section, setting->name, say);
    else
        text_add_json(say, conf_text(section, setting->name), strlen(conf_text(section, setting->name)));
}

/* "section.key = value    # where from; help" */
static void list_section(const char *name, const struct conf_section *section, const c18n_table *settings,
                         struct text *say)
{
    for (size_t i = 0; i < settings->count; i++) {
        c18n_setting setting;
        loader_item(settings, i, &setting, sizeof setting);
        text_print(say, "%s.%s = ", name, setting.name);
        add_value(section, &setting, say);
        text_print(say, "%s%s  # %s; %s\n", setting.unit && setting.type == C18N_SETTING_INTEGER ? " " : "",
                   setting.unit && setting.type == C18N_SETTING_INTEGER ? setting.unit : "",
                   conf_origin(section, setting.name), setting.help ? setting.help : "");
    }
}

static void list_settings(struct server *server, struct text *say)
{
    list_section("core", server->core_settings, &conf_core_settings, say);
    list_section("auth", server->auth_settings, &conf_auth_settings, say);
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        if (module->state != MODULE_LEFT_OUT)
            list_section(module->self.id, module->settings, &module->descriptor->settings, say);
    }
}

static const struct {
    const char *option; /* "" none */
    listing list;
} listings[] = {
    {"", list_modules},        {"--graph", list_graph}, {"--graph=dot", list_digraph},
    {"--routes", list_routes}, {"--hooks", list_hooks}, {"--settings", list_settings},
};

int ctl_modules(struct server *server, int argc, char **argv, struct text *say, struct text *why)
{
    const char *option = argc > 1 ? argv[1] : "";
    for (size_t i = 0; argc <= 2 && i < sizeof listings / sizeof *listings; i++) {
        if (strcmp(listings[i].option, option) == 0 && (argc == 1) == (i == 0)) {
            listings[i].list(server, say);
            return 0;
        }
    }
    text_add_text(why, "modules takes one of --graph, --graph=dot, --routes, --hooks, --settings, or nothing\n");
    return EXIT_USAGE;
}
