/**
 * condition.h: waiting for a condition variable with a limit.
 *
 * The limit is on the condition's own monotonic clock, not the platform's: a test that moves time must not make
 * threads spin. Any thread; the lock is held where it is given.
 */
#ifndef BASE_CONDITION_H
#define BASE_CONDITION_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <time.h>

/** Of one that is waited for by what follows. C18N_OK or C18N_NO_MEMORY. */
int condition_init(pthread_cond_t *ret_condition) __attribute__((warn_unused_result));

/** Waits at most `wait_ms`; false: the time is over. */
bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t wait_ms);

/** For a loop that waits until one moment: the time in `wait_ms`, and waiting until then at most. */
struct timespec condition_deadline(int64_t wait_ms);
bool condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *deadline);

#endif
