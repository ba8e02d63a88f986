/**
 * blob.h: answers whose bytes lie in the storage.
 *
 * The handler's READ judges the conditions and the range, and reads the first piece. From then on the request goes back
 * and forth: the loop sends a piece; when the client has taken it, a pool thread reads the next one, by a snapshot of
 * its own. So a slow client holds neither a thread nor a snapshot, and one piece of memory.
 */
#ifndef API_BLOB_H
#define API_BLOB_H

#include "api/call.h"

#include <sodium.h>

struct blob_stream { /* in the request's arena */
    const char *id;  /* the storage's */
    uint64_t at, end;
    bool whole; /* all of it is sent: the hash tells whether it is what was stored */
    uint8_t sha256[32];
    crypto_hash_sha256_state state;
    char *piece; /* what was read and is to be sent */
    size_t length;
};

/** Reads the next piece. The last one of a whole blob is not given out when the hash is wrong: C18N_CORRUPT, logged;
 * C18N_NOT_FOUND: it was removed. A thread with a scope. */
int blob_read(struct request *request, struct blob_stream *stream) __attribute__((warn_unused_result));
/** Of request_reply: sends the blob in `sending`, of which the first piece was read. Loop's thread; the call is given
 *  away. */
void blob_send(struct request *request);

#endif
