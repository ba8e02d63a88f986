/* control_call.c: the client's side of the control socket: arguments and descriptors go, an exit code comes. */
#include "base/text.h"
#include "ops/control_wire.h"
#include "ops/ops.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int control_address(const char *state_dir, struct sockaddr_un *ret_address, int *ret_folder)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int folder = -1;
    int length = snprintf(address.sun_path, sizeof address.sun_path, "%s/control.sock", state_dir);
    if (length < 0 || (size_t)length >= sizeof address.sun_path) {
        folder = open(state_dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
        if (folder < 0)
            return errno == ENOENT ? C18N_NOT_FOUND : C18N_IO;
        snprintf(address.sun_path, sizeof address.sun_path, "/proc/self/fd/%d/control.sock", folder);
    }
    *ret_address = address;
    *ret_folder = folder;
    return C18N_OK;
}

static int connect_to(const char *state_dir, int *ret_fd)
{
    struct sockaddr_un address;
    int folder;
    int code = control_address(state_dir, &address, &folder);
    if (code != C18N_OK)
        return code;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        code = C18N_IO;
    else if (connect(fd, (struct sockaddr *)&address, sizeof address) < 0)
        code = errno == ENOENT || errno == ECONNREFUSED ? C18N_NOT_FOUND : errno == EACCES ? C18N_FORBIDDEN : C18N_IO;
    if (folder >= 0)
        close(folder);
    if (code == C18N_OK)
        *ret_fd = fd;
    else if (fd >= 0)
        close(fd);
    return code;
}

static bool send_ask(int fd, const struct control_ask *ask, const int fds[CONTROL_DESCRIPTORS])
{
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(CONTROL_DESCRIPTORS * sizeof(int))];
    } space = {.bytes = {0}};
    struct iovec piece = {.iov_base = (void *)(uintptr_t)ask, .iov_len = sizeof *ask};
    struct msghdr message = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = space.bytes,
        .msg_controllen = sizeof space.bytes,
    };
    struct cmsghdr *head = CMSG_FIRSTHDR(&message);
    head->cmsg_level = SOL_SOCKET;
    head->cmsg_type = SCM_RIGHTS;
    head->cmsg_len = CMSG_LEN(CONTROL_DESCRIPTORS * sizeof(int));
    memcpy(CMSG_DATA(head), fds, CONTROL_DESCRIPTORS * sizeof(int));
    return sendmsg(fd, &message, MSG_NOSIGNAL) == (ssize_t)sizeof *ask;
}

static bool send_all(int fd, const char *bytes, size_t length)
{
    while (length) {
        ssize_t sent = send(fd, bytes, length, MSG_NOSIGNAL);
        if (sent < 0 && errno != EINTR)
            return false;
        if (sent > 0) {
            bytes += sent;
            length -= (size_t)sent;
        }
    }
    return true;
}

/* A connection that ends without a reply is a server that died under the command. A signal that is caught here says
 * that the caller wants an end: the half-closed connection tells the command, whose reply still comes. */
static int await_reply(int fd, int *ret_exit)
{
    struct control_reply reply = {0};
    ssize_t got;
    while ((got = recv(fd, &reply, sizeof reply, MSG_WAITALL)) < 0 && errno == EINTR)
        shutdown(fd, SHUT_WR);
    if (got != (ssize_t)sizeof reply || reply.magic != CONTROL_MAGIC)
        return C18N_UNAVAILABLE;
    if (reply.code == C18N_OK)
        *ret_exit = reply.exit_code;
    return reply.code;
}

int control_call(const char *state_dir, int argc, char **argv, const int fds[3], int *ret_exit)
{
    struct text arguments;
    text_init(&arguments, NULL, CONTROL_BYTES);
    for (int i = 0; i < argc; i++)
        text_add(&arguments, argv[i], strlen(argv[i]) + 1);
    if (arguments.failed || argc < 1 || argc > CONTROL_ARGUMENTS) {
        text_free(&arguments);
        return C18N_TOO_LARGE;
    }
    int fd = -1;
    int code = connect_to(state_dir, &fd);
    struct control_ask ask = {CONTROL_MAGIC, (uint32_t)argc, (uint32_t)arguments.length};
    if (code == C18N_OK) {
        /* A server that refuses may reply and close before it has read all: its reply says why. */
        if (send_ask(fd, &ask, fds))
            (void)send_all(fd, arguments.at, arguments.length);
        code = await_reply(fd, ret_exit);
        close(fd);
    }
    text_free(&arguments);
    return code;
}
