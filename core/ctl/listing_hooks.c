/* listing_hooks.c: the points, and on each what hangs there in the order in which it runs. */
#include "ctl/listing.h"

#include <string.h>

struct making {
    c18n_out *out;
    bool open;        /* a point is, and its list of hooks */
    const char *name; /* looked for; NULL: nothing is */
    bool found;
};

static void end_point(struct making *making)
{
    if (making->open) {
        json_out_end(making->out);
        json_out_end(making->out);
    }
    making->open = false;
}

static void begin_point(struct making *making, const char *name, const char *help, bool declared, bool renders)
{
    end_point(making);
    json_out_begin(making->out, NULL, '{');
    json_out_text(making->out, "point", name);
    json_out_boolean(making->out, "declared", declared);
    if (declared)
        json_out_boolean(making->out, "renders", renders);
    json_out_text(making->out, "help", help);
    json_out_begin(making->out, "hooks", '[');
    making->open = true;
}

static void add_point(void *arg, const c18n_point *point)
{
    begin_point(arg, point->name, point->help, true, point->renders.count > 0);
}

static void add_fields(c18n_out *out, const c18n_table *fields)
{
    json_out_begin(out, "adds", '[');
    for (uint32_t i = 0; i < fields->count; i++) {
        c18n_field field;
        loader_item(fields, i, &field, sizeof field);
        json_out_text(out, NULL, field.name);
    }
    json_out_end(out);
}

static void add_hook(void *arg, const c18n_hook *hook, const char *module)
{
    struct making *making = arg;
    json_out_begin(making->out, NULL, '{');
    json_out_text(making->out, "module", module);
    json_out_integer(making->out, "priority", hook->priority);
    if (hook->route)
        json_out_text(making->out, "route", hook->route);
    if (hook->fields.count > 0)
        add_fields(making->out, &hook->fields);
    json_out_end(making->out);
}

/* --- hooks that wait for a module which is switched off --- */

static void look_at_point(void *arg, const c18n_point *point)
{
    struct making *search = arg;
    search->found = search->found || strcmp(point->name, search->name) == 0;
}

static void pass_over(void *arg, const c18n_hook *hook, const char *module)
{
    (void)arg, (void)hook, (void)module;
}

static bool is_declared(const struct server *server, const char *name)
{
    struct making search = {.name = name};
    api_each_point(server->api, look_at_point, pass_over, &search);
    return search.found;
}

static void add_waiting(const struct server *server, struct making *making)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        for (size_t j = 0; listing_has(module) && j < module->descriptor->hooks.count; j++) {
            c18n_hook hook;
            loader_item(&module->descriptor->hooks, j, &hook, sizeof hook);
            if (is_declared(server, hook.point))
                continue;
            begin_point(making, hook.point, NULL, false, false);
            add_hook(making, &hook, module->self.id);
        }
    }
}

void listing_make_hooks(const struct server *server, c18n_out *out)
{
    struct making making = {.out = out};
    api_each_point(server->api, add_point, add_hook, &making);
    add_waiting(server, &making);
    end_point(&making);
}

/* --- for eyes --- */

static void say_hook(const json_t *hook, bool declared, struct text *say)
{
    size_t i;
    const json_t *field;
    text_print(say, "  %s", listing_text(hook, "module"));
    if (declared)
        text_print(say, ", priority %lld", (long long)json_integer_value(json_object_get(hook, "priority")));
    else
        text_add_text(say, ", never runs");
    if (*listing_text(hook, "route"))
        text_print(say, ", on %s", listing_text(hook, "route"));
    json_array_foreach(json_object_get(hook, "adds"), i, field)
        text_print(say, "%s%s", i == 0 ? ", adds " : " ", json_string_value(field));
    text_add_char(say, '\n');
}

void listing_print_hooks(const json_t *items, struct text *say)
{
    size_t i, j;
    const json_t *item, *hook;
    json_array_foreach(items, i, item)
    {
        bool declared = json_is_true(json_object_get(item, "declared"));
        text_print(say, "%s: %s\n", listing_text(item, "point"),
                   declared ? listing_text(item, "help") : "of a module that is not loaded");
        json_array_foreach(json_object_get(item, "hooks"), j, hook) say_hook(hook, declared, say);
    }
}
