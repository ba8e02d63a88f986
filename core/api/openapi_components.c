/* openapi_components.c: what all operations share. What never changes stands here as JSON, for it reads best so. */
#include "api/openapi.h"

#include "api/problem.h"

#include <stdio.h>
#include <string.h>

/* --- as JSON --- */

static const char security_schemes[] = "{\"bearer\":{\"type\":\"http\",\"scheme\":\"bearer\",\"bearerFormat\":\"JWT\"},"
                                       "\"session\":{\"type\":\"apiKey\",\"in\":\"cookie\",\"name\":\"c18n_session\"}}";

static const char schemas[] =
    "{\"Problem\":{\"type\":\"object\",\"description\":\"RFC 9457\","
    "\"required\":[\"type\",\"title\",\"status\",\"detail\",\"code\"],\"properties\":{"
    "\"type\":{\"type\":\"string\",\"format\":\"uri\"},\"title\":{\"type\":\"string\"},"
    "\"status\":{\"type\":\"integer\",\"minimum\":400,\"maximum\":599},\"detail\":{\"type\":\"string\"},"
    "\"code\":{\"type\":\"string\",\"pattern\":\"^[a-z0-9_]+$\",\"description\":\"One word for programs\"},"
    "\"request_id\":{\"type\":\"string\"},"
    "\"errors\":{\"type\":\"array\",\"items\":{\"type\":\"object\",\"required\":[\"field\",\"detail\"],"
    "\"properties\":{\"field\":{\"type\":\"string\"},\"detail\":{\"type\":\"string\"}}}}}},"
    "\"HistoryEvent\":{\"type\":\"object\",\"required\":[\"event_id\",\"type\",\"version\",\"time\",\"actor\",\"data\"]"
    ",\"properties\":{"
    "\"event_id\":{\"type\":\"string\",\"format\":\"uuid\"},\"type\":{\"type\":\"string\"},\"version\":{\"type\":"
    "\"integer\"},"
    "\"time\":{\"type\":\"number\",\"description\":\"Unix seconds, with milliseconds as fraction\"},"
    "\"actor\":{\"type\":\"string\",\"description\":\"An id, system or anonymous\"},"
    "\"on_behalf_of\":{\"type\":[\"string\",\"null\"]},\"data\":{\"type\":\"object\"}}}}";

/* `x-server-made`: only the server can make such a value; a made-up one is refused however well it is formed. */
static const char parameters[] =
    "{\"Limit\":{\"name\":\"limit\",\"in\":\"query\",\"description\":\"Items of a page\","
    "\"schema\":{\"type\":\"integer\",\"minimum\":1,\"maximum\":100,\"default\":10}},"
    "\"After\":{\"name\":\"after\",\"in\":\"query\",\"x-server-made\":true,"
    "\"description\":\"Where the page begins: take the whole next URL from the Link header\","
    "\"schema\":{\"type\":\"string\",\"minLength\":1,\"pattern\":\"^[A-Za-z0-9_-]+$\"}},"
    "\"CsrfToken\":{\"name\":\"X-CSRF-Token\",\"in\":\"header\",\"required\":true,\"x-server-made\":true,"
    "\"description\":\"Of login or GET /auth/csrf; bound to the session\","
    "\"schema\":{\"type\":\"string\",\"pattern\":\"^[A-Za-z0-9_-]{43}$\"}},"
    "\"IdempotencyKey\":{\"name\":\"Idempotency-Key\",\"in\":\"header\","
    "\"description\":\"The same key with the same body gives the first answer again, for 24 hours\","
    "\"schema\":{\"type\":\"string\",\"minLength\":1,\"maxLength\":255,\"pattern\":\"^[!-~](?:[ -~]*[!-~])?$\"}},"
    "\"IfMatch\":{\"name\":\"If-Match\",\"in\":\"header\",\"x-server-made\":true,"
    "\"description\":\"The ETag that the change is based on; * for any\",\"schema\":{\"type\":\"string\"}},"
    "\"IfNoneMatch\":{\"name\":\"If-None-Match\",\"in\":\"header\","
    "\"description\":\"The ETag that the client has\",\"schema\":{\"type\":\"string\"}},"
    "\"Range\":{\"name\":\"Range\",\"in\":\"header\","
    "\"description\":\"One range of bytes: bytes=0-499\",\"schema\":{\"type\":\"string\"}},"
    "\"IfRange\":{\"name\":\"If-Range\",\"in\":\"header\","
    "\"description\":\"The ETag of which the client has a part\",\"schema\":{\"type\":\"string\"}}}";

static const char headers[] =
    "{\"ETag\":{\"schema\":{\"type\":\"string\"},\"description\":\"For If-None-Match and If-Match\"},"
    "\"AcceptRanges\":{\"schema\":{\"type\":\"string\",\"const\":\"bytes\"}},"
    "\"ContentDisposition\":{\"schema\":{\"type\":\"string\"},\"description\":\"With the file's name\"},"
    "\"ContentRange\":{\"schema\":{\"type\":\"string\"},\"description\":\"Which bytes of how many\"},"
    "\"Link\":{\"schema\":{\"type\":\"string\"},\"description\":\"<URL>; rel=\\\"next\\\" while there are more\"},"
    "\"Location\":{\"schema\":{\"type\":\"string\",\"format\":\"uri\"},\"description\":\"The resource's URL\"},"
    "\"SetCookie\":{\"schema\":{\"type\":\"string\"},\"description\":\"The session or the pre-session\"},"
    "\"IdempotencyReplayed\":{\"schema\":{\"type\":\"string\",\"const\":\"true\"},\"description\":\"An answer given "
    "before\"},"
    "\"RateLimitLimit\":{\"schema\":{\"type\":\"integer\"},\"description\":\"Requests a minute\"},"
    "\"RateLimitRemaining\":{\"schema\":{\"type\":\"integer\"}},"
    "\"RateLimitReset\":{\"schema\":{\"type\":\"integer\"},\"description\":\"Seconds\"},"
    "\"RetryAfter\":{\"schema\":{\"type\":\"integer\"},\"description\":\"Seconds\"},"
    "\"WwwAuthenticate\":{\"schema\":{\"type\":\"string\"}}}";

static void add_json(c18n_out *out, const char *name, const char *json)
{
    c18n_out_raw(out, name, (c18n_bytes){json, strlen(json)});
}

/* --- answers to what fails --- */

static const struct {
    int status;
    const char *header, *component; /* NULL: none of its own */
} problems[] = {
    {400, NULL, NULL},
    {401, "WWW-Authenticate", "WwwAuthenticate"},
    {403, NULL, NULL},
    {404, NULL, NULL},
    {408, NULL, NULL},
    {409, NULL, NULL},
    {410, NULL, NULL},
    {412, NULL, NULL},
    {413, NULL, NULL},
    {414, NULL, NULL},
    {415, NULL, NULL},
    {416, "Content-Range", "ContentRange"},
    {417, NULL, NULL},
    {421, NULL, NULL},
    {422, NULL, NULL},
    {426, NULL, NULL},
    {429, "Retry-After", "RetryAfter"},
    {431, NULL, NULL},
    {500, NULL, NULL},
    {503, "Retry-After", "RetryAfter"},
    {507, NULL, NULL},
};

static void add_problem(c18n_out *out, int status, const char *header, const char *component)
{
    char name[16];
    snprintf(name, sizeof name, "Problem%d", status);
    c18n_out_begin(out, name, '{');
    c18n_out_text(out, "description", problem_title(status));
    if (header) {
        c18n_out_begin(out, "headers", '{');
        openapi_ref(out, header, "headers", component);
        c18n_out_end(out);
    }
    c18n_out_begin(out, "content", '{');
    c18n_out_begin(out, "application/problem+json", '{');
    openapi_ref(out, "schema", "schemas", "Problem");
    c18n_out_end(out);
    c18n_out_end(out);
    c18n_out_end(out);
}

static void add_responses(c18n_out *out)
{
    c18n_out_begin(out, "responses", '{');
    c18n_out_begin(out, "NotModified", '{');
    c18n_out_text(out, "description", "The client has it already");
    c18n_out_begin(out, "headers", '{');
    openapi_ref(out, "ETag", "headers", "ETag");
    c18n_out_end(out);
    c18n_out_end(out);
    for (size_t i = 0; i < sizeof problems / sizeof *problems; i++)
        add_problem(out, problems[i].status, problems[i].header, problems[i].component);
    c18n_out_end(out);
}

void openapi_components(c18n_out *out)
{
    c18n_out_begin(out, "components", '{');
    add_json(out, "securitySchemes", security_schemes);
    add_json(out, "schemas", schemas);
    add_json(out, "parameters", parameters);
    add_json(out, "headers", headers);
    add_responses(out);
    c18n_out_end(out);
}
