/**
 * support.h: a request without a server, for the tests of api.
 *
 * Each test program defines the few functions of data, auth or loader that its subject calls; an
 * executable's own definition wins over a library's.
 */
#ifndef TEST_API_SUPPORT_H
#define TEST_API_SUPPORT_H

#include "api/state.h"
#include "base/json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define ID_A "0190a5c0-0000-7000-8000-00000000000a"
#define ID_B "0190a5c0-0000-7000-8000-00000000000b"

struct world {
    struct server server;
    struct api api;
    struct http_request http;
    struct http_header headers[16];
    struct route route;
    struct request request;
};

static inline void world_open(struct world *world)
{
    memset(world, 0, sizeof *world);
    struct arena *arena = arena_new(16 << 20);
    assert_non_null(arena);
    world->server.host = (c18n_host){.size = sizeof(c18n_host), .mem = &mem_family, .json = &json_family};
    world->server.api = &world->api;
    world->server.public_url = (char *)(uintptr_t) "https://c18n.example";
    world->api = (struct api){.magic = API_MAGIC, .server = &world->server, .arena = arena};
    world->http = (struct http_request){.arena = arena,
                                        .method = "GET",
                                        .path = "/api/v1/things",
                                        .query = "",
                                        .host = "c18n.example",
                                        .headers = world->headers,
                                        .body = "",
                                        .address = "127.0.0.1"};
    world->route.declared = (c18n_route){.method = "GET", .path = "/things"};
    world->request = (struct request){
        .head = {.host = &world->server.host},
        .server = &world->server,
        .arena = arena,
        .http = &world->http,
        .route = &world->route,
        .caller = {.user = "", .roles = " ", .session = "", .token = ""},
        .request_id = "request-1",
        .body = json_trusted(&world->server.host, arena, "{}", 2),
    };
}

static inline void world_close(struct world *world)
{
    arena_free(world->api.arena);
}

static inline void world_header(struct world *world, const char *name, const char *value)
{
    world->headers[world->http.header_count++] = (struct http_header){name, value};
}

static inline const c18n_doc *doc_of(struct world *world, const char *json)
{
    const c18n_doc *doc = json_trusted(&world->server.host, world->api.arena, json, strlen(json));
    assert_non_null(doc);
    return doc;
}

static inline const char *doc_text(struct world *world, const c18n_doc *doc)
{
    return arena_copy(world->api.arena, doc->text, doc->length);
}

static inline const char *reply_find(const struct request *request, const char *name)
{
    for (size_t i = 0; i < request->reply.header_count; i++)
        if (strcmp(request->reply.headers[i].name, name) == 0)
            return request->reply.headers[i].value;
    return NULL;
}

static inline const char *reply_text(struct world *world)
{
    return arena_copy(world->api.arena, world->request.reply.body, world->request.reply.body_length);
}

/* As the loader's, for tables of today's size. */
#define FAKE_LOADER_ITEM                                                                                               \
    void loader_item(const c18n_table *table, size_t number, void *ret_item, size_t size)                              \
    {                                                                                                                  \
        memset(ret_item, 0, size);                                                                                     \
        memcpy(ret_item, (const char *)table->at + number * table->stride,                                             \
               table->stride < size ? table->stride : size);                                                           \
    }

#define FAKE_FIND_HEADER                                                                                               \
    const char *http_find_header(const struct http_request *request, const char *lower_name)                           \
    {                                                                                                                  \
        for (size_t i = 0; i < request->header_count; i++)                                                             \
            if (strcasecmp(request->headers[i].name, lower_name) == 0)                                                 \
                return request->headers[i].value;                                                                      \
        return NULL;                                                                                                   \
    }

#endif
