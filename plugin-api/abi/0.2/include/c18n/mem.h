/**
 * mem.h: memory that lives as long as a request.
 *
 * A handler never frees. What it allocates here goes when the request ends. For longer lives a
 * module uses its own state (c18n_self.state) or its library's allocator.
 */
#ifndef C18N_MEM_H
#define C18N_MEM_H

#include "abi.h"

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_mem_family {
    c18n_family family;
    void *(*alloc)(c18n_request *rq, size_t size);
    char *(*print)(c18n_request *rq, const char *format, __builtin_va_list values); /* a va_list */
    char *(*fold)(c18n_request *rq, const char *text);
} c18n_mem_family;

/** How every request begins; use the functions, not the members. */
struct c18n_request_head {
    const c18n_host *host;
    c18n_self *self;
};

/** The host's table, of any handle. */
#define C18N_HOST_OF(handle) (*(const c18n_host *const *)(const void *)(handle))

/** Allocates `size` zeroed bytes, aligned for any type.
 *  Thread: request's. Owner: request. Errors: NULL (out of memory). Since 0.1. */
C18N_MUST_USE static inline void *c18n_alloc(c18n_request *rq, size_t size)
{
    return C18N_HOST_OF(rq)->mem->alloc(rq, size);
}

/** Formats into request memory.
 *  Thread: request's. Owner: request. Errors: NULL (out of memory). Since 0.1. */
C18N_PRINTF(2, 3) static inline char *c18n_print(c18n_request *rq, const char *format, ...)
{
    __builtin_va_list values;
    __builtin_va_start(values, format);
    char *text = C18N_HOST_OF(rq)->mem->print(rq, format, values);
    __builtin_va_end(values);
    return text;
}

/** A copy of `text` with the capitals of Latin, Greek and Cyrillic as small letters, and as long as `text`: for
 *  comparing in any case. Accents stay. No locale is asked.
 *  Thread: request's. Owner: request. Errors: NULL (out of memory). Since 0.1. */
C18N_MUST_USE static inline char *c18n_fold(c18n_request *rq, const char *text)
{
    return C18N_HOST_OF(rq)->mem->fold(rq, text);
}

#endif
