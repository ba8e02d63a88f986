/* control_ask.c: what a client of the control socket asks for: arguments, and three descriptors of its own. */
#include "ops/control_wire.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { CONTROL_ASK_MS = 5000 };

static bool await(int fd, short events, int wait_ms)
{
    struct pollfd wait = {.fd = fd, .events = events};
    int ready;
    do
        ready = poll(&wait, 1, wait_ms);
    while (ready < 0 && errno == EINTR);
    return ready > 0;
}

void control_close_descriptors(int fds[CONTROL_DESCRIPTORS])
{
    for (size_t i = 0; i < CONTROL_DESCRIPTORS; i++) {
        if (fds[i] >= 0)
            close(fds[i]);
        fds[i] = -1;
    }
}

/* Takes over what descriptors came. More than are asked for are closed, fewer are a refusal. */
static bool take_descriptors(struct msghdr *message, int ret_fds[CONTROL_DESCRIPTORS])
{
    const struct cmsghdr *head = CMSG_FIRSTHDR(message);
    if (!head || head->cmsg_level != SOL_SOCKET || head->cmsg_type != SCM_RIGHTS)
        return false;
    size_t count = (head->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int fd;
        memcpy(&fd, CMSG_DATA(head) + i * sizeof fd, sizeof fd);
        if (i < CONTROL_DESCRIPTORS)
            ret_fds[i] = fd;
        else
            close(fd);
    }
    return count == CONTROL_DESCRIPTORS;
}

static bool read_ask(struct control_command *command, struct control_ask *ret_ask)
{
    union {
        struct cmsghdr aligned;
        char bytes[CMSG_SPACE(CONTROL_DESCRIPTORS * sizeof(int))];
    } space;
    struct iovec piece = {.iov_base = ret_ask, .iov_len = sizeof *ret_ask};
    struct msghdr message = {
        .msg_iov = &piece,
        .msg_iovlen = 1,
        .msg_control = space.bytes,
        .msg_controllen = sizeof space.bytes,
    };
    if (!await(command->connection, POLLIN, CONTROL_ASK_MS))
        return false;
    ssize_t got = recvmsg(command->connection, &message, MSG_CMSG_CLOEXEC);
    if (got < 0 || !take_descriptors(&message, command->fds))
        return false;
    return got == (ssize_t)sizeof *ret_ask && ret_ask->magic == CONTROL_MAGIC && ret_ask->argc >= 1 &&
           ret_ask->argc <= CONTROL_ARGUMENTS && ret_ask->length >= ret_ask->argc && ret_ask->length <= CONTROL_BYTES;
}

static bool read_all(int fd, char *at, size_t length)
{
    while (length) {
        if (!await(fd, POLLIN, CONTROL_ASK_MS))
            return false;
        ssize_t got = recv(fd, at, length, 0);
        if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
            return false;
        if (got > 0) {
            at += got;
            length -= (size_t)got;
        }
    }
    return true;
}

/* Exactly argc texts, each with its NUL, fill the bytes. */
static bool split(struct control_command *command, const struct control_ask *ask)
{
    size_t at = 0;
    if (command->bytes[ask->length - 1] != '\0')
        return false;
    for (; command->argc < (int)ask->argc && at < ask->length; at += strlen(command->bytes + at) + 1)
        command->argv[command->argc++] = command->bytes + at;
    return command->argc == (int)ask->argc && at == ask->length;
}

bool control_read(struct control_command *command)
{
    struct control_ask ask;
    if (!read_ask(command, &ask))
        return false;
    command->bytes = malloc(ask.length);
    return command->bytes && read_all(command->connection, command->bytes, ask.length) && split(command, &ask);
}
