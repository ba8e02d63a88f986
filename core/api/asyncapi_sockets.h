/** asyncapi_sockets.h: the parts of asyncapi.json that tell of WebSockets. Each writes into an open object. */
#ifndef API_ASYNCAPI_SOCKETS_H
#define API_ASYNCAPI_SOCKETS_H

#include "api/api.h"

void asyncapi_socket_server(c18n_out *out, const char *scheme, const char *host);
void asyncapi_socket_channels(const struct api *api, c18n_out *out);
void asyncapi_socket_operations(const struct api *api, c18n_out *out);

#endif
