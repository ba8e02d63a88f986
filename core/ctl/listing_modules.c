/* listing_modules.c: the modules in load order, each with all that it brings; and the routes. */
#include "ctl/listing.h"

#include <stdio.h>
#include <string.h>

/* --- routes --- */

static const char *class_word(uint32_t run)
{
    static const char *const words[] = {"default", "inline", "read", "write", "blocking"};
    return run < sizeof words / sizeof *words ? words[run] : "?";
}

static void add_route(c18n_out *out, const struct route *route)
{
    json_out_text(out, "method", route->declared.method);
    json_out_text(out, "path", route->declared.path);
    json_out_text(out, "policy", route->declared.allow);
    json_out_text(out, "class", class_word(route->run));
    json_out_text(out, "does", route->declared.does);
}

void listing_make_routes(const struct server *server, c18n_out *out)
{
    for (size_t i = 0; i < api_route_count(server->api); i++) {
        const struct route *route = api_route(server->api, i);
        json_out_begin(out, NULL, '{');
        json_out_text(out, "module", route->module ? route->module->self.id : "core");
        add_route(out, route);
        json_out_end(out);
    }
}

void listing_print_routes(const json_t *items, struct text *say)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
    {
        text_print(say, "%-7s %-52s %-20s %-9s %-14s %s\n", listing_text(item, "method"), listing_text(item, "path"),
                   listing_text(item, "policy"), listing_text(item, "class"), listing_text(item, "module"),
                   listing_text(item, "does"));
    }
}

/* --- modules --- */

static void add_routes(const struct server *server, const struct module *module, c18n_out *out)
{
    json_out_begin(out, "routes", '[');
    for (size_t i = 0; i < api_route_count(server->api); i++) {
        const struct route *route = api_route(server->api, i);
        if (route->module != module)
            continue;
        json_out_begin(out, NULL, '{');
        add_route(out, route);
        json_out_end(out);
    }
    json_out_end(out);
}

static void add_hooks(const struct module *module, c18n_out *out)
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

static void add_topics(const struct module *module, c18n_out *out)
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

static void add_settings(const struct module *module, c18n_out *out)
{
    json_out_begin(out, "settings", '[');
    if (module->settings)
        listing_add_settings(out, NULL, module->settings, &module->descriptor->settings);
    json_out_end(out);
}

static void add_module(const struct server *server, const struct module *module, c18n_out *out)
{
    const c18n_module *descriptor = module->descriptor;
    char abi[16];
    snprintf(abi, sizeof abi, "%u.%u", descriptor->major, descriptor->minor_built);
    json_out_text(out, "version", descriptor->version);
    json_out_text(out, "summary", descriptor->summary);
    json_out_text(out, "file", module->file);
    json_out_text(out, "abi", abi);
    listing_add_services(out, "provides", module->provides, sizeof module->provides / sizeof *module->provides);
    listing_add_services(out, "requires", module->needs, sizeof module->needs / sizeof *module->needs);
    json_out_text(out, "reason", module->reason);
    add_routes(server, module, out);
    add_hooks(module, out);
    add_topics(module, out);
    add_settings(module, out);
}

static void add_left_out(const struct module *module, c18n_out *out)
{
    json_out_text(out, "version", module->descriptor ? module->descriptor->version : NULL);
    json_out_text(out, "detail", module->detail);
    json_out_text(out, "advice", module->advice);
}

void listing_make_modules(const struct server *server, c18n_out *out)
{
    for (size_t i = 0; server->loader && i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        json_out_begin(out, NULL, '{');
        json_out_text(out, "id", module->self.id);
        json_out_text(out, "state", listing_has(module) ? "loaded" : "left_out");
        if (listing_has(module))
            add_module(server, module, out);
        else
            add_left_out(module, out);
        json_out_end(out);
    }
}

void listing_print_modules(const json_t *items, struct text *say)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
    {
        bool left_out = json_object_get(item, "detail") != NULL;
        text_print(say, "%-18s %-8s %-9s %s\n", listing_text(item, "id"), listing_text(item, "version"),
                   left_out ? "left out" : "loaded", listing_text(item, left_out ? "detail" : "summary"));
        if (left_out && *listing_text(item, "advice"))
            text_print(say, "%-36s  %s\n", "", listing_text(item, "advice"));
    }
}
