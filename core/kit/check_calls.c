/* check_calls.c: of the calls that a request makes into the host one fails, the first, the second, … until none is left
 * to fail; and the same for the stages. What the module then answers must be in order. */
#include "kit/check_calls.h"
#include "kit/check_answers.h"
#include "kit/check_steps.h"

#include "base/platform.h"
#include "data/data.h"

#include <stdio.h>
#include <string.h>

enum { STARTS_MOST = 300 }; /* of the stages */
enum { WENT_ON = 507 };     /* the test host's answer for who didn't look at what c18n_emit gave */

static int64_t real_us(void)
{
    return platform_system.monotonic_us();
}

struct tally tally_begin(struct check *check)
{
    return (struct tally){.check = check, .until_us = real_us() + check->budget_ms * 1000};
}

bool tally_is_over(const struct tally *tally)
{
    return tally->runs >= tally->check->runs_most || real_us() > tally->until_us;
}

/* --- requests --- */

/* Of the events after a position, how many are the module's own? What the host notes of a refusal stays. */
struct own_events {
    const struct world *world;
    size_t count;
};

static int count_own(void *arg, const c18n_event *event)
{
    struct own_events *own = arg;
    for (size_t i = 0; i < loader_count(own->world->server->loader); i++) {
        const c18n_module *module = loader_at(own->world->server->loader, i)->descriptor;
        for (uint32_t j = 0; j < module->events.count; j++) {
            c18n_event_type type;
            loader_item(&module->events, j, &type, sizeof type);
            own->count += strcmp(type.name, event->type) == 0;
        }
    }
    return C18N_OK;
}

struct since {
    uint64_t position;
    struct own_events own;
};

static int look_since(c18n_request *rq, void *arg)
{
    struct since *since = arg;
    return data_events(request_of(rq), since->position, count_own, &since->own);
}

size_t calls_events_since(struct world *world, uint64_t position)
{
    struct since since = {.position = position, .own = {.world = world}};
    if (data_position(world->server->data) > position)
        (void)c18n_test_read(world->test, NULL, look_since, &since);
    return since.own.count;
}

static void judge_failing(struct world *world, const struct question *question, const c18n_test_answer *answer,
                          uint64_t nth, const char *failed, size_t events)
{
    const c18n_route *route = &question->route->declared;
    struct check *check = world->check;
    bool is_write = question->route->run == C18N_CLASS_WRITE;
    char what[256];
    snprintf(what, sizeof what, "%s %s when call %llu, %s, fails", route->method, route->path, (unsigned long long)nth,
             failed);
    if (answer->status == 0)
        check_fail(check, CHECK_CALLS, "%s: no answer", what);
    else if (strcmp(failed, "c18n_emit") == 0 && is_write && (answer->status < 500 || answer->status == WENT_ON))
        check_fail(check, CHECK_CALLS, "%s: it went on as if the event were there; the answer is %d %s", what,
                   answer->status, answer->problem);
    else if (answer->status >= 400 && is_write && events > 0)
        check_fail(check, CHECK_CALLS, "%s: the answer is %d, and %zu events remain", what, answer->status, events);
}

/* Asks once with call `nth` failing. False: there were fewer calls, so it was an ordinary request. */
static bool ask_failing(struct plan *plan, const struct plan_row *row, uint64_t nth)
{
    struct world *world = plan->world;
    struct question question = plan_question(plan, row);
    char what[64];
    snprintf(what, sizeof what, "call %llu failing", (unsigned long long)nth);
    question.what = what;
    uint64_t before = data_position(world->server->data);
    world->failing = true;
    c18n_test_fail(world->test, nth, C18N_UNAVAILABLE);
    c18n_test_answer answer = world_ask(world, &question);
    const char *failed = c18n_test_failed(world->test);
    c18n_test_fail(world->test, 0, C18N_OK);
    world->failing = false;
    if (failed)
        judge_failing(world, &question, &answer, nth, failed, calls_events_since(world, before));
    return failed != NULL;
}

static void fail_route(struct plan *plan, struct plan_row *row, struct tally *tally)
{
    uint64_t nth = 1;
    while (nth <= CALLS_MOST && !tally_is_over(tally) && ask_failing(plan, row, nth)) {
        nth++;
        tally->runs++;
    }
    tally->cut += nth > CALLS_MOST || tally_is_over(tally);
}

/* --- what has no client --- */

/* Whatever it gives is in order, as long as it comes back. */
static void run_timers(struct world *world)
{
    const c18n_module *module = world->module->descriptor;
    for (uint32_t i = 0; i < module->timers.count; i++) {
        c18n_timer timer;
        loader_item(&module->timers, i, &timer, sizeof timer);
        (void)c18n_test_timer(world->test, module->id, timer.name);
    }
}

static void run_reload(struct world *world)
{
    const struct world_options none = {.settings = NULL};
    const char *why;
    (void)c18n_test_reload(world->test, world_settings(world->check, world->source.arena, &none), &why);
}

static const struct work {
    const char *what;
    void (*run)(struct world *world);
} works[] = {{"its timers", run_timers}, {"a reload", run_reload}};
enum { WORKS = sizeof works / sizeof *works };

static void fail_work(struct world *world, const struct work *work, struct tally *tally)
{
    bool failed = true;
    for (uint64_t nth = 1; failed && nth <= CALLS_MOST && !tally_is_over(tally); nth++) {
        check_doing(world->check, "%s, call %llu failing", work->what, (unsigned long long)nth);
        c18n_test_fail(world->test, nth, C18N_UNAVAILABLE);
        work->run(world);
        failed = c18n_test_failed(world->test) != NULL;
        c18n_test_fail(world->test, 0, C18N_OK);
        tally->runs += failed;
    }
}

void check_calls(struct check *check, void *arg)
{
    static struct world world;
    (void)arg;
    check_begin(check, CHECK_CALLS);
    struct tally tally = tally_begin(check);
    struct plan *plan = check_world_made(check, CHECK_CALLS, &world);
    size_t tried = 0;
    if (!plan)
        return;
    for (size_t i = atomic_load(&check->shared->progress); i < plan->count; i++) {
        struct plan_row *row = &plan->rows[i];
        atomic_store(&check->shared->progress, (unsigned)i);
        if (!row->judged)
            continue;
        if (row->served || plan_search(plan, row, NULL)) {
            if (row->searched)
                plan_prepare(plan, row);
        } else {
            row->who = ROOT;
        }
        fail_route(plan, row, &tally);
        tried++;
    }
    for (size_t i = plan->count; i < plan->count + WORKS; i++) {
        if (i < atomic_load(&check->shared->progress))
            continue;
        atomic_store(&check->shared->progress, (unsigned)i);
        fail_work(&world, &works[i - plan->count], &tally);
    }
    if (tally.cut > 0)
        check_note(check, CHECK_CALLS, "cut after %llu requests: %llu of %zu routes not tried to the end",
                   (unsigned long long)tally.runs, (unsigned long long)tally.cut, tried);
    check_end(check, CHECK_CALLS, "%s: %llu requests on %zu routes", check_rules[CHECK_CALLS].kept,
              (unsigned long long)tally.runs, tried);
    world_close(&world);
}

/* --- stages --- */

void check_stages(struct check *check, void *arg)
{
    static struct world world;
    (void)arg;
    struct tally tally = {.check = check, .until_us = real_us() + check->budget_ms * 500};
    uint64_t nth = 1;
    bool failed = true;
    check_begin(check, CHECK_STAGES);
    for (; failed && nth <= STARTS_MOST && !tally_is_over(&tally); nth++) {
        const struct world_options options = {.fail_nth = nth};
        const char *why = "";
        check_doing(check, "starting with call %llu failing", (unsigned long long)nth);
        bool opened = world_open(check, &options, &world, &why);
        failed = !opened || world.failed_at_open;
        if (opened)
            world_close(&world);
        atomic_store(&check->shared->rule, CHECK_STAGES);
    }
    if (failed)
        check_note(check, CHECK_STAGES, "cut after %llu starts", (unsigned long long)nth - 1);
    check_end(check, CHECK_STAGES, "%s: %llu starts", check_rules[CHECK_STAGES].kept, (unsigned long long)nth - 1);
}
