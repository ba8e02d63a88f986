/* Tests of core/base/platform.c: whole files, failing disks, listening. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/platform.h"
#include "c18n/abi.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[] = "/tmp/c18n-platform-XXXXXX";
static char path[128];

static int make_folder(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    snprintf(path, sizeof path, "%s/file", folder);
    return 0;
}

static int remove_folder(void **state)
{
    (void)state;
    unlink(path);
    return rmdir(folder); /* fails when a temporary file was left */
}

static void a_file_is_replaced_whole(void **state)
{
    (void)state;
    char *bytes;
    size_t length;
    struct stat about;
    assert_int_equal(platform_replace_file(path, "one", 3, 0600), C18N_OK);
    assert_int_equal(platform_replace_file(path, "second\0x", 8, 0600), C18N_OK);
    assert_int_equal(stat(path, &about), 0);
    assert_int_equal(about.st_mode & 0777, 0600);
    assert_int_equal(platform_read_file(path, 100, &bytes, &length), C18N_OK);
    assert_int_equal(length, 8);
    assert_memory_equal(bytes, "second\0x", 9); /* and a NUL */
    free(bytes);
    assert_int_equal(platform_read_file(path, 8, &bytes, &length), C18N_OK);
    free(bytes);
    assert_int_equal(platform_read_file(path, 7, &bytes, &length), C18N_TOO_LARGE);
    assert_int_equal(platform_read_file("/nowhere/at/all", 7, &bytes, &length), C18N_NOT_FOUND);
    assert_int_equal(platform_read_file(folder, 7, &bytes, &length), C18N_IO);
}

static ssize_t full_write(int fd, const void *bytes, size_t count)
{
    (void)fd, (void)bytes, (void)count;
    errno = ENOSPC;
    return -1;
}

static int failing_sync(int fd)
{
    (void)fd;
    errno = EIO;
    return -1;
}

static void a_failing_disk_leaves_the_old_file(void **state)
{
    (void)state;
    struct platform broken = platform_system;
    assert_int_equal(platform_replace_file(path, "old", 3, 0600), C18N_OK);
    broken.write = full_write;
    platform = &broken;
    assert_int_equal(platform_replace_file(path, "new", 3, 0600), C18N_NO_SPACE);
    broken.write = platform_system.write;
    broken.sync = failing_sync;
    assert_int_equal(platform_replace_file(path, "new", 3, 0600), C18N_IO);
    platform = &platform_system;
    char *bytes;
    size_t length;
    assert_int_equal(platform_read_file(path, 10, &bytes, &length), C18N_OK);
    assert_string_equal(bytes, "old");
    free(bytes);
}

static void listening_says_what_is_wrong(void **state)
{
    (void)state;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t length = sizeof address;
    int fd = platform->listen((struct sockaddr *)&address, sizeof address, 4, 0);
    assert_true(fd >= 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
    assert_int_equal(platform->listen((struct sockaddr *)&address, sizeof address, 4, 0), -EADDRINUSE);
    struct sockaddr_storage peer;
    assert_int_equal(platform->accept(fd, &peer, &length), -1);
    assert_int_equal(errno, EAGAIN); /* non-blocking */
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    platform->close(fd);
    assert_int_equal(platform->listen((struct sockaddr *)&(struct sockaddr){.sa_family = AF_INET}, 2, 4, 0), -EINVAL);
}

static void clocks_and_randomness_move(void **state)
{
    (void)state;
    uint8_t a[16] = {0}, b[16] = {0};
    platform_random(a, sizeof a);
    platform_random(b, sizeof b);
    assert_memory_not_equal(a, b, sizeof a);
    int64_t before = platform_monotonic_us();
    usleep(2000);
    assert_true(platform_monotonic_us() - before >= 2000);
    assert_true(platform_wall_ms() > INT64_C(1600000000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_file_is_replaced_whole),
        cmocka_unit_test(a_failing_disk_leaves_the_old_file),
        cmocka_unit_test(listening_says_what_is_wrong),
        cmocka_unit_test(clocks_and_randomness_move),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
