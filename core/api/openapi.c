/* openapi.c: the document, and one operation a route. The route tables that the server runs by are its only source. */
#include "api/openapi.h"

#include "api/schema.h"
#include "base/json.h"
#include "base/words.h"
#include "request/server.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

enum { DOCUMENT_MEMORY_MAX = 64 << 20, OPERATION_ID_MAX = 256 };

static const char core_tag[] = "core";

static const char *tag_of(const struct route *route)
{
    return route->module ? route->module->descriptor->id : core_tag;
}

void openapi_ref(c18n_out *out, const char *member, const char *kind, const char *name)
{
    char target[128];
    snprintf(target, sizeof target, "#/components/%s/%s", kind, name);
    c18n_out_begin(out, member, '{');
    c18n_out_text(out, "$ref", target);
    c18n_out_end(out);
}

bool openapi_takes_key(const struct route *route)
{
    return strcmp(route->declared.method, "POST") == 0 && route->run == C18N_CLASS_WRITE &&
           strcmp(route->policy->declared.name, "public") != 0 &&
           !openapi_has_flag(route, C18N_ROUTE_SESSION | C18N_ROUTE_STREAM);
}

/* --- one operation --- */

/* "GET /communities/{community}/posts/" → "get_communities_by_community_posts": from what never changes, so that
 * generated clients keep their names. */
static void operation_id(const struct route *route, char ret_id[OPERATION_ID_MAX])
{
    size_t length = 0;
    for (const char *at = route->declared.method; *at != '\0' && length + 1 < OPERATION_ID_MAX; at++)
        ret_id[length++] = (char)tolower((unsigned char)*at);
    for (const char *at = route->declared.path; *at != '\0' && length + 5 < OPERATION_ID_MAX; at++) {
        if (*at == '{')
            length += (size_t)snprintf(ret_id + length, OPERATION_ID_MAX - length, "by_");
        else if (isalnum((unsigned char)*at))
            ret_id[length++] = *at;
        else if (*at == '/' ? at[1] != '\0' : *at != '}')
            ret_id[length++] = '_';
    }
    ret_id[length] = '\0';
}

static void security_scheme(c18n_out *out, const char *scheme)
{
    c18n_out_begin(out, NULL, '{');
    c18n_out_begin(out, scheme, '[');
    c18n_out_end(out);
    c18n_out_end(out);
}

/* None for "public"; a policy that is also asked without a token makes it optional. */
static void operation_security(const struct route *route, c18n_out *out)
{
    c18n_out_begin(out, "security", '[');
    if (strcmp(route->policy->declared.name, "public") != 0) {
        if (route->policy->declared.anonymous) {
            c18n_out_begin(out, NULL, '{');
            c18n_out_end(out);
        }
        security_scheme(out, "bearer");
        security_scheme(out, "session");
    }
    c18n_out_end(out);
}

/* Who logs in says who they are in one of these ways; no field by itself is required. The same words as in gate.c. */
static const char accounts[] = "email username phone user";

static bool body_has_account(const c18n_table *body)
{
    c18n_field field;
    for (uint32_t i = 0; i < body->count; i++) {
        loader_item(body, i, &field, sizeof field);
        if (words_has(accounts, field.name, strlen(field.name)))
            return true;
    }
    return false;
}

static void body_content(const struct route *route, c18n_out *out, const char *type, enum schema_use use)
{
    const c18n_table *body = &route->declared.body;
    bool one_of = openapi_has_flag(route, C18N_ROUTE_LOGIN) && body_has_account(body);
    c18n_out_begin(out, type, '{');
    schema_object_one_of(out, "schema", body, use, one_of ? accounts : NULL);
    c18n_out_end(out);
}

static void operation_body(const struct route *route, c18n_out *out)
{
    if (route->declared.body.count == 0)
        return;
    c18n_out_begin(out, "requestBody", '{');
    c18n_out_boolean(out, "required", schema_has_required(&route->declared.body));
    c18n_out_begin(out, "content", '{');
    body_content(route, out, "application/json", SCHEMA_JSON);
    body_content(route, out, "application/x-www-form-urlencoded", SCHEMA_FORM);
    c18n_out_end(out);
    c18n_out_end(out);
}

static void operation_words(const struct route *route, c18n_out *out)
{
    char id[OPERATION_ID_MAX], who[512];
    const char *help = route->policy->declared.help;
    operation_id(route, id);
    c18n_out_text(out, "operationId", id);
    c18n_out_begin(out, "tags", '[');
    c18n_out_text(out, NULL, tag_of(route));
    c18n_out_end(out);
    if (route->declared.does)
        c18n_out_text(out, "summary", route->declared.does);
    snprintf(who, sizeof who, "Who: %s.", help ? help : route->policy->declared.name);
    c18n_out_text(out, "description", who);
}

static void operation(const struct api *api, const struct route *route, c18n_out *out)
{
    char method[16] = "";
    for (size_t i = 0; route->declared.method[i] != '\0' && i + 1 < sizeof method; i++)
        method[i] = (char)tolower((unsigned char)route->declared.method[i]);
    c18n_out_begin(out, method, '{');
    operation_words(route, out);
    operation_security(route, out);
    openapi_parameters(route, out);
    operation_body(route, out);
    openapi_responses(api, route, out);
    c18n_out_end(out);
}

/* --- paths --- */

/* A trailing slash is the same resource, so it is the same path. */
static bool path_same(const char *a, const char *b)
{
    size_t a_length = strlen(a), b_length = strlen(b);
    a_length -= a_length > 1 && a[a_length - 1] == '/';
    b_length -= b_length > 1 && b[b_length - 1] == '/';
    return a_length == b_length && memcmp(a, b, a_length) == 0;
}

static bool path_came_before(const struct api *api, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (path_same(api_route(api, i)->declared.path, api_route(api, number)->declared.path))
            return true;
    return false;
}

/* "paths": every operation of every route. */
static void document_paths(struct api *api, c18n_out *out)
{
    size_t count = api_route_count(api);
    c18n_out_begin(out, "paths", '{');
    for (size_t i = 0; i < count; i++) {
        const char *path = api_route(api, i)->declared.path;
        if (path_came_before(api, i))
            continue;
        c18n_out_begin(out, path, '{');
        for (size_t j = i; j < count; j++)
            if (path_same(api_route(api, j)->declared.path, path))
                operation(api, api_route(api, j), out);
        c18n_out_end(out);
    }
    c18n_out_end(out);
}

/* --- the document --- */

static bool tag_came_before(const struct api *api, size_t number)
{
    for (size_t i = 0; i < number; i++)
        if (api_route(api, i)->module == api_route(api, number)->module)
            return true;
    return false;
}

static void document_tags(struct api *api, c18n_out *out)
{
    c18n_out_begin(out, "tags", '[');
    for (size_t i = 0; i < api_route_count(api); i++) {
        const struct module *module = api_route(api, i)->module;
        if (tag_came_before(api, i))
            continue;
        c18n_out_begin(out, NULL, '{');
        c18n_out_text(out, "name", tag_of(api_route(api, i)));
        c18n_out_text(out, "description", module ? module->descriptor->summary : "The server itself");
        c18n_out_end(out);
    }
    c18n_out_end(out);
}

static void document_info(c18n_out *out)
{
    c18n_out_begin(out, "info", '{');
    c18n_out_text(out, "title", "c18n");
    c18n_out_text(out, "version", OPENAPI_VERSION);
    c18n_out_text(
        out, "description",
        "Community discussions. Assembled from the modules that this server has loaded: a module that is switched off "
        "is not in here. Every request that changes something carries X-CSRF-Token; GET /auth/csrf gives it out.");
    c18n_out_end(out);
}

static void document_servers(const struct server *server, c18n_out *out)
{
    char url[1024];
    snprintf(url, sizeof url, "%s/api/v1", server->public_url);
    c18n_out_begin(out, "servers", '[');
    c18n_out_begin(out, NULL, '{');
    c18n_out_text(out, "url", url);
    c18n_out_end(out);
    c18n_out_end(out);
}

static int document_write(struct api *api, struct arena *arena, struct text *ret_text)
{
    size_t length;
    struct server *server = api_server(api);
    struct out *made = json_out_new(&server->host, arena);
    if (!made)
        return C18N_NO_MEMORY;
    c18n_out *out = &made->pub;
    c18n_out_text(out, "openapi", "3.1.0");
    c18n_out_text(out, "jsonSchemaDialect", "https://spec.openapis.org/oas/3.1/dialect/base");
    document_info(out);
    document_servers(server, out);
    document_tags(api, out);
    document_paths(api, out);
    openapi_components(out);
    const char *json = json_out_finish_text(made, &length);
    if (!json)
        return made->failed ? made->failed : C18N_NO_MEMORY;
    text_add(ret_text, json, length);
    return ret_text->failed ? C18N_NO_MEMORY : C18N_OK;
}

int api_openapi_make(struct api *api, struct text *ret_text)
{
    struct arena *arena = arena_new(DOCUMENT_MEMORY_MAX);
    int code = arena ? document_write(api, arena, ret_text) : C18N_NO_MEMORY;
    arena_free(arena);
    return code;
}
