#include "base/condition.h"

#include "c18n/abi.h"

#include <errno.h>

int condition_init(pthread_cond_t *ret_condition)
{
    pthread_condattr_t attributes;
    pthread_condattr_init(&attributes);
    pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
    int error = pthread_cond_init(ret_condition, &attributes);
    pthread_condattr_destroy(&attributes);
    return error == 0 ? C18N_OK : C18N_NO_MEMORY;
}

struct timespec condition_deadline(int64_t wait_ms)
{
    struct timespec deadline;
    clock_gettime(CLOCK_MONOTONIC, &deadline);
    int64_t nanos = deadline.tv_nsec + (wait_ms % 1000) * 1000000;
    deadline.tv_sec += wait_ms / 1000 + nanos / 1000000000;
    deadline.tv_nsec = nanos % 1000000000;
    return deadline;
}

bool condition_wait_until(pthread_cond_t *condition, pthread_mutex_t *lock, const struct timespec *deadline)
{
    return pthread_cond_timedwait(condition, lock, deadline) != ETIMEDOUT;
}

bool condition_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t wait_ms)
{
    struct timespec deadline = condition_deadline(wait_ms);
    return condition_wait_until(condition, lock, &deadline);
}
