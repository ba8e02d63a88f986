/**
 * thread.h: how the host starts a thread.
 *
 * Signals belong to the control thread, so others take none but those of a crash, which come to the thread that
 * crashes. Each has a second stack for the crash handler: where the first has run out, there is no other room.
 */
#ifndef BASE_THREAD_H
#define BASE_THREAD_H

#include <pthread.h>

enum { THREAD_CRASH_STACK = 64 * 1024 };

/** Starts a thread called `name` (15 characters are kept). 0, or C18N_NO_MEMORY. */
int thread_start(pthread_t *ret_thread, const char *name, void *(*run)(void *arg), void *arg)
    __attribute__((warn_unused_result));

/** Gives the calling thread its crash stack; thread_start does so itself, so this is for `main`. It stays. */
void thread_add_crash_stack(void);

#endif
