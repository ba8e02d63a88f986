/**
 * providers/cache.h: what "cache.v1" must do. One such module serves. A cache may forget anything at
 * any time, so it is never an authority. Any thread; no function blocks for long.
 */
#ifndef C18N_PROVIDERS_CACHE_H
#define C18N_PROVIDERS_CACHE_H

#include "../abi.h"

/** The functions of the service "cache.v1". */
typedef struct c18n_cache {
    uint32_t size;
    /** Copies a value into `buffer` and tells its length.
     *  Thread: any; not for long. Owner: host. Errors: C18N_NOT_FOUND, C18N_TOO_LARGE (*ret_length tells the room
     *  needed). Since 0.1. */
    int (*get)(c18n_self *self, c18n_bytes key, void *buffer, size_t room, size_t *ret_length);
    /** Keeps a value. `ttl_ms` 0: until it is pushed out.
     *  Thread: any; not for long. Owner: host; the cache copies. Errors: C18N_INVALID (no key), C18N_TOO_LARGE (over
     *  the limit of one value), C18N_NO_MEMORY. Since 0.1. */
    int (*put)(c18n_self *self, c18n_bytes key, c18n_bytes value, int64_t ttl_ms);
    /** Forgets a value. Absent: C18N_OK.
     *  Thread: any; not for long. Owner: host. Errors: C18N_INVALID (no key). Since 0.1. */
    int (*remove)(c18n_self *self, c18n_bytes key);
    /** Adds to a counter that starts at 0 and ends `window_ms` after its first use; gives the new value and how long
     *  the window still lasts.
     *  Thread: any; not for long. Owner: host. Errors: C18N_INVALID (no key or window), C18N_NO_MEMORY. Since 0.1. */
    int (*count)(c18n_self *self, c18n_bytes key, int64_t delta, int64_t window_ms, int64_t *ret_value,
                 int64_t *ret_left_ms);
    /** Takes or renews a lease for `owner`.
     *  Thread: any; not for long. Owner: host; the cache copies. Errors: C18N_BUSY (another holds it), C18N_NO_MEMORY.
     *  Since 0.1. */
    int (*lease)(c18n_self *self, c18n_bytes key, const char *owner, int64_t ttl_ms);
    /** Gives a lease back.
     *  Thread: any; not for long. Owner: host. Errors: C18N_NOT_FOUND (nobody holds it), C18N_BUSY (another does).
     *  Since 0.1. */
    int (*release)(c18n_self *self, c18n_bytes key, const char *owner);
    /** C18N_OK, or why it can't serve now, with a few words for /readyz.
     *  Thread: any; does not block. Owner: process, the words. Errors: any code: not ready. Since 0.1. */
    int (*state)(c18n_self *self, const char **ret_detail);
} c18n_cache;

#endif
