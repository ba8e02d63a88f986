/* stage.c: init, start, drain and stop of the modules, in order and back. */
#include "loader/inside.h"

#include "base/crumb.h"

/* What a module needs was loaded, but may have failed a stage and been left out since. */
static const char *stage_lost_need(const struct candidate *candidate)
{
    for (size_t i = 0; i < LENGTH_OF(candidate->module.needs) && candidate->module.needs[i][0]; i++)
        if (!loader_service(candidate->loader, candidate->module.needs[i]))
            return candidate->module.needs[i];
    return NULL;
}

static void stage_refuse(struct candidate *candidate, const char *rule)
{
    refuse(candidate, &(struct refusal){.rule = rule,
                                        .todo = "set right what the module's own lines in the log say; " UNTIL_THEN});
}

/* Of the codes that a stage may give, in the words of abi.h. */
static const char *stage_code(int code)
{
    static const char *const names[] = {
        [-C18N_ERROR] = "C18N_ERROR",
        [-C18N_NO_MEMORY] = "C18N_NO_MEMORY",
        [-C18N_INVALID] = "C18N_INVALID",
        [-C18N_NOT_FOUND] = "C18N_NOT_FOUND",
        [-C18N_UNAVAILABLE] = "C18N_UNAVAILABLE",
        [-C18N_NO_SPACE] = "C18N_NO_SPACE",
        [-C18N_EXISTS] = "C18N_EXISTS",
        [-C18N_CORRUPT] = "C18N_CORRUPT",
        [-C18N_IO] = "C18N_IO",
        [-C18N_TIMEOUT] = "C18N_TIMEOUT",
        [-C18N_UNSUPPORTED] = "C18N_UNSUPPORTED",
        [-C18N_BUSY] = "C18N_BUSY",
    };
    const char *name = code < 0 && code > -(int)LENGTH_OF(names) ? names[-code] : NULL;
    return name ? name : "code";
}

static void stage_refuse_lost(struct candidate *candidate, const char *service)
{
    char rule[160], todo[160];
    print_into(rule, sizeof rule, "%s, which it needs, must have come up", service);
    print_into(todo, sizeof todo, "set the module that provides %s right first; " UNTIL_THEN, service);
    refuse(candidate, &(struct refusal){.rule = rule, .todo = todo});
}

/* A rehearsal is watched by its parent. */
int stage_call(struct candidate *candidate, const char *stage, int (*run)(c18n_self *self), int64_t limit_ms)
{
    struct watch *watch = candidate->loader->rehearses ? NULL : watch_begin(candidate->id, stage, limit_ms);
    crumb_enter(candidate->id, stage, NULL);
    int code = run(&candidate->module.self);
    crumb_leave();
    watch_end(watch);
    return code;
}

static bool stage_run(struct candidate *candidate, const char *stage, int (*run)(c18n_self *self), int64_t limit_ms)
{
    if (!run)
        return true;
    int code = stage_call(candidate, stage, run, limit_ms);
    if (code == C18N_OK)
        return true;
    char rule[128];
    print_into(rule, sizeof rule, "its stage %s must succeed: it gave %s (%d)", stage, stage_code(code), code);
    stage_refuse(candidate, rule);
    return false;
}

void stage_init(struct candidate *candidate)
{
    struct loader *loader = candidate->loader;
    char rule[160];
    const char *lost = stage_lost_need(candidate);
    if (lost) {
        stage_refuse_lost(candidate, lost);
        return;
    }
    candidate->initialised = true; /* stop comes also after a failed init */
    loader->in_init = true;
    bool done = stage_run(candidate, "init", candidate->descriptor.init, loader->stage_ms);
    loader->in_init = false;
    if (!done)
        return;
    const char *missing = services_settle(candidate);
    if (missing) {
        print_into(rule, sizeof rule, "its init must provide %s, as its facts say", missing);
        stage_refuse(candidate, rule);
        return;
    }
    candidate->module.state = MODULE_READY;
}

int loader_init(struct loader *loader, struct text *ret_why)
{
    loader->why = ret_why;
    for (size_t i = 0; i < loader->order_count && !loader->refused; i++)
        if (!loader->order[i]->out)
            stage_init(loader->order[i]);
    loader->why = NULL;
    return loader->refused ? EXIT_CONFIG : 0;
}

static void stage_start_one(struct candidate *candidate)
{
    const char *lost = stage_lost_need(candidate);
    if (lost) {
        stage_refuse_lost(candidate, lost);
        return;
    }
    candidate->started = true;
    if (stage_run(candidate, "start", candidate->descriptor.start, candidate->loader->start_stage_ms))
        candidate->module.state = MODULE_STARTED;
}

int loader_start(struct loader *loader, struct text *ret_why)
{
    loader->why = ret_why;
    for (size_t i = 0; i < loader->order_count && !loader->refused; i++)
        if (!loader->order[i]->out)
            stage_start_one(loader->order[i]);
    loader->why = NULL;
    return loader->refused ? EXIT_CONFIG : 0;
}

static void stage_end(struct candidate *candidate, const char *stage, void (*run)(c18n_self *self))
{
    if (!run)
        return;
    crumb_enter(candidate->id, stage, NULL);
    run(&candidate->module.self);
    crumb_leave();
}

void loader_drain(struct loader *loader)
{
    for (size_t i = loader->order_count; i-- > 0;) {
        struct candidate *candidate = loader->order[i];
        if (candidate->module.state == MODULE_STARTED)
            stage_end(candidate, "drain", candidate->descriptor.drain);
    }
}

void loader_stop(struct loader *loader)
{
    for (size_t i = loader->order_count; i-- > 0;) {
        struct candidate *candidate = loader->order[i];
        if (candidate->initialised)
            stage_end(candidate, "stop", candidate->descriptor.stop);
        candidate->initialised = candidate->started = false;
        if (!candidate->out)
            candidate->module.state = MODULE_LOADED;
    }
}
