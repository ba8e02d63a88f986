/**
 * task.h: a piece of work that travels between threads, and where it may go.
 *
 * loop: an event thread with its libuv loop. pool: threads for reads and for what may block, each
 * with a context of its own (a storage connection). Tasks are intrusive: whoever posts one owns
 * its memory until it has run.
 */
#ifndef RUN_TASK_H
#define RUN_TASK_H

#include <stdbool.h>
#include <stdint.h>

struct task {
    struct task *next;
    void (*run)(struct task *task, void *context); /* context: of the thread that runs it */
};

/* --- event threads --- */
struct loop; /* one a thread */
struct uv_loop_s;

/** Makes an event thread's loop. */
struct loop *loop_new(unsigned number);
struct uv_loop_s *loop_uv(struct loop *loop);
unsigned loop_number(const struct loop *loop);
int loop_start(struct loop *loop);                    /* starts the thread; 0 or a C18N_ code */
void loop_post(struct loop *loop, struct task *task); /* any thread; tasks of one poster keep their order */
void loop_stop(struct loop *loop);                    /* any thread: ends the thread once its handles are closed */
void loop_join(struct loop *loop);
void loop_free(struct loop *loop);
struct loop *loop_here(void); /* the loop of the calling thread, or NULL */

/* --- pool --- */
struct pool;
struct pool_options {
    const char *name;
    unsigned threads;
    unsigned limit;            /* tasks that may wait */
    void *(*enter)(void *arg); /* makes a thread's context; NULL stops the start */
    void (*leave)(void *context, void *arg);
    void *arg;
};
struct pool *pool_start(const struct pool_options *options); /* NULL: no threads, or enter failed */
bool pool_submit(struct pool *pool, struct task *task);      /* any thread; false: full, or closed */
void pool_close(struct pool *pool); /* runs what waits and ends the threads; the pool is still there to say no */
void pool_stop(struct pool *pool);  /* the same, and frees it; takes NULL */
unsigned pool_waiting(const struct pool *pool);

#endif
