/* Waiting with a limit: it ends when the time is over, and before when somebody signals. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/condition.h"
#include "base/thread.h"
#include "c18n/abi.h"

enum { LONG_MS = 60000 };

static struct {
    pthread_mutex_t lock;
    pthread_cond_t changed;
    bool has_changed;
} place = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int make(void **state)
{
    (void)state;
    return condition_init(&place.changed);
}

static int drop(void **state)
{
    (void)state;
    return pthread_cond_destroy(&place.changed);
}

static void *change(void *arg)
{
    pthread_mutex_lock(&place.lock);
    place.has_changed = true;
    pthread_cond_signal(&place.changed);
    pthread_mutex_unlock(&place.lock);
    return arg;
}

static bool is_before(const struct timespec *a, const struct timespec *b)
{
    return a->tv_sec < b->tv_sec || (a->tv_sec == b->tv_sec && a->tv_nsec < b->tv_nsec);
}

static void test_the_time_is_over(void **state)
{
    const struct timespec deadline = condition_deadline(5);
    bool in_time = true;
    (void)state;
    pthread_mutex_lock(&place.lock);
    while (in_time) /* threads may wake for nothing */
        in_time = condition_wait_until(&place.changed, &place.lock, &deadline);
    while (condition_wait(&place.changed, &place.lock, 1))
        ;
    pthread_mutex_unlock(&place.lock);
    const struct timespec now = condition_deadline(0);
    assert_false(is_before(&now, &deadline));
}

static void test_a_signal_comes_first(void **state)
{
    pthread_t thread;
    bool in_time = true;
    (void)state;
    place.has_changed = false;
    pthread_mutex_lock(&place.lock);
    assert_int_equal(thread_start(&thread, "changer", change, NULL), C18N_OK);
    while (!place.has_changed && in_time)
        in_time = condition_wait(&place.changed, &place.lock, LONG_MS);
    pthread_mutex_unlock(&place.lock);
    assert_true(in_time);
    assert_int_equal(pthread_join(thread, NULL), 0);
}

static void test_deadlines_carry_over_seconds(void **state)
{
    (void)state;
    for (int64_t ms = 0; ms < 3000; ms += 333) {
        const struct timespec deadline = condition_deadline(ms), now = condition_deadline(0);
        struct timespec latest = {.tv_sec = now.tv_sec + ms / 1000 + 1, .tv_nsec = now.tv_nsec};
        assert_in_range(deadline.tv_nsec, 0, 999999999);
        assert_true(is_before(&deadline, &latest));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_time_is_over),
        cmocka_unit_test(test_a_signal_comes_first),
        cmocka_unit_test(test_deadlines_carry_over_seconds),
    };
    return cmocka_run_group_tests(tests, make, drop);
}
