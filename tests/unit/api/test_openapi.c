/* test_openapi.c: the two documents of a hand-made set of modules, parsed again and looked into. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include "api/documents.h"
#include "api/schema.h"
#include "base/json.h"
#include "boot/server.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h> /* after c18n/http.h: it makes a macro of the word fail */

/* --- two modules --- */

static const c18n_field new_body[] = {
    C18N_TEXT("name", C18N_REQUIRED, .min = 2, .max = 20, .help = "What it is called"),
    C18N_TEXT("about", C18N_NULLABLE | C18N_MULTILINE, .max = 100),
    C18N_TEXT("email", C18N_REQUIRED, .format = "email"),
    C18N_TEXT("site", 0, .format = "uri"),
    C18N_TEXT("password", C18N_REQUIRED | C18N_SECRET, .min = 8),
    C18N_TEXT("kind", 0, .choices = "red green"),
    C18N_TEXT("shade", C18N_NULLABLE, .choices = "dark"),
    C18N_TEXTS("tags", C18N_CSV, .max = 5, .item_max = 10),
    C18N_TEXTS("roles", C18N_REQUIRED, .choices = "a b"),
    C18N_INTEGER("count", 0, .min = 1, .max = 9),
    C18N_INTEGER("any", 0),
    C18N_NUMBER("weight", 0),
    C18N_BOOLEAN("open", 0),
    C18N_TIME("until", 0, .max = INT64_MAX),
    C18N_ID("parent", C18N_NULLABLE),
    C18N_TEXT("owner", C18N_REQUIRED | C18N_READ_ONLY),
};
static const c18n_field answer[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("name", 0, .max = 20),
    C18N_LINK("users", "/x/{_id}"),
    C18N_TEXT("bio", C18N_NULLABLE),
    C18N_TIME("created_on", 0),
    C18N_TEXT("hash", C18N_SECRET),
};
static const c18n_field query[] = {
    C18N_TEXT("sort", 0, .choices = "new top"),
    C18N_TIME("since", 0),
    C18N_TEXT("q", C18N_REQUIRED, .min = 1, .max = 200),
    C18N_BOOLEAN("unread", 0),
    C18N_TEXTS("by", 0),
};
static const c18n_field login_body[] = {C18N_TEXT("email", 0), C18N_TEXT("username", 0),
                                        C18N_TEXT("password", C18N_REQUIRED)};
static const c18n_field created_data[] = {C18N_TEXT("name", 0), C18N_ID("owner", 0)};
static const c18n_event_type things_events[] = {
    {"things.created", "posts", 2, "name", "actor", C18N_ALL(created_data), "A thing was made"},
};
static const c18n_module descriptors[] = {
    {.id = "things", .summary = "Things", .events = C18N_ALL(things_events)},
    {.id = "gone", .summary = "Left out", .events = C18N_ALL(things_events)},
};
static struct module modules[] = {
    {.descriptor = &descriptors[0], .state = MODULE_STARTED},
    {.descriptor = &descriptors[1], .state = MODULE_LEFT_OUT},
};

static const struct policy everybody = {.declared = {.name = "public", .help = "anybody", .anonymous = 1}};
static const struct policy person = {.declared = {.name = "user", .help = "anybody with a valid token"}};
static const struct policy reader = {.declared = {.name = "reader", .help = "who may read", .anonymous = 1}};

#define ROUTE(verb, where, class, who, ...)                                                                            \
    {                                                                                                                  \
        .module = &modules[0], .policy = &(who), .run = (class), .declared = {                                         \
            .method = (verb),                                                                                          \
            .path = (where),                                                                                           \
            __VA_ARGS__                                                                                                \
        }                                                                                                              \
    }
static const struct route routes[] = {
    {.policy = &everybody,
     .run = C18N_CLASS_INLINE,
     .declared = {.method = "GET", .path = "/openapi.json", .does = "Describe"}},
    ROUTE("POST", "/things/new", C18N_CLASS_WRITE, person, .flags = C18N_ROUTE_CREATED, .body = C18N_ALL(new_body),
          .answer = C18N_ALL(answer), .does = "Make a thing", .fails = "409 410"),
    ROUTE("GET", "/things/", C18N_CLASS_READ, reader, .flags = C18N_ROUTE_PAGE, .query = C18N_ALL(query),
          .answer = C18N_ALL(answer)),
    ROUTE("GET", "/things/{thing}", C18N_CLASS_READ, person, .answer = C18N_ALL(answer), .fails = "410"),
    ROUTE("PATCH", "/things/{thing}/", C18N_CLASS_WRITE, person, .flags = C18N_ROUTE_IF_MATCH,
          .answer = C18N_ALL(answer)),
    ROUTE("DELETE", "/things/{thing}", C18N_CLASS_WRITE, person, .does = "Delete"),
    ROUTE("GET", "/things/{thing}/history", C18N_CLASS_READ, person, .flags = C18N_ROUTE_PAGE),
    ROUTE("POST", "/things/batch", C18N_CLASS_BLOCKING, person, .flags = C18N_ROUTE_STREAM, .answer = C18N_ALL(answer)),
    ROUTE("POST", "/auth/login", C18N_CLASS_WRITE, everybody, .flags = C18N_ROUTE_LOGIN | C18N_ROUTE_SESSION,
          .body = C18N_ALL(login_body), .answer = C18N_ALL(answer)),
    ROUTE("GET", "/images/{name}", C18N_CLASS_READ, everybody, .flags = C18N_ROUTE_BLOB, .does = "A picture"),
};
enum { ROUTES = sizeof routes / sizeof *routes };

/* --- what the documents ask --- */

static struct server server;
size_t api_route_count(const struct api *api)
{
    return api ? ROUTES : 0;
}
const struct route *api_route(const struct api *api, size_t number)
{
    return api ? &routes[number] : NULL;
}
struct server *api_server(const struct api *api)
{
    return api ? &server : NULL;
}
bool api_param_is_id(const struct route *route, const char *name)
{
    return route && strcmp(name, "name") != 0;
}
size_t loader_count(const struct loader *loader)
{
    (void)loader;
    return 2;
}
struct module *loader_at(const struct loader *loader, size_t number)
{
    (void)loader;
    return &modules[number];
}
void loader_item(const c18n_table *table, size_t number, void *ret_item, size_t size)
{
    memset(ret_item, 0, size);
    memcpy(ret_item, (const char *)table->at + number * table->stride, table->stride < size ? table->stride : size);
}

static json_t *openapi, *asyncapi;

static json_t *made(int (*make)(struct api *, struct text *))
{
    json_error_t error;
    struct text text;
    struct api *api = (struct api *)(void *)&server; /* never looked into */
    text_init(&text, NULL, 0);
    assert_int_equal(make(api, &text), C18N_OK);
    json_t *document = json_loadb(text.at, text.length, JSON_REJECT_DUPLICATES, &error);
    if (!document)
        fail_msg("%s at %d: %.60s", error.text, error.position,
                 text.at + (error.position > 30 ? error.position - 30 : 0));
    text_free(&text);
    return document;
}

static int make_both(void **state)
{
    (void)state;
    server.host.json = &json_family;
    server.public_url = (char *)(uintptr_t) "https://forum.example.org:8443/base";
    openapi = made(api_openapi_make);
    asyncapi = made(api_asyncapi_make);
    return 0;
}

static int drop_both(void **state)
{
    (void)state;
    json_decref(openapi);
    json_decref(asyncapi);
    return 0;
}

/* Looks down a path of members: at(x, "a", "b", NULL). NULL: not there. */
static json_t *at(json_t *value, ...)
{
    va_list names;
    va_start(names, value);
    for (const char *name; (name = va_arg(names, const char *));)
        value = json_object_get(value, name);
    va_end(names);
    return value;
}

static void assert_text(const json_t *value, const char *expected)
{
    assert_true(json_is_string(value));
    assert_string_equal(json_string_value(value), expected);
}

static void assert_json(const json_t *value, const char *expected)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_SORT_KEYS | JSON_ENCODE_ANY);
    assert_non_null(text);
    assert_string_equal(text, expected);
    free(text);
}

static json_t *operation(const char *path, const char *method)
{
    return at(openapi, "paths", path, method, NULL);
}

static bool has_parameter(json_t *of, const char *name)
{
    size_t i;
    json_t *parameter;
    char reference[128];
    snprintf(reference, sizeof reference, "#/components/parameters/%s", name);
    json_array_foreach(at(of, "parameters", NULL), i, parameter)
    {
        const char *own = json_string_value(json_object_get(parameter, "name"));
        const char *target = json_string_value(json_object_get(parameter, "$ref"));
        if ((own && strcmp(own, name) == 0) || (target && strcmp(target, reference) == 0))
            return true;
    }
    return false;
}

/* --- openapi.json --- */

static void test_head(void **state)
{
    (void)state;
    assert_text(at(openapi, "openapi", NULL), "3.1.0");
    assert_true(json_is_string(at(openapi, "info", "version", NULL)));
    assert_json(at(openapi, "servers", NULL), "[{\"url\":\"https://forum.example.org:8443/base/api/v1\"}]");
    assert_json(
        at(openapi, "tags", NULL),
        "[{\"description\":\"The server itself\",\"name\":\"core\"},{\"description\":\"Things\",\"name\":\"things\"}]");
    assert_json(at(openapi, "components", "securitySchemes", NULL),
                "{\"bearer\":{\"bearerFormat\":\"JWT\",\"scheme\":\"bearer\",\"type\":\"http\"},"
                "\"session\":{\"in\":\"cookie\",\"name\":\"c18n_session\",\"type\":\"apiKey\"}}");
}

static void test_paths(void **state)
{
    (void)state;
    assert_int_equal(json_object_size(at(openapi, "paths", NULL)), 8);
    assert_int_equal(json_object_size(at(openapi, "paths", "/things/{thing}", NULL)),
                     3); /* with or without the slash */
    assert_null(at(openapi, "paths", "/things/{thing}/", NULL));
    assert_text(at(operation("/things/new", "post"), "operationId", NULL), "post_things_new");
    assert_text(at(operation("/things/", "get"), "operationId", NULL), "get_things");
    assert_text(at(operation("/things/{thing}/history", "get"), "operationId", NULL), "get_things_by_thing_history");
    assert_text(at(operation("/openapi.json", "get"), "operationId", NULL), "get_openapi_json");
    assert_text(at(operation("/things/new", "post"), "summary", NULL), "Make a thing");
    assert_text(at(operation("/things/new", "post"), "description", NULL), "Who: anybody with a valid token.");
    assert_json(at(operation("/things/new", "post"), "tags", NULL), "[\"things\"]");
}

static void test_security(void **state)
{
    (void)state;
    assert_json(at(operation("/things/new", "post"), "security", NULL), "[{\"bearer\":[]},{\"session\":[]}]");
    assert_json(at(operation("/things/", "get"), "security", NULL), "[{},{\"bearer\":[]},{\"session\":[]}]");
    assert_json(at(operation("/openapi.json", "get"), "security", NULL), "[]");
}

static void test_parameters(void **state)
{
    static const struct {
        const char *path, *method, *has, *lacks;
    } rows[] = {
        {"/things/new", "post", "CsrfToken", "IfMatch"},
        {"/things/new", "post", "IdempotencyKey", "Limit"},
        {"/things/", "get", "Limit", "CsrfToken"},
        {"/things/", "get", "After", "IdempotencyKey"},
        {"/things/", "get", "q", "thing"},
        {"/things/{thing}", "patch", "IfMatch", "IdempotencyKey"},
        {"/things/{thing}", "patch", "CsrfToken", "After"},
        {"/things/{thing}", "delete", "CsrfToken", "IfMatch"},
        {"/things/{thing}", "get", "thing", "CsrfToken"},
        {"/things/batch", "post", "CsrfToken", "IdempotencyKey"},
        {"/auth/login", "post", "CsrfToken", "IdempotencyKey"},
        {"/images/{name}", "get", "name", "Limit"},
        {"/images/{name}", "get", "Range", "CsrfToken"},
        {"/images/{name}", "get", "IfRange", "IfMatch"},
        {"/things/{thing}", "get", "IfNoneMatch", "Range"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *of = operation(rows[i].path, rows[i].method);
        if (!has_parameter(of, rows[i].has) || has_parameter(of, rows[i].lacks))
            fail_msg("%s %s: %s, %s", rows[i].method, rows[i].path, rows[i].has, rows[i].lacks);
    }
    assert_true(json_is_true(at(openapi, "components", "parameters", "CsrfToken", "required", NULL)));
    json_t *id = json_array_get(at(operation("/things/{thing}", "get"), "parameters", NULL), 0);
    assert_text(at(id, "in", NULL), "path");
    assert_text(at(id, "schema", "format", NULL), "uuid");
    json_t *name = json_array_get(at(operation("/images/{name}", "get"), "parameters", NULL), 0);
    assert_null(at(name, "schema", "format", NULL));
    assert_int_equal(json_integer_value(at(name, "schema", "maxLength", NULL)), 255);
    json_t *of_list = at(operation("/things/", "get"), "parameters", NULL);
    assert_json(at(json_array_get(of_list, 0), "schema", NULL), "{\"enum\":[\"new\",\"top\"],\"type\":\"string\"}");
    assert_json(
        json_array_get(of_list, 1),
        "{\"allowEmptyValue\":true,\"in\":\"query\",\"name\":\"since\",\"schema\":{\"description\":\"Unix seconds\","
        "\"format\":\"int64\",\"maximum\":253402300799,\"minimum\":0,\"type\":\"integer\"}}");
    assert_true(json_is_true(at(json_array_get(of_list, 2), "required", NULL)));
    assert_json(at(json_array_get(of_list, 3), "schema", "enum", NULL),
                "[\"true\",\"false\",\"1\",\"0\",\"on\",\"off\"]");
}

#define END     "(?![\\\\s\\\\S])"
#define CONTROL "\\\\u0000-\\\\u001f\\\\u007f-\\\\u009f"
#define INVISIBLE                                                                                                      \
    " \\\\t\\\\n\\\\r\\\\u00a0\\\\u00ad\\\\u1680\\\\u180e\\\\u2000-\\\\u200f\\\\u2028-\\\\u202f\\\\u205f-\\\\u206f"    \
    "\\\\u3000\\\\u3164\\\\ufeff"
#define UUID_PATTERN "^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}" END

static void test_body(void **state)
{
    static const struct {
        const char *name, *schema;
    } rows[] = {
        {"name", "{\"description\":\"What it is called\",\"maxLength\":20,\"minLength\":2,\"pattern\":\"^[^" CONTROL
                 "]*[^" CONTROL INVISIBLE "][^" CONTROL "]*" END "\",\"type\":\"string\"}"},
        {"kind", "{\"enum\":[\"red\",\"green\"],\"type\":\"string\"}"},
        {"shade", "{\"enum\":[\"dark\",null],\"type\":[\"string\",\"null\"]}"},
        {"count", "{\"format\":\"int64\",\"maximum\":9,\"minimum\":1,\"type\":\"integer\"}"},
        {"any", "{\"format\":\"int64\",\"maximum\":9223372036854775807,\"minimum\":-9223372036854775808,\"type\":"
                "\"integer\"}"},
        {"weight", "{\"format\":\"double\",\"type\":\"number\"}"},
        {"open", "{\"type\":\"boolean\"}"},
        {"until", "{\"description\":\"Unix "
                  "seconds\",\"format\":\"int64\",\"maximum\":253402300799,\"minimum\":0,\"type\":\"integer\"}"},
        {"parent", "{\"format\":\"uuid\",\"pattern\":\"" UUID_PATTERN "\",\"type\":[\"string\",\"null\"]}"},
        {"roles", "{\"items\":{\"enum\":[\"a\",\"b\"],\"type\":\"string\"},\"maxItems\":1000,\"minItems\":1,\"type\":"
                  "\"array\"}"},
    };
    (void)state;
    json_t *body = at(operation("/things/new", "post"), "requestBody", NULL);
    json_t *schema = at(body, "content", "application/json", "schema", NULL);
    assert_true(json_is_true(at(body, "required", NULL)));
    assert_true(json_is_false(at(schema, "additionalProperties", NULL)));
    assert_json(at(schema, "required", NULL), "[\"name\",\"email\",\"password\",\"roles\"]");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
        assert_json(at(schema, "properties", rows[i].name, NULL), rows[i].schema);
    json_t *properties = at(schema, "properties", NULL);
    assert_null(at(properties, "owner", NULL)); /* can't be sent, so it isn't there */
    assert_text(at(properties, "email", "format", NULL), "email");
    assert_int_equal(json_integer_value(at(properties, "email", "maxLength", NULL)), 254);
    assert_null(at(properties, "site", "format", NULL)); /* "" is taken too, which is no URI: the pattern says it */
    assert_true(json_is_true(at(properties, "password", "writeOnly", NULL)));
    assert_int_equal(json_array_size(at(properties, "tags", "anyOf", NULL)), 2);
    assert_text(at(json_array_get(at(properties, "tags", "anyOf", NULL), 1), "pattern", NULL),
                "^[ \\t,]*(?:(?:[^\\u0000-\\u001f\\u007f-\\u009f, "
                "](?:[^\\u0000-\\u001f\\u007f-\\u009f,]{0,8}[^\\u0000-\\u001f\\u007f-\\u009f, ])?)"
                "(?:[ \\t]*,[ \\t,]*(?:[^\\u0000-\\u001f\\u007f-\\u009f, "
                "](?:[^\\u0000-\\u001f\\u007f-\\u009f,]{0,8}[^\\u0000-\\u001f\\u007f-\\u009f, ])?))"
                "{0,4})?[ \\t,]*(?![\\s\\S])");
    assert_null(at(operation("/things/{thing}", "delete"), "requestBody", NULL));
}

static void test_form(void **state)
{
    (void)state;
    json_t *schema = at(operation("/things/new", "post"), "requestBody", "content", "application/x-www-form-urlencoded",
                        "schema", NULL);
    assert_json(at(schema, "required", NULL), "[\"name\",\"email\",\"password\",\"roles\"]");
    assert_text(at(schema, "properties", "parent", "type", NULL), "string"); /* a form can't say null */
    assert_json(at(schema, "properties", "open", NULL),
                "{\"enum\":[\"true\",\"false\",\"1\",\"0\",\"on\",\"off\"],\"type\":\"string\"}");
    /* Empty items are passed over; where one is required, one must count. */
    assert_json(json_array_get(at(schema, "properties", "tags", "anyOf", NULL), 0),
                "{\"items\":{\"pattern\":\"^[ \\\\t]*(?:[^" CONTROL ", ](?:[^" CONTROL ",]{0,8}[^" CONTROL
                ", ])?)?[ \\\\t]*" END "\",\"type\":\"string\"},\"maxItems\":5,\"type\":\"array\"}");
    assert_json(json_array_get(at(schema, "properties", "roles", "anyOf", NULL), 0),
                "{\"contains\":{\"pattern\":\"^[ \\\\t]*(?:a|b)[ \\\\t]*" END "\",\"type\":\"string\"},"
                "\"items\":{\"pattern\":\"^[ \\\\t]*(?:a|b)?[ \\\\t]*" END "\",\"type\":\"string\"},"
                "\"maxItems\":1000,\"minItems\":1,\"type\":\"array\"}");
    assert_true(json_is_false(at(schema, "additionalProperties", NULL)));
}

/* Who logs in gives one of several names. */
static void test_login(void **state)
{
    (void)state;
    json_t *schema = at(operation("/auth/login", "post"), "requestBody", "content", "application/json", "schema", NULL);
    assert_json(at(schema, "anyOf", NULL), "[{\"required\":[\"email\"]},{\"required\":[\"username\"]}]");
    assert_json(at(schema, "required", NULL), "[\"password\"]");
    assert_null(
        at(operation("/things/new", "post"), "requestBody", "content", "application/json", "schema", "anyOf", NULL));
}

static void test_answers(void **state)
{
    (void)state;
    json_t *one = at(operation("/things/{thing}", "get"), "responses", "200", NULL);
    assert_json(
        at(one, "content", "application/json", "schema", NULL),
        "{\"properties\":{\"_id\":{\"format\":\"uuid\",\"type\":\"string\"},\"bio\":{\"type\":[\"string\",\"null\"]},"
        "\"created_on\":{\"description\":\"Unix "
        "seconds\",\"format\":\"int64\",\"type\":\"integer\"},\"name\":{\"type\":\"string\"},"
        "\"users\":{\"description\":\"Absolute URL\",\"format\":\"uri\",\"type\":\"string\"}},\"type\":\"object\"}");
    assert_non_null(at(one, "headers", "ETag", NULL));
    assert_null(at(one, "headers", "Link", NULL));
    json_t *page = at(operation("/things/", "get"), "responses", "200", NULL);
    assert_text(at(page, "content", "application/json", "schema", "type", NULL), "array");
    assert_non_null(at(page, "content", "application/json", "schema", "items", "properties", "_id", NULL));
    assert_non_null(at(page, "headers", "Link", NULL));
    json_t *history = at(operation("/things/{thing}/history", "get"), "responses", "200", NULL);
    assert_json(at(history, "content", "application/json", "schema", "items", NULL),
                "{\"$ref\":\"#/components/schemas/HistoryEvent\"}");
    json_t *stream = at(operation("/things/batch", "post"), "responses", "200", NULL);
    assert_non_null(at(stream, "content", "application/x-ndjson", NULL));
    assert_null(at(stream, "content", "application/json", NULL));
    assert_non_null(at(operation("/things/new", "post"), "responses", "200", "headers", "Location", NULL));
    json_t *part = at(operation("/images/{name}", "get"), "responses", "206", NULL);
    assert_non_null(at(part, "content", "*/*", NULL));
    assert_non_null(at(part, "headers", "Content-Range", NULL));
    json_t *whole = at(operation("/images/{name}", "get"), "responses", "200", NULL);
    assert_null(at(whole, "content", "application/json", NULL));
    assert_null(at(whole, "headers", "Content-Range", NULL));
    assert_non_null(at(whole, "headers", "Accept-Ranges", NULL));
}

static void test_failures(void **state)
{
    static const struct {
        const char *path, *method, *has, *lacks;
    } rows[] = {
        {"/things/new", "post", "400 401 403 409 410 413 415 422 429 500 503 507", "304 404 412"},
        {"/things/", "get", "304 400 401 403 429 503", "409 410 412 415 422 507"},
        {"/things/{thing}", "get", "304 401 404 410", "403 409 412 507"},
        {"/things/{thing}", "patch", "403 404 412 422", "304 409 410"},
        {"/openapi.json", "get", "304 400 401 429", "403 404 507"},
        {"/things/batch", "post", "403 507", "304 206 416"},
        {"/images/{name}", "get", "200 206 304 404 412 416", "403 507"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        json_t *responses = at(operation(rows[i].path, rows[i].method), "responses", NULL);
        char status[4] = "";
        for (const char *word = rows[i].has; strlen(word) >= 3; word += word[3] ? 4 : 3) {
            memcpy(status, word, 3);
            if (!json_object_get(responses, status))
                fail_msg("%s %s lacks %s", rows[i].method, rows[i].path, status);
        }
        for (const char *word = rows[i].lacks; strlen(word) >= 3; word += word[3] ? 4 : 3) {
            memcpy(status, word, 3);
            if (json_object_get(responses, status))
                fail_msg("%s %s has %s", rows[i].method, rows[i].path, status);
        }
    }
}

/* Every $ref of a document leads somewhere. */
static void check_references(json_t *document, json_t *value)
{
    const char *name;
    json_t *member;
    size_t i;
    json_array_foreach(value, i, member) check_references(document, member);
    json_object_foreach(value, name, member)
    {
        if (strcmp(name, "$ref") != 0) {
            check_references(document, member);
            continue;
        }
        char *copy = strdup(json_string_value(member)), *rest = copy + 2;
        json_t *target = document;
        assert_memory_equal(copy, "#/", 2);
        for (char *part; target && (part = strsep(&rest, "/"));)
            target = json_object_get(target, part);
        if (!target)
            fail_msg("%s leads nowhere", json_string_value(member));
        free(copy);
    }
}

static void test_references(void **state)
{
    (void)state;
    check_references(openapi, openapi);
    check_references(asyncapi, asyncapi);
}

/* --- asyncapi.json --- */

static void test_events(void **state)
{
    (void)state;
    assert_text(at(asyncapi, "asyncapi", NULL), "3.0.0");
    assert_json(at(asyncapi, "servers", "public", NULL),
                "{\"host\":\"forum.example.org:8443\",\"pathname\":\"/api/v1\",\"protocol\":\"https\"}");
    assert_json(at(asyncapi, "channels", "posts", NULL), "{\"address\":\"posts\",\"messages\":{\"things.created\":{\"$"
                                                         "ref\":\"#/components/messages/things.created\"}}}");
    assert_null(at(asyncapi, "channels", "likes", NULL)); /* no loaded module has events there */
    assert_non_null(at(asyncapi, "channels", "users", "messages", "auth.revoked", NULL));
    assert_json(at(asyncapi, "operations", "publish_posts", NULL),
                "{\"action\":\"send\",\"channel\":{\"$ref\":\"#/channels/posts\"}}");
    json_t *message = at(asyncapi, "components", "messages", "things.created", NULL);
    assert_text(at(message, "summary", NULL), "A thing was made");
    assert_non_null(strstr(json_string_value(at(message, "description", NULL)), "(actor)"));
    json_t *own = at(json_array_get(at(message, "payload", "allOf", NULL), 1), "properties", NULL);
    assert_text(at(own, "type", "const", NULL), "things.created");
    assert_int_equal(json_integer_value(at(own, "version", "const", NULL)), 2);
    assert_text(at(own, "data", "properties", "owner", "format", NULL), "uuid");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head),       cmocka_unit_test(test_paths),   cmocka_unit_test(test_security),
        cmocka_unit_test(test_parameters), cmocka_unit_test(test_body),    cmocka_unit_test(test_form),
        cmocka_unit_test(test_login),      cmocka_unit_test(test_answers), cmocka_unit_test(test_failures),
        cmocka_unit_test(test_references), cmocka_unit_test(test_events),
    };
    return cmocka_run_group_tests(tests, make_both, drop_both);
}
