/**
 * handshake.h: is an HTTP request a WebSocket handshake, and one that we take (RFC 6455 4.2.1)? Pure.
 *
 * GET, HTTP/1.1, `Upgrade: websocket`, `Connection: upgrade`, one well-formed key, version 13. Offers of
 * permessage-deflate that we can't keep (context takeover for the server, a small window) are declined.
 */
#ifndef WS_HANDSHAKE_H
#define WS_HANDSHAKE_H

#include "http/http.h"

struct ws_handshake {
    char accept[29];      /* of the key */
    const char *protocol; /* the first of `protocols` that the client offers; NULL: none */
    const char *bearer;   /* the rest of an offered item "bearer.…", in the request's arena; NULL: none */
    bool deflate;         /* offered in a form that we can keep */
};

/** `protocols`: NULL-terminated, most wanted first. 0, or the HTTP status of the refusal: 400, 426, with *ret_detail.
 */
int ws_handshake(const struct http_request *request, const char *const *protocols, struct ws_handshake *ret_handshake,
                 const char **ret_detail);

#endif
