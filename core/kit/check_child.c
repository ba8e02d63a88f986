/* check_child.c: code of the module runs in a child process. What the child finds comes by a pipe; how it died, and
 * what it was doing then, is told from outside. */
#include "kit/check.h"

#include "base/crumb.h"
#include "base/platform.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

enum {
    CHILD_BYTES_MOST = 4 * 1024 * 1024,
    CHILD_LAST_WORDS = 600, /* of what it wrote to standard error */
    CHILD_LOOK_MS = 100,
    CHILD_DYING_MS = 3000,
    CHILD_MS_MOST = 30 * 60 * 1000, /* all that it does; its own steps have bounds */
};

struct child {
    struct check *check;
    char folder[256]; /* all that it makes; it may die before it has removed that itself */
    pid_t id;
    int findings, words; /* the pipe's reading end; a file that is the child's standard error */
    struct text bytes;
    bool late;
    int status;
};

/* --- inside the child --- */

static struct check_shared *child_page; /* for the handler; in the child only */

static void child_crashed(int number)
{
    struct crumb crumb;
    if (crumb_current(&crumb)) {
        const char *const from[] = {crumb.module, crumb.stage, crumb.route};
        char *const to[] = {child_page->module, child_page->stage, child_page->route};
        const size_t room[] = {sizeof child_page->module, sizeof child_page->stage, sizeof child_page->route};
        for (size_t i = 0; i < sizeof from / sizeof *from; i++)
            for (size_t j = 0; from[i] && from[i][j] && j + 1 < room[i]; j++)
                to[i][j] = from[i][j];
    }
    atomic_store(&child_page->signal, number);
    signal(number, SIG_DFL);
    raise(number);
}

static void child_handle_signals(struct check_shared *shared)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT};
    static char stack[64 * 1024]; /* a stack overflow leaves no other */
    child_page = shared;
    sigaltstack(&(stack_t){.ss_sp = stack, .ss_size = sizeof stack}, NULL);
    for (size_t i = 0; i < sizeof signals / sizeof *signals; i++)
        sigaction(signals[i], &(struct sigaction){.sa_handler = child_crashed, .sa_flags = SA_ONSTACK | SA_NODEFER},
                  NULL);
    signal(SIGPIPE, SIG_IGN);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
    mallopt(M_PERTURB, 0xa5); /* what was freed, or never set, is no zero */
}

static _Noreturn void child_main(struct child *child, int pipe_end, void (*work)(struct check *check, void *arg),
                                 void *arg)
{
    struct check *check = child->check;
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(child->words, STDERR_FILENO);
    check->pipe_end = pipe_end;
    setenv("TMPDIR", child->folder, 1);
    child_handle_signals(check->shared);
    work(check, arg);
    _exit(EXIT_SUCCESS);
}

/* --- outside --- */

static bool make_folder(struct child *child)
{
    const char *temporary = getenv("TMPDIR");
    int length = snprintf(child->folder, sizeof child->folder, "%s/c18n-check-XXXXXX", temporary ? temporary : "/tmp");
    return length < (int)sizeof child->folder && mkdtemp(child->folder) != NULL;
}

static int remove_one(const char *path, const struct stat *status, int kind, struct FTW *place)
{
    (void)status, (void)kind, (void)place;
    return remove(path);
}

/* A child that has not begun anything new for so long hangs. It is asked to abort first: so it says where. */
static void child_end_it(struct child *child)
{
    child->late = true;
    kill(child->id, SIGABRT);
    struct pollfd wait = {.fd = child->findings, .events = 0};
    poll(&wait, 1, CHILD_DYING_MS);
    kill(-child->id, SIGKILL); /* the whole group: what it started itself would hold the pipe open */
}

static bool child_take(struct child *child)
{
    char bytes[8192];
    ssize_t count = read(child->findings, bytes, sizeof bytes);
    if (count < 0 && errno == EINTR)
        return true;
    if (count > 0)
        text_add(&child->bytes, bytes, (size_t)count);
    return count > 0;
}

static void child_listen(struct child *child)
{
    const struct check *check = child->check;
    int64_t begun_us = platform_monotonic_us(), alive_us = begun_us;
    unsigned beat = atomic_load(&check->shared->beat);
    for (;;) {
        struct pollfd wait = {.fd = child->findings, .events = POLLIN};
        int ready = poll(&wait, 1, CHILD_LOOK_MS);
        if (ready > 0 && !child_take(child))
            return;
        int64_t now_us = platform_monotonic_us();
        if (atomic_load(&check->shared->beat) != beat) {
            beat = atomic_load(&check->shared->beat);
            alive_us = now_us;
        }
        if (!child->late &&
            (now_us - alive_us > check->patience_ms * 1000 || now_us - begun_us > CHILD_MS_MOST * INT64_C(1000)))
            child_end_it(child);
    }
}

static size_t last_words(const struct child *child, char *ret_words, size_t room)
{
    off_t size = lseek(child->words, 0, SEEK_END), most = (off_t)room - 1;
    off_t from = size > most ? size - most : 0;
    ssize_t count = pread(child->words, ret_words, room - 1, from);
    ret_words[count > 0 ? count : 0] = '\0';
    return count > 0 ? (size_t)count : 0;
}

/* How its words begin when it can't go on: something lacks, or a module never comes to an end. */
static const char test_host_gave_up[] = "c18n test host: ";

/* The first line that a sanitizer or an assert wrote is worth more than the last ones. */
static const char *telling_line(char *words)
{
    static const char *const marks[] = {test_host_gave_up, "ERROR: ", "runtime error: ", "Assertion", "WARNING: "};
    for (size_t i = 0; i < sizeof marks / sizeof *marks; i++) {
        char *at = strstr(words, marks[i]);
        if (!at)
            continue;
        while (at > words && at[-1] != '\n')
            at--;
        at[strcspn(at, "\n")] = '\0';
        return at;
    }
    size_t length = strlen(words);
    return words + (length > CHILD_LAST_WORDS ? length - CHILD_LAST_WORDS : 0);
}

static void tell_death(struct child *child)
{
    struct check *check = child->check;
    struct check_shared *shared = check->shared;
    struct text words;
    char said[64 * 1024];
    int rule = atomic_load(&shared->rule), by = WIFSIGNALED(child->status) ? WTERMSIG(child->status) : 0;
    bool has_words = last_words(child, said, sizeof said) > 0;
    text_init(&words, NULL, CHECK_WORDS_MOST);
    shared->doing[sizeof shared->doing - 1] = '\0';
    if (child->late)
        text_print(&words, "it hung for %lld s", (long long)(check->patience_ms / 1000));
    else if (strstr(said, test_host_gave_up))
        text_add_text(&words, "the test host gave up");
    else if (by)
        text_print(&words, "it crashed (%s)", strsignal(by));
    else
        text_print(&words, "it ended the process (exit code %d)", WEXITSTATUS(child->status));
    text_print(&words, " while this was tried: %s", shared->doing);
    if (atomic_load(&shared->signal) && shared->module[0])
        text_print(&words, "\nin code of %.63s, stage %.31s%s%.159s", shared->module, shared->stage,
                   shared->route[0] ? ", " : "", shared->route);
    if (has_words)
        text_print(&words, "\nlast words: %s", telling_line(said));
    check_add(check, CHECK_FAILED, rule >= 0 && rule < CHECK_RULES ? (enum check_rule)rule : CHECK_LOADS,
              text_end(&words));
    text_free(&words);
}

/* The child may have been broken when it wrote: what makes no sense is passed over. */
static void take_findings(struct child *child)
{
    const char *at = text_end(&child->bytes), *end = at + child->bytes.length;
    while (end - at >= 3) {
        size_t length = strlen(at);
        unsigned rule = (unsigned char)at[1] - (unsigned)'A';
        if (length >= 2 && rule < CHECK_RULES && strchr("onf", at[0]))
            check_add(child->check, (enum check_result)at[0], (enum check_rule)rule, at + 2);
        at += length + 1;
    }
}

static void child_begin(struct child *child, void (*work)(struct check *check, void *arg), void *arg)
{
    int ends[2];
    struct check_shared *shared = child->check->shared;
    if (pipe2(ends, O_CLOEXEC) < 0)
        return;
    shared->module[0] = shared->stage[0] = shared->route[0] = '\0';
    atomic_store(&shared->signal, 0);
    child->findings = ends[0];
    child->id = fork();
    if (child->id == 0) {
        close(ends[0]);
        child_main(child, ends[1], work, arg);
    }
    close(ends[1]);
    if (child->id < 0)
        close(ends[0]);
    else
        setpgid(child->id, child->id);
}

static void child_follow(struct child *child)
{
    text_init(&child->bytes, NULL, CHILD_BYTES_MOST);
    child_listen(child);
    while (waitpid(child->id, &child->status, 0) < 0 && errno == EINTR)
        ;
    take_findings(child);
    if (child->late || !WIFEXITED(child->status) || WEXITSTATUS(child->status) != EXIT_SUCCESS)
        tell_death(child);
    text_free(&child->bytes);
    close(child->findings);
}

bool check_child(struct check *check, void (*work)(struct check *check, void *arg), void *arg)
{
    struct child child = {.check = check, .id = -1, .words = memfd_create("check", MFD_CLOEXEC)};
    if (child.words < 0 || !make_folder(&child))
        return false;
    child_begin(&child, work, arg);
    if (child.id > 0)
        child_follow(&child);
    nftw(child.folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    close(child.words);
    return child.id > 0;
}
