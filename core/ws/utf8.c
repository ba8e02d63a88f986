/* UTF-8 in pieces. */
#include "ws/utf8.h"

#include <string.h>

/* By the first byte of a character: how many follow, and what the first of them may be, so that nothing is overlong, a
 * surrogate, or above U+10FFFF. */
static const struct lead {
    uint8_t first, last;
    struct ws_utf8 then;
} leads[] = {
    {0xc2, 0xdf, {1, 0x80, 0xbf}}, {0xe0, 0xe0, {2, 0xa0, 0xbf}}, {0xe1, 0xec, {2, 0x80, 0xbf}},
    {0xed, 0xed, {2, 0x80, 0x9f}}, {0xee, 0xef, {2, 0x80, 0xbf}}, {0xf0, 0xf0, {3, 0x90, 0xbf}},
    {0xf1, 0xf3, {3, 0x80, 0xbf}}, {0xf4, 0xf4, {3, 0x80, 0x8f}},
};

static bool begin_character(struct ws_utf8 *utf8, uint8_t byte)
{
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++)
        if (byte >= leads[i].first && byte <= leads[i].last) {
            *utf8 = leads[i].then;
            return true;
        }
    return false;
}

/* Most text is ASCII: eight bytes a step. */
static size_t count_ascii(const char *bytes, size_t length)
{
    size_t at = 0;
    uint64_t eight;
    for (; at + sizeof eight <= length; at += sizeof eight) {
        memcpy(&eight, bytes + at, sizeof eight);
        if (eight & UINT64_C(0x8080808080808080))
            break;
    }
    while (at < length && (uint8_t)bytes[at] < 0x80)
        at++;
    return at;
}

bool ws_utf8_take(struct ws_utf8 *utf8, const char *bytes, size_t length)
{
    for (size_t at = 0; at < length; at++) {
        if (utf8->left == 0) {
            at += count_ascii(bytes + at, length - at);
            if (at == length)
                return true;
            if (!begin_character(utf8, (uint8_t)bytes[at]))
                return false;
            continue;
        }
        if ((uint8_t)bytes[at] < utf8->lowest || (uint8_t)bytes[at] > utf8->highest)
            return false;
        *utf8 = (struct ws_utf8){(uint8_t)(utf8->left - 1), 0x80, 0xbf};
    }
    return true;
}
