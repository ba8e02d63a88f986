/** utf8.h: is text that comes in pieces UTF-8 so far? Says no at the first byte that can't be (RFC 3629). Pure. */
#ifndef WS_UTF8_H
#define WS_UTF8_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct ws_utf8 {             /* all 0 at the beginning, and between two characters */
    uint8_t left;            /* bytes of the character that are still to come */
    uint8_t lowest, highest; /* what the next of them may be */
};

bool ws_utf8_take(struct ws_utf8 *utf8, const char *bytes, size_t length);
static inline bool ws_utf8_is_whole(const struct ws_utf8 *utf8)
{
    return utf8->left == 0;
}

#endif
