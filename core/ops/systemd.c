/* systemd.c: the few datagrams and variables by which systemd and a service speak, without its library. */
#include "base/codec.h"
#include "ops/ops.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>
#include <unistd.h>

enum { SYSTEMD_FIRST_FD = 3, SYSTEMD_FDS = 8 };

/* A path, or `@name`: an abstract socket, whose name begins with NUL. */
static socklen_t notify_address(const char *name, struct sockaddr_un *ret_address)
{
    size_t length = strlen(name);
    *ret_address = (struct sockaddr_un){.sun_family = AF_UNIX};
    if ((name[0] != '/' && name[0] != '@') || length < 2 || length >= sizeof ret_address->sun_path)
        return 0;
    memcpy(ret_address->sun_path, name, length);
    bool abstract = name[0] == '@';
    if (abstract)
        ret_address->sun_path[0] = '\0';
    return (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length + !abstract);
}

void systemd_notify(const char *state)
{
    const char *name = getenv("NOTIFY_SOCKET");
    struct sockaddr_un address;
    socklen_t length = name ? notify_address(name, &address) : 0;
    if (!length)
        return;
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        return;
    /* Nobody there to hear it is no reason to fail, nor one who doesn't listen to wait for ever. */
    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &(struct timeval){.tv_sec = 1}, sizeof(struct timeval));
    (void)!sendto(fd, state, strlen(state), MSG_NOSIGNAL, (struct sockaddr *)&address, length);
    close(fd);
}

static int64_t number_in(const char *variable)
{
    const char *text = getenv(variable);
    int64_t number;
    return text && codec_integer(text, &number) ? number : 0;
}

/* Variables of these kinds name the process they are meant for: a parent's are not ours. */
size_t systemd_sockets(int ret_fds[8])
{
    int64_t count = number_in("LISTEN_PID") == getpid() ? number_in("LISTEN_FDS") : 0;
    size_t taken = 0;
    for (int fd = SYSTEMD_FIRST_FD; count > 0 && taken < SYSTEMD_FDS; fd++, count--) {
        if (fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
            ret_fds[taken++] = fd;
    }
    return taken;
}

int64_t systemd_watchdog_us(void)
{
    const char *pid = getenv("WATCHDOG_PID");
    int64_t micros = number_in("WATCHDOG_USEC");
    return micros > 0 && (!pid || number_in("WATCHDOG_PID") == getpid()) ? micros : 0;
}
