/* Tests of core/run/loop.c: order of mail from many threads, stopping with and without open handles. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "run/task.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <uv.h>

enum { POSTERS = 4, POSTS = 2000 };

struct mail {
    struct task task;
    unsigned poster, number;
    struct seen *seen;
};

struct seen { /* of the loop's thread only, until it is joined */
    struct loop *loop;
    unsigned next[POSTERS], wrong, elsewhere;
};

static void receive(struct task *task, void *context)
{
    struct mail *mail = (struct mail *)task;
    struct seen *seen = mail->seen;
    seen->wrong += mail->number != seen->next[mail->poster]++;
    seen->elsewhere += context != seen->loop || loop_here() != seen->loop;
    free(mail);
}

struct poster {
    struct seen *seen;
    unsigned number;
};

static void *post_many(void *arg)
{
    struct poster *poster = arg;
    for (unsigned i = 0; i < POSTS; i++) {
        struct mail *mail = calloc(1, sizeof *mail);
        *mail = (struct mail){.task.run = receive, .poster = poster->number, .number = i, .seen = poster->seen};
        loop_post(poster->seen->loop, &mail->task);
    }
    return NULL;
}

static void mail_of_one_poster_keeps_its_order(void **state)
{
    (void)state;
    struct seen seen = {.loop = loop_new(3)};
    struct poster posters[POSTERS];
    pthread_t threads[POSTERS];
    assert_int_equal(loop_number(seen.loop), 3);
    assert_int_equal(loop_start(seen.loop), 0);
    for (unsigned i = 0; i < POSTERS; i++) {
        posters[i] = (struct poster){&seen, i};
        assert_int_equal(pthread_create(&threads[i], NULL, post_many, &posters[i]), 0);
    }
    for (unsigned i = 0; i < POSTERS; i++)
        pthread_join(threads[i], NULL);
    loop_stop(seen.loop);
    loop_join(seen.loop);
    loop_free(seen.loop);
    for (unsigned i = 0; i < POSTERS; i++)
        assert_int_equal(seen.next[i], POSTS);
    assert_int_equal(seen.wrong, 0);
    assert_int_equal(seen.elsewhere, 0);
    assert_null(loop_here());
}

struct closing {
    struct task task;
    uv_timer_t timer, forgotten;
    bool closed;
};

static void on_closed(uv_handle_t *handle)
{
    struct closing *closing = handle->data;
    closing->closed = true;
}

static void on_timer(uv_timer_t *timer)
{
    uv_close((uv_handle_t *)timer, on_closed);
}
static void on_forgotten(uv_timer_t *timer)
{
    (void)timer;
}

static void open_timer(struct task *task, void *context)
{
    struct closing *closing = (struct closing *)task;
    uv_timer_init(loop_uv(context), &closing->timer);
    closing->timer.data = closing;
    uv_timer_start(&closing->timer, on_timer, 50, 0);
}

static void a_stopping_loop_waits_for_its_handles(void **state)
{
    (void)state;
    struct loop *loop = loop_new(0);
    struct closing closing = {.task.run = open_timer};
    assert_int_equal(loop_start(loop), 0);
    loop_post(loop, &closing.task);
    loop_stop(loop);
    loop_join(loop);
    assert_true(closing.closed);
    loop_free(loop);
}

static void forget_timer(struct task *task, void *context)
{
    struct closing *closing = (struct closing *)task;
    uv_timer_init(loop_uv(context), &closing->forgotten);
    uv_timer_start(&closing->forgotten, on_forgotten, 3600 * 1000, 3600 * 1000);
}

static void a_forgotten_handle_does_not_hold_the_stop(void **state)
{
    (void)state;
    struct loop *loop = loop_new(0);
    struct closing closing = {.task.run = forget_timer};
    assert_int_equal(loop_start(loop), 0);
    loop_post(loop, &closing.task);
    loop_stop(loop);
    loop_stop(loop); /* twice is as good as once */
    loop_join(loop);
    assert_true(uv_is_closing((uv_handle_t *)&closing.forgotten));
    loop_free(loop);
}

static void late_mail_runs_before_the_loop_goes(void **state)
{
    (void)state;
    struct loop *loop = loop_new(0);
    struct closing closing = {.task.run = open_timer};
    assert_int_equal(loop_start(loop), 0);
    loop_stop(loop);
    loop_join(loop);
    struct seen seen = {.loop = loop};
    struct mail *mail = calloc(1, sizeof *mail);
    *mail = (struct mail){.task.run = receive, .seen = &seen};
    loop_post(loop, &mail->task);
    loop_free(loop);
    assert_int_equal(seen.next[0], 1);
    (void)closing;
}

static void a_loop_that_never_started_is_freed(void **state)
{
    (void)state;
    loop_free(loop_new(1));
    loop_free(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(mail_of_one_poster_keeps_its_order),
        cmocka_unit_test(a_stopping_loop_waits_for_its_handles),
        cmocka_unit_test(a_forgotten_handle_does_not_hold_the_stop),
        cmocka_unit_test(late_mail_runs_before_the_loop_goes),
        cmocka_unit_test(a_loop_that_never_started_is_freed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
