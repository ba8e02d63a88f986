/* ctl_modules.c: `c18nctl modules`: what is loaded and why in this order; routes, hooks, settings. */
#include "base/crash_record.h"
#include "base/platform.h"
#include "ctl/ctl_graph.h"
#include "ctl/ctl_local.h"

#include <errno.h>
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

static void list_point(void *arg, const c18n_point *point)
{
    text_print(arg, "%s: %s\n", point->name, point->help ? point->help : "");
}

static void list_hook(void *arg, const c18n_hook *hook, const char *module)
{
    struct text *say = arg;
    text_print(say, "  %s, priority %" PRId32, module, hook->priority);
    if (hook->route)
        text_print(say, ", on %s", hook->route);
    for (uint32_t i = 0; i < hook->fields.count; i++) {
        c18n_field field;
        loader_item(&hook->fields, i, &field, sizeof field);
        text_print(say, "%s%s", i == 0 ? ", adds " : " ", field.name);
    }
    text_add_char(say, '\n');
}

struct search {
    const char *name;
    bool found;
};

static void look_at_point(void *arg, const c18n_point *point)
{
    struct search *search = arg;
    search->found = search->found || strcmp(point->name, search->name) == 0;
}

static void pass_over(void *arg, const c18n_hook *hook, const char *module)
{
    (void)arg, (void)hook, (void)module;
}

static bool point_is_declared(struct server *server, const char *name)
{
    struct search search = {.name = name};
    api_each_point(server->api, look_at_point, pass_over, &search);
    return search.found;
}

/* Hooks that wait for a module which is switched off. */
static void list_waiting(struct server *server, struct text *say)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        c18n_hook hook;
        for (size_t j = 0; module->state != MODULE_LEFT_OUT && j < module->descriptor->hooks.count; j++) {
            loader_item(&module->descriptor->hooks, j, &hook, sizeof hook);
            if (!point_is_declared(server, hook.point))
                text_print(say, "%s: of a module that is not loaded\n  %s, never runs\n", hook.point, module->self.id);
        }
    }
}

static void list_hooks(struct server *server, struct text *say)
{
    api_each_point(server->api, list_point, list_hook, say);
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

/* A module that was left out for its crashes gets another chance at the server's next start. */
static int forgive(const struct server *server, const char *id, struct text *say, struct text *why)
{
    if (crash_record_forgive(server->state_dir, id, platform_wall_ms()) != C18N_OK) {
        text_print(why, "modules: %s/crashes: %s\n", server->state_dir, strerror(errno));
        return EXIT_SYSTEM_IO;
    }
    text_print(say, "%s: what it did up to now is forgiven; start the server again\n", id);
    return 0;
}

static int forgive_named(const struct server *server, const char *id, struct text *say, struct text *why)
{
    for (size_t i = 0; i < loader_count(server->loader); i++)
        if (strcmp(loader_at(server->loader, i)->self.id, id) == 0)
            return forgive(server, id, say, why);
    text_print(why, "modules: there is no module %s in conf.d\n", id);
    return EXIT_USAGE;
}

int ctl_modules(struct server *server, int argc, char **argv, struct text *say, struct text *why)
{
    static const char forgiving[] = "--forgive=";
    const char *option = argc > 1 ? argv[1] : "";
    if (argc == 2 && strncmp(option, forgiving, sizeof forgiving - 1) == 0)
        return forgive_named(server, option + sizeof forgiving - 1, say, why);
    for (size_t i = 0; argc <= 2 && i < sizeof listings / sizeof *listings; i++) {
        if (strcmp(listings[i].option, option) == 0 && (argc == 1) == (i == 0)) {
            listings[i].list(server, say);
            return 0;
        }
    }
    text_add_text(why, "modules takes one of --graph, --graph=dot, --routes, --hooks, --settings, --forgive=ID, or "
                       "nothing\n");
    return EXIT_USAGE;
}
