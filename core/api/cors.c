/* cors.c: preflights and allowed origins. */
#include "api/cors.h"

#include <strings.h>

static const struct http_header preflight[] = {
    {"Access-Control-Allow-Headers",
     "Authorization, Content-Type, X-CSRF-Token, If-Match, If-None-Match, Idempotency-Key"},
    {"Access-Control-Max-Age", "600"},
};
enum { PREFLIGHT = sizeof preflight / sizeof *preflight };

const char *cors_origin(const struct api *api, const struct http_request *http)
{
    const char *origin = http_find_header(http, "origin");
    const char *const *allowed;
    size_t count = origin ? conf_list(api->server->core_settings, "origins", &allowed) : 0;
    for (size_t i = 0; i < count; i++)
        if (strcasecmp(origin, allowed[i]) == 0)
            return origin;
    return NULL;
}

void cors_options(struct call *call)
{
    struct request_reply *reply = &call->request.reply;
    *reply = (struct request_reply){.status = 204};
    reply->headers[reply->header_count++] = (struct http_header){"Allow", call->allow};
    if (!cors_origin(call->api, call->request.http))
        return; /* a foreign origin learns nothing: the browser refuses for want of the header */
    reply->headers[reply->header_count++] = (struct http_header){"Access-Control-Allow-Methods", call->allow};
    for (size_t i = 0; i < PREFLIGHT; i++)
        reply->headers[reply->header_count++] = preflight[i];
}
