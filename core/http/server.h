/** server.h: what all lanes of a server share. Constant after http_start, but for a counter and the terms. */
#ifndef HTTP_SERVER_H
#define HTTP_SERVER_H

#include "http/cidr.h"
#include "http/lane.h"

struct http_terms { /* what a reload may change; never written to once it is made */
    struct http_rules rules;
    struct http_cidr *frontends;
    size_t frontend_count;
    size_t max_connections;
    bool gzip;
};

struct http_server {
    uint32_t magic;
    struct http_options options;
    struct http_terms *terms; /* of the control thread: lanes have pointers of their own */
    struct http_lane **lanes;
    size_t lane_count;
    char *unix_path; /* NULL: not ours to remove */
    char listening[160];
    atomic_uint_fast64_t refused;
    bool stopped;
};

/* terms.c */
/** May this peer connect? */
bool http_terms_admit(const struct http_terms *terms, const struct sockaddr_storage *peer);
size_t http_server_open_connections(const struct http_server *server);

/* bind.c: listening sockets. Each lane gets http_bind_per_lane() of them; ret_fds has room for all, lane by lane. */
size_t http_bind_per_lane(const struct http_server *server);
int http_bind(struct http_server *server, int *ret_fds, char ret_why[256]);
void http_bind_close(const int *fds, size_t count);

#endif
