/*
 * crash.c: the handler.
 *
 * Who is guilty: walk from the place of the crash outwards, over libraries, to the first code that is somebody's. A
 * module's: it is that module. The host's: the module whose crumb is there, since the host works for it, else the host.
 *
 * The report is steps. One that crashes itself brings the handler back on the same thread, which goes on with the next.
 */
#include "base/crash.h"

#include "base/crash_code.h"
#include "base/crash_line.h"
#include "base/crash_record.h"
#include "base/thread.h"

#include <execinfo.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <time.h>
#include <ucontext.h>
#include <unistd.h>

enum { FRAMES_MOST = 64 };

static const struct {
    int number;
    const char *name;
} signals[] = {
    {SIGSEGV, "SIGSEGV"}, {SIGBUS, "SIGBUS"}, {SIGFPE, "SIGFPE"}, {SIGILL, "SIGILL"}, {SIGABRT, "SIGABRT"},
};
enum { SIGNALS = sizeof signals / sizeof *signals };

static struct {
    const char *program;
    pid_t process;
    int notes;                        /* a descriptor, or -1 */
    struct sigaction before[SIGNALS]; /* a sanitizer's, or the system's own */
    atomic_int teller;                /* the thread that tells; 0: nobody yet */
    atomic_bool hung;                 /* the watchdog sent the signal */
    _Atomic(const struct crumb *) accused;

    /* what is known of the crash; of the teller */
    size_t step, at;           /* the next step; in `signals` */
    bool has_address, is_code; /* is_code: guilty by its code, else by what ran */
    void *address, *place;     /* that could not be used; of the instruction */
    struct crumb crumb;
    const char *guilty;
    void *frames[FRAMES_MOST];
    int frame_count;
} crash = {.notes = -1};

/* --- the steps --- */

static const char *signal_name(void)
{
    return atomic_load(&crash.hung) ? CRASH_HANG : signals[crash.at].name;
}

/* True: this frame settles who it was. */
static bool judge(const void *address)
{
    const char *module = NULL;
    enum crash_owner owner = crash_code_owner(address, &module);
    if (owner == OWNER_MODULE) {
        crash.guilty = module;
        crash.is_code = true;
    }
    return owner != OWNER_LIBRARY;
}

/* Frames further in than the place of the crash are this handler's. */
static int first_frame(void)
{
    for (int i = 0; i < crash.frame_count; i++)
        if (crash.frames[i] == crash.place)
            return i;
    return 0;
}

static void find_guilty(void)
{
    if (atomic_load(&crash.accused) || judge(crash.place))
        return;
    crash.frame_count = backtrace(crash.frames, FRAMES_MOST);
    for (int i = first_frame(); i < crash.frame_count && !judge(crash.frames[i]); i++)
        ;
}

static void note(void)
{
    struct timespec now;
    if (crash.notes < 0)
        return;
    clock_gettime(CLOCK_REALTIME, &now);
    crash_record_write(crash.notes, &(struct crash_record){.at_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000,
                                                           .module = crash.guilty ? crash.guilty : CRASH_CORE,
                                                           .stage = crash.crumb.stage,
                                                           .signal = signal_name(),
                                                           .route = crash.crumb.route});
}

static void begin_line(struct crash_line *line)
{
    crash_line_add(line, crash.program);
    crash_line_add(line, ": crash: ");
}

static void say(void)
{
    struct crash_line line = {.length = 0};
    char thread[16] = "";
    prctl(PR_GET_NAME, thread);
    begin_line(&line);
    crash_line_add(&line, signal_name());
    if (crash.has_address) {
        crash_line_add(&line, " at address ");
        crash_line_hex(&line, (uintptr_t)crash.address);
    }
    crash_line_add(&line, " on the thread ");
    crash_line_word(&line, thread);
    crash_line_add(&line, "\n");
    begin_line(&line);
    crash_line_add(&line, crash.guilty ? "guilty: the module " : "guilty: ");
    crash_line_word(&line, crash.guilty ? crash.guilty : "the host itself");
    crash_line_add(&line, crash.is_code ? ", whose code crashed\n" : crash.guilty ? ", which was running\n" : "\n");
    begin_line(&line);
    crash_line_add(&line, "running: ");
    crash_line_word(&line, crash.crumb.module ? crash.crumb.module : CRASH_CORE);
    crash_line_add(&line, ", stage ");
    crash_line_word(&line, crash.crumb.stage);
    crash_line_add(&line, ", ");
    crash_line_word(&line, crash.crumb.route);
    crash_line_add(&line, "\n");
    crash_line_write(&line, STDERR_FILENO);
}

static void trace(void)
{
    if (crash.frame_count == 0)
        crash.frame_count = backtrace(crash.frames, FRAMES_MOST);
    struct crash_line line = {.length = 0};
    begin_line(&line);
    crash_line_add(&line, "backtrace, innermost call first\n");
    crash_line_write(&line, STDERR_FILENO);
    int first = first_frame();
    backtrace_symbols_fd(crash.frames + first, crash.frame_count - first, STDERR_FILENO);
}

static void tell(void)
{
    static void (*const steps[])(void) = {find_guilty, note, say, trace};
    while (crash.step < sizeof steps / sizeof *steps)
        steps[crash.step++]();
}

/* --- the handler --- */

static void *place_of(const ucontext_t *context)
{
#if defined(__x86_64__)
    return (void *)context->uc_mcontext.gregs[REG_RIP];
#elif defined(__aarch64__)
    return (void *)context->uc_mcontext.pc;
#else
    (void)context;
    return NULL; /* the crumb alone decides */
#endif
}

static void take_facts(size_t at, const siginfo_t *info, void *context)
{
    const struct crumb *accused = atomic_load(&crash.accused);
    crash.at = at;
    crash.has_address = info->si_code > 0 && info->si_signo != SIGABRT;
    crash.address = info->si_addr;
    crash.place = place_of(context);
    if (accused)
        crash.crumb = *accused;
    else if (!crumb_current(&crash.crumb))
        crash.crumb = (struct crumb){NULL, NULL, NULL};
    crash.guilty = crash.crumb.module;
}

/* A sanitizer's handler gets the same fault when the instruction runs again, and says more than we can. */
static void die(size_t at, const siginfo_t *info)
{
    bool is_fault = info->si_code > 0 && info->si_signo != SIGABRT;
    sigaction(signals[at].number, &crash.before[at], NULL);
    if (!is_fault || crash.before[at].sa_handler == SIG_DFL)
        raise(signals[at].number);
}

static void on_crash(int number, siginfo_t *info, void *context)
{
    size_t at = 0;
    int nobody = 0, self = gettid();
    while (at < SIGNALS - 1 && signals[at].number != number)
        at++;
    if (getpid() == crash.process) {
        if (atomic_compare_exchange_strong(&crash.teller, &nobody, self))
            take_facts(at, info, context);
        else if (nobody != self)
            for (;;)
                pause(); /* the one that was first ends us all */
        tell();
    }
    die(at, info);
}

void crash_install(const char *program)
{
    struct sigaction action = {.sa_sigaction = on_crash, .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    crash.program = program;
    crash.process = getpid();
    crash_code_init();
    thread_add_crash_stack();
    (void)backtrace(crash.frames, FRAMES_MOST); /* its first call loads a library */
    for (size_t i = 0; i < SIGNALS; i++)
        sigaction(signals[i].number, &action, &crash.before[i]);
}

void crash_note_in(int fd)
{
    crash.notes = fd;
}

/* --- the watchdog's --- */

void crash_interrupt(pthread_t thread)
{
    atomic_store(&crash.hung, true);
    pthread_kill(thread, SIGABRT);
}

void crash_accuse(const struct crumb *crumb)
{
    atomic_store(&crash.hung, true);
    atomic_store(&crash.accused, crumb);
    abort();
}
