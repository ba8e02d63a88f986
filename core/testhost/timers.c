/* timers.c: the modules' timers by the clock that the test moves, and work that is submitted. Both run on the blocking
 * pool, as in the server, whose one thread takes them in order. */
#include "testhost/inside.h"

#include "base/crumb.h"
#include "boot/work.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { TIMER_LEAST_MS = 10 };

/* --- turns --- */

struct turn {
    struct timer_slot *slot;
    int code;
    pthread_mutex_t lock; /* guards the rest */
    pthread_cond_t changed;
    bool done;
};

static int slot_run(c18n_request *rq, struct timer_slot *slot)
{
    crumb_enter(slot->module->self.id, "timer", slot->declared.name);
    int code = slot->declared.run(rq, slot->module->self.state);
    crumb_leave();
    return code;
}

static void turn_run(c18n_request *rq, void *arg)
{
    struct turn *turn = arg;
    turn->code = slot_run(rq, turn->slot);
}

static void turn_done(void *arg)
{
    struct turn *turn = arg;
    pthread_mutex_lock(&turn->lock);
    turn->done = true;
    pthread_cond_signal(&turn->changed); /* under the lock: the waiter's stack holds the turn */
    pthread_mutex_unlock(&turn->lock);
}

/* Runs a turn and waits for its end. */
static int turn_wait(struct timer_slot *slot)
{
    struct turn turn = {.slot = slot, .code = C18N_UNAVAILABLE};
    pthread_mutex_init(&turn.lock, NULL);
    pthread_cond_init(&turn.changed, NULL);
    int code = work_run(&slot->test->server, &slot->module->self, turn_run, &turn, turn_done);
    pthread_mutex_lock(&turn.lock);
    while (code == C18N_OK && !turn.done)
        pthread_cond_wait(&turn.changed, &turn.lock);
    pthread_mutex_unlock(&turn.lock);
    pthread_cond_destroy(&turn.changed);
    pthread_mutex_destroy(&turn.lock);
    return code == C18N_OK ? turn.code : code;
}

/* --- the table --- */

static size_t count_timers(const struct loader *loader)
{
    size_t count = 0;
    for (size_t i = 0; i < loader_count(loader); i++)
        count += loader_at(loader, i)->descriptor->timers.count;
    return count;
}

int timers_declare(struct c18n_test *test)
{
    struct loader *loader = test->server.loader;
    test->timers = calloc(count_timers(loader) + 1, sizeof *test->timers);
    if (!test->timers)
        return C18N_NO_MEMORY;
    for (size_t i = 0; i < loader_count(loader); i++) {
        struct module *module = loader_at(loader, i);
        for (uint32_t j = 0; module->state != MODULE_LEFT_OUT && j < module->descriptor->timers.count; j++) {
            struct timer_slot *slot = &test->timers[test->timer_count++];
            slot->test = test;
            slot->module = module;
            loader_item(&module->descriptor->timers, j, &slot->declared, sizeof slot->declared);
            if (slot->declared.every_ms < TIMER_LEAST_MS)
                slot->declared.every_ms = TIMER_LEAST_MS;
            slot->due_ms = world_now_ms() + slot->declared.every_ms;
        }
    }
    return C18N_OK;
}

static struct timer_slot *slot_find(struct c18n_test *test, const c18n_self *self, const char *name)
{
    for (size_t i = 0; i < test->timer_count; i++) {
        struct timer_slot *slot = &test->timers[i];
        if (&slot->module->self == self && strcmp(slot->declared.name, name) == 0)
            return slot;
    }
    return NULL;
}

/* Without a pool, on the test's own thread. */
static int turn_bare(struct timer_slot *slot)
{
    atomic_store(&slot->wanted, false);
    return slot_run(request_pub(testhost_request(slot->test, &slot->module->self)), slot);
}

void timers_run_wanted(struct c18n_test *test)
{
    for (size_t i = 0; i < test->timer_count; i++)
        if (atomic_load(&test->timers[i].wanted))
            (void)turn_bare(&test->timers[i]);
}

int c18n_test_timer(c18n_test *test, const char *module, const char *timer)
{
    struct timer_slot *slot = slot_find(test, &testhost_module(test, module)->self, timer);
    if (!slot)
        testhost_die("the module %s declares no timer %s", module, timer);
    if (test->bare)
        return turn_bare(slot);
    int code = turn_wait(slot);
    settle(test);
    return code;
}

/* --- the clock moves --- */

static struct timer_slot *slot_due_first(struct c18n_test *test)
{
    struct timer_slot *first = NULL;
    for (size_t i = 0; i < test->timer_count; i++) {
        struct timer_slot *slot = &test->timers[i];
        if (slot->due_ms <= world_now_ms() && (!first || slot->due_ms < first->due_ms))
            first = slot;
    }
    return first;
}

static int do_nothing(c18n_request *rq, void *arg)
{
    (void)rq, (void)arg;
    return C18N_OK;
}

void c18n_test_move(c18n_test *test, int64_t seconds)
{
    c18n_test_move_ms(test, seconds * 1000);
}

void c18n_test_move_ms(c18n_test *test, int64_t milliseconds)
{
    world_move(milliseconds);
    if (test->bare)
        return;
    clients_sweep(test);
    /* Reads that lay long enough to be recorded are, now and not when the writer next looks. */
    (void)c18n_test_write(test, NULL, do_nothing, NULL);
    for (struct timer_slot *slot; (slot = slot_due_first(test)) != NULL;) {
        slot->due_ms = world_now_ms() + slot->declared.every_ms;
        (void)turn_wait(slot);
        settle(test);
    }
}

/* --- what modules ask for --- */

struct errand { /* submitted work, or a timer's turn out of turn */
    struct c18n_test *test;
    struct timer_slot *slot;
    void (*work)(c18n_request *rq, void *arg);
    void *arg;
};

static void errand_run(c18n_request *rq, void *arg)
{
    struct errand *errand = arg;
    if (errand->slot) {
        atomic_store(&errand->slot->wanted, false);
        (void)slot_run(rq, errand->slot);
        return;
    }
    errand->work(rq, errand->arg);
}

static void errand_done(void *arg)
{
    struct errand *errand = arg;
    atomic_uint *pending = &errand->test->pending;
    free(errand);
    atomic_fetch_sub(pending, 1);
}

static int errand_send(c18n_self *self, const struct errand *wanted)
{
    struct errand *errand = malloc(sizeof *errand);
    if (!errand)
        return C18N_NO_MEMORY;
    *errand = *wanted;
    atomic_fetch_add(&errand->test->pending, 1);
    int code = work_run(&wanted->test->server, self, errand_run, errand, errand_done);
    if (code != C18N_OK)
        errand_done(errand);
    return code;
}

static int submit(c18n_self *self, void (*work)(c18n_request *rq, void *arg), void *arg)
{
    return errand_send(self, &(struct errand){.test = test_of(self->host), .work = work, .arg = arg});
}

static int timer_now(c18n_self *self, const char *name)
{
    struct c18n_test *test = test_of(self->host);
    if (!test->timers || __atomic_load_n(&test->server.stopping, __ATOMIC_ACQUIRE))
        return C18N_UNAVAILABLE;
    struct timer_slot *slot = slot_find(test, self, name);
    if (!slot)
        return C18N_NOT_FOUND;
    if (atomic_exchange(&slot->wanted, true) || test->bare)
        return C18N_OK;
    int code = errand_send(self, &(struct errand){.test = test, .slot = slot});
    if (code != C18N_OK)
        atomic_store(&slot->wanted, false);
    return code;
}

void timers_wrap(c18n_host *host)
{
    static c18n_work_family work;
    static c18n_timer_family timer;
    work = *host->work;
    work.submit = submit;
    host->work = &work;
    timer = *host->timer;
    timer.now = timer_now;
    host->timer = &timer;
}
