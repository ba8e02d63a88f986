/* fold.c: the one table of letters and its walk. */
#include "base/fold.h"

#include <stdint.h>

enum { KEY_RANGES = 14 };

/* The first KEY_RANGES are those of stored keys and stand as they are; others may only follow them. */
static const struct {
    uint16_t from, to, delta;
    uint16_t step; /* 2: upper and lower stand in turn */
} ranges[] = {
    {0x00c0, 0x00d6, 0x20, 1}, {0x00d8, 0x00de, 0x20, 1}, {0x0100, 0x012e, 1, 2},    {0x0132, 0x0136, 1, 2},
    {0x0139, 0x0147, 1, 2},    {0x014a, 0x0176, 1, 2},    {0x0179, 0x017d, 1, 2},    {0x0391, 0x03a1, 0x20, 1},
    {0x03a3, 0x03ab, 0x20, 1}, {0x0400, 0x040f, 0x50, 1}, {0x0410, 0x042f, 0x20, 1}, {0x0460, 0x0480, 1, 2},
    {0x048a, 0x04be, 1, 2},    {0x04d0, 0x052e, 1, 2},    {0x0386, 0x0386, 0x26, 1}, {0x0388, 0x038a, 0x25, 1},
    {0x038c, 0x038c, 0x40, 1}, {0x038e, 0x038f, 0x3f, 1},
};

static unsigned fold_letter(unsigned letter, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (letter >= ranges[i].from && letter <= ranges[i].to && (letter - ranges[i].from) % ranges[i].step == 0)
            return letter + ranges[i].delta;
    return letter;
}

static void fold(char *text, size_t length, size_t count)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        if (byte >= 'A' && byte <= 'Z') {
            text[i] = (char)(byte + ('a' - 'A'));
        } else if (byte >= 0xc2 && byte <= 0xdf && i + 1 < length) {
            unsigned letter = fold_letter((byte & 0x1fu) << 6 | ((unsigned char)text[i + 1] & 0x3fu), count);
            text[i] = (char)(0xc0u | letter >> 6);
            text[i + 1] = (char)(0x80u | (letter & 0x3fu));
            i++;
        }
    }
}

void fold_case(char *text, size_t length)
{
    fold(text, length, sizeof ranges / sizeof *ranges);
}

void fold_key(char *text, size_t length)
{
    fold(text, length, KEY_RANGES);
}
