/* The target: path and query taken apart, and everything refused that two readers could read differently. */
#include "http/parse.h"

#include "base/codec.h"

#include <string.h>
#include <strings.h>

static bool bad(struct http_message *message, const char *detail)
{
    return http_message_refuse(message, 400, "bad_target", detail);
}

static bool is_hex(const char *text)
{
    return strspn(text, "0123456789abcdefABCDEF") >= 2; /* the target ends with a NUL */
}

static bool check_bytes(struct http_message *message, const char *target, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        unsigned char byte = (unsigned char)target[i];
        if (byte <= ' ' || byte >= 0x7f || byte == '#')
            return bad(message, "The URL has a byte that must be percent-encoded.");
        if (byte == '%' && !is_hex(target + i + 1))
            return bad(message, "The URL has a malformed percent-encoding.");
    }
    return true;
}

static bool forbidden_in_path(const char *encoded, unsigned char decoded)
{
    if (decoded == '%') /* %252e: whoever decodes twice sees another path */
        return is_hex(encoded);
    return decoded < ' ' || decoded == 0x7f || decoded == '/' || decoded == '\\';
}

static bool is_dots(const char *segment, size_t length)
{
    return (length == 1 && segment[0] == '.') || (length == 2 && segment[0] == '.' && segment[1] == '.');
}

/* One segment, decoded into `room`: no dots, no hidden slash, no NUL, and valid UTF-8. */
static bool check_segment(struct http_message *message, const char *text, size_t length, char *room)
{
    size_t decoded = 0;
    for (size_t i = 0; i < length; i++) {
        char byte = text[i];
        if (byte == '\\')
            return bad(message, "The path has a backslash.");
        if (byte == '%') {
            if (!codec_hex_decode(text + i + 1, 2, &byte, 1) || forbidden_in_path(text + i + 3, (unsigned char)byte))
                return bad(message, "The path has an encoded byte that is not allowed in a path.");
            i += 2;
        }
        room[decoded++] = byte;
    }
    if (is_dots(room, decoded))
        return bad(message, "The path must not have . or .. in it.");
    return codec_utf8_valid(room, decoded) || bad(message, "The path must be UTF-8.");
}

static bool check_path(struct http_message *message, const char *path)
{
    char room[HTTP_MAX_TARGET];
    if (path[0] != '/')
        return bad(message, "The path must begin with a slash.");
    while (*path) {
        size_t length = strcspn(++path, "/");
        if (!check_segment(message, path, length, room))
            return false;
        path += length;
    }
    return true;
}

/* "http://host/path": *authority becomes its host, and what is given back begins with the path. */
static char *skip_origin(char *target, char **ret_authority, size_t *ret_length)
{
    static const char *const schemes[] = {"http://", "https://"};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t length = strlen(schemes[i]);
        if (strncasecmp(target, schemes[i], length) == 0) {
            *ret_authority = target + length;
            *ret_length = strcspn(target + length, "/?");
            return target + length + *ret_length;
        }
    }
    return target;
}

/* An absolute target must name the host that Host names. */
static bool check_authority(struct http_message *message, const char *authority, size_t length)
{
    const char *host = message->known[HTTP_HOST];
    if (!authority || message->known_count[HTTP_HOST] != 1)
        return true; /* a missing Host is refused elsewhere */
    if (strlen(host) == length && strncasecmp(host, authority, length) == 0)
        return true;
    return http_message_refuse(message, 400, "bad_host", "The URL and the Host header name different hosts.");
}

bool http_target_judge(struct http_message *message, char *target, size_t length)
{
    char *authority = NULL;
    size_t authority_length = 0;
    target[length] = '\0'; /* in the arena's copy, which llhttp is done with */
    if (!check_bytes(message, target, length))
        return false;
    char *path = skip_origin(target, &authority, &authority_length);
    if (!check_authority(message, authority, authority_length))
        return false;
    char *query = strchr(path, '?');
    if (query)
        *query++ = '\0';
    if (authority && path[0] == '\0')
        path = (char *)(uintptr_t) "/"; /* never written to */
    if (!check_path(message, path))
        return false;
    message->request->path = path;
    message->request->query = query ? query : "";
    return true;
}
