/* reload.c: the modules' share of a reload. conf has the proposed settings, and this thread reads them. */
#include "loader/reload.h"

#include "base/crumb.h"
#include "loader/inside.h"

enum { RELOAD_SINCE_MINOR = 2 };

static bool reload_knows(const struct candidate *candidate)
{
    return !candidate->out && candidate->module.state == MODULE_STARTED &&
           candidate->descriptor.minor_built >= RELOAD_SINCE_MINOR;
}

/* A call that doesn't return has a name: `at` was told before it. */
static void reload_enter(const struct loader_reload *reload, const struct candidate *candidate, const char *stage)
{
    reload->at(reload->arg, candidate->id, stage);
    crumb_enter(candidate->id, stage, NULL);
}

static void reload_leave(const struct loader_reload *reload)
{
    crumb_leave();
    reload->at(reload->arg, NULL, NULL);
}

/* True: yes. A no without a complaint of its own gets ours. */
static bool reload_ask(const struct loader_reload *reload, struct candidate *candidate, const char *stage,
                       int (*ask)(c18n_self *self))
{
    struct conf *conf = candidate->loader->conf;
    char what[128];
    if (!ask)
        return true;
    size_t faults = conf_fault_count(conf);
    reload_enter(reload, candidate, stage);
    int code = ask(&candidate->module.self);
    reload_leave(reload);
    if (code == C18N_OK)
        return conf_fault_count(conf) == faults;
    if (conf_fault_count(conf) == faults) {
        print_into(what, sizeof what, "the module does not take these settings: its %s gave %d", stage, code);
        conf_complain(conf, candidate->id, NULL, what);
    }
    return false;
}

bool loader_reload_check(struct loader *loader, const struct loader_reload *reload)
{
    bool fits = true;
    for (size_t i = 0; i < loader->order_count; i++)
        if (reload_knows(loader->order[i]))
            fits &= reload_ask(reload, loader->order[i], "check_config", loader->order[i]->descriptor.check_config);
    return fits;
}

bool loader_reload_prepare(struct loader *loader, struct loader_reload *reload)
{
    for (reload->prepared = 0; reload->prepared < loader->order_count; reload->prepared++) {
        struct candidate *candidate = loader->order[reload->prepared];
        if (reload_knows(candidate) &&
            !reload_ask(reload, candidate, "reload_prepare", candidate->descriptor.reload_prepare))
            return false;
    }
    return true;
}

static void reload_tell(const struct loader_reload *reload, struct candidate *candidate, const char *stage,
                        void (*tell)(c18n_self *self))
{
    if (!tell || !reload_knows(candidate))
        return;
    reload_enter(reload, candidate, stage);
    tell(&candidate->module.self);
    reload_leave(reload);
}

void loader_reload_commit(struct loader *loader, struct loader_reload *reload)
{
    for (size_t i = 0; i < reload->prepared; i++)
        reload_tell(reload, loader->order[i], "reload_commit", loader->order[i]->descriptor.reload_commit);
    reload->prepared = 0;
}

void loader_reload_abort(struct loader *loader, struct loader_reload *reload)
{
    for (; reload->prepared > 0; reload->prepared--) {
        struct candidate *candidate = loader->order[reload->prepared - 1];
        reload_tell(reload, candidate, "reload_abort", candidate->descriptor.reload_abort);
    }
}
