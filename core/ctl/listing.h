/**
 * listing.h: what the server is made of, as lists: modules, graph, routes, sockets, hooks, settings, topics, views.
 *
 * A list is made once, as JSON, by one walk over the loaded tables. The operators' listener gives that; c18nctl prints
 * it for eyes. So the two can't differ in facts. Any thread, while the server is open.
 */
#ifndef CTL_LISTING_H
#define CTL_LISTING_H

#include "api/api.h"
#include "base/json_internal.h"
#include "request/server.h"

#include <jansson.h>

struct listing {
    const char *name; /* "routes": /modules/routes and --routes; "": /modules */
    const char *does;
    void (*make)(const struct server *server, c18n_out *out); /* the items of an array */
    void (*print)(const json_t *items, struct text *say);
};

extern const struct listing listings[];
extern const size_t listing_count;

const struct listing *listing_find(const char *name); /* NULL: there is none */
/** Makes a list. ret_json->failed: no memory. */
void listing_json(const struct server *server, const struct listing *listing, struct text *ret_json);
/** Makes it and prints it. `print` NULL: the listing's own way. False: no memory. */
bool listing_say(const struct server *server, const struct listing *listing,
                 void (*print)(const json_t *items, struct text *say), struct text *say);

/* --- one file a list or two --- */
void listing_make_modules(const struct server *server, c18n_out *out);
void listing_print_modules(const json_t *items, struct text *say);
void listing_make_graph(const struct server *server, c18n_out *out);
void listing_print_graph(const json_t *items, struct text *say);
void listing_print_digraph(const json_t *items, struct text *say); /* for Graphviz */
void listing_make_routes(const struct server *server, c18n_out *out);
void listing_print_routes(const json_t *items, struct text *say);
void listing_make_sockets(const struct server *server, c18n_out *out);
void listing_print_sockets(const json_t *items, struct text *say);
void listing_make_hooks(const struct server *server, c18n_out *out);
void listing_print_hooks(const json_t *items, struct text *say);
void listing_make_settings(const struct server *server, c18n_out *out);
void listing_print_settings(const json_t *items, struct text *say);
void listing_make_topics(const struct server *server, c18n_out *out);
void listing_print_topics(const json_t *items, struct text *say);
void listing_make_views(const struct server *server, c18n_out *out);
void listing_print_views(const json_t *items, struct text *say);

/* --- what they share --- */
bool listing_has(const struct module *module); /* is it in, with its tables? */
/** Items of a module or of the host (NULL), as members of the list of modules: without its name. */
void listing_add_settings(c18n_out *out, const char *section, const struct conf_section *values,
                          const c18n_table *settings);
void listing_add_services(c18n_out *out, const char *name, const char (*services)[48], size_t room);
const char *listing_text(const json_t *item, const char *name); /* "" when absent or null */

#endif
