/* listing_graph.c: the modules in load order, each with what it has of which others; also as a Graphviz digraph, for
 * pictures. */
#include "ctl/listing.h"

#include <string.h>

#define LENGTH_OF(array) (sizeof(array) / sizeof *(array))

static bool provides(const struct module *module, const char *service)
{
    for (size_t i = 0; i < LENGTH_OF(module->provides) && module->provides[i][0]; i++)
        if (strcmp(module->provides[i], service) == 0)
            return true;
    return false;
}

static bool has_point(const struct module *module, const char *name)
{
    for (uint32_t i = 0; i < module->descriptor->points.count; i++) {
        c18n_point point;
        loader_item(&module->descriptor->points, i, &point, sizeof point);
        if (strcmp(point.name, name) == 0)
            return true;
    }
    return false;
}

/* NULL: nobody that is loaded. */
static const char *owner_of(const struct loader *loader, const char *name,
                            bool (*has)(const struct module *module, const char *name))
{
    for (size_t i = 0; i < loader_count(loader); i++)
        if (listing_has(loader_at(loader, i)) && has(loader_at(loader, i), name))
            return loader_at(loader, i)->self.id;
    return has == has_point && strncmp(name, "core.", 5) == 0 ? "core" : NULL;
}

static void add_edge(c18n_out *out, const char *verb, const char *name, const char *owner)
{
    json_out_begin(out, NULL, '{');
    json_out_text(out, "verb", verb);
    json_out_text(out, "name", name);
    json_out_text(out, "of", owner);
    json_out_end(out);
}

static void add_edges(const struct loader *loader, const struct module *module, c18n_out *out)
{
    json_out_begin(out, "edges", '[');
    for (size_t i = 0; i < LENGTH_OF(module->needs) && module->needs[i][0]; i++)
        add_edge(out, "needs", module->needs[i], owner_of(loader, module->needs[i], provides));
    for (size_t i = 0; i < LENGTH_OF(module->wants) && module->wants[i][0]; i++)
        add_edge(out, "wants", module->wants[i], owner_of(loader, module->wants[i], provides));
    for (uint32_t i = 0; i < module->descriptor->hooks.count; i++) {
        c18n_hook hook;
        loader_item(&module->descriptor->hooks, i, &hook, sizeof hook);
        add_edge(out, "hooks", hook.point, owner_of(loader, hook.point, has_point));
    }
    json_out_end(out);
}

static void add_called_by_host(const struct module *module, c18n_out *out)
{
    json_out_begin(out, "for_host", '[');
    for (size_t i = 0; i < LENGTH_OF(module->provides) && module->provides[i][0]; i++)
        if (loader_host_calls(module->provides[i]))
            json_out_text(out, NULL, module->provides[i]);
    json_out_end(out);
}

static void add_node(const struct loader *loader, const struct module *module, c18n_out *out)
{
    json_out_text(out, "id", module->self.id);
    if (!listing_has(module)) {
        json_out_text(out, "detail", module->detail);
        return;
    }
    json_out_text(out, "version", module->descriptor->version);
    listing_add_services(out, "provides", module->provides, LENGTH_OF(module->provides));
    add_called_by_host(module, out);
    add_edges(loader, module, out);
}

void listing_make_graph(const struct server *server, c18n_out *out)
{
    for (size_t i = 0; i < loader_count(server->loader); i++) {
        json_out_begin(out, NULL, '{');
        add_node(server->loader, loader_at(server->loader, i), out);
        json_out_end(out);
    }
}

/* --- for eyes --- */

static size_t number_of(const json_t *items, const char *id)
{
    size_t i;
    const json_t *item;
    json_array_foreach(items, i, item) if (strcmp(listing_text(item, "id"), id) == 0) return i + 1;
    return 0;
}

static bool is_for_host(const json_t *item, const char *service)
{
    size_t i;
    const json_t *called;
    json_array_foreach(json_object_get(item, "for_host"), i,
                       called) if (strcmp(json_string_value(called), service) == 0) return true;
    return false;
}

static void say_services(const json_t *item, struct text *say)
{
    size_t i;
    const json_t *service;
    json_array_foreach(json_object_get(item, "provides"), i, service)
        text_print(say, "%s%s%s", i ? ", " : "  provides ", json_string_value(service),
                   is_for_host(item, json_string_value(service)) ? " (for the host)" : "");
}

static void say_edge(const json_t *items, const json_t *edge, bool last, struct text *say)
{
    const char *owner = listing_text(edge, "of");
    text_print(say, "    %s %s %s ", last ? "└─" : "├─", listing_text(edge, "verb"), listing_text(edge, "name"));
    if (strcmp(owner, "core") == 0)
        text_add_text(say, "of the host\n");
    else if (*owner)
        text_print(say, "of %zu %s\n", number_of(items, owner), owner);
    else
        text_add_text(say, "of nobody here\n");
}

void listing_print_graph(const json_t *items, struct text *say)
{
    size_t i, j;
    const json_t *item, *edge;
    json_array_foreach(items, i, item)
    {
        const json_t *edges = json_object_get(item, "edges");
        if (!edges) {
            text_print(say, " -  %-16s left out: %s\n", listing_text(item, "id"), listing_text(item, "detail"));
            continue;
        }
        text_print(say, "%2zu  %-16s %s", i + 1, listing_text(item, "id"), listing_text(item, "version"));
        say_services(item, say);
        text_add_char(say, '\n');
        json_array_foreach(edges, j, edge) say_edge(items, edge, j + 1 == json_array_size(edges), say);
    }
}

/* --- for Graphviz; ids, services and points are of letters that need no escape --- */

static void dot_node(const json_t *item, struct text *say)
{
    size_t i;
    const json_t *service;
    const char *id = listing_text(item, "id");
    bool is_in = json_object_get(item, "edges") != NULL;
    text_print(say, "  \"%s\" [label=\"%s %s", id, id, listing_text(item, "version"));
    json_array_foreach(json_object_get(item, "provides"), i, service)
        text_print(say, "\\n%s", json_string_value(service));
    text_print(say, "\"%s];\n", is_in ? "" : ", style=dashed, fontcolor=gray, color=gray");
    json_array_foreach(json_object_get(item, "for_host"), i, service)
        text_print(say, "  \"the host\" -> \"%s\" [label=\"%s\"];\n", id, json_string_value(service));
}

static const char *dot_style(const char *verb)
{
    static const char *const styles[][2] = {{"needs", "solid"}, {"wants", "dashed"}};
    for (size_t i = 0; i < LENGTH_OF(styles); i++)
        if (strcmp(styles[i][0], verb) == 0)
            return styles[i][1];
    return "dotted";
}

static void dot_edges(const json_t *item, struct text *say)
{
    size_t i;
    const json_t *edge;
    json_array_foreach(json_object_get(item, "edges"), i, edge)
    {
        const char *owner = listing_text(edge, "of");
        if (*owner)
            text_print(say, "  \"%s\" -> \"%s\" [label=\"%s\", style=%s];\n", listing_text(item, "id"),
                       strcmp(owner, "core") == 0 ? "the host" : owner, listing_text(edge, "name"),
                       dot_style(listing_text(edge, "verb")));
    }
}

void listing_print_digraph(const json_t *items, struct text *say)
{
    size_t i;
    const json_t *item;
    text_add_text(say, "// solid: needs; dashed: wants; dotted: hooks. Draw it with: dot -Tsvg\n"
                       "digraph c18n {\n  rankdir=TB;\n  node [shape=box];\n  \"the host\" [shape=ellipse];\n");
    json_array_foreach(items, i, item)
    {
        dot_node(item, say);
        dot_edges(item, say);
    }
    text_add_text(say, "}\n");
}
