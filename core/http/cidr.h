/** cidr.h: networks that may connect. Pure. */
#ifndef HTTP_CIDR_H
#define HTTP_CIDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

struct http_cidr {
    unsigned char address[16]; /* IPv4 as ::ffff:a.b.c.d */
    unsigned bits;
};

/** "10.0.0.0/8", "::1", "192.0.2.7". False: malformed, or bits behind the mask are set. */
bool http_cidr_parse(const char *text, struct http_cidr *ret_cidr);
/** A list; none given: the loopback networks. *ret_list is malloc'd. *ret_bad names the faulty entry. */
int http_cidr_list(const char *const *texts, size_t count, struct http_cidr **ret_list, size_t *ret_count,
                   const char **ret_bad);
/** Peers of a unix socket always match: the file's permissions decide about them. */
bool http_cidr_match(const struct http_cidr *list, size_t count, const struct sockaddr_storage *peer);

#endif
