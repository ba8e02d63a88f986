/* trial.c: something of a module done in a child process first. What it does there, crash, hang or exit, happens to
 * the child. It answers by a pipe; what it prints goes into a file in memory, whose last line is kept. */
#include "loader/inside.h"

#include "base/platform.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdio_ext.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { STEP = '+', PRINTED_MOST = 1024 * 1024, LAST_READ = 512, AWAIT_STEP_MS = 5 };

/* --- the child --- */

void trial_step(int answer_end)
{
    const char step = STEP;
    if (write(answer_end, &step, sizeof step) < 0)
        _exit(EXIT_FAILURE);
}

_Noreturn void trial_end(int answer_end, char letter, const char *words)
{
    char bytes[TRIAL_ANSWER_ROOM];
    print_into(bytes, sizeof bytes, "%c%s", letter, words);
    ssize_t written = write(answer_end, bytes, strlen(bytes) + 1);
    _exit(written < 0 ? EXIT_FAILURE : EXIT_SUCCESS); /* no atexit, no flushing: these are the server's */
}

/* Sanitizers and the server handle these; here the signal itself is the answer. */
static void child_forget_handlers(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS,  SIGILL, SIGFPE,  SIGABRT, SIGTRAP,
                                  SIGSYS,  SIGTERM, SIGINT, SIGALRM, SIGPIPE};
    for (size_t i = 0; i < LENGTH_OF(signals); i++)
        signal(signals[i], SIG_DFL);
    signal(SIGXFSZ, SIG_IGN);
}

static void child_bound(pid_t parent)
{
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    setrlimit(RLIMIT_FSIZE, &(struct rlimit){PRINTED_MOST, PRINTED_MOST});
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* one that hangs must not outlive the server */
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
}

/* What the server has printed and not yet written is not the child's to write. */
static void child_be_silent(int printed)
{
    __fpurge(stdout);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(printed >= 0 ? printed : nothing, STDOUT_FILENO);
    dup2(printed >= 0 ? printed : nothing, STDERR_FILENO);
}

/* --- the parent --- */

/* A clock that a test moves by hand must not decide what hangs. */
static int64_t now_us(void)
{
    return platform_system.monotonic_us();
}

/* Steps are counted; what comes after them is the answer. */
static void take(struct trial *trial, const char *bytes, size_t length)
{
    while (length > 0 && trial->length == 0 && *bytes == STEP) {
        trial->steps++;
        bytes++;
        length--;
    }
    size_t room = sizeof trial->answer - 1 - trial->length;
    memcpy(trial->answer + trial->length, bytes, length < room ? length : room);
    trial->length += length < room ? length : room;
    trial->answered = memchr(trial->answer, '\0', trial->length) != NULL;
}

/* Until the answer is whole, the child's end is closed, or nothing came for so long. */
static void listen_to(int answer_end, int64_t limit_ms, struct trial *trial)
{
    int64_t until_us = now_us() + limit_ms * 1000;
    char bytes[TRIAL_ANSWER_ROOM];
    while (!trial->answered && trial->length < sizeof trial->answer - 1) {
        int64_t left_ms = (until_us - now_us() + 999) / 1000;
        struct pollfd wait = {.fd = answer_end, .events = POLLIN};
        int ready = poll(&wait, 1, left_ms > 0 ? (int)left_ms : 0);
        if (ready < 0 && errno == EINTR)
            continue;
        trial->late = ready == 0;
        ssize_t got = ready > 0 ? read(answer_end, bytes, sizeof bytes) : 0;
        if (got <= 0)
            return;
        take(trial, bytes, (size_t)got);
        until_us = now_us() + limit_ms * 1000;
    }
}

/* One that closed the pipe without an answer is dying, or hangs on without it. */
static void await(pid_t child, int64_t limit_ms, struct trial *trial)
{
    const struct timespec step = {.tv_nsec = AWAIT_STEP_MS * 1000000};
    int64_t until_us = now_us() + limit_ms * 1000;
    bool kills = trial->answered || trial->late;
    while (!kills && waitpid(child, &trial->status, WNOHANG) == 0) {
        kills = trial->late = now_us() > until_us;
        nanosleep(&step, NULL);
    }
    if (!kills)
        return;
    kill(child, SIGKILL);
    while (waitpid(child, &trial->status, 0) < 0 && errno == EINTR)
        ;
}

static void keep_last_line(int printed, struct trial *trial)
{
    char bytes[LAST_READ + 1];
    off_t end = lseek(printed, 0, SEEK_END), from = end > LAST_READ ? end - LAST_READ : 0;
    ssize_t got = end > 0 ? pread(printed, bytes, LAST_READ, from) : 0;
    size_t length = got > 0 ? (size_t)got : 0;
    for (size_t i = 0; i < length; i++)
        if (bytes[i] != '\n' && !isprint((unsigned char)bytes[i]))
            bytes[i] = '?';
    while (length > 0 && bytes[length - 1] == '\n')
        length--;
    bytes[length] = '\0';
    const char *line = strrchr(bytes, '\n');
    print_into(trial->last_words, sizeof trial->last_words, "%s", line ? line + 1 : bytes);
}

static bool trial_fork(void (*run)(void *arg, int answer_end), void *arg, int printed, int64_t limit_ms,
                       struct trial *ret_trial)
{
    int ends[2];
    pid_t parent = getpid();
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        child_forget_handlers();
        child_bound(parent);
        child_be_silent(printed);
        run(arg, ends[1]);
        _exit(EXIT_SUCCESS);
    }
    close(ends[1]);
    if (child > 0) {
        listen_to(ends[0], limit_ms, ret_trial);
        await(child, limit_ms, ret_trial);
    }
    close(ends[0]);
    return child > 0;
}

bool trial_run(void (*run)(void *arg, int answer_end), void *arg, int64_t limit_ms, struct trial *ret_trial)
{
    *ret_trial = (struct trial){.limit_ms = limit_ms};
    int printed = memfd_create("printed", MFD_CLOEXEC); /* none: last words are lost, no more */
    bool done = trial_fork(run, arg, printed, limit_ms, ret_trial);
    if (printed >= 0) {
        keep_last_line(printed, ret_trial);
        close(printed);
    }
    return done;
}

void trial_death(const struct trial *trial, const char *deed, struct text *ret_rule)
{
    if (trial->late)
        text_print(ret_rule, "%s must end: it still ran after %" PRId64 " ms, so that the try was stopped", deed,
                   trial->limit_ms);
    else if (WIFSIGNALED(trial->status))
        text_print(ret_rule, "%s must not crash: %s", deed, strsignal(WTERMSIG(trial->status)));
    else
        text_print(ret_rule, "%s must not end the process: it exited with %d", deed, WEXITSTATUS(trial->status));
    trial_last_words(trial, ret_rule);
}

void trial_last_words(const struct trial *trial, struct text *ret_rule)
{
    if (*trial->last_words)
        text_print(ret_rule, "; the last that it wrote: %s", trial->last_words);
}
