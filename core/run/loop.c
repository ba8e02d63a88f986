/*
 * loop.c: an event thread, its libuv loop and its mailbox.
 *
 * The mailbox is a stack that many push to and one takes whole, turned round before it is run: one
 * atomic step a post, one wake-up a batch. After loop_stop the thread goes on for as long as
 * handles are open, at most STOP_GRACE_MS, so that what is being closed can end; then it closes the rest.
 */
#include "base/crumb.h"
#include "base/platform.h"
#include "base/thread.h"
#include "c18n/abi.h"
#include "run/task.h"

#include <assert.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <uv.h>

enum { STOP_GRACE_MS = 1000 };
#define LOOP_MAGIC UINT32_C(0x6c6f6f70)

struct loop {
    uint32_t magic;
    unsigned number;
    uv_loop_t uv;
    uv_async_t wake;
    uv_timer_t grace; /* runs out after loop_stop */
    _Atomic(struct task *) mailbox;
    atomic_bool stopping;
    bool grace_running, started;
    pthread_t thread;
};

static _Thread_local struct loop *here;

/* --- mailbox --- */

static struct task *reversed(struct task *task)
{
    struct task *first = NULL;
    while (task) {
        struct task *next = task->next;
        task->next = first;
        first = task;
        task = next;
    }
    return first;
}

static void run_mail(struct loop *loop)
{
    struct task *task = reversed(atomic_exchange_explicit(&loop->mailbox, NULL, memory_order_acquire));
    while (task) {
        struct task *next = task->next; /* the task may be gone once it has run */
        task->next = NULL;
        task->run(task, loop);
        task = next;
    }
}

void loop_post(struct loop *loop, struct task *task)
{
    assert(loop->magic == LOOP_MAGIC);
    struct task *newest = atomic_load_explicit(&loop->mailbox, memory_order_relaxed);
    do
        task->next = newest;
    while (!atomic_compare_exchange_weak_explicit(&loop->mailbox, &newest, task, memory_order_release,
                                                  memory_order_relaxed));
    if (!newest) /* else whoever posted first into this batch wakes the thread */
        uv_async_send(&loop->wake);
}

/* --- stopping --- */

static void close_handle(uv_handle_t *handle, void *arg)
{
    (void)arg;
    if (!uv_is_closing(handle))
        uv_close(handle, NULL);
}

static void grace_over(uv_timer_t *grace)
{
    uv_walk(grace->loop, close_handle, NULL);
}

/* From here on the loop ends by itself when the handles of others are closed. */
static void begin_stop(struct loop *loop)
{
    if (loop->grace_running)
        return;
    loop->grace_running = true;
    uv_timer_start(&loop->grace, grace_over, STOP_GRACE_MS, 0);
    uv_unref((uv_handle_t *)&loop->grace);
    uv_unref((uv_handle_t *)&loop->wake);
}

static void on_wake(uv_async_t *wake)
{
    struct loop *loop = wake->data;
    run_mail(loop);
    if (atomic_load(&loop->stopping))
        begin_stop(loop);
}

/* What nobody closed is closed now, and what was posted last still runs: its memory is the poster's to get back. */
static void close_rest(struct loop *loop)
{
    uv_walk(&loop->uv, close_handle, NULL);
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    run_mail(loop);
}

static void *run_loop(void *arg)
{
    struct loop *loop = arg;
    here = loop;
    (void)crumb_watch(); /* there is room for more than there are event threads */
    uv_run(&loop->uv, UV_RUN_DEFAULT);
    close_rest(loop);
    crumb_unwatch();
    here = NULL;
    return NULL;
}

/* --- life --- */

struct loop *loop_new(unsigned number)
{
    struct loop *loop = calloc(1, sizeof *loop);
    if (!loop)
        return NULL;
    loop->magic = LOOP_MAGIC;
    loop->number = number;
    if (uv_loop_init(&loop->uv) < 0) {
        free(loop);
        return NULL;
    }
    if (uv_async_init(&loop->uv, &loop->wake, on_wake) < 0) {
        uv_loop_close(&loop->uv);
        free(loop);
        return NULL;
    }
    loop->wake.data = loop;
    uv_timer_init(&loop->uv, &loop->grace);
    return loop;
}

int loop_start(struct loop *loop)
{
    assert(loop->magic == LOOP_MAGIC && !loop->started);
    char name[16];
    snprintf(name, sizeof name, "loop-%u", loop->number % 10000);
    int code = thread_start(&loop->thread, name, run_loop, loop);
    loop->started = code == C18N_OK;
    return code;
}

void loop_stop(struct loop *loop)
{
    assert(loop->magic == LOOP_MAGIC);
    if (!atomic_exchange(&loop->stopping, true))
        uv_async_send(&loop->wake);
}

void loop_join(struct loop *loop)
{
    if (!loop->started)
        return;
    pthread_join(loop->thread, NULL);
    loop->started = false;
}

void loop_free(struct loop *loop)
{
    if (!loop)
        return;
    assert(loop->magic == LOOP_MAGIC && !loop->started);
    close_rest(loop); /* of a loop that was never started */
    int busy = uv_loop_close(&loop->uv);
    assert(busy == 0);
    loop->magic = 0;
    free(loop);
}

struct uv_loop_s *loop_uv(struct loop *loop)
{
    return &loop->uv;
}
unsigned loop_number(const struct loop *loop)
{
    return loop->number;
}
struct loop *loop_here(void)
{
    return here;
}
