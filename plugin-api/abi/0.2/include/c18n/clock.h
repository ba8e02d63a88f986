/**
 * clock.h: time, randomness and ids, all owned by the host so that tests can move them.
 * A view's `apply` may call none of these: it must give the same result at every replay.
 */
#ifndef C18N_CLOCK_H
#define C18N_CLOCK_H

#include "abi.h"

#define C18N_ID_SIZE 37 /* a UUID in text, with its NUL */

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_clock_family {
    c18n_family family;
    int64_t (*wall_ms)(const c18n_host *host);
    int64_t (*monotonic_us)(const c18n_host *host);
    void (*random_bytes)(const c18n_host *host, void *ret_bytes, size_t count);
    void (*new_id)(const c18n_host *host, int64_t at_ms, char ret_id[C18N_ID_SIZE]);
} c18n_clock_family;

/** Milliseconds since 1970, UTC.
 *  Thread: any. Owner: none. Errors: none. Since 0.1. */
static inline int64_t c18n_wall_ms(const c18n_host *host)
{
    return host->clock->wall_ms(host);
}
/** Microseconds of a clock that never goes back, for measuring.
 *  Thread: any. Owner: none. Errors: none. Since 0.1. */
static inline int64_t c18n_monotonic_us(const c18n_host *host)
{
    return host->clock->monotonic_us(host);
}
/** Fills with bytes fit for keys.
 *  Thread: any. Owner: caller. Errors: none. Since 0.1. */
static inline void c18n_random(const c18n_host *host, void *ret_bytes, size_t count)
{
    host->clock->random_bytes(host, ret_bytes, count);
}
/** A new UUIDv7, later than every one before it with the same time. `at_ms` 0 is now.
 *  Thread: any. Owner: caller. Errors: none. Since 0.1. */
static inline void c18n_new_id(const c18n_host *host, int64_t at_ms, char ret_id[C18N_ID_SIZE])
{
    host->clock->new_id(host, at_ms, ret_id);
}

#endif
