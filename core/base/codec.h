/** codec.h: small pure conversions: base64url, hex, UTF-8, UUID, numbers. All refuse what is not exact. */
#ifndef BASE_CODEC_H
#define BASE_CODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define UUID_TEXT_SIZE 37

bool codec_utf8_valid(const void *bytes, size_t length); /* also refuses surrogates and overlong forms */
size_t codec_utf8_step(const void *at, size_t left);     /* bytes of the character at `at`; 0: not valid UTF-8 */
size_t codec_utf8_count(const char *text);               /* characters of valid UTF-8 */
bool codec_base64url_decode(const char *text, size_t length, void *ret_bytes, size_t room, size_t *ret_length);
bool codec_hex_decode(const char *text, size_t length, void *ret_bytes, size_t room);
bool codec_integer(const char *text, int64_t *ret_value);    /* whole text, decimal, no plus, no blanks */
bool codec_uuid_parse(const char *text, uint8_t ret_id[16]); /* lower-case canonical form only */
void codec_uuid_text(const uint8_t id[16], char ret_text[UUID_TEXT_SIZE]);
bool codec_percent_decode(char *text, size_t *length, bool plus_is_space); /* in place; false: malformed or NUL */
uint64_t codec_hash(const void *bytes, size_t length, uint64_t seed);      /* fast, not for secrets */
bool codec_same_secret(const void *a, const void *b, size_t length);       /* constant time */

#endif
