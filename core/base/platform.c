/* platform.c: the real clock, randomness, disk and network, and whole small files on top of the table in force. */
#include "base/platform.h"
#include "base/arena.h"
#include "base/text.h"
#include "c18n/abi.h"

#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>
#include <unistd.h>

static int64_t system_wall_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_monotonic_us(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

/* Without randomness no key and no id is safe, so there is no error to return. */
static void system_random(void *ret_bytes, size_t count)
{
    unsigned char *at = ret_bytes;
    while (count) {
        ssize_t got = getrandom(at, count, 0);
        if (got < 0 && errno != EINTR)
            abort();
        if (got > 0) {
            at += got;
            count -= (size_t)got;
        }
    }
}

static int system_open(const char *path, int flags, mode_t mode)
{
    return open(path, flags | O_CLOEXEC, mode);
}

static int switch_on(int fd, int level, int option)
{
    return setsockopt(fd, level, option, &(int){1}, sizeof(int));
}

static int prepare_listener(int fd, const struct sockaddr *address, socklen_t length, int backlog, int reuse_port)
{
    bool internet = address->sa_family != AF_UNIX;
    if (internet && switch_on(fd, SOL_SOCKET, SO_REUSEADDR) < 0)
        return -errno;
    if (internet && reuse_port && switch_on(fd, SOL_SOCKET, SO_REUSEPORT) < 0)
        return -errno;
    if (address->sa_family == AF_INET6 && switch_on(fd, IPPROTO_IPV6, IPV6_V6ONLY) < 0)
        return -errno;
    return bind(fd, address, length) < 0 || listen(fd, backlog) < 0 ? -errno : 0;
}

static int system_listen(const struct sockaddr *address, socklen_t length, int backlog, int reuse_port)
{
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return -errno;
    int code = prepare_listener(fd, address, length, backlog, reuse_port);
    if (code < 0)
        close(fd);
    return code < 0 ? code : fd;
}

static int system_accept(int fd, struct sockaddr_storage *ret_peer, socklen_t *ret_length)
{
    *ret_length = sizeof *ret_peer;
    return accept4(fd, (struct sockaddr *)ret_peer, ret_length, SOCK_CLOEXEC | SOCK_NONBLOCK);
}

const struct platform platform_system = {
    .wall_ms = system_wall_ms,
    .monotonic_us = system_monotonic_us,
    .random_bytes = system_random,
    .open = system_open,
    .read = read,
    .write = write,
    .sync = fsync,
    .close = close,
    .rename = rename,
    .unlink = unlink,
    .listen = system_listen,
    .accept = system_accept,
};
const struct platform *platform = &platform_system;

int64_t platform_wall_ms(void)
{
    return platform->wall_ms();
}
int64_t platform_monotonic_us(void)
{
    return platform->monotonic_us();
}
void platform_random(void *ret_bytes, size_t count)
{
    platform->random_bytes(ret_bytes, count);
}

/* --- whole small files --- */

static int code_of(int error)
{
    static const struct {
        int error, code;
    } codes[] = {
        {ENOENT, C18N_NOT_FOUND},
        {ENOSPC, C18N_NO_SPACE},
        {EDQUOT, C18N_NO_SPACE},
        {ENOMEM, C18N_NO_MEMORY},
    };
    for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
        if (codes[i].error == error)
            return codes[i].code;
    }
    return C18N_IO;
}

static int read_all(int fd, size_t limit, struct text *out)
{
    for (;;) {
        if (!text_reserve(out, 4096))
            return C18N_NO_MEMORY;
        ssize_t got = platform->read(fd, out->at + out->length, 4096);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got < 0 ? code_of(errno) : C18N_OK;
        out->length += (size_t)got;
        if (out->length > limit)
            return C18N_TOO_LARGE;
    }
}

int platform_read_file(const char *path, size_t limit, char **ret_bytes, size_t *ret_length)
{
    int fd = platform->open(path, O_RDONLY, 0);
    if (fd < 0)
        return code_of(errno);
    struct text bytes;
    text_init(&bytes, NULL, 0);
    int code = read_all(fd, limit, &bytes);
    platform->close(fd);
    text_end(&bytes);
    if (code == C18N_OK && bytes.failed)
        code = C18N_NO_MEMORY;
    if (code != C18N_OK) {
        text_free(&bytes);
        return code;
    }
    *ret_bytes = bytes.at;
    *ret_length = bytes.length;
    return C18N_OK;
}

static int write_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t sent = platform->write(fd, bytes, length);
        if (sent < 0 && errno != EINTR)
            return code_of(errno);
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        }
    }
    return platform->sync(fd) < 0 ? code_of(errno) : C18N_OK;
}

static int write_new(const char *path, const void *bytes, size_t length, mode_t mode)
{
    int fd = platform->open(path, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (fd < 0)
        return code_of(errno);
    int code = write_all(fd, bytes, length);
    if (platform->close(fd) < 0 && code == C18N_OK)
        code = code_of(errno);
    return code;
}

/* A rename is durable only when its folder is. */
static int sync_folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, slash == path ? 1 : (size_t)(slash - path)) : strdup(".");
    if (!folder)
        return C18N_NO_MEMORY;
    int fd = platform->open(folder, O_RDONLY | O_DIRECTORY, 0);
    free(folder);
    if (fd < 0)
        return code_of(errno);
    int code = platform->sync(fd) < 0 ? code_of(errno) : C18N_OK;
    platform->close(fd);
    return code;
}

int platform_replace_file(const char *path, const void *bytes, size_t length, mode_t mode)
{
    uint32_t random;
    platform_random(&random, sizeof random);
    char *temporary;
    if (asprintf(&temporary, "%s.%08x", path, random) < 0)
        return C18N_NO_MEMORY;
    int code = write_new(temporary, bytes, length, mode);
    if (code == C18N_OK && platform->rename(temporary, path) < 0)
        code = code_of(errno);
    if (code == C18N_OK)
        code = sync_folder_of(path);
    else
        platform->unlink(temporary);
    free(temporary);
    return code;
}
