/* Tests of core/ops/systemd.c: datagrams to a path and to an abstract socket; whose sockets and watchdog they are. */
#include "fakes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int receiver_at(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t length = strlen(name);
    memcpy(address.sun_path, name, length);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(
        bind(fd, (struct sockaddr *)&address, (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length)), 0);
    return fd;
}

static void state_goes_to_a_path_and_to_an_abstract_name(void **state)
{
    (void)state;
    char names[2][64];
    snprintf(names[0], sizeof names[0], "/tmp/c18n-notify-%d", getpid());
    snprintf(names[1], sizeof names[1], "@c18n-notify-%d", getpid());
    for (int i = 0; i < 2; i++) {
        char got[32] = "";
        int fd = receiver_at(names[i]);
        setenv("NOTIFY_SOCKET", names[i], 1);
        systemd_notify("READY=1");
        assert_int_equal(recv(fd, got, sizeof got - 1, 0), 7);
        assert_string_equal(got, "READY=1");
        close(fd);
    }
    unlink(names[0]);
}

/* The control thread sends these: were it held up, no signal would be heard any more. */
static void one_who_does_not_listen_holds_nobody_up(void **state)
{
    (void)state;
    char name[64];
    snprintf(name, sizeof name, "@c18n-deaf-%d", getpid());
    int fd = receiver_at(name), full = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path + 1, name + 1, strlen(name) - 1);
    socklen_t length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + strlen(name));
    while (sendto(full, "x", 1, 0, (struct sockaddr *)&address, length) == 1)
        ;
    setenv("NOTIFY_SOCKET", name, 1);
    alarm(20); /* ends the test, should it wait for ever */
    systemd_notify("WATCHDOG=1");
    alarm(0);
    close(full);
    close(fd);
}

static void nobody_listening_is_no_fault(void **state)
{
    (void)state;
    static const char *const names[] = {"", "@", "relative", "/nowhere/at/all", "@nobody-is-here-c18n"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        setenv("NOTIFY_SOCKET", names[i], 1);
        systemd_notify("READY=1");
    }
    char longer[200];
    memset(longer, 'x', sizeof longer);
    longer[0] = '/';
    longer[sizeof longer - 1] = '\0';
    setenv("NOTIFY_SOCKET", longer, 1);
    systemd_notify("READY=1");
    unsetenv("NOTIFY_SOCKET");
    systemd_notify("READY=1");
}

static void set_number(const char *name, long number)
{
    char digits[24];
    snprintf(digits, sizeof digits, "%ld", number);
    setenv(name, digits, 1);
}

static void sockets_are_ours_only_with_our_pid(void **state)
{
    (void)state;
    int fds[8];
    assert_int_equal(systemd_sockets(fds), 0);
    int kept = dup(3), spare = open("/dev/null", O_RDONLY); /* 3 and 4 may be taken: put them back later */
    assert_int_equal(dup2(spare, 3), 3);
    set_number("LISTEN_FDS", 1);
    set_number("LISTEN_PID", getpid() + 1);
    assert_int_equal(systemd_sockets(fds), 0);
    setenv("LISTEN_PID", "", 1);
    assert_int_equal(systemd_sockets(fds), 0);
    set_number("LISTEN_PID", getpid());
    assert_int_equal(systemd_sockets(fds), 1);
    assert_int_equal(fds[0], 3);
    assert_true(fcntl(3, F_GETFD) & FD_CLOEXEC);
    setenv("LISTEN_FDS", "-1", 1);
    assert_int_equal(systemd_sockets(fds), 0);
    setenv("LISTEN_FDS", "many", 1);
    assert_int_equal(systemd_sockets(fds), 0);
    setenv("LISTEN_FDS", "1000000", 1);
    assert_in_range(systemd_sockets(fds), 1, 8); /* no more than there is room for */
    if (kept >= 0)
        dup2(kept, 3);
    unsetenv("LISTEN_FDS");
    unsetenv("LISTEN_PID");
}

static void the_watchdog_is_ours_only_with_our_pid(void **state)
{
    (void)state;
    assert_int_equal(systemd_watchdog_us(), 0);
    set_number("WATCHDOG_USEC", 30000000);
    assert_int_equal(systemd_watchdog_us(), 30000000);
    set_number("WATCHDOG_PID", getpid());
    assert_int_equal(systemd_watchdog_us(), 30000000);
    set_number("WATCHDOG_PID", getpid() + 1);
    assert_int_equal(systemd_watchdog_us(), 0);
    unsetenv("WATCHDOG_PID");
    setenv("WATCHDOG_USEC", "-5", 1);
    assert_int_equal(systemd_watchdog_us(), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_goes_to_a_path_and_to_an_abstract_name),
        cmocka_unit_test(one_who_does_not_listen_holds_nobody_up),
        cmocka_unit_test(nobody_listening_is_no_fault),
        cmocka_unit_test(sockets_are_ours_only_with_our_pid),
        cmocka_unit_test(the_watchdog_is_ours_only_with_our_pid),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
