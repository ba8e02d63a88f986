/**
 * documents.h: openapi.json and asyncapi.json, assembled once at start from what is loaded.
 *
 * Both texts are made on the control thread at the end of api_new, and never change afterwards, so any
 * thread may read them. A route whose module is NULL is the host's own. A path is given as clients see
 * it: `{name}`, each an id unless api_param_is_id says otherwise.
 */
#ifndef API_DOCUMENTS_H
#define API_DOCUMENTS_H

#include "api/api.h"

/** Write a whole document into a text that the caller made. C18N_ codes. */
int api_openapi_make(struct api *api, struct text *ret_text) __attribute__((warn_unused_result));
int api_asyncapi_make(struct api *api, struct text *ret_text) __attribute__((warn_unused_result));

/** The server that an api belongs to: its loader (modules, event types) and public_url. */
struct server *api_server(const struct api *api);
/** Is a parameter of a route's path an id (a UUID), rather than free text? */
bool api_param_is_id(const struct route *route, const char *name);

/** The host's own routes: the two documents. A const table of c18n_route. */
extern const c18n_table documents_routes;

#endif
