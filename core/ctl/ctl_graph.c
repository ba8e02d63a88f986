/* ctl_graph.c: `c18nctl modules --graph`: the modules in load order, each with what it has of which others; and the
 * same as a Graphviz digraph, for pictures. */
#include "ctl/ctl_graph.h"

#include <string.h>

enum { EDGES_MOST = 64 }; /* of one module: 16 needs, 16 wants, and the first of its hooks */

struct edge {
    const char *verb;        /* "needs", "wants", "hooks" */
    const char *name;        /* the service or the point */
    const struct module *to; /* NULL: nobody that is loaded */
};

struct edges {
    const struct loader *loader;
    struct edge at[EDGES_MOST];
    size_t count;
};

static size_t number_of(const struct loader *loader, const struct module *module)
{
    for (size_t i = 0; i < loader_count(loader); i++)
        if (loader_at(loader, i) == module)
            return i + 1;
    return 0;
}

static bool is_in(const struct module *module)
{
    return module->state != MODULE_LEFT_OUT;
}

static bool provides(const struct module *module, const char *service)
{
    for (size_t i = 0; i < sizeof module->provides / sizeof *module->provides && module->provides[i][0]; i++)
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

static void add_edge(struct edges *edges, const char *verb, const char *name,
                     bool (*has)(const struct module *module, const char *name))
{
    if (edges->count == EDGES_MOST)
        return;
    struct edge *edge = &edges->at[edges->count++];
    *edge = (struct edge){verb, name, NULL};
    for (size_t i = 0; i < loader_count(edges->loader) && !edge->to; i++) {
        const struct module *module = loader_at(edges->loader, i);
        if (is_in(module) && has(module, name))
            edge->to = module;
    }
}

static void edges_of(const struct loader *loader, const struct module *module, struct edges *ret_edges)
{
    *ret_edges = (struct edges){.loader = loader};
    for (size_t i = 0; i < sizeof module->needs / sizeof *module->needs && module->needs[i][0]; i++)
        add_edge(ret_edges, "needs", module->needs[i], provides);
    for (size_t i = 0; i < sizeof module->wants / sizeof *module->wants && module->wants[i][0]; i++)
        add_edge(ret_edges, "wants", module->wants[i], provides);
    for (uint32_t i = 0; i < module->descriptor->hooks.count; i++) {
        const c18n_table *hooks = &module->descriptor->hooks;
        /* in place: the name must outlive this loop, and stands first in every version of the struct */
        const c18n_hook *hook = (const c18n_hook *)(const void *)((const char *)hooks->at + (size_t)i * hooks->stride);
        add_edge(ret_edges, "hooks", hook->point, has_point);
    }
}

/* --- for eyes --- */

static void say_services(const struct module *module, struct text *say)
{
    for (size_t i = 0; i < sizeof module->provides / sizeof *module->provides && module->provides[i][0]; i++)
        text_print(say, "%s%s%s", i ? ", " : "  provides ", module->provides[i],
                   loader_host_calls(module->provides[i]) ? " (for the host)" : "");
}

static void say_edge(const struct loader *loader, const struct edge *edge, bool last, struct text *say)
{
    text_print(say, "    %s %s %s ", last ? "└─" : "├─", edge->verb, edge->name);
    if (edge->to)
        text_print(say, "of %zu %s\n", number_of(loader, edge->to), edge->to->self.id);
    else
        text_add_text(say, "of nobody here\n");
}

void ctl_graph_text(const struct loader *loader, struct text *say)
{
    for (size_t i = 0; i < loader_count(loader); i++) {
        const struct module *module = loader_at(loader, i);
        if (!is_in(module)) {
            text_print(say, " -  %-16s left out: %s\n", module->self.id, module->detail);
            continue;
        }
        struct edges edges;
        edges_of(loader, module, &edges);
        text_print(say, "%2zu  %-16s %s", i + 1, module->self.id, module->descriptor->version);
        say_services(module, say);
        text_add_char(say, '\n');
        for (size_t j = 0; j < edges.count; j++)
            say_edge(loader, &edges.at[j], j + 1 == edges.count, say);
    }
}

/* --- for Graphviz; ids, services and points are of letters that need no escape --- */

static void dot_node(const struct module *module, struct text *say)
{
    text_print(say, "  \"%s\" [label=\"%s %s", module->self.id, module->self.id, module->descriptor->version);
    for (size_t i = 0; i < sizeof module->provides / sizeof *module->provides && module->provides[i][0]; i++)
        text_print(say, "\\n%s", module->provides[i]);
    text_print(say, "\"%s];\n", is_in(module) ? "" : ", style=dashed, fontcolor=gray, color=gray");
    for (size_t i = 0; i < sizeof module->provides / sizeof *module->provides && module->provides[i][0]; i++)
        if (is_in(module) && loader_host_calls(module->provides[i]))
            text_print(say, "  \"the host\" -> \"%s\" [label=\"%s\"];\n", module->self.id, module->provides[i]);
}

static void dot_edges(const struct loader *loader, const struct module *module, struct text *say)
{
    struct edges edges;
    edges_of(loader, module, &edges);
    for (size_t i = 0; i < edges.count; i++) {
        const struct edge *edge = &edges.at[i];
        const char *style = strcmp(edge->verb, "needs") == 0   ? "solid"
                            : strcmp(edge->verb, "wants") == 0 ? "dashed"
                                                               : "dotted";
        if (edge->to)
            text_print(say, "  \"%s\" -> \"%s\" [label=\"%s\", style=%s];\n", module->self.id, edge->to->self.id,
                       edge->name, style);
    }
}

void ctl_graph_dot(const struct loader *loader, struct text *say)
{
    text_add_text(say, "// solid: needs; dashed: wants; dotted: hooks. Draw it with: dot -Tsvg\n"
                       "digraph c18n {\n  rankdir=TB;\n  node [shape=box];\n  \"the host\" [shape=ellipse];\n");
    for (size_t i = 0; i < loader_count(loader); i++) {
        dot_node(loader_at(loader, i), say);
        dot_edges(loader, loader_at(loader, i), say);
    }
    text_add_text(say, "}\n");
}
