/* listing_settings.c: every setting with its value, where that comes from, and whether a reload may change it. */
#include "ctl/listing.h"

#include <string.h>

static void add_list(c18n_out *out, const struct conf_section *values, const char *name)
{
    const char *const *items;
    size_t count = conf_list(values, name, &items);
    json_out_begin(out, "value", '[');
    for (size_t i = 0; i < count; i++)
        json_out_text(out, NULL, items[i]);
    json_out_end(out);
}

static void add_value(c18n_out *out, const struct conf_section *values, const c18n_setting *setting)
{
    if (setting->flags & C18N_SETTING_SECRET)
        json_out_boolean(out, "secret", true); /* and no value, not even whether there is one */
    else if (setting->type == C18N_SETTING_INTEGER)
        json_out_integer(out, "value", conf_integer(values, setting->name));
    else if (setting->type == C18N_SETTING_BOOLEAN)
        json_out_boolean(out, "value", conf_boolean(values, setting->name));
    else if (setting->type == C18N_SETTING_LIST)
        add_list(out, values, setting->name);
    else
        json_out_text(out, "value", conf_text(values, setting->name));
}

/* What may be written in conf.d: the type, the default as it would stand there, bounds and choices. */
static void add_limits(c18n_out *out, const c18n_setting *setting)
{
    static const char *const types[] = {"text", "integer", "boolean", "list"};
    json_out_text(out, "type", setting->type < sizeof types / sizeof *types ? types[setting->type] : "?");
    json_out_text(out, "default", setting->otherwise);
    if (setting->min || setting->max) {
        json_out_integer(out, "min", setting->min);
        json_out_integer(out, "max", setting->max);
    }
    if (setting->choices)
        json_out_text(out, "choices", setting->choices);
}

void listing_add_settings(c18n_out *out, const char *section, const struct conf_section *values,
                          const c18n_table *settings)
{
    for (size_t i = 0; i < settings->count; i++) {
        c18n_setting setting;
        loader_item(settings, i, &setting, sizeof setting);
        json_out_begin(out, NULL, '{');
        if (section)
            json_out_text(out, "section", section);
        json_out_text(out, "name", setting.name);
        add_value(out, values, &setting);
        if (setting.unit)
            json_out_text(out, "unit", setting.unit);
        add_limits(out, &setting);
        json_out_text(out, "from", conf_origin(values, setting.name));
        json_out_boolean(out, "reloadable", conf_reloadable(values, setting.name));
        json_out_text(out, "help", setting.help);
        json_out_end(out);
    }
}

void listing_make_settings(const struct server *server, c18n_out *out)
{
    listing_add_settings(out, "core", server->core_settings, &conf_core_settings);
    listing_add_settings(out, "auth", server->auth_settings, &conf_auth_settings);
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        const struct module *module = loader_at(server->loader, i);
        if (listing_has(module) && module->settings)
            listing_add_settings(out, module->self.id, module->settings, &module->descriptor->settings);
    }
}

/* --- for eyes: as it would stand in a file --- */

static void say_list(const json_t *list, struct text *say)
{
    size_t i;
    const json_t *item;
    text_add_char(say, '{');
    json_array_foreach(list, i, item)
    {
        text_add_text(say, i ? ", " : "");
        text_add_json(say, json_string_value(item), strlen(json_string_value(item)));
    }
    text_add_char(say, '}');
}

static void say_value(const json_t *item, struct text *say)
{
    const json_t *value = json_object_get(item, "value");
    if (json_is_integer(value) && *listing_text(item, "unit"))
        text_print(say, "%lld %s", (long long)json_integer_value(value), listing_text(item, "unit"));
    else if (json_is_integer(value))
        text_add_integer(say, json_integer_value(value));
    else if (json_is_boolean(value))
        text_add_text(say, json_is_true(value) ? "true" : "false");
    else if (json_is_array(value))
        say_list(value, say);
    else if (value)
        text_add_json(say, json_string_value(value), strlen(json_string_value(value)));
    else
        text_add_text(say, "(secret)");
}

/* "section.key = value  # where from, reloadable; help" */
void listing_print_settings(const json_t *items, struct text *say)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
    {
        text_print(say, "%s.%s = ", listing_text(item, "section"), listing_text(item, "name"));
        say_value(item, say);
        text_print(say, "  # %s%s; %s\n", listing_text(item, "from"),
                   json_is_true(json_object_get(item, "reloadable")) ? ", reloadable" : "", listing_text(item, "help"));
    }
}
