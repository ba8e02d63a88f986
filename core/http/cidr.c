#include "http/cidr.h"

#include "base/codec.h"
#include "c18n/abi.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

static const unsigned char mapped[12] = {[10] = 0xff, [11] = 0xff};
static const char *const loopback[] = {"127.0.0.0/8", "::1/128"};

static bool bits_match(const unsigned char *a, const unsigned char *b, unsigned bits)
{
    unsigned whole = bits / 8, rest = bits % 8;
    if (memcmp(a, b, whole) != 0)
        return false;
    return rest == 0 || ((a[whole] ^ b[whole]) >> (8 - rest)) == 0;
}

/* 10.1.2.3/8 is a slip of the pen: what was meant, 10.0.0.0/8 or 10.1.2.3? */
static bool rest_is_zero(const struct http_cidr *cidr)
{
    for (unsigned bit = cidr->bits; bit < 128; bit++)
        if (cidr->address[bit / 8] & (0x80 >> bit % 8))
            return false;
    return true;
}

bool http_cidr_parse(const char *text, struct http_cidr *ret_cidr)
{
    char address[INET6_ADDRSTRLEN];
    struct http_cidr cidr = {.bits = 128};
    int64_t bits;
    size_t length = strcspn(text, "/");
    if (length >= sizeof address)
        return false;
    memcpy(address, text, length);
    address[length] = '\0';
    unsigned offset = 0;
    if (inet_pton(AF_INET, address, cidr.address + 12) == 1) {
        memcpy(cidr.address, mapped, sizeof mapped);
        offset = 96;
    } else if (inet_pton(AF_INET6, address, cidr.address) != 1) {
        return false;
    }
    if (text[length] == '/') {
        if (!codec_integer(text + length + 1, &bits) || bits < 0 || bits > 128 - (int64_t)offset)
            return false;
        cidr.bits = offset + (unsigned)bits;
    }
    if (!rest_is_zero(&cidr))
        return false;
    *ret_cidr = cidr;
    return true;
}

int http_cidr_list(const char *const *texts, size_t count, struct http_cidr **ret_list, size_t *ret_count,
                   const char **ret_bad)
{
    if (count == 0) {
        texts = loopback;
        count = sizeof loopback / sizeof *loopback;
    }
    struct http_cidr *list = calloc(count, sizeof *list);
    if (!list)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        if (!http_cidr_parse(texts[i], &list[i])) {
            free(list);
            *ret_bad = texts[i];
            return C18N_INVALID;
        }
    *ret_list = list;
    *ret_count = count;
    return C18N_OK;
}

static bool peer_bytes(const struct sockaddr_storage *peer, unsigned char ret_bytes[16])
{
    if (peer->ss_family == AF_INET6) {
        memcpy(ret_bytes, &((const struct sockaddr_in6 *)peer)->sin6_addr, 16);
        return true;
    }
    memcpy(ret_bytes, mapped, sizeof mapped);
    memcpy(ret_bytes + 12, &((const struct sockaddr_in *)peer)->sin_addr, 4);
    return peer->ss_family == AF_INET;
}

bool http_cidr_match(const struct http_cidr *list, size_t count, const struct sockaddr_storage *peer)
{
    unsigned char bytes[16];
    if (peer->ss_family == AF_UNIX)
        return true;
    if (!peer_bytes(peer, bytes))
        return false;
    for (size_t i = 0; i < count; i++)
        if (bits_match(list[i].address, bytes, list[i].bits))
            return true;
    return false;
}
