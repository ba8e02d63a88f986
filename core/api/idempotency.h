/**
 * idempotency.h: the same POST sent twice is done once.
 *
 * For POSTs of WRITE routes with an Idempotency-Key. Looked up and kept inside the write's own
 * transaction, so that answer and effect are durable together. The key is the caller's own: two
 * people, two paths, two keys. Answers of SESSION routes hold tokens and are never kept, nor are
 * anonymous callers' (anybody could ask for them again).
 *
 * Answers are good for 24 hours; what is older is swept, a few with each new one.
 */
#ifndef API_IDEMPOTENCY_H
#define API_IDEMPOTENCY_H

#include "request/request.h"

/** Writer. *ret_replayed: the first answer is the reply again. C18N_INVALID `idempotency_key_reused`:
 *  the same key came with another body. C18N_BAD_REQUEST: the key is not well formed. */
int idempotency_find(struct request *request, bool *ret_replayed) __attribute__((warn_unused_result));
/** Writer, after the handler: keeps the reply. */
int idempotency_keep(struct request *request) __attribute__((warn_unused_result));

#endif
