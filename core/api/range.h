/** range.h: `Range: bytes=…` (RFC 9110, 14). Any thread. */
#ifndef API_RANGE_H
#define API_RANGE_H

#include <stdbool.h>
#include <stdint.h>

enum range_kind {
    RANGE_NONE,  /* no header, or one that is passed over: another unit, several ranges, not well formed */
    RANGE_SOME,  /* a part */
    RANGE_BEYOND /* nothing of it is there: 416 */
};

/** Which bytes of `size` a header asks for. RANGE_SOME: [*ret_from, *ret_until), never empty. `header` NULL: absent. */
enum range_kind range_of(const char *header, uint64_t size, uint64_t *ret_from, uint64_t *ret_until);

#endif
