/* openapi_responses.c: what an operation answers: its 200, and every status that it can fail with. */
#include "api/openapi.h"

#include "api/render.h"
#include "api/schema.h"
#include "base/words.h"

#include <stdio.h>
#include <string.h>

/* --- failures --- */

static bool always(const struct route *route)
{
    return route != NULL;
}
static bool changes(const struct route *route)
{
    return !openapi_is_get(route);
}
static bool writes(const struct route *route)
{
    return route->run == C18N_CLASS_WRITE || route->run == C18N_CLASS_BLOCKING;
}
static bool has_parameter(const struct route *route)
{
    return strchr(route->declared.path, '{') != NULL;
}
static bool may_be_invalid(const struct route *route)
{
    return changes(route) || route->hooks;
}
static bool takes_if_match(const struct route *route)
{
    return openapi_has_flag(route, C18N_ROUTE_IF_MATCH) || openapi_has_flag(route, C18N_ROUTE_BLOB);
}
static bool has_ranges(const struct route *route)
{
    return openapi_has_flag(route, C18N_ROUTE_BLOB);
}

/* CSRF on what changes; else only a policy that looks at more than the token says it, or a hook. */
static bool may_forbid(const struct route *route)
{
    const char *policy = route->policy->declared.name;
    return changes(route) || route->hooks || (strcmp(policy, "public") != 0 && strcmp(policy, "user") != 0);
}

static const struct {
    int status;
    bool (*can)(const struct route *route); /* without being named in the route's `fails` */
} failures[] = {
    {400, always},  {401, always},     {403, may_forbid},     {404, has_parameter}, {408, changes},
    {409, NULL},    {410, NULL},       {412, takes_if_match}, {413, changes},       {414, always},
    {415, changes}, {416, has_ranges}, {417, NULL},           {421, always},        {422, may_be_invalid},
    {426, NULL},    {429, always},     {431, always},         {500, always},        {503, always},
    {507, writes},
};

static void add_failures(const struct route *route, c18n_out *out)
{
    char status[8], name[16];
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++) {
        snprintf(status, sizeof status, "%d", failures[i].status);
        bool can = failures[i].can && failures[i].can(route);
        if (!can && !words_has(route->declared.fails, status, strlen(status)))
            continue;
        snprintf(name, sizeof name, "Problem%s", status);
        openapi_ref(out, status, "responses", name);
    }
}

/* --- success --- */

/* Routes that answer by c18n_reply_history have no table of their own: the events are the host's. */
static bool is_history(const struct route *route)
{
    static const char ending[] = "/history";
    size_t length = strlen(route->declared.path);
    return openapi_has_flag(route, C18N_ROUTE_PAGE) && route->declared.answer.count == 0 &&
           length >= sizeof ending - 1 && strcmp(route->declared.path + length - (sizeof ending - 1), ending) == 0;
}

static void add_array(const struct api *api, const struct route *route, c18n_out *out)
{
    c18n_out_begin(out, "schema", '{');
    c18n_out_text(out, "type", "array");
    c18n_out_integer(out, "maxItems", 100);
    if (is_history(route))
        openapi_ref(out, "items", "schemas", "HistoryEvent");
    else
        schema_answer(out, "items", &route->declared.answer, render_point(api, &route->declared.answer));
    c18n_out_end(out);
}

static void add_stream(c18n_out *out)
{
    c18n_out_begin(out, "application/x-ndjson", '{');
    c18n_out_begin(out, "schema", '{');
    c18n_out_text(out, "type", "string");
    c18n_out_text(out, "description", "A JSON object a line, as it goes");
    c18n_out_end(out);
    c18n_out_end(out);
}

static void add_bytes(c18n_out *out)
{
    c18n_out_begin(out, "*/*", '{');
    c18n_out_end(out);
}

static void add_content(const struct api *api, const struct route *route, c18n_out *out)
{
    c18n_out_begin(out, "content", '{');
    if (openapi_has_flag(route, C18N_ROUTE_STREAM)) {
        add_stream(out);
    } else if (openapi_has_flag(route, C18N_ROUTE_BLOB)) {
        add_bytes(out);
    } else {
        c18n_out_begin(out, "application/json", '{');
        if (openapi_has_flag(route, C18N_ROUTE_PAGE))
            add_array(api, route, out);
        else
            schema_answer(out, "schema", &route->declared.answer, render_point(api, &route->declared.answer));
        c18n_out_end(out);
    }
    c18n_out_end(out);
}

static bool has_etag(const struct route *route)
{
    return !openapi_has_flag(route, C18N_ROUTE_STREAM) && (openapi_is_get(route) || route->declared.answer.count > 0);
}

static void add_headers(const struct route *route, bool part, c18n_out *out)
{
    bool bytes = openapi_has_flag(route, C18N_ROUTE_BLOB);
    const struct {
        bool has;
        const char *header, *component;
    } headers[] = {
        {has_etag(route), "ETag", "ETag"},
        {bytes, "Accept-Ranges", "AcceptRanges"},
        {bytes, "Content-Disposition", "ContentDisposition"},
        {part, "Content-Range", "ContentRange"},
        {openapi_has_flag(route, C18N_ROUTE_PAGE), "Link", "Link"},
        {openapi_has_flag(route, C18N_ROUTE_CREATED), "Location", "Location"},
        {openapi_has_flag(route, C18N_ROUTE_SESSION), "Set-Cookie", "SetCookie"},
        {openapi_takes_key(route), "Idempotency-Replayed", "IdempotencyReplayed"},
        {true, "RateLimit-Limit", "RateLimitLimit"},
        {true, "RateLimit-Remaining", "RateLimitRemaining"},
        {true, "RateLimit-Reset", "RateLimitReset"},
    };
    c18n_out_begin(out, "headers", '{');
    for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
        if (headers[i].has)
            openapi_ref(out, headers[i].header, "headers", headers[i].component);
    c18n_out_end(out);
}

static void add_success(const struct api *api, const struct route *route, const char *status, c18n_out *out)
{
    bool part = strcmp(status, "206") == 0;
    c18n_out_begin(out, status, '{');
    c18n_out_text(out, "description", part ? "A part of it" : route->declared.does ? route->declared.does : "Done");
    add_headers(route, part, out);
    add_content(api, route, out);
    c18n_out_end(out);
}

void openapi_responses(const struct api *api, const struct route *route, c18n_out *out)
{
    c18n_out_begin(out, "responses", '{');
    add_success(api, route, "200", out);
    if (openapi_has_flag(route, C18N_ROUTE_BLOB))
        add_success(api, route, "206", out);
    if (openapi_is_get(route) && has_etag(route))
        openapi_ref(out, "304", "responses", "NotModified");
    add_failures(route, out);
    c18n_out_end(out);
}
