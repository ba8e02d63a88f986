/* propose.c: a reload's share of conf: what was read anew is judged by the tables that are bound, stands beside what
 * holds while everybody is asked, and then takes its place or goes. */
#include "conf/store.h"

#include <string.h>

/* The conf whose proposed values this thread reads. All others go on with what holds. */
static _Thread_local struct conf *trying;

bool conf_is_trying(const struct conf *conf)
{
    return trying == conf;
}

struct conf *conf_meant(struct conf *conf)
{
    return trying == conf && conf->fresh ? conf->fresh : conf;
}

void conf_try(struct conf *conf, bool on)
{
    trying = on ? conf : NULL;
}

/* --- which modules there are is settled at the start --- */

static bool propose_is_own(const char *name) /* the host's own sections, which are always there */
{
    return strcmp(name, "core") == 0 || strcmp(name, "auth") == 0;
}

static bool propose_runs(const struct conf_section *section)
{
    return section && section->present && section->enabled;
}

static void propose_complain(struct conf *fresh, const char *name, const char *key, const char *change)
{
    struct conf_section *section = conf_section_get(fresh, name);
    const char *at = key && conf_last_value(section, key) ? key : NULL;
    const char *what = arena_print(fresh->arena, "a module can't %s while the server runs; restart it", change);
    conf_complain(fresh, name, at, what ? what : "can't change while the server runs");
}

static void propose_compare(struct conf *fresh, const char *name, const struct conf_section *before,
                            const struct conf_section *after)
{
    bool ran = propose_runs(before), runs = propose_runs(after);
    if (!ran && runs)
        propose_complain(fresh, name, "enabled", "be added or enabled");
    else if (ran && !runs)
        propose_complain(fresh, name, "enabled", "be removed or disabled");
    else if (ran && before->optional != after->optional)
        propose_complain(fresh, name, "optional", "become optional, or needed,");
}

static void propose_compare_modules(struct conf *holds, struct conf *fresh)
{
    for (const struct conf_section *before = holds->sections; before; before = before->next)
        if (!propose_is_own(before->name))
            propose_compare(fresh, before->name, before, conf_section_find(fresh, before->name));
    for (const struct conf_section *after = fresh->sections; after; after = after->next)
        if (!propose_is_own(after->name) && !conf_section_find(holds, after->name))
            propose_compare(fresh, after->name, NULL, after);
}

/* --- values --- */

static void propose_setting(struct conf_section *before, struct conf_setting *setting, const struct conf_section *after,
                            const struct conf_setting *fresh)
{
    const char *key = setting->declared.name;
    setting->proposed = conf_held_keep(before->conf, setting, conf_held_of(after, fresh));
    setting->proposed_origin = conf_origin_keep(before->conf, setting, conf_origin(after, key));
    if (!setting->proposed || !setting->proposed_origin)
        conf_complain(after->conf, after->name, key, "there is no memory for it");
    else if (setting->proposed != atomic_load(&setting->held) && !conf_reloadable(before, key))
        conf_complain(after->conf, after->name, key, "can't change while the server runs; restart it");
}

void conf_propose(struct conf *holds, struct conf *fresh)
{
    holds->fresh = fresh;
    if (fresh->unread)
        return; /* that is the fault: what seems to be gone may only be unread */
    propose_compare_modules(holds, fresh);
    for (struct conf_section *before = holds->sections; before; before = before->next) {
        if (!before->bound)
            continue;
        struct conf_section *after = conf_bind(fresh, before->name, before->table);
        if (!propose_is_own(before->name) && !propose_runs(after))
            continue; /* that it goes was said; each of its settings would be at its default now */
        for (size_t i = 0; i < before->setting_count; i++)
            propose_setting(before, &before->settings[i], after, &after->settings[i]);
    }
}

static void propose_end(struct conf *holds)
{
    for (struct conf_section *section = holds->sections; section; section = section->next)
        for (size_t i = 0; i < section->setting_count; i++) {
            section->settings[i].proposed = NULL;
            section->settings[i].proposed_origin = NULL;
        }
    holds->fresh = NULL;
}

void conf_give_up(struct conf *holds)
{
    propose_end(holds);
}

static bool propose_take(struct conf_setting *setting)
{
    if (!setting->proposed)
        return false;
    const struct conf_held *before = atomic_exchange_explicit(&setting->held, setting->proposed, memory_order_acq_rel);
    atomic_store_explicit(&setting->origin, setting->proposed_origin, memory_order_release);
    return before != setting->proposed;
}

size_t conf_take(struct conf *holds, struct text *ret_changed)
{
    size_t count = 0;
    for (struct conf_section *section = holds->sections; section; section = section->next)
        for (size_t i = 0; i < section->setting_count; i++)
            if (propose_take(&section->settings[i]))
                text_print(ret_changed, "%s%s.%s", count++ ? ", " : "", section->name,
                           section->settings[i].declared.name);
    propose_end(holds);
    return count;
}
