/**
 * blobs.h: files, kept by the storage in pieces, so that neither side ever holds one in memory.
 *
 * A blob is written piece by piece in WRITE requests and exists once it is finished; what was never finished nobody can
 * read, and its module removes it. Ids are the module's own (an id by c18n_new_id). Who may read one is the module's to
 * say, before it replies with it.
 */
#ifndef C18N_BLOBS_H
#define C18N_BLOBS_H

#include "abi.h"
#include "mem.h"

/** A blob to answer. Since 0.3. */
typedef struct c18n_blob_reply {
    uint32_t size; /**< sizeof(c18n_blob_reply) */
    const char *blob;
    const char *content_type;
    const char *name;      /**< offered to who saves it, any text; NULL: none */
    uint32_t attachment;   /**< 1: browsers save it, and never show it in the site's own origin */
    int64_t cache_seconds; /**< how long the person's own browser may keep it unasked; 0: it asks each time */
} c18n_blob_reply;

/** What the host offers of this header: the inline functions call it. Since 0.3. */
typedef struct c18n_blobs_family {
    c18n_family family;
    int (*write)(c18n_request *rq, const char *blob, uint64_t offset, c18n_bytes piece);
    int (*finish)(c18n_request *rq, const char *blob, uint64_t size, const uint8_t sha256[32]);
    int (*remove)(c18n_request *rq, const char *blob);
    int (*size)(c18n_request *rq, const char *blob, uint64_t *ret_size, uint8_t ret_sha256[32]);
    int (*reply)(c18n_request *rq, const c18n_blob_reply *reply);
} c18n_blobs_family;

/** Writes a piece of a blob that is not finished, right behind the last one. At most 256 KiB.
 *  Thread: request's: a WRITE. Owner: caller. Errors: C18N_INVALID (no WRITE request, no id, too long a piece),
 *  C18N_EXISTS (it is finished), C18N_NO_SPACE, C18N_IO. Since 0.3. */
C18N_MUST_USE static inline int c18n_blob_write(c18n_request *rq, const char *blob, uint64_t offset, c18n_bytes piece)
{
    return C18N_HOST_OF(rq)->blobs->write(rq, blob, offset, piece);
}
/** Ends a blob, which exists from the commit on. The hash is the module's to compute as the pieces come.
 *  Thread: request's: a WRITE. Owner: caller. Errors: C18N_NOT_FOUND (nothing was written), C18N_EXISTS (it is
 * finished), C18N_INVALID (the pieces have another size), C18N_NO_SPACE, C18N_IO. Since 0.3. */
C18N_MUST_USE static inline int c18n_blob_finish(c18n_request *rq, const char *blob, uint64_t size,
                                                 const uint8_t sha256[32])
{
    return C18N_HOST_OF(rq)->blobs->finish(rq, blob, size, sha256);
}
/** Takes a blob out, finished or not. Absent: C18N_OK.
 *  Thread: request's: a WRITE. Owner: caller. Errors: C18N_INVALID (no WRITE request), C18N_IO. Since 0.3. */
C18N_MUST_USE static inline int c18n_blob_remove(c18n_request *rq, const char *blob)
{
    return C18N_HOST_OF(rq)->blobs->remove(rq, blob);
}
/** A finished blob's size and hash.
 *  Thread: request's, where views may be read. Owner: caller. Errors: C18N_NOT_FOUND, C18N_IO, C18N_CORRUPT. Since 0.3.
 */
C18N_MUST_USE static inline int c18n_blob_size(c18n_request *rq, const char *blob, uint64_t *ret_size,
                                               uint8_t ret_sha256[32])
{
    return C18N_HOST_OF(rq)->blobs->size(rq, blob, ret_size, ret_sha256);
}
/** Answers a blob: 200, or by Range 206 and 416; ETag (its hash), If-Match, If-None-Match, If-Range, HEAD, nosniff. The
 *  bytes are read piece by piece as the client takes them; no thread waits for it. The size is known before the first
 *  byte leaves, and a whole blob's hash is checked on the way: a damaged one is cut off, never passed for whole. Routes
 *  with C18N_ROUTE_BLOB.
 *  Thread: request's. Owner: caller. Errors: C18N_NOT_FOUND, C18N_PRECONDITION, C18N_INVALID (another route), C18N_IO,
 *  C18N_CORRUPT. Since 0.3. */
C18N_MUST_USE static inline int c18n_reply_blob(c18n_request *rq, const c18n_blob_reply *reply)
{
    return C18N_HOST_OF(rq)->blobs->reply(rq, reply);
}

#endif
