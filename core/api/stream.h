/** stream.h: streamed answers, of c18n_http_family. Called on a pool thread; the bytes leave on the loop's. */
#ifndef API_STREAM_H
#define API_STREAM_H

#include "request/request.h"

int stream_begin(c18n_request *rq, const char *content_type);
int stream_write(c18n_request *rq, const void *bytes, size_t count);

#endif
