/* listing_views.c: the views, of each what other modules may do with it: read it, by which index, add to which counter.
 */
#include "ctl/listing.h"

static void add_views(const struct module *module, c18n_out *out)
{
    for (uint32_t i = 0; i < module->descriptor->views.count; i++) {
        c18n_view view;
        loader_item(&module->descriptor->views, i, &view, sizeof view);
        json_out_begin(out, NULL, '{');
        json_out_text(out, "view", view.name);
        json_out_integer(out, "version", view.version);
        json_out_text(out, "module", module->self.id);
        json_out_text(out, "indexes", view.indexes);
        json_out_text(out, "counters", view.counters);
        json_out_text(out, "search", view.search);
        json_out_text(out, "help", view.help);
        json_out_end(out);
    }
}

void listing_make_views(const struct server *server, c18n_out *out)
{
    for (size_t i = 0; i < loader_count(server->loader); i++)
        if (listing_has(loader_at(server->loader, i)))
            add_views(loader_at(server->loader, i), out);
}

static void say_words(const json_t *item, const char *name, struct text *say)
{
    const char *words = listing_text(item, name);
    if (*words)
        text_print(say, "  %s: %s\n", name, words);
}

void listing_print_views(const json_t *items, struct text *say)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item)
    {
        text_print(say, "%s v%lld of %s; %s\n", listing_text(item, "view"),
                   (long long)json_integer_value(json_object_get(item, "version")), listing_text(item, "module"),
                   listing_text(item, "help"));
        say_words(item, "indexes", say);
        say_words(item, "counters", say);
        say_words(item, "search", say);
    }
}
