/* listing.c: the lists as one table, and making and printing one of them. */
#include "ctl/listing.h"

#include <string.h>

const struct listing listings[] = {
    {"", "modules, and why each stands where it does", listing_make_modules, listing_print_modules},
    {"graph", "who needs, wants and hooks into whom", listing_make_graph, listing_print_graph},
    {"routes", "methods, paths, policies and whose they are", listing_make_routes, listing_print_routes},
    {"sockets", "where clients connect, and what they may send there", listing_make_sockets, listing_print_sockets},
    {"hooks", "points, and what hangs on each, in the order of running", listing_make_hooks, listing_print_hooks},
    {"settings", "values, where they come from, and whether a reload may change them", listing_make_settings,
     listing_print_settings},
    {"topics", "the types of events, and who consumes them", listing_make_topics, listing_print_topics},
    {"views", "records of other modules that may be read: indexes and counters", listing_make_views,
     listing_print_views},
};
const size_t listing_count = sizeof listings / sizeof *listings;

const struct listing *listing_find(const char *name)
{
    for (size_t i = 0; i < listing_count; i++)
        if (strcmp(listings[i].name, name) == 0)
            return &listings[i];
    return NULL;
}

void listing_json(const struct server *server, const struct listing *listing, struct text *ret_json)
{
    struct arena *arena = arena_new(0);
    struct out out;
    size_t length;
    if (!arena) {
        ret_json->failed = true;
        return;
    }
    json_out_init(&out, &server->host, arena, '[');
    listing->make(server, &out.pub);
    const char *json = json_out_finish_text(&out, &length);
    if (json)
        text_add(ret_json, json, length);
    else
        ret_json->failed = true;
    arena_free(arena);
}

bool listing_say(const struct server *server, const struct listing *listing,
                 void (*print)(const json_t *items, struct text *say), struct text *say)
{
    struct text json;
    text_init(&json, NULL, 0);
    listing_json(server, listing, &json);
    json_t *items = json.failed ? NULL : json_loadb(json.at, json.length, 0, NULL);
    text_free(&json);
    if (!items)
        return false;
    (print ? print : listing->print)(items, say);
    json_decref(items);
    return true;
}

bool listing_has(const struct module *module)
{
    return module->descriptor && module->state != MODULE_LEFT_OUT;
}

void listing_add_services(c18n_out *out, const char *name, const char (*services)[48], size_t room)
{
    json_out_begin(out, name, '[');
    for (size_t i = 0; i < room && services[i][0]; i++)
        json_out_text(out, NULL, services[i]);
    json_out_end(out);
}

const char *listing_text(const json_t *item, const char *name)
{
    const char *text = json_string_value(json_object_get(item, name));
    return text ? text : "";
}
