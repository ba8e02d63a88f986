/* openapi_parameters.c: what an operation takes in its path, its query and its headers. */
#include "api/openapi.h"

#include "api/schema.h"

#include <stdio.h>
#include <string.h>

enum { PARAMETER_NAME_MAX = 128 };

/* A free segment: what route.c takes. "." and ".." are never names. */
static void free_text_schema(c18n_out *out)
{
    c18n_out_begin(out, "schema", '{');
    c18n_out_text(out, "type", "string");
    c18n_out_integer(out, "minLength", 1);
    c18n_out_integer(out, "maxLength", 255);
    c18n_out_text(out, "pattern", "^(?!\\.{1,2}(?![\\s\\S]))[^/\\\\\\u0000-\\u001f\\u007f]+(?![\\s\\S])");
    c18n_out_end(out);
}

static void path_parameter(const struct route *route, c18n_out *out, const char *name)
{
    c18n_out_begin(out, NULL, '{');
    c18n_out_text(out, "name", name);
    c18n_out_text(out, "in", "path");
    c18n_out_boolean(out, "required", true);
    if (api_param_is_id(route, name))
        schema_id(out, "schema");
    else
        free_text_schema(out);
    c18n_out_end(out);
}

static void path_parameters(const struct route *route, c18n_out *out)
{
    char name[PARAMETER_NAME_MAX];
    for (const char *at = strchr(route->declared.path, '{'); at; at = strchr(at, '{')) {
        size_t length = strcspn(++at, "}");
        snprintf(name, sizeof name, "%.*s", (int)length, at);
        path_parameter(route, out, name);
    }
}

static void query_parameter(c18n_out *out, const c18n_field *field)
{
    bool is_text = field->type == C18N_FIELD_TEXT || field->type == C18N_FIELD_TEXTS;
    c18n_out_begin(out, NULL, '{');
    c18n_out_text(out, "name", field->name);
    c18n_out_text(out, "in", "query");
    if (field->help)
        c18n_out_text(out, "description", field->help);
    if (field->flags & C18N_REQUIRED)
        c18n_out_boolean(out, "required", true);
    else if (!is_text)
        c18n_out_boolean(out, "allowEmptyValue", true); /* as good as absent */
    schema_field(out, "schema", field, SCHEMA_FORM);
    c18n_out_end(out);
}

static void query_parameters(const struct route *route, c18n_out *out)
{
    c18n_field field;
    for (uint32_t i = 0; i < route->declared.query.count; i++) {
        loader_item(&route->declared.query, i, &field, sizeof field);
        if (!(field.flags & C18N_READ_ONLY))
            query_parameter(out, &field);
    }
}

void openapi_parameters(const struct route *route, c18n_out *out)
{
    const struct {
        bool takes;
        const char *component;
    } shared[] = {
        {openapi_has_flag(route, C18N_ROUTE_PAGE), "Limit"},
        {openapi_has_flag(route, C18N_ROUTE_PAGE), "After"},
        {!openapi_is_get(route), "CsrfToken"},
        {openapi_takes_key(route), "IdempotencyKey"},
        {openapi_has_flag(route, C18N_ROUTE_IF_MATCH), "IfMatch"},
        {openapi_is_get(route) && !openapi_has_flag(route, C18N_ROUTE_STREAM), "IfNoneMatch"},
        {openapi_has_flag(route, C18N_ROUTE_BLOB), "Range"},
        {openapi_has_flag(route, C18N_ROUTE_BLOB), "IfRange"},
    };
    c18n_out_begin(out, "parameters", '[');
    path_parameters(route, out);
    query_parameters(route, out);
    for (size_t i = 0; i < sizeof shared / sizeof *shared; i++)
        if (shared[i].takes)
            openapi_ref(out, NULL, "parameters", shared[i].component);
    c18n_out_end(out);
}
