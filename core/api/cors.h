/** cors.h: which foreign origins may read answers. Only those of core.origins; never `*`. Loop's thread. */
#ifndef API_CORS_H
#define API_CORS_H

#include "api/call.h"

/** The request's Origin when it is a configured one, as the client wrote it; else NULL. */
const char *cors_origin(const struct api *api, const struct http_request *http);
/** Answers OPTIONS: 204 with Allow, and to a configured origin what a preflight asks for. */
void cors_options(struct call *call);

#endif
