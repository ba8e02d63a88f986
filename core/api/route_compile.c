/* route_compile.c: from the modules' route tables to the tree. Whatever is wrong with a table is said
 * here, at start, in words: a server with a route that nobody guards does not come up. */
#include "api/route.h"

#include "api/documents.h"
#include "api/fields.h"
#include "api/policy.h"
#include "api/route_tree.h"
#include "base/names.h"

#include <string.h>

static const char *const methods[] = {"GET", "POST", "PUT", "PATCH", "DELETE"};

static const char *owner_name(const struct route *route)
{
    return route->module ? route->module->descriptor->id : "core";
}

/* "posts: route GET /posts/{post}: ", "messaging: socket /messages/send: ". */
static void name_it(const struct route *route, struct text *ret_why)
{
    const char *method = route->declared.method ? route->declared.method : "?";
    const char *path = route->declared.path ? route->declared.path : "?";
    bool socket = route->run == ROUTE_SOCKET;
    text_print(ret_why, "%s: %s %s%s%s: ", owner_name(route), socket ? "socket" : "route", socket ? "" : method,
               socket ? "" : " ", path);
}

static int refuse(const struct route *route, struct text *ret_why, const char *what)
{
    name_it(route, ret_why);
    text_print(ret_why, "%s\n", what);
    return EXIT_CONFIG;
}

static bool method_is_known(const char *method)
{
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        if (method && strcmp(method, methods[i]) == 0)
            return true;
    return false;
}

/* --- the class and the policy of a route --- */

static uint32_t class_of(const c18n_route *route)
{
    if (route->run != C18N_CLASS_DEFAULT)
        return route->run;
    return strcmp(route->method, "GET") == 0 ? C18N_CLASS_READ : C18N_CLASS_WRITE;
}

static int bind_policy(struct api *api, struct route *route, struct text *ret_why)
{
    const char *name = route->declared.allow;
    if (!name || *name == '\0')
        return refuse(route, ret_why, "it has no policy; say who may use it (.allow)");
    route->policy = policy_find(api, name);
    if (route->policy)
        return 0;
    struct names_nearest search = {.word = name};
    policy_offer_names(api, &search);
    name_it(route, ret_why);
    text_print(ret_why, "nobody declares the policy \"%s\"", name);
    if (search.nearest)
        text_print(ret_why, ", did you mean \"%s\"?", search.nearest);
    text_add_char(ret_why, '\n');
    return EXIT_CONFIG;
}

/* What can't work together, and why. A table, since each is one sentence. */
static int check_class(const struct route *route, struct text *ret_why)
{
    const c18n_route *declared = &route->declared;
    const struct {
        bool wrong;
        const char *what;
    } rules[] = {
        {route->run > C18N_CLASS_BLOCKING, "its class is unknown to this host"},
        {route->run == C18N_CLASS_INLINE && route->policy->needs_views,
         "an INLINE route can't have a policy that reads views"},
        {declared->flags & C18N_ROUTE_STREAM && route->run != C18N_CLASS_BLOCKING, "a stream must be BLOCKING"},
        {declared->flags & C18N_ROUTE_BY_ID && route->run != C18N_CLASS_READ, "only a READ route can be BY_ID"},
        {declared->flags & C18N_ROUTE_BLOB && (route->run != C18N_CLASS_READ || strcmp(declared->method, "GET") != 0),
         "only a GET in the class READ can be a BLOB"},
        {declared->prepare && route->run != C18N_CLASS_WRITE, "only a WRITE route has a prepare"},
        {route->run == C18N_CLASS_WRITE && strcmp(declared->method, "GET") == 0, "a GET can't be a WRITE"},
    };
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (rules[i].wrong)
            return refuse(route, ret_why, rules[i].what);
    return 0;
}

static int check_fields(const struct route *route, const c18n_table *table, struct text *ret_why)
{
    const char *fault = fields_fault(table);
    return fault ? refuse(route, ret_why, fault) : 0;
}

/* --- the tree --- */

static struct route_node *child_of(struct api *api, struct route_node *node, const char *segment, size_t length)
{
    if (*segment == '{') {
        if (!node->parameter)
            node->parameter = arena_alloc(api->arena, sizeof *node);
        return node->parameter;
    }
    for (struct route_node *child = node->children; child; child = child->sibling)
        if (child->length == length && memcmp(child->segment, segment, length) == 0)
            return child;
    struct route_node *child = arena_alloc(api->arena, sizeof *child);
    if (!child)
        return NULL;
    *child = (struct route_node){.segment = segment, .length = length, .sibling = node->children};
    node->children = child;
    return child;
}

static bool take_name(struct api *api, struct route *route, struct route_leaf *leaf, size_t number, const char *segment,
                      size_t length)
{
    static const char text_mark[] = ":text";
    const size_t mark = sizeof text_mark - 1;
    if (number == API_PARAMS_MAX || length < 3 || segment[length - 1] != '}')
        return false;
    size_t name = length - 2;
    if (name > mark && memcmp(segment + 1 + name - mark, text_mark, mark) == 0) {
        route->free_text |= 1u << number;
        name -= mark;
    }
    leaf->names[number] = arena_copy(api->arena, segment + 1, name);
    return leaf->names[number] != NULL;
}

/* Walks a path, making nodes and taking the parameters' names. NULL: the path is not well formed. */
static struct route_node *grow(struct api *api, struct route *route, struct route_leaf *leaf)
{
    const char *path = route->declared.path;
    struct route_node *node = api->root;
    size_t params = 0, depth = 0;
    while (node && *path == '/' && path[1] != '\0') {
        const char *segment = path + 1;
        size_t length = strcspn(segment, "/");
        if (length == 0 || depth++ == API_SEGMENTS_MAX)
            return NULL;
        if (*segment == '{' && !take_name(api, route, leaf, params++, segment, length))
            return NULL;
        node = child_of(api, node, segment, length);
        path = segment + length;
    }
    return node && (*path == '\0' || strcmp(path, "/") == 0) ? node : NULL;
}

static int refuse_twice(const struct route *route, const struct route *other, struct text *ret_why)
{
    name_it(route, ret_why);
    text_print(ret_why, "%s has the same route (%s)\n", owner_name(other), other->declared.path);
    return EXIT_CONFIG;
}

static int hang_up(struct api *api, struct route *route, struct text *ret_why)
{
    struct route_leaf *leaf = arena_alloc(api->arena, sizeof *leaf);
    struct route_node *node = leaf ? grow(api, route, leaf) : NULL;
    if (!node)
        return refuse(route, ret_why, "its path is not well formed (/word/{id}/…, at most 16 parts and 8 parameters)");
    for (const struct route_leaf *other = node->leaves; other; other = other->next)
        if (strcmp(other->route->declared.method, route->declared.method) == 0)
            return refuse_twice(route, other->route, ret_why);
    leaf->route = route;
    leaf->next = node->leaves;
    node->leaves = leaf;
    return 0;
}

/* Clients see {name}; the mark of free text is for the tree. */
static const char *public_path(struct api *api, const char *path)
{
    struct text text;
    text_init(&text, api->arena, 0);
    while (*path != '\0') {
        size_t skip = strncmp(path, ":text}", 6) == 0 ? 5 : 0;
        text_add_char(&text, path[skip]);
        path += skip + 1;
    }
    return text.failed ? NULL : text_end(&text);
}

static const char *called(struct api *api, const c18n_route *declared)
{
    struct text text;
    text_init(&text, api->arena, 0);
    text_print(&text, "%s %s", declared->method, declared->path ? declared->path : "");
    return text.failed ? NULL : text_end(&text);
}

bool api_param_is_id(const struct route *route, const char *name)
{
    const char *at = strchr(route->declared.path, '{');
    for (uint32_t number = 0; at; number++, at = strchr(at, '{')) {
        size_t length = strcspn(++at, "}");
        if (length == strlen(name) && memcmp(at, name, length) == 0)
            return !(route->free_text & 1u << number);
    }
    return false;
}

/* --- putting it together --- */

static int compile_route(struct api *api, struct module *module, const c18n_table *table, uint32_t number,
                         struct text *ret_why)
{
    struct route *route = &api->routes[api->route_count];
    route->module = module;
    route->number = (unsigned)api->route_count;
    loader_item(table, number, &route->declared, sizeof route->declared);
    const c18n_route *declared = &route->declared;
    if (!method_is_known(declared->method))
        return refuse(route, ret_why, "the method must be GET, POST, PUT, PATCH or DELETE");
    if (!declared->path || declared->path[0] != '/' || !declared->handle)
        return refuse(route, ret_why, "it needs a path that begins with / and a handler");
    route->run = class_of(declared);
    int code = bind_policy(api, route, ret_why);
    if (code == 0)
        code = check_class(route, ret_why);
    if (code == 0)
        code = check_fields(route, &declared->body, ret_why);
    if (code == 0)
        code = check_fields(route, &declared->query, ret_why);
    if (code == 0)
        code = hang_up(api, route, ret_why);
    route->declared.path = public_path(api, declared->path);
    route->called = called(api, declared);
    api->route_count++;
    return code;
}

/* Goes on after a fault, so that an operator sees all of them at once. */
static int compile_table(struct api *api, struct module *module, const c18n_table *table, struct text *ret_why)
{
    int worst = 0;
    for (uint32_t i = 0; i < table->count; i++)
        if (compile_route(api, module, table, i, ret_why) != 0)
            worst = EXIT_CONFIG;
    return worst;
}

static int compile_module(struct api *api, struct module *module, struct text *ret_why)
{
    return compile_table(api, module, &module->descriptor->routes, ret_why);
}

/* --- places to connect to --- */

static int check_socket(struct api *api, struct route *route, struct text *ret_why)
{
    const char *path = route->declared.path;
    if (!path || path[0] != '/' || strchr(path, '{'))
        return refuse(route, ret_why, "it needs a path that begins with / and has no parameters");
    int code = bind_policy(api, route, ret_why);
    if (code == 0 && route->policy->declared.anonymous)
        return refuse(route, ret_why, "a socket is somebody's; its policy is asked without a token, too");
    return code;
}

static int compile_socket(struct api *api, struct module *module, uint32_t number, struct text *ret_why)
{
    struct route *route = &api->sockets[api->socket_count++];
    c18n_socket socket;
    loader_item(&module->descriptor->sockets, number, &socket, sizeof socket);
    *route = (struct route){
        .module = module,
        .run = ROUTE_SOCKET,
        .number = (unsigned)api->socket_count - 1,
        .declared = {"GET", socket.path, .allow = socket.allow, .does = socket.does},
    };
    int code = check_socket(api, route, ret_why);
    if (code == 0)
        code = hang_up(api, route, ret_why);
    route->called = called(api, &route->declared);
    return code;
}

static int compile_sockets(struct api *api, struct module *module, struct text *ret_why)
{
    int worst = 0;
    for (uint32_t i = 0; i < module->descriptor->sockets.count; i++)
        if (compile_socket(api, module, i, ret_why) != 0)
            worst = EXIT_CONFIG;
    return worst;
}

/* --- which methods a path has --- */

static void allow_of(struct api *api, struct route_node *node)
{
    struct text text;
    text_init(&text, api->arena, 0);
    text_add_text(&text, "OPTIONS");
    for (size_t i = 0; i < sizeof methods / sizeof *methods; i++)
        for (const struct route_leaf *leaf = node->leaves; leaf; leaf = leaf->next)
            if (strcmp(leaf->route->declared.method, methods[i]) == 0)
                text_print(&text, i == 0 ? ", %s, HEAD" : ", %s", methods[i]);
    node->allow = text_end(&text);
}

static void allow_everywhere(struct api *api, struct route_node *node)
{
    if (node->leaves)
        allow_of(api, node);
    if (node->parameter)
        allow_everywhere(api, node->parameter);
    for (struct route_node *child = node->children; child; child = child->sibling)
        allow_everywhere(api, child);
}

static int count_routes(struct api *api, struct module *module, struct text *ret_why)
{
    (void)ret_why;
    api->route_count += module->descriptor->routes.count;
    api->socket_count += module->descriptor->sockets.count;
    return 0;
}

int routes_compile(struct api *api, struct text *ret_why)
{
    api->route_count = documents_routes.count;
    (void)api_each_module(api, count_routes, ret_why); /* can't fail */
    api->routes = arena_alloc(api->arena, api->route_count * sizeof *api->routes);
    api->sockets = arena_alloc(api->arena, api->socket_count * sizeof *api->sockets);
    api->root = arena_alloc(api->arena, sizeof *api->root);
    if (!api->routes || !api->sockets || !api->root)
        return EXIT_INTERNAL;
    api->route_count = api->socket_count = 0;
    int code = compile_table(api, NULL, &documents_routes, ret_why);
    int (*const each[])(struct api *, struct module *, struct text *) = {compile_module, compile_sockets};
    for (size_t i = 0; i < sizeof each / sizeof *each; i++)
        if (api_each_module(api, each[i], ret_why) != 0)
            code = EXIT_CONFIG;
    allow_everywhere(api, api->root);
    return code;
}
