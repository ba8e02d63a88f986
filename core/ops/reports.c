/* reports.c: the two JSON reports of the operators' listener: is it ready, and what is loaded. */
#include "base/json.h"
#include "base/json_internal.h"
#include "ops/ops.h"
#include "ops/providers.h"

#include <stdio.h>
#include <string.h>

/* Both reports are built in an arena of their own and copied out whole. */
struct report {
    struct server *server;
    struct arena *arena;
    struct out out;
};

static bool report_begin(struct report *report, struct server *server, char kind)
{
    report->server = server;
    report->arena = arena_new(0);
    if (report->arena)
        json_out_init(&report->out, &server->host, report->arena, kind);
    return report->arena != NULL;
}

static void report_end(struct report *report, struct text *ret_json)
{
    size_t length;
    const char *json = json_out_finish_text(&report->out, &length);
    if (json)
        text_add(ret_json, json, length);
    else
        ret_json->failed = true;
    arena_free(report->arena);
}

static c18n_out *out_of(struct report *report)
{
    return &report->out.pub;
}

/* --- /readyz --- */

static void add_state(c18n_out *out, const char *state, const char *detail)
{
    json_out_text(out, "state", state);
    json_out_text(out, "detail", detail);
}

/* A storage that answers may still take no writes (a full disk): data_state knows. */
static bool add_provider(struct report *report, size_t number)
{
    struct provider_state state = provider_state(report->server, number);
    if (strcmp(state.name, "storage") == 0 && state.code == C18N_OK && report->server->data) {
        const char *detail = NULL;
        state.code = data_state(report->server->data, &detail);
        state.detail = detail ? detail : state.detail;
    }
    c18n_out *out = out_of(report);
    json_out_begin(out, state.name, '{');
    json_out_text(out, "module", state.module);
    add_state(out, state.code == C18N_OK ? "ok" : state.module ? "unavailable" : "absent", state.detail);
    json_out_end(out);
    return state.code == C18N_OK || !state.needed;
}

static bool add_module_state(struct report *report, const struct module *module)
{
    static const char *const words[] = {
        [MODULE_LOADED] = "loaded",
        [MODULE_READY] = "ready",
        [MODULE_STARTED] = "started",
        [MODULE_LEFT_OUT] = "left_out",
    };
    int state = module->state;
    json_out_begin(out_of(report), module->self.id, '{');
    add_state(out_of(report), words[state], module->detail);
    json_out_end(out_of(report));
    return state == MODULE_STARTED || (state == MODULE_LEFT_OUT && module->optional);
}

static bool add_modules_state(struct report *report)
{
    const struct loader *loader = report->server->loader;
    bool ready = true;
    json_out_begin(out_of(report), "modules", '{');
    for (size_t i = 0; loader && i < loader_count(loader); i++)
        ready &= add_module_state(report, loader_at(loader, i));
    json_out_end(out_of(report));
    return ready;
}

static const c18n_doc *states_of(struct report *report, bool *ret_ready)
{
    bool ready = true;
    json_out_begin(out_of(report), "providers", '{');
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        ready &= add_provider(report, i);
    json_out_end(out_of(report));
    ready &= add_modules_state(report);
    *ret_ready = ready && !__atomic_load_n(&report->server->stopping, __ATOMIC_ACQUIRE);
    return json_out_finish(out_of(report));
}

void ops_readyz_json(struct server *server, struct text *ret_json, bool *ret_ready)
{
    struct report report;
    bool ready = false;
    if (!report_begin(&report, server, '{')) {
        ret_json->failed = true;
        return;
    }
    const c18n_doc *states = states_of(&report, &ready);
    json_out_init(&report.out, &server->host, report.arena, '{');
    json_out_boolean(out_of(&report), "ready", ready);
    if (states)
        json_out_doc(out_of(&report), states, NULL);
    else
        report.out.failed = C18N_NO_MEMORY;
    report_end(&report, ret_json);
    *ret_ready = ready;
}

/* --- /modules --- */

static void add_services(c18n_out *out, const char *name, const char (*services)[48], size_t room)
{
    json_out_begin(out, name, '[');
    for (size_t i = 0; i < room && services[i][0]; i++)
        json_out_text(out, NULL, services[i]);
    json_out_end(out);
}

static void add_routes(c18n_out *out, const struct module *module)
{
    json_out_begin(out, "routes", '[');
    for (size_t i = 0; i < module->descriptor->routes.count; i++) {
        c18n_route route;
        loader_item(&module->descriptor->routes, i, &route, sizeof route);
        json_out_begin(out, NULL, '{');
        json_out_text(out, "method", route.method);
        json_out_text(out, "path", route.path);
        json_out_text(out, "policy", route.allow);
        json_out_end(out);
    }
    json_out_end(out);
}

static void add_hooks(c18n_out *out, const struct module *module)
{
    json_out_begin(out, "hooks", '[');
    for (size_t i = 0; i < module->descriptor->hooks.count; i++) {
        c18n_hook hook;
        loader_item(&module->descriptor->hooks, i, &hook, sizeof hook);
        json_out_begin(out, NULL, '{');
        json_out_text(out, "point", hook.point);
        json_out_integer(out, "priority", hook.priority);
        json_out_end(out);
    }
    json_out_end(out);
}

static bool topic_named_before(const c18n_table *events, size_t until, const char *topic)
{
    for (size_t i = 0; i < until; i++) {
        c18n_event_type before;
        loader_item(events, i, &before, sizeof before);
        if (strcmp(before.topic, topic) == 0)
            return true;
    }
    return false;
}

static void add_topics(c18n_out *out, const struct module *module)
{
    const c18n_table *events = &module->descriptor->events;
    json_out_begin(out, "topics", '[');
    for (size_t i = 0; i < events->count; i++) {
        c18n_event_type type;
        loader_item(events, i, &type, sizeof type);
        if (!topic_named_before(events, i, type.topic))
            json_out_text(out, NULL, type.topic);
    }
    json_out_end(out);
}

static void add_list(c18n_out *out, const struct conf_section *section, const char *name)
{
    const char *const *items;
    size_t count = conf_list(section, name, &items);
    json_out_begin(out, "value", '[');
    for (size_t i = 0; i < count; i++)
        json_out_text(out, NULL, items[i]);
    json_out_end(out);
}

static void add_value(c18n_out *out, const struct conf_section *section, const c18n_setting *setting)
{
    if (setting->flags & C18N_SETTING_SECRET)
        json_out_boolean(out, "secret", true); /* and no value, not even whether there is one */
    else if (setting->type == C18N_SETTING_INTEGER)
        json_out_integer(out, "value", conf_integer(section, setting->name));
    else if (setting->type == C18N_SETTING_BOOLEAN)
        json_out_boolean(out, "value", conf_boolean(section, setting->name));
    else if (setting->type == C18N_SETTING_LIST)
        add_list(out, section, setting->name);
    else
        json_out_text(out, "value", conf_text(section, setting->name));
}

static void add_settings(c18n_out *out, const struct module *module)
{
    json_out_begin(out, "settings", '[');
    for (size_t i = 0; module->settings && i < module->descriptor->settings.count; i++) {
        c18n_setting setting;
        loader_item(&module->descriptor->settings, i, &setting, sizeof setting);
        json_out_begin(out, NULL, '{');
        json_out_text(out, "name", setting.name);
        add_value(out, module->settings, &setting);
        json_out_text(out, "from", conf_origin(module->settings, setting.name));
        json_out_end(out);
    }
    json_out_end(out);
}

static void add_module(c18n_out *out, const struct module *module)
{
    const c18n_module *descriptor = module->descriptor;
    char abi[16];
    snprintf(abi, sizeof abi, "%u.%u", descriptor->major, descriptor->minor_built);
    json_out_text(out, "id", descriptor->id);
    json_out_text(out, "version", descriptor->version);
    json_out_text(out, "summary", descriptor->summary);
    json_out_text(out, "file", module->file);
    json_out_text(out, "abi", abi);
    add_services(out, "provides", module->provides, sizeof module->provides / sizeof *module->provides);
    add_services(out, "requires", module->needs, sizeof module->needs / sizeof *module->needs);
    json_out_text(out, "reason", module->reason);
    add_routes(out, module);
    add_hooks(out, module);
    add_topics(out, module);
    add_settings(out, module);
}

void ops_modules_json(struct server *server, struct text *ret_json)
{
    struct report report;
    if (!report_begin(&report, server, '[')) {
        ret_json->failed = true;
        return;
    }
    for (size_t i = 0; server->loader && i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        if (!module->descriptor || module->state == MODULE_LEFT_OUT)
            continue;
        json_out_begin(out_of(&report), NULL, '{');
        add_module(out_of(&report), module);
        json_out_end(out_of(&report));
    }
    report_end(&report, ret_json);
}
