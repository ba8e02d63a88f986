/**
 * platform.h: clock, randomness, disk and network, behind one table.
 *
 * Everything in core goes through `platform`, never to the operating system directly for these, so
 * that a test moves time and fails any call by putting its own table in place. Set before threads start.
 */
#ifndef BASE_PLATFORM_H
#define BASE_PLATFORM_H

#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/types.h>

struct platform {
    int64_t (*wall_ms)(void);
    int64_t (*monotonic_us)(void);
    void (*random_bytes)(void *ret_bytes, size_t count);
    int (*open)(const char *path, int flags, mode_t mode);
    ssize_t (*read)(int fd, void *ret_bytes, size_t count);
    ssize_t (*write)(int fd, const void *bytes, size_t count);
    int (*sync)(int fd);
    int (*close)(int fd);
    int (*rename)(const char *from, const char *to);
    int (*unlink)(const char *path);
    int (*listen)(const struct sockaddr *address, socklen_t length, int backlog,
                  int reuse_port);                                                   /* a listening fd, or -errno */
    int (*accept)(int fd, struct sockaddr_storage *ret_peer, socklen_t *ret_length); /* non-blocking, close-on-exec */
};

extern const struct platform *platform;       /* the one in force */
extern const struct platform platform_system; /* the real one */

int64_t platform_wall_ms(void);
int64_t platform_monotonic_us(void);
void platform_random(void *ret_bytes, size_t count);

/* Whole small files, such as secrets. Negative C18N_ codes. read: *ret_bytes is malloc'd with a NUL added. */
int platform_read_file(const char *path, size_t limit, char **ret_bytes, size_t *ret_length);
int platform_replace_file(const char *path, const void *bytes, size_t length,
                          mode_t mode); /* temp, sync, rename, sync folder */

#endif
