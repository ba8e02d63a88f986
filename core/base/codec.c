/* codec.c: small pure conversions that refuse what is not exact. */
#include "base/codec.h"

#include <sodium.h>
#include <string.h>

/* --- UTF-8 --- */

/* Lead byte → length, and the range of the second byte, which is where overlong forms, surrogates and
 * what lies above U+10FFFF show (Unicode, table 3-7). */
static size_t lead(unsigned char byte, unsigned char *ret_low, unsigned char *ret_high)
{
    static const struct {
        unsigned char first, last, length, low, high;
    } leads[] = {
        {0x00, 0x7f, 1, 0, 0},       {0xc2, 0xdf, 2, 0x80, 0xbf}, {0xe0, 0xe0, 3, 0xa0, 0xbf},
        {0xe1, 0xec, 3, 0x80, 0xbf}, {0xed, 0xed, 3, 0x80, 0x9f}, {0xee, 0xef, 3, 0x80, 0xbf},
        {0xf0, 0xf0, 4, 0x90, 0xbf}, {0xf1, 0xf3, 4, 0x80, 0xbf}, {0xf4, 0xf4, 4, 0x80, 0x8f},
    };
    for (size_t i = 0; i < sizeof leads / sizeof *leads; i++) {
        if (byte >= leads[i].first && byte <= leads[i].last) {
            *ret_low = leads[i].low;
            *ret_high = leads[i].high;
            return leads[i].length;
        }
    }
    return 0;
}

size_t codec_utf8_step(const void *at, size_t left)
{
    const unsigned char *byte = at;
    unsigned char low = 0, high = 0;
    size_t length = left ? lead(byte[0], &low, &high) : 0;
    if (!length || length > left)
        return 0;
    if (length > 1 && (byte[1] < low || byte[1] > high))
        return 0;
    for (size_t i = 2; i < length; i++) {
        if ((byte[i] & 0xc0) != 0x80)
            return 0;
    }
    return length;
}

bool codec_utf8_valid(const void *bytes, size_t length)
{
    const unsigned char *at = bytes;
    while (length) {
        size_t step = *at < 0x80 ? 1 : codec_utf8_step(at, length);
        if (!step)
            return false;
        at += step;
        length -= step;
    }
    return true;
}

size_t codec_utf8_count(const char *text)
{
    size_t count = 0;
    for (; *text; text++)
        count += ((unsigned char)*text & 0xc0) != 0x80;
    return count;
}

/* --- base64url, hex --- */

static int base64url_digit(char digit)
{
    if (digit >= 'A' && digit <= 'Z')
        return digit - 'A';
    if (digit >= 'a' && digit <= 'z')
        return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9')
        return digit - '0' + 52;
    return digit == '-' ? 62 : digit == '_' ? 63 : -1;
}

bool codec_base64url_decode(const char *text, size_t length, void *ret_bytes, size_t room, size_t *ret_length)
{
    size_t size = length / 4 * 3 + (length % 4 ? length % 4 - 1 : 0);
    if (length % 4 == 1 || size > room)
        return false;
    unsigned char *out = ret_bytes;
    uint32_t held = 0;
    unsigned bits = 0;
    for (size_t i = 0; i < length; i++) {
        int digit = base64url_digit(text[i]);
        if (digit < 0)
            return false;
        held = held << 6 | (uint32_t)digit;
        bits += 6;
        if (bits >= 8) {
            bits -= 8;
            *out++ = (unsigned char)(held >> bits);
        }
    }
    if (held & ((1u << bits) - 1)) /* two texts for the same bytes would be two cursors for one place */
        return false;
    *ret_length = size;
    return true;
}

static int hex_digit(char digit)
{
    if (digit >= '0' && digit <= '9')
        return digit - '0';
    if (digit >= 'a' && digit <= 'f')
        return digit - 'a' + 10;
    return digit >= 'A' && digit <= 'F' ? digit - 'A' + 10 : -1;
}

bool codec_hex_decode(const char *text, size_t length, void *ret_bytes, size_t room)
{
    unsigned char *out = ret_bytes;
    if (length % 2 || length / 2 > room)
        return false;
    for (size_t i = 0; i < length; i += 2) {
        int high = hex_digit(text[i]), low = hex_digit(text[i + 1]);
        if (high < 0 || low < 0)
            return false;
        out[i / 2] = (unsigned char)(high << 4 | low);
    }
    return true;
}

/* --- numbers --- */

bool codec_integer(const char *text, int64_t *ret_value)
{
    bool negative = *text == '-';
    const char *at = text + negative;
    if (*at < '0' || *at > '9' || (*at == '0' && (at[1] || negative)))
        return false;
    uint64_t limit = (uint64_t)INT64_MAX + negative, value = 0;
    for (; *at; at++) {
        if (*at < '0' || *at > '9')
            return false;
        unsigned digit = (unsigned)(*at - '0');
        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    *ret_value = negative ? (int64_t)(0 - value) : (int64_t)value;
    return true;
}

/* --- UUID --- */

static bool hyphen_at(size_t i)
{
    return i == 8 || i == 13 || i == 18 || i == 23;
}

bool codec_uuid_parse(const char *text, uint8_t ret_id[16])
{
    uint8_t id[16] = {0};
    size_t digits = 0;
    for (size_t i = 0; i < UUID_TEXT_SIZE - 1; i++) {
        if (hyphen_at(i)) {
            if (text[i] != '-')
                return false;
            continue;
        }
        int digit = text[i] >= 'A' && text[i] <= 'F' ? -1 : hex_digit(text[i]);
        if (digit < 0)
            return false;
        id[digits / 2] = (uint8_t)(id[digits / 2] << 4 | digit);
        digits++;
    }
    if (text[UUID_TEXT_SIZE - 1])
        return false;
    memcpy(ret_id, id, sizeof id);
    return true;
}

void codec_uuid_text(const uint8_t id[16], char ret_text[UUID_TEXT_SIZE])
{
    static const char digits[] = "0123456789abcdef";
    size_t nibble = 0;
    for (size_t i = 0; i < UUID_TEXT_SIZE - 1; i++) {
        if (hyphen_at(i)) {
            ret_text[i] = '-';
            continue;
        }
        ret_text[i] = digits[nibble % 2 ? id[nibble / 2] & 15 : id[nibble / 2] >> 4];
        nibble++;
    }
    ret_text[UUID_TEXT_SIZE - 1] = '\0';
}

/* --- percent --- */

bool codec_percent_decode(char *text, size_t *length, bool plus_is_space)
{
    size_t out = 0;
    for (size_t i = 0; i < *length; i++) {
        char byte = text[i];
        if (byte == '%') {
            if (*length - i < 3 || !codec_hex_decode(text + i + 1, 2, &byte, 1))
                return false;
            i += 2;
        } else if (byte == '+' && plus_is_space) {
            byte = ' ';
        }
        if (!byte)
            return false;
        text[out++] = byte;
    }
    *length = out;
    return true;
}

/* --- hashes --- */

static uint64_t mix(uint64_t hash)
{
    hash ^= hash >> 32;
    hash *= UINT64_C(0xd6e8feb86659fd93);
    hash ^= hash >> 32;
    hash *= UINT64_C(0xd6e8feb86659fd93);
    return hash ^ hash >> 32;
}

uint64_t codec_hash(const void *bytes, size_t length, uint64_t seed)
{
    const unsigned char *at = bytes;
    uint64_t hash = mix(seed ^ UINT64_C(0x9e3779b97f4a7c15) ^ length), word;
    for (; length >= 8; at += 8, length -= 8) {
        memcpy(&word, at, 8);
        hash = (hash ^ word) * UINT64_C(0xff51afd7ed558ccd);
        hash ^= hash >> 29;
    }
    word = 0;
    if (length)
        memcpy(&word, at, length);
    return mix((hash ^ word) * UINT64_C(0xff51afd7ed558ccd));
}

bool codec_same_secret(const void *a, const void *b, size_t length)
{
    return sodium_memcmp(a, b, length) == 0;
}
