/* The opening handshake (RFC 6455 4.2.1): a table of what must be so. */
#include "ws/handshake.h"

#include "ws/offers.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <string.h>

enum { KEY_LENGTH = 24, MOST_PROTOCOLS = 16 };

#define BEARER "bearer."

static unsigned count_lines(const struct http_request *request, const char *name)
{
    unsigned count = 0;
    for (size_t i = 0; i < request->header_count; i++)
        count += strcmp(request->headers[i].name, name) == 0;
    return count;
}

static bool header_lists(const struct http_request *request, const char *name, const char *word)
{
    struct ws_term all;
    return ws_term_of_header(request, name, &all) && ws_term_lists(all, word);
}

/* --- the judges --- */

static bool asks_for_websocket(const struct http_request *request)
{
    return header_lists(request, "upgrade", "websocket");
}

static bool is_get(const struct http_request *request)
{
    return strcmp(request->method, "GET") == 0 && request->body_length == 0;
}

static bool is_new(const struct http_request *request)
{
    return !request->old;
}

static bool connection_upgrades(const struct http_request *request)
{
    return header_lists(request, "connection", "upgrade");
}

static bool has_version(const struct http_request *request)
{
    const char *version = http_find_header(request, "sec-websocket-version");
    return version && strcmp(version, "13") == 0 && count_lines(request, "sec-websocket-version") == 1;
}

/* 16 bytes in base64, canonical: the four bits that the last letter has beyond them are 0. */
static bool has_key(const struct http_request *request)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *key = http_find_header(request, "sec-websocket-key");
    if (!key || count_lines(request, "sec-websocket-key") != 1 || strlen(key) != KEY_LENGTH)
        return false;
    return strspn(key, letters) == KEY_LENGTH - 2 && strcmp(key + KEY_LENGTH - 2, "==") == 0 &&
           strchr("AQgw", key[KEY_LENGTH - 3]);
}

static const struct {
    bool (*holds)(const struct http_request *request);
    int status;
    const char *detail;
} judges[] = {
    {asks_for_websocket, 426, "This is a WebSocket: the request must ask for `Upgrade: websocket`."},
    {is_get, 400, "A WebSocket handshake is a GET without a body."},
    {is_new, 400, "A WebSocket handshake needs HTTP/1.1."},
    {connection_upgrades, 400, "`Connection` must list `Upgrade`."},
    {has_version, 426, "`Sec-WebSocket-Version` must be 13."},
    {has_key, 400, "`Sec-WebSocket-Key` must be 16 bytes in base64, once."},
};

/* --- what was offered --- */

/* RFC 6455 4.2.2: the SHA-1 of the key and this constant. */
static void compute_accept(const char *key, char ret_accept[29])
{
    static const char constant[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
    unsigned char both[KEY_LENGTH + sizeof constant - 1], digest[SHA_DIGEST_LENGTH];
    memcpy(both, key, KEY_LENGTH);
    memcpy(both + KEY_LENGTH, constant, sizeof constant - 1);
    SHA1(both, sizeof both, digest);
    EVP_EncodeBlock((unsigned char *)ret_accept, digest, sizeof digest);
}

static bool is_listed_before(const struct ws_term *items, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (items[i].length == items[count].length && memcmp(items[i].at, items[count].at, items[i].length) == 0)
            return true;
    return false;
}

static bool same(const struct ws_term *item, const char *protocol)
{
    return strlen(protocol) == item->length && memcmp(protocol, item->at, item->length) == 0;
}

static void choose(const struct ws_term *items, size_t count, const char *const *protocols,
                   struct ws_handshake *handshake)
{
    for (; *protocols && !handshake->protocol; protocols++)
        for (size_t i = 0; i < count; i++)
            if (same(&items[i], *protocols))
                handshake->protocol = *protocols;
}

/* RFC 6455 4.1: tokens, each once. One of them may carry the token of who can't set headers: a browser's script. */
static bool read_protocols(const struct http_request *request, const char *const *protocols,
                           struct ws_handshake *handshake)
{
    struct ws_term all, items[MOST_PROTOCOLS];
    size_t count = 0, prefix = sizeof BEARER - 1;
    if (!http_find_header(request, "sec-websocket-protocol"))
        return true;
    if (!ws_term_of_header(request, "sec-websocket-protocol", &all))
        return false;
    for (; count < MOST_PROTOCOLS && ws_term_cut(&all, ',', &items[count]); count++) {
        const struct ws_term *item = &items[count];
        if (!ws_term_is_token(item) || is_listed_before(items, count))
            return false;
        if (item->length <= prefix || memcmp(item->at, BEARER, prefix) != 0)
            continue;
        if (handshake->bearer)
            return false;
        handshake->bearer = arena_copy(request->arena, item->at + prefix, item->length - prefix);
    }
    choose(items, count, protocols, handshake);
    return !all.at;
}

static bool read_extensions(const struct http_request *request, struct ws_handshake *handshake)
{
    struct ws_term all;
    if (!http_find_header(request, "sec-websocket-extensions"))
        return true;
    return ws_term_of_header(request, "sec-websocket-extensions", &all) && ws_offers_judge(all, &handshake->deflate);
}

int ws_handshake(const struct http_request *request, const char *const *protocols, struct ws_handshake *ret_handshake,
                 const char **ret_detail)
{
    struct ws_handshake handshake = {.protocol = NULL};
    for (size_t i = 0; i < sizeof judges / sizeof *judges; i++)
        if (!judges[i].holds(request)) {
            *ret_detail = judges[i].detail;
            return judges[i].status;
        }
    if (!read_protocols(request, protocols, &handshake)) {
        *ret_detail = "`Sec-WebSocket-Protocol` must be a list of at most 16 different names, at most one a bearer.";
        return 400;
    }
    if (!read_extensions(request, &handshake)) {
        *ret_detail = "`Sec-WebSocket-Extensions` is no list of extensions.";
        return 400;
    }
    compute_accept(http_find_header(request, "sec-websocket-key"), handshake.accept);
    *ret_handshake = handshake;
    return 0;
}
