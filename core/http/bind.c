/* Listening sockets: TCP with one a lane (the kernel spreads connections), a unix socket, or inherited ones. */
#include "http/server.h"

#include "base/codec.h"
#include "base/platform.h"
#include "c18n/abi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/un.h>

union address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
    struct sockaddr_un local;
    struct sockaddr_storage room;
};

size_t http_bind_per_lane(const struct http_server *server)
{
    return server->options.inherited_count > 0 ? server->options.inherited_count : 1;
}

void http_bind_close(const int *fds, size_t count)
{
    for (size_t i = 0; i < count; i++)
        if (fds[i] >= 0)
            platform->close(fds[i]);
}

static int fail(const char *listen, int error, char ret_why[256])
{
    char words[96];
    snprintf(ret_why, 256, "%s: %s", listen, strerror_r(error, words, sizeof words));
    for (char *at = ret_why + strlen(listen); *at; at++) /* "Address already in use": mid-sentence */
        if (at[-1] == ' ' && at[-2] == ':' && *at >= 'A' && *at <= 'Z')
            *at = (char)(*at + ('a' - 'A'));
    return error == EADDRINUSE ? C18N_BUSY : error == EACCES ? C18N_FORBIDDEN : C18N_IO;
}

/* "127.0.0.1:8080", "[::1]:8080", "localhost:8080". */
static bool parse_internet(const char *listen, union address *ret_address, socklen_t *ret_length)
{
    char host[INET6_ADDRSTRLEN];
    int64_t port;
    const char *colon = strrchr(listen, ':');
    size_t length = colon ? (size_t)(colon - listen) : 0;
    bool bracketed = length > 2 && listen[0] == '[' && listen[length - 1] == ']';
    if (bracketed) {
        listen++;
        length -= 2;
    }
    if (length == 0 || length >= sizeof host || !codec_integer(colon + 1, &port) || port < 0 || port > 65535)
        return false;
    memcpy(host, listen, length);
    host[length] = '\0';
    if (bracketed) {
        ret_address->v6 = (struct sockaddr_in6){.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
        *ret_length = sizeof ret_address->v6;
        return inet_pton(AF_INET6, host, &ret_address->v6.sin6_addr) == 1;
    }
    ret_address->v4 = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    *ret_length = sizeof ret_address->v4;
    return inet_pton(AF_INET, strcmp(host, "localhost") == 0 ? "127.0.0.1" : host, &ret_address->v4.sin_addr) == 1;
}

static void note_listening(struct http_server *server, int fd)
{
    union address address;
    socklen_t length = sizeof address;
    char host[INET6_ADDRSTRLEN] = "";
    memset(&address, 0, sizeof address);
    if (getsockname(fd, &address.any, &length) < 0)
        return;
    if (address.any.sa_family == AF_UNIX) {
        snprintf(server->listening, sizeof server->listening, "unix:%s", address.local.sun_path);
    } else if (address.any.sa_family == AF_INET6) {
        inet_ntop(AF_INET6, &address.v6.sin6_addr, host, sizeof host);
        snprintf(server->listening, sizeof server->listening, "[%s]:%u", host, (unsigned)ntohs(address.v6.sin6_port));
    } else {
        inet_ntop(AF_INET, &address.v4.sin_addr, host, sizeof host);
        snprintf(server->listening, sizeof server->listening, "%s:%u", host, (unsigned)ntohs(address.v4.sin_port));
    }
}

/* Two servers can share a port by SO_REUSEPORT without noticing. A socket without it can't be bound
 * beside theirs, so we try one first. */
static int probe(const union address *address, socklen_t length)
{
    int fd = platform->listen(&address->any, length, 1, 0);
    if (fd < 0)
        return fd;
    platform->close(fd);
    return 0;
}

static int bind_internet(struct http_server *server, int *ret_fds, char ret_why[256])
{
    const char *listen = server->options.listen;
    union address address;
    socklen_t length;
    if (!parse_internet(listen, &address, &length)) {
        snprintf(ret_why, 256, "%s: must be ADDRESS:PORT, [ADDRESS]:PORT or unix:PATH", listen);
        return C18N_INVALID;
    }
    int code = server->lane_count > 1 ? probe(&address, length) : 0;
    for (size_t i = 0; i < server->lane_count && code >= 0; i++) {
        code = platform->listen(&address.any, length, HTTP_BACKLOG, server->lane_count > 1);
        ret_fds[i] = code;
        if (code >= 0 && i == 0) { /* port 0: all lanes take the port that the first one got */
            note_listening(server, code);
            getsockname(code, &address.any, &length);
        }
    }
    return code < 0 ? fail(listen, -code, ret_why) : C18N_OK;
}

/* A socket file that nobody listens on was left by a server that died. */
static void remove_stale(const union address *address, socklen_t length)
{
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return;
    if (connect(fd, &address->any, length) < 0 && errno == ECONNREFUSED)
        platform->unlink(address->local.sun_path);
    platform->close(fd);
}

static int duplicate(int *fds, size_t from, size_t to)
{
    fds[to] = fcntl(fds[from], F_DUPFD_CLOEXEC, 0);
    return fds[to] < 0 ? -errno : 0;
}

static int bind_local(struct http_server *server, const char *path, int *ret_fds, char ret_why[256])
{
    union address address = {.local = {.sun_family = AF_UNIX}};
    size_t length = strlen(path);
    if (length == 0 || length >= sizeof address.local.sun_path) {
        snprintf(ret_why, 256, "unix:%.100s: the path must have 1 to %zu bytes", path,
                 sizeof address.local.sun_path - 1);
        return C18N_INVALID;
    }
    memcpy(address.local.sun_path, path, length + 1);
    remove_stale(&address, sizeof address.local);
    int code = platform->listen(&address.any, sizeof address.local, HTTP_BACKLOG, 0);
    ret_fds[0] = code;
    if (code >= 0) {
        server->unix_path = strdup(path);
        note_listening(server, code);
    }
    for (size_t i = 1; i < server->lane_count && code >= 0; i++)
        code = duplicate(ret_fds, 0, i);
    return code < 0 ? fail(server->options.listen, -code, ret_why) : C18N_OK;
}

/* Each lane watches all inherited sockets; whoever is awake first accepts. */
static int bind_inherited(struct http_server *server, int *ret_fds, char ret_why[256])
{
    size_t count = server->options.inherited_count;
    memcpy(ret_fds, server->options.inherited, count * sizeof *ret_fds);
    note_listening(server, ret_fds[0]);
    for (size_t i = count; i < count * server->lane_count; i++) {
        int code = duplicate(ret_fds, i % count, i);
        if (code < 0)
            return fail("inherited socket", -code, ret_why);
    }
    return C18N_OK;
}

int http_bind(struct http_server *server, int *ret_fds, char ret_why[256])
{
    const char *listen = server->options.listen;
    if (server->options.inherited_count > 0)
        return bind_inherited(server, ret_fds, ret_why);
    if (strncmp(listen, "unix:", 5) == 0)
        return bind_local(server, listen + 5, ret_fds, ret_why);
    return bind_internet(server, ret_fds, ret_why);
}
