/* check_running.c: the module on the test host, in children: one in which all goes as it should, and then those in
 * which something is in the way. */
#include "kit/check_steps.h"
#include "kit/check_talk.h"
#include "kit/check_watch.h"

#include "base/platform.h"
#include "loader/loader.h"

#include <string.h>

static struct plan *open_plan(struct check *check, enum check_rule rule, bool searches, struct world *ret_world)
{
    const struct world_options options = {.searches = searches};
    const char *why = "";
    if (!world_open(check, &options, ret_world, &why)) {
        check_fail(check, rule, "%s", why);
        return NULL;
    }
    struct plan *plan = plan_new(ret_world);
    if (!plan)
        check_fail(check, rule, "there is no memory");
    return plan;
}

struct plan *check_world_made(struct check *check, enum check_rule rule, struct world *ret_world)
{
    struct plan *plan = open_plan(check, rule, false, ret_world);
    for (size_t i = 0; plan && i < plan->count; i++)
        if (!plan_is(&plan->rows[i], "DELETE"))
            plan_ask(plan, &plan->rows[i], true, NULL);
    return plan;
}

/* --- the children --- */

static bool has_sockets(const struct world *world)
{
    const c18n_module *module = world->module->descriptor;
    return module->sockets.count > 0 || module->verbs.count > 0;
}

static void run_sockets(struct world *world)
{
    struct talk *talk = has_sockets(world) ? talk_new(world) : NULL;
    if (talk) {
        atomic_store(&world->check->shared->talks, true);
        check_sockets(talk);
        check_catch_up(world);
    }
    check_watch_end(world);
}

static void run_whole(struct check *check, void *arg)
{
    static struct world world;
    (void)arg;
    int64_t begun_us = platform_system.monotonic_us();
    check_begin(check, CHECK_LOADS);
    struct plan *plan = open_plan(check, CHECK_LOADS, true, &world);
    if (!plan)
        return;
    check_end(check, CHECK_LOADS, "%s; %zu modules are loaded", check_rules[CHECK_LOADS].kept,
              loader_count(world.server->loader));
    check_watch_begin(&world); /* routes may publish, too */
    check_routes(plan);
    run_sockets(&world);
    check_end(check, CHECK_BAD_INPUT, NULL); /* of both */
    check_work(plan);
    check_deletes(plan);
    check_replay(plan, begun_us);
    world_close(&world);
}

static void run_reload(struct check *check, void *arg)
{
    static struct world world;
    (void)arg;
    check_begin(check, CHECK_RELOAD);
    struct plan *plan = check_world_made(check, CHECK_RELOAD, &world);
    if (!plan)
        return;
    check_reload(plan);
    world_close(&world);
}

/* A child that can't be started is no finding about the module. */
static bool run_child(struct check *check, void (*work)(struct check *check, void *arg))
{
    bool started = check_child(check, work, NULL);
    if (!started && check->why->length == 0)
        text_add_text(check->why, "c18nctl module check: no child process can be started\n");
    return started;
}

static size_t died(const struct check *check)
{
    size_t count = 0;
    for (const struct check_finding *finding = check->first; finding; finding = finding->next)
        count += finding->result == CHECK_FAILED && strstr(finding->words, "while this was tried") != NULL;
    return count;
}

/* Each route's child may crash; the next one goes on with the next route. And so with verbs. */
static void run_calls(struct check *check, void (*step)(struct check *check, void *arg))
{
    enum { CRASHES_MOST = 5 };
    atomic_store(&check->shared->progress, 0);
    for (size_t before = died(check), crashes = 0; crashes < CRASHES_MOST; crashes++) {
        if (!run_child(check, step) || died(check) == before)
            return;
        before = died(check);
        atomic_fetch_add(&check->shared->progress, 1);
    }
    check_note(check, CHECK_CALLS, "it crashed %d times: the rest was not tried", CRASHES_MOST);
}

/* What a module doesn't have needs not be tried. */
static bool is_due(const struct check *check, enum check_rule rule)
{
    if (rule == CHECK_SOCKETS || rule == CHECK_CATCH_UP)
        return atomic_load(&check->shared->talks);
    return rule != CHECK_DISK || check_has_disk(check);
}

static void note_untried(struct check *check)
{
    bool tried[CHECK_RULES] = {false};
    struct text names;
    text_init(&names, check->arena, 0);
    for (const struct check_finding *finding = check->first; finding; finding = finding->next)
        tried[finding->rule] = true;
    for (unsigned rule = CHECK_ROUTES; rule < CHECK_RULES; rule++)
        if (!tried[rule] && is_due(check, (enum check_rule)rule))
            text_print(&names, "%s%s", names.length ? ", " : "", check_rules[rule].id);
    if (names.length > 0 && !check_has_failed(check) && check->why->length == 0)
        text_print(check->why, "c18nctl module check: these could not be tried: %s\n", text_end(&names));
    else if (names.length > 0)
        check_note(check, CHECK_LOADS, "not tried, because of the above: %s", text_end(&names));
}

void check_running(struct check *check)
{
    check_begin(check, CHECK_LOADS);
    if (!check_needs(check))
        return;
    run_child(check, run_whole);
    if (died(check) == 0 && check->failed[CHECK_LOADS] == 0) {
        run_child(check, run_reload);
        run_child(check, check_drain);
        run_calls(check, check_calls);
        if (atomic_load(&check->shared->talks))
            run_calls(check, check_verb_calls);
        run_child(check, check_stages);
        if (check_has_disk(check))
            run_child(check, check_disk);
    }
    note_untried(check);
}
