/** url.h: absolute URLs of this API, for links, Location and Link. Any thread that has the request. */
#ifndef API_URL_H
#define API_URL_H

#include "request/request.h"

/** PUBLIC_URL/api/v1 and `path` as it stands. */
void url_add(struct text *text, const struct server *server, const char *path);
/** Bytes with all but unreserved characters percent-encoded. */
void url_add_encoded(struct text *text, const char *value, size_t length);
/** The URL of a request's own page with another value of one parameter: `<…>; rel="next"`. NULL: no memory. */
const char *url_next_link(struct request *request, const char *name, const char *value);

#endif
