/*
 * control.c: the server's side of the control socket.
 *
 * One thread accepts; each command has a thread of its own, at most CONTROL_CALLS at once, since a
 * command may take hours (an import) and may block on its caller's descriptors. Only the server's own user
 * and root are heard.
 */
#include "base/log.h"
#include "base/platform.h"
#include "base/thread.h"
#include "c18n/log.h"
#include "ctl/ctl.h"
#include "ops/control_wire.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

enum { CONTROL_CALLS = 8, CONTROL_BACKLOG = 16, CONTROL_BACKOFF_MS = 100 };

struct control {
    struct server *server;
    char *path;
    int listener, wake; /* wake: an eventfd that ends the accepting thread */
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t ended; /* a command has ended; of `lock` */
    unsigned running;
};

/* --- running --- */

/* The client says nothing more after its arguments: whatever its connection reports is its end. */
static int stopped(struct ctl_call *call)
{
    const struct control_command *command = call->arg;
    struct pollfd caller = {.fd = command->connection, .events = POLLIN | POLLRDHUP};
    return __atomic_load_n(&call->server->stopping, __ATOMIC_ACQUIRE) || poll(&caller, 1, 0) > 0;
}

static void reply(int connection, int code, int exit_code)
{
    struct control_reply words = {CONTROL_MAGIC, code, exit_code};
    (void)!send(connection, &words, sizeof words, MSG_NOSIGNAL); /* whoever is gone needs no answer */
}

static void run_command(struct control_command *command)
{
    struct ctl_call call = {
        .server = command->control->server,
        .argc = command->argc,
        .argv = command->argv,
        .in = command->fds[0],
        .out = command->fds[1],
        .error = command->fds[2],
        .stopped = stopped,
        .arg = command,
    };
    log_line(C18N_LOG_NOTICE, "control", "%s: begins", command->argv[0]);
    int exit_code = ctl_run(&call);
    log_line(C18N_LOG_NOTICE, "control", "%s: ended with %d", command->argv[0], exit_code);
    reply(command->connection, C18N_OK, exit_code);
}

static void command_free(struct control_command *command)
{
    control_close_descriptors(command->fds);
    close(command->connection);
    free(command->bytes);
    free(command);
}

static void leave(struct control *control)
{
    pthread_mutex_lock(&control->lock);
    control->running--;
    pthread_cond_signal(&control->ended);
    pthread_mutex_unlock(&control->lock);
}

static void *command_thread(void *arg)
{
    struct control_command *command = arg;
    struct control *control = command->control;
    if (control_read(command))
        run_command(command);
    else
        reply(command->connection, C18N_BAD_REQUEST, 0);
    command_free(command);
    leave(control);
    return NULL;
}

/* --- accepting --- */

static bool may_call(int connection)
{
    struct ucred caller;
    socklen_t size = sizeof caller;
    if (getsockopt(connection, SOL_SOCKET, SO_PEERCRED, &caller, &size) < 0)
        return false;
    return caller.uid == geteuid() || caller.uid == 0;
}

static bool enter(struct control *control)
{
    pthread_mutex_lock(&control->lock);
    bool room = control->running < CONTROL_CALLS;
    control->running += room;
    pthread_mutex_unlock(&control->lock);
    return room;
}

static bool start_command(struct control *control, int connection)
{
    struct control_command *command = calloc(1, sizeof *command);
    if (!command)
        return false;
    *command = (struct control_command){.control = control, .connection = connection, .fds = {-1, -1, -1}};
    pthread_t thread;
    if (thread_start(&thread, "command", command_thread, command) != C18N_OK) {
        free(command);
        return false;
    }
    pthread_detach(thread);
    return true;
}

static void take_connection(struct control *control, int connection)
{
    if (!may_call(connection)) {
        log_line(C18N_LOG_WARNING, "control", "a stranger was sent away");
        reply(connection, C18N_FORBIDDEN, 0);
    } else if (!enter(control)) {
        reply(connection, C18N_BUSY, 0);
    } else if (start_command(control, connection)) {
        return;
    } else {
        leave(control);
        reply(connection, C18N_NO_MEMORY, 0);
    }
    close(connection);
}

static void *accept_thread(void *arg)
{
    struct control *control = arg;
    for (;;) {
        struct pollfd wait[2] = {
            {.fd = control->listener, .events = POLLIN},
            {.fd = control->wake, .events = POLLIN},
        };
        if (poll(wait, 2, -1) < 0 && errno != EINTR)
            return NULL;
        if (wait[1].revents)
            return NULL;
        if (!(wait[0].revents & POLLIN))
            continue;
        struct sockaddr_storage peer;
        socklen_t length;
        int connection = platform->accept(control->listener, &peer, &length);
        if (connection >= 0)
            take_connection(control, connection);
        else if (errno != EAGAIN && errno != EINTR)
            poll(&wait[1], 1, CONTROL_BACKOFF_MS); /* out of descriptors: don't spin */
    }
}

/* --- life --- */

/* The storage is held by us alone, so a socket that is there is of a server that died. One that answers is not. */
static int bind_socket(const struct sockaddr_un *address)
{
    const struct sockaddr *at = (const struct sockaddr *)address;
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool alive = fd >= 0 && connect(fd, at, sizeof *address) == 0;
    if (fd >= 0)
        close(fd);
    if (alive)
        return -EADDRINUSE;
    platform->unlink(address->sun_path);
    return platform->listen(at, sizeof *address, CONTROL_BACKLOG, 0);
}

static int open_listener(struct control *control)
{
    struct sockaddr_un address;
    int folder;
    if (control_address(control->server->state_dir, &address, &folder) != C18N_OK)
        return -EIO;
    int fd = bind_socket(&address);
    if (fd >= 0 && chmod(address.sun_path, 0600) < 0) {
        int error = errno;
        platform->close(fd);
        fd = -error;
    }
    if (folder >= 0)
        close(folder);
    return fd;
}

static void control_free(struct control *control)
{
    if (control->listener >= 0) {
        platform->close(control->listener);
        platform->unlink(control->path);
    }
    if (control->wake >= 0)
        close(control->wake);
    pthread_cond_destroy(&control->ended);
    pthread_mutex_destroy(&control->lock);
    free(control->path);
    free(control);
}

static struct control *control_new(struct server *server)
{
    struct control *control = calloc(1, sizeof *control);
    if (!control)
        return NULL;
    *control = (struct control){.server = server, .listener = -1, .wake = -1};
    pthread_mutex_init(&control->lock, NULL);
    pthread_cond_init(&control->ended, NULL);
    struct text path;
    text_init(&path, NULL, 0);
    text_print(&path, "%s/control.sock", server->state_dir);
    text_end(&path);
    control->path = path.at;
    control->wake = path.failed ? -1 : eventfd(0, EFD_CLOEXEC);
    if (control->wake >= 0)
        return control;
    control_free(control);
    return NULL;
}

int control_listen(struct server *server, struct control **ret_control, struct text *ret_why)
{
    struct control *control = control_new(server);
    if (!control) {
        text_print(ret_why, "The control socket can't be made: out of memory.\n");
        return C18N_NO_MEMORY;
    }
    int fd = open_listener(control);
    if (fd < 0) {
        text_print(ret_why, "%s: %s\n", control->path, strerror(-fd));
        control_free(control);
        return fd == -EADDRINUSE ? C18N_BUSY : C18N_IO;
    }
    control->listener = fd;
    if (thread_start(&control->thread, "control", accept_thread, control) != C18N_OK) {
        text_print(ret_why, "The control socket's thread can't be started.\n");
        control_free(control);
        return C18N_NO_MEMORY;
    }
    *ret_control = control;
    return C18N_OK;
}

/* Commands that still run see `stopped` and end; what they use may not go before. */
void control_close(struct control *control)
{
    if (!control)
        return;
    (void)!write(control->wake, &(uint64_t){1}, sizeof(uint64_t));
    pthread_join(control->thread, NULL);
    pthread_mutex_lock(&control->lock);
    while (control->running)
        pthread_cond_wait(&control->ended, &control->lock);
    pthread_mutex_unlock(&control->lock);
    control_free(control);
}
