/**
 * deflate.h: permessage-deflate (RFC 7692) without context takeover: each message stands alone.
 *
 * So one compressor and one decompressor serve all sockets of a lane, and a message for many is compressed once, by
 * whichever lane comes first. A lane has one; it is made when the first socket wants it.
 */
#ifndef WS_DEFLATE_H
#define WS_DEFLATE_H

#include "ws/ws.h"

struct ws_deflater;

/** The message compressed, or itself when that makes it no smaller, or there is no memory, or it is no text and no
 *  binary. It belongs to the message. */
struct ws_message *ws_deflate_message(struct ws_deflater **deflater, struct ws_message *message);
/** Unpacks a client's message, to at most `most` bytes; *ret_bytes is the caller's to free. C18N_TOO_LARGE,
 *  C18N_INVALID (it is not compressed), C18N_NO_MEMORY. */
int ws_inflate(struct ws_deflater **deflater, const char *bytes, size_t length, size_t most, char **ret_bytes,
               size_t *ret_length);
void ws_deflater_free(struct ws_deflater *deflater); /* NULL too */

#endif
