/**
 * openapi.h: the parts of openapi.json: openapi.c writes the document around them.
 *
 * Each function writes one member into an open object.
 */
#ifndef API_OPENAPI_H
#define API_OPENAPI_H

#include "api/documents.h"
#include "c18n/json.h"

#define OPENAPI_VERSION "1.0.0" /* of the API's contract, not of the server */

/** "components": what operations refer to. */
void openapi_components(c18n_out *out);
/** "responses" of an operation: what it answers, and every way to fail. */
void openapi_responses(const struct api *api, const struct route *route, c18n_out *out);
/** "parameters" of an operation: path, query and headers. */
void openapi_parameters(const struct route *route, c18n_out *out);

/** {"$ref": "#/components/KIND/NAME"} as member `member`, or as an item when it is NULL. */
void openapi_ref(c18n_out *out, const char *member, const char *kind, const char *name);

/* What a route's table means for its operation. */
static inline bool openapi_is_get(const struct route *route)
{
    return route->declared.method[0] == 'G';
}
static inline bool openapi_has_flag(const struct route *route, uint32_t flag)
{
    return route->declared.flags & flag;
}
/** Takes Idempotency-Key: as idempotency.c. */
bool openapi_takes_key(const struct route *route);

#endif
