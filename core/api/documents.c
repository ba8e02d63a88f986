/* documents.c: the routes of openapi.json and asyncapi.json. Made at start, so these are two pointers. */
#include "api/documents.h"

#include "api/etag.h"
#include "api/reply.h"
#include "api/state.h"

static int reply_document(c18n_request *rq, const struct document *document)
{
    struct request *request = request_of(rq);
    reply_body(request, 200, document->text, document->length);
    return etag_reply(request, document->etag);
}

static int get_openapi(c18n_request *rq, void *module)
{
    (void)module;
    return reply_document(rq, &request_of(rq)->server->api->openapi);
}

static int get_asyncapi(c18n_request *rq, void *module)
{
    (void)module;
    return reply_document(rq, &request_of(rq)->server->api->asyncapi);
}

static const c18n_route routes[] = {
    {"GET", "/openapi.json", get_openapi, .allow = "public", .run = C18N_CLASS_INLINE,
     .does = "Describe this API, as OpenAPI 3.1"},
    {"GET", "/asyncapi.json", get_asyncapi, .allow = "public", .run = C18N_CLASS_INLINE,
     .does = "Describe the events, as AsyncAPI"},
};

const c18n_table documents_routes = C18N_ALL(routes);
