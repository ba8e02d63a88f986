#include "base/thread.h"

#include "c18n/abi.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

struct beginning {
    char name[16];
    void *(*run)(void *arg);
    void *arg;
};

/* A sanitizer gives its threads such a stack itself and takes it back at their end: then that one serves.
 * NULL: there is one, or no memory, and then a stack that runs out ends the process without a word. */
static void *crash_stack_add(void)
{
    stack_t now;
    if (sigaltstack(NULL, &now) < 0 || !(now.ss_flags & SS_DISABLE))
        return NULL;
    void *room = mmap(NULL, THREAD_CRASH_STACK, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (room == MAP_FAILED)
        return NULL;
    sigaltstack(&(stack_t){.ss_sp = room, .ss_size = THREAD_CRASH_STACK}, NULL);
    return room;
}

static void crash_stack_remove(void *room)
{
    if (!room)
        return;
    sigaltstack(&(stack_t){.ss_flags = SS_DISABLE}, NULL);
    munmap(room, THREAD_CRASH_STACK);
}

void thread_add_crash_stack(void)
{
    (void)crash_stack_add();
}

static void *thread_main(void *arg)
{
    struct beginning beginning = *(struct beginning *)arg;
    free(arg);
    pthread_setname_np(pthread_self(), beginning.name); /* by itself, so that it never runs without */
    void *room = crash_stack_add();
    void *result = beginning.run(beginning.arg);
    crash_stack_remove(room);
    return result;
}

/* A crash whose signal is blocked ends the process before any handler runs. */
static void take_only_crashes(sigset_t *ret_before)
{
    static const int crashes[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT};
    sigset_t blocked;
    sigfillset(&blocked);
    for (size_t i = 0; i < sizeof crashes / sizeof *crashes; i++)
        sigdelset(&blocked, crashes[i]);
    pthread_sigmask(SIG_SETMASK, &blocked, ret_before);
}

int thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *arg), void *arg)
{
    sigset_t before;
    struct beginning *beginning = malloc(sizeof *beginning);
    if (!beginning)
        return C18N_NO_MEMORY;
    *beginning = (struct beginning){.run = run, .arg = arg};
    snprintf(beginning->name, sizeof beginning->name, "%s", name);
    take_only_crashes(&before);
    int error = pthread_create(ret_thread, NULL, thread_main, beginning);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (!error)
        return C18N_OK;
    free(beginning);
    return C18N_NO_MEMORY;
}
