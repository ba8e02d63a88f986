/* probe.c: opens each file in a child process first. What a constructor does there, crash, hang or exit,
 * happens to the child, and the dynamic linker's own words about a missing symbol come back by a pipe
 * (libltdl would only say "file not found"). */
#include "loader/inside.h"

#include "base/platform.h"

#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

/* The child's answer: one letter, then words. */
enum { ANSWER_FINE = 'f', ANSWER_LINKER = 'l', ANSWER_RULE = 'r', ANSWER_ROOM = 1024 };

struct answer {
    char bytes[ANSWER_ROOM];
    size_t length;
    bool late;
    int status; /* of waitpid */
};

static void child_say(int pipe_end, char letter, const char *words)
{
    char bytes[ANSWER_ROOM];
    int length = snprintf(bytes, sizeof bytes, "%c%s", letter, words);
    size_t size = length < 0 ? 0 : (size_t)length < sizeof bytes ? (size_t)length : sizeof bytes - 1;
    if (write(pipe_end, bytes, size) < 0)
        _exit(EXIT_FAILURE);
}

/* Sanitizers and the server handle these; here the signal itself is the answer. */
static void child_forget_handlers(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGTERM, SIGINT, SIGALRM};
    for (size_t i = 0; i < LENGTH_OF(signals); i++)
        signal(signals[i], SIG_DFL);
    setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
}

static _Noreturn void child_main(const struct candidate *candidate, int pipe_end)
{
    child_forget_handlers();
    void *handle = dlopen(candidate->file, RTLD_NOW | RTLD_LOCAL);
    if (!handle) {
        const char *words = dlerror();
        child_say(pipe_end, ANSWER_LINKER, words ? words : "unknown error");
        _exit(EXIT_SUCCESS);
    }
    const c18n_module *descriptor = dlsym(handle, C18N_TEXT_OF(C18N_MODULE_SYMBOL));
    const char *rule = descriptor ? descriptor_check(descriptor, candidate) : "it must export its descriptor";
    child_say(pipe_end, rule ? ANSWER_RULE : ANSWER_FINE, rule ? rule : "");
    _exit(EXIT_SUCCESS);
}

/* Reads until the child's end is closed, the time is over, or the room is full. */
static void parent_listen(int pipe_end, int64_t limit_ms, struct answer *answer)
{
    int64_t until_us = platform_monotonic_us() + limit_ms * 1000;
    while (answer->length < sizeof answer->bytes - 1) {
        int64_t left_ms = (until_us - platform_monotonic_us()) / 1000;
        struct pollfd wait = {.fd = pipe_end, .events = POLLIN};
        int ready = poll(&wait, 1, left_ms > 0 ? (int)left_ms : 0);
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready == 0)
            answer->late = true;
        if (ready <= 0)
            return;
        ssize_t got = read(pipe_end, answer->bytes + answer->length, sizeof answer->bytes - 1 - answer->length);
        if (got <= 0)
            return;
        answer->length += (size_t)got;
    }
}

static bool probe_ask(const struct candidate *candidate, struct answer *ret_answer)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return false;
    pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        child_main(candidate, ends[1]);
    }
    close(ends[1]);
    if (child > 0) {
        parent_listen(ends[0], candidate->loader->probe_ms, ret_answer);
        if (ret_answer->late)
            kill(child, SIGKILL);
        while (waitpid(child, &ret_answer->status, 0) < 0 && errno == EINTR)
            ;
    }
    close(ends[0]);
    return child > 0;
}

/* NULL: all is well. Else the rule, in words that may be put together in `room`. */
static const char *probe_verdict(const struct answer *answer, char *words, size_t room)
{
    if (answer->late)
        return "opening it must end: it hung, so that the try was stopped";
    if (answer->length > 0 && answer->bytes[0] == ANSWER_FINE)
        return NULL;
    if (answer->length > 0 && answer->bytes[0] == ANSWER_RULE)
        return answer->bytes + 1;
    if (answer->length > 0)
        print_into(words, room, "the dynamic linker must take it: %s", answer->bytes + 1);
    else if (WIFSIGNALED(answer->status))
        print_into(words, room, "opening it must not crash: %s", strsignal(WTERMSIG(answer->status)));
    else
        print_into(words, room, "opening it must not end the process: it exited with %d", WEXITSTATUS(answer->status));
    return words;
}

static bool probe_one(struct candidate *candidate)
{
    struct answer answer = {0};
    char words[ANSWER_ROOM + 64];
    const char *rule = probe_ask(candidate, &answer)
                           ? probe_verdict(&answer, words, sizeof words)
                           : "it must be tried in a child process first, and none could be started";
    bool unlinked = answer.length > 0 && answer.bytes[0] == ANSWER_LINKER;
    candidate->probed = true;
    if (!rule)
        return false;
    char host[96];
    print_into(host, sizeof host, "ABI %d.%d; it opens each module in a child process first, all symbols bound",
               C18N_ABI_MAJOR, host_minor(candidate));
    refuse(candidate,
           &(struct refusal){.rule = rule,
                             .host = host,
                             .todo = unlinked ? "install what it links with (ldd tells), or report it to its author; "
                                                "until then take it out of conf.d"
                                              : "report it to its author; until then take it out of conf.d"});
    return true;
}

bool probe_candidates(struct loader *loader)
{
    bool taken_out = false;
    for (size_t i = 0; i < loader->order_count; i++)
        if (!loader->order[i]->probed && probe_one(loader->order[i]))
            taken_out = true;
    return taken_out;
}
