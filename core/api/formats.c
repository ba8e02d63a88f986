/* formats.c: e-mail addresses, usernames, links. */
#include "api/formats.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

enum { EMAIL_MAX = 254, EMAIL_LOCAL_MAX = 64, LABEL_MAX = 63, URI_MAX = 2048 };

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS  "0123456789"

/* Labels of letters, digits and inner hyphens with single dots between them. */
static bool is_domain(const char *text, size_t length)
{
    size_t label = 0;
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)text[i];
        bool edge = i == 0 || text[i - 1] == '.' || i + 1 == length || text[i + 1] == '.';
        if (byte == '.' ? edge && (i == 0 || i + 1 == length || text[i - 1] == '.')
                        : !isalnum(byte) && (byte != '-' || edge))
            return false;
        label = byte == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return length > 0;
}

/* The usual form: a dot-atom, an at sign, a domain. Quoted local parts and address literals are legal
 * e-mail too, but nobody registers with one, and each doubles what later code must be careful with. */
static bool is_email(const char *text)
{
    const char *at = strrchr(text, '@');
    if (!at || at == text || at - text > EMAIL_LOCAL_MAX || strlen(text) > EMAIL_MAX)
        return false;
    size_t local = strspn(text, LETTERS DIGITS "!#$%&'*+-/=?^_`{|}~.");
    bool dots = text[0] == '.' || at[-1] == '.' || strstr(text, "..");
    return local == (size_t)(at - text) && !dots && is_domain(at + 1, strlen(at + 1));
}

static bool is_username(const char *text)
{
    return isalnum((unsigned char)*text) && strspn(text, LETTERS DIGITS "._-") == strlen(text);
}

/* An absolute http or https URL with a host: what may be shown as a link without harm. */
static bool is_uri(const char *text)
{
    size_t scheme = strncmp(text, "https://", 8) == 0 ? 8 : strncmp(text, "http://", 7) == 0 ? 7 : 0;
    if (scheme == 0 || strlen(text) > URI_MAX)
        return false;
    for (const char *at = text; *at != '\0'; at++)
        if ((unsigned char)*at <= 0x20 || strchr("\"<>\\^`{|}", *at))
            return false;
    const char *host = text + scheme;
    size_t length = strcspn(host, "/?#");
    const char *port = memchr(host, ':', length);
    if (port && strspn(port + 1, DIGITS) != length - (size_t)(port - host) - 1)
        return false; /* also refuses user:password@host, which makes one host look like another */
    return is_domain(host, port ? (size_t)(port - host) : length);
}

static const struct {
    const char *name;
    bool (*fits)(const char *text);
    const char *fault;
} formats[] = {
    {"email", is_email, "must be an e-mail address"},
    {"username", is_username, "must begin with a letter or digit and have only letters, digits, '.', '_' and '-'"},
    {"uri", is_uri, "must be an absolute http or https URL"},
};
enum { FORMATS = sizeof formats / sizeof *formats };

bool format_known(const char *name)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return true;
    return false;
}

const char *format_fault(const char *name, const char *text)
{
    for (size_t i = 0; i < FORMATS; i++)
        if (strcmp(formats[i].name, name) == 0)
            return formats[i].fits(text) ? NULL : formats[i].fault;
    return "can't be checked by this server";
}

/* Spaces, and what takes no ink at all: joiners, marks of direction, fillers. Also in schema_pattern.c. */
static const struct {
    uint32_t first, last;
} invisible[] = {
    {'\t', '\n'},     {'\r', '\r'},     {' ', ' '},       {0xa0, 0xa0},     {0xad, 0xad},
    {0x1680, 0x1680}, {0x180e, 0x180e}, {0x2000, 0x200f}, {0x2028, 0x202f}, {0x205f, 0x206f},
    {0x3000, 0x3000}, {0x3164, 0x3164}, {0xfeff, 0xfeff},
};

/* One character of UTF-8 that is known to be well formed; only those of up to three bytes matter here. */
static uint32_t next_character(const unsigned char **at)
{
    const unsigned char *bytes = *at;
    size_t length = bytes[0] < 0x80 ? 1 : bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    *at += length;
    return length == 1   ? bytes[0]
           : length == 2 ? (uint32_t)(bytes[0] & 0x1f) << 6 | (bytes[1] & 0x3f)
           : length == 3 ? (uint32_t)(bytes[0] & 0x0f) << 12 | (uint32_t)(bytes[1] & 0x3f) << 6 | (bytes[2] & 0x3f)
                         : UINT32_MAX;
}

static bool is_invisible(uint32_t character)
{
    for (size_t i = 0; i < sizeof invisible / sizeof *invisible; i++)
        if (character >= invisible[i].first && character <= invisible[i].last)
            return true;
    return false;
}

bool format_is_invisible(const char *text)
{
    const unsigned char *at = (const unsigned char *)text;
    while (*at != '\0')
        if (!is_invisible(next_character(&at)))
            return false;
    return true;
}

bool format_has_control(const char *text, bool multiline)
{
    for (const unsigned char *at = (const unsigned char *)text; *at != '\0'; at++) {
        if (*at < 0x20 && !(multiline && strchr("\n\r\t", *at)))
            return true;
        if (*at == 0x7f || (*at == 0xc2 && at[1] >= 0x80 && at[1] <= 0x9f))
            return true;
    }
    return false;
}
