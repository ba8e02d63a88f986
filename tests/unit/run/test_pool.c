/* Tests of core/run/pool.c: contexts, a full queue, order, and a stop that loses nothing. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/task.h"

#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>

struct world { /* what enter and leave count */
    atomic_int entered, left, fail_at;
};

static void *enter(void *arg)
{
    struct world *world = arg;
    int number = atomic_fetch_add(&world->entered, 1) + 1;
    if (number == atomic_load(&world->fail_at))
        return NULL;
    pthread_t *context = malloc(sizeof *context);
    *context = pthread_self();
    return context;
}

static void leave(void *context, void *arg)
{
    struct world *world = arg;
    assert_true(pthread_equal(*(pthread_t *)context, pthread_self()));
    atomic_fetch_add(&world->left, 1);
    free(context);
}

struct job {
    struct task task;
    sem_t *begun, *go;
    atomic_int *order;
    int place;
    bool own_context;
};

static void run_job(struct task *task, void *context)
{
    struct job *job = (struct job *)task;
    job->own_context = pthread_equal(*(pthread_t *)context, pthread_self());
    if (job->begun)
        sem_post(job->begun);
    if (job->go)
        sem_wait(job->go);
    job->place = atomic_fetch_add(job->order, 1) + 1;
}

static struct pool *start(struct world *world, unsigned threads, unsigned limit)
{
    struct pool_options options = {
        .name = "test",
        .threads = threads,
        .limit = limit,
        .enter = enter,
        .leave = leave,
        .arg = world,
    };
    return pool_start(&options);
}

static void a_full_pool_says_so(void **state)
{
    (void)state;
    struct world world = {0};
    sem_t begun, go;
    sem_init(&begun, 0, 0);
    sem_init(&go, 0, 0);
    atomic_int order = 0;
    struct job jobs[4];
    for (int i = 0; i < 4; i++)
        jobs[i] = (struct job){.task.run = run_job, .order = &order};
    jobs[0].begun = &begun;
    jobs[0].go = &go;
    struct pool *pool = start(&world, 1, 2);
    assert_non_null(pool);
    assert_true(pool_submit(pool, &jobs[0].task));
    sem_wait(&begun); /* the only thread is held: the rest waits */
    assert_int_equal(pool_waiting(pool), 0);
    assert_true(pool_submit(pool, &jobs[1].task));
    assert_true(pool_submit(pool, &jobs[2].task));
    assert_int_equal(pool_waiting(pool), 2);
    assert_false(pool_submit(pool, &jobs[3].task));
    sem_post(&go);
    pool_stop(pool);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(jobs[i].place, i + 1);
        assert_true(jobs[i].own_context);
    }
    assert_int_equal(jobs[3].place, 0);
    assert_int_equal(atomic_load(&world.left), 1);
}

static void a_stop_runs_what_waits(void **state)
{
    (void)state;
    enum { JOBS = 500 };
    struct world world = {0};
    atomic_int order = 0;
    struct job *jobs = calloc(JOBS, sizeof *jobs);
    struct pool *pool = start(&world, 4, JOBS);
    assert_non_null(pool);
    for (int i = 0; i < JOBS; i++) {
        jobs[i] = (struct job){.task.run = run_job, .order = &order};
        assert_true(pool_submit(pool, &jobs[i].task));
    }
    pool_stop(pool);
    assert_int_equal(atomic_load(&order), JOBS);
    for (int i = 0; i < JOBS; i++)
        assert_true(jobs[i].own_context);
    assert_int_equal(atomic_load(&world.entered), 4);
    assert_int_equal(atomic_load(&world.left), 4);
    free(jobs);
}

static void a_closed_pool_says_no(void **state)
{
    (void)state;
    struct world world = {0};
    atomic_int order = 0;
    struct job jobs[2] = {{.task.run = run_job, .order = &order}, {.task.run = run_job, .order = &order}};
    struct pool *pool = start(&world, 2, 10);
    assert_non_null(pool);
    assert_true(pool_submit(pool, &jobs[0].task));
    pool_close(pool);
    assert_int_equal(jobs[0].place, 1);
    assert_false(pool_submit(pool, &jobs[1].task)); /* nobody is left to run it */
    pool_stop(pool);
    assert_int_equal(jobs[1].place, 0);
    assert_int_equal(atomic_load(&world.left), 2);
}

static void a_failed_context_stops_the_start(void **state)
{
    (void)state;
    struct world world = {.fail_at = 3};
    assert_null(start(&world, 3, 10));
    assert_int_equal(atomic_load(&world.left), 2); /* those who had theirs gave it back */
    pool_stop(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_full_pool_says_so),
        cmocka_unit_test(a_stop_runs_what_waits),
        cmocka_unit_test(a_closed_pool_says_no),
        cmocka_unit_test(a_failed_context_stops_the_start),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
