/* api.c: making one api from all loaded modules, and what others may know of it. */
#include "api/cursor.h"
#include "api/documents.h"
#include "api/hooks.h"
#include "api/policy.h"
#include "api/render.h"
#include "api/route.h"
#include "api/route_hooks.h"

#include "base/codec.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

int api_each_module(struct api *api, api_module_step each, struct text *ret_why)
{
    int worst = 0;
    for (size_t i = 0; i < loader_count(api->server->loader); i++) {
        struct module *module = loader_at(api->server->loader, i);
        if (module->state == MODULE_LEFT_OUT)
            continue;
        int code = each(api, module, ret_why);
        if (code != 0)
            worst = code;
    }
    return worst;
}

static int make_document(struct api *api, int (*make)(struct api *api, struct text *ret_text),
                         struct document *ret_document)
{
    struct text text;
    text_init(&text, api->arena, 0);
    if (make(api, &text) != C18N_OK || text.failed)
        return EXIT_INTERNAL;
    ret_document->length = text.length;
    ret_document->text = text_end(&text);
    ret_document->etag = arena_print(api->arena, "\"%016llx\"",
                                     (unsigned long long)codec_hash(ret_document->text, ret_document->length, 0));
    return ret_document->etag ? 0 : EXIT_INTERNAL;
}

static int compile(struct api *api, struct text *ret_why)
{
    int (*const tables[])(struct api *, struct text *) = {policies_compile, routes_compile, hooks_compile};
    int (*const follow[])(struct api *, struct text *) = {render_compile, route_hooks_compile}; /* hooks to tables */
    int worst = 0;
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++) {
        int code = tables[i](api, ret_why);
        if (code != 0)
            worst = code;
    }
    for (size_t i = 0; worst == 0 && i < sizeof follow / sizeof *follow; i++)
        worst = follow[i](api, ret_why);
    if (worst != 0)
        return worst;
    worst = make_document(api, api_openapi_make, &api->openapi);
    return worst != 0 ? worst : make_document(api, api_asyncapi_make, &api->asyncapi);
}

int api_new(struct server *server, struct api **ret_api, struct text *ret_why)
{
    struct arena *arena = arena_new(API_MEMORY_MAX);
    struct api *api = arena ? arena_alloc(arena, sizeof *api) : NULL;
    if (!api) {
        arena_free(arena);
        return EXIT_INTERNAL;
    }
    api->magic = API_MAGIC;
    api->server = server;
    api->arena = arena;
    cursor_init(api);
    int code = compile(api, ret_why);
    if (code != 0) {
        api_free(api);
        return code;
    }
    *ret_api = api;
    return 0;
}

void api_free(struct api *api)
{
    if (!api)
        return;
    assert(api->magic == API_MAGIC);
    cursor_close(api);
    arena_free(api->arena);
}

/* --- what others may know --- */

size_t api_route_count(const struct api *api)
{
    return api->route_count;
}

const struct route *api_route(const struct api *api, size_t number)
{
    assert(number < api->route_count);
    return &api->routes[number];
}

size_t api_socket_count(const struct api *api)
{
    return api->socket_count;
}

const struct route *api_socket(const struct api *api, size_t number)
{
    assert(number < api->socket_count);
    return &api->sockets[number];
}

void api_on_upgrade(struct api *api, void (*upgrade)(struct request *request))
{
    api->upgrade = upgrade;
}

struct server *api_server(const struct api *api)
{
    return api->server;
}
