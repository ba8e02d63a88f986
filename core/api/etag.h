/**
 * etag.h: conditional requests.
 *
 * A record's ETag is "REV-HASH": REV is the position of the event that last wrote it, HASH is of the
 * answer's own bytes. If-Match compares REV only, since counters that others feed must not make an edit
 * fail; If-None-Match compares the whole, since a client must see them change.
 */
#ifndef API_ETAG_H
#define API_ETAG_H

#include "request/request.h"

/** The ETag of a record's answer; of any other answer (record NULL) only the hash. NULL: no memory. */
const char *etag_make(struct arena *arena, const c18n_doc *record, const char *body, size_t length);
/** Puts the ETag into the reply, which becomes a 304 when the client has it. C18N_ codes. */
int etag_reply(struct request *request, const char *etag) __attribute__((warn_unused_result));
/** If-Match of a resource whose ETag is of its bytes alone. C18N_OK or C18N_PRECONDITION with the problem noted. */
int etag_must_match(struct request *request, const char *etag) __attribute__((warn_unused_result));
/** c18n_if_match: C18N_OK or C18N_PRECONDITION with the problem noted. */
int etag_if_match(struct request *request, const c18n_doc *record) __attribute__((warn_unused_result));

#endif
