/* Tests of core/base/crumb.c: nesting, what another thread sees, and that looking is no race. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/crumb.h"
#include "base/thread.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>

static void assert_innermost(const char *module, const char *stage, const char *route)
{
    struct crumb crumb;
    assert_true(crumb_current(&crumb));
    assert_ptr_equal(crumb.module, module);
    assert_ptr_equal(crumb.stage, stage);
    assert_ptr_equal(crumb.route, route);
}

static void calls_nest(void **state)
{
    struct crumb crumb;
    static const char posts[] = "posts", polls[] = "polls", handle[] = "handle", hook[] = "hook", route[] = "GET /";
    (void)state;
    assert_false(crumb_current(&crumb));
    crumb_enter(posts, handle, route);
    assert_innermost(posts, handle, route);
    crumb_enter(polls, hook, NULL);
    assert_innermost(polls, hook, NULL);
    crumb_leave();
    assert_innermost(posts, handle, route);
    crumb_leave();
    assert_false(crumb_current(&crumb));
}

static void deeper_than_there_is_room_is_the_last_that_had_some(void **state)
{
    static const char first[] = "first", last[] = "last", deep[] = "deep";
    struct crumb crumb;
    (void)state;
    for (int i = 0; i < CRUMBS_MOST + 5; i++)
        crumb_enter(i == 0 ? first : i == CRUMBS_MOST - 1 ? last : deep, NULL, NULL);
    assert_innermost(last, NULL, NULL);
    for (int i = 0; i < CRUMBS_MOST + 4; i++)
        crumb_leave();
    assert_innermost(first, NULL, NULL);
    crumb_leave();
    assert_false(crumb_current(&crumb));
}

/* --- watching --- */

struct worker {
    pthread_t thread;
    sem_t begun, go_on;
};

static void pass(struct worker *worker)
{
    sem_post(&worker->begun);
    sem_wait(&worker->go_on);
}

static void *work(void *arg)
{
    struct worker *worker = arg;
    assert_true(crumb_watch());
    pass(worker); /* nothing runs */
    crumb_enter("posts", "handle", "GET /");
    crumb_enter("polls", "hook", "posts.before");
    pass(worker);
    crumb_leave();
    crumb_leave();
    crumb_enter("users", "policy", "user");
    pass(worker);
    crumb_leave();
    crumb_unwatch();
    return NULL;
}

static void take(void *arg, const struct crumb_seen *seen)
{
    struct crumb_seen *kept = arg;
    assert_int_equal(kept->slot, WATCHED_MOST); /* one thread is watched */
    *kept = *seen;
}

static struct crumb_seen look(void)
{
    struct crumb_seen seen = {.slot = WATCHED_MOST};
    crumb_look(take, &seen);
    return seen;
}

static void another_thread_sees_the_innermost_call_and_counts_the_outermost(void **state)
{
    struct worker worker;
    (void)state;
    sem_init(&worker.begun, 0, 0);
    sem_init(&worker.go_on, 0, 0);
    assert_int_equal(look().slot, WATCHED_MOST);
    assert_int_equal(thread_start(&worker.thread, "worker", work, &worker), 0);

    sem_wait(&worker.begun);
    struct crumb_seen idle = look();
    assert_false(idle.running);
    assert_true(pthread_equal(idle.thread, worker.thread));
    sem_post(&worker.go_on);

    sem_wait(&worker.begun);
    struct crumb_seen first = look();
    assert_true(first.running);
    assert_string_equal(first.crumb.module, "polls");
    assert_string_equal(first.crumb.route, "posts.before");
    assert_int_equal(look().call, first.call);
    sem_post(&worker.go_on);

    sem_wait(&worker.begun);
    struct crumb_seen second = look();
    assert_string_equal(second.crumb.module, "users");
    assert_int_not_equal(second.call, first.call);
    assert_int_equal(second.slot, first.slot);
    sem_post(&worker.go_on);

    pthread_join(worker.thread, NULL);
    assert_int_equal(look().slot, WATCHED_MOST);
    sem_destroy(&worker.begun);
    sem_destroy(&worker.go_on);
}

static void *call_until_told(void *arg)
{
    const atomic_bool *enough = arg;
    assert_true(crumb_watch());
    while (!atomic_load(enough)) {
        crumb_enter("posts", "handle", "GET /");
        crumb_enter("posts", "policy", "reader");
        crumb_leave();
        crumb_leave();
    }
    crumb_unwatch();
    return NULL;
}

static void check(void *arg, const struct crumb_seen *seen)
{
    size_t *looks = arg;
    *looks += 1;
    if (seen->running)
        assert_string_equal(seen->crumb.module, "posts");
}

static void looking_is_no_race(void **state)
{
    pthread_t thread;
    size_t looks = 0;
    atomic_bool enough = false;
    (void)state;
    assert_int_equal(thread_start(&thread, "caller", call_until_told, &enough), 0);
    while (looks < 10000) /* it is seen as soon as it watches */
        crumb_look(check, &looks);
    atomic_store(&enough, true);
    pthread_join(thread, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(calls_nest),
        cmocka_unit_test(deeper_than_there_is_room_is_the_last_that_had_some),
        cmocka_unit_test(another_thread_sees_the_innermost_call_and_counts_the_outermost),
        cmocka_unit_test(looking_is_no_race),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
