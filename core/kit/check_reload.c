/* check_reload.c: settings are proposed and taken while the module serves; what may be changed is changed and changed
 * back; what was prepared is let go of. */
#include "kit/check_steps.h"

#include "base/crumb.h"
#include "base/words.h"
#include "loader/loader.h"

#include <inttypes.h>
#include <string.h>

/* Another value that the row takes; NULL: none that can be known. */
static const char *other_value(struct world *world, const c18n_setting *setting)
{
    struct arena *arena = world->source.arena;
    struct words choices = {setting->choices, " "};
    const char *word;
    size_t length;
    bool bounded = setting->min != 0 || setting->max != 0;
    if (setting->type == C18N_SETTING_BOOLEAN)
        return strcmp(setting->otherwise, "true") == 0 ? "false" : "true";
    if (setting->type == C18N_SETTING_INTEGER) {
        int64_t now = c18n_setting_integer(&world->module->self, setting->name);
        return arena_print(arena, "%" PRId64, !bounded || now < setting->max ? now + 1 : now - 1);
    }
    while (words_next(&choices, &word, &length))
        if (!words_equal(word, length, setting->otherwise))
            return arena_copy(arena, word, length);
    return NULL;
}

/* Proposes settings; false: they were refused, which has been told. */
static bool propose(struct world *world, const struct world_setting *setting, const char *what)
{
    const struct world_options options = {.settings = setting, .setting_count = setting != NULL};
    const char *why = "";
    check_doing(world->check, "a reload with %s", what);
    if (c18n_test_reload(world->test, world_settings(world->check, world->source.arena, &options), &why) == C18N_OK)
        return true;
    check_fail(world->check, CHECK_RELOAD, "a reload with %s is refused: %s", what, why);
    return false;
}

/* Whatever answered before must still answer. */
static void ask_again(struct plan *plan, const char *what)
{
    for (size_t i = 0; i < plan->count; i++) {
        const struct plan_row *row = &plan->rows[i];
        if (!row->judged || !row->served || !plan_is(row, "GET"))
            continue;
        struct question question = plan_question(plan, row);
        question.what = what;
        c18n_test_answer answer = world_ask(plan->world, &question);
        if (answer.status == 0 || answer.status >= 500)
            check_fail(plan->world->check, CHECK_RELOAD, "GET %s answers %d after a reload with %s",
                       row->route->declared.path, answer.status, what);
    }
}

static size_t change_settings(struct plan *plan)
{
    struct world *world = plan->world;
    const c18n_module *module = world->module->descriptor;
    size_t changed = 0;
    for (uint32_t i = 0; i < module->settings.count; i++) {
        c18n_setting setting;
        loader_item(&module->settings, i, &setting, sizeof setting);
        const char *value = setting.flags & C18N_SETTING_RELOADABLE ? other_value(world, &setting) : NULL;
        if (!value)
            continue;
        const char *what = arena_print(world->source.arena, "%s = %s", setting.name, value);
        if (propose(world, &(struct world_setting){setting.name, value}, what))
            ask_again(plan, what);
        propose(world, NULL, "the settings as they were");
        changed++;
    }
    return changed;
}

/* What the host does when another module says no. */
static void prepare_and_abort(struct world *world)
{
    const c18n_module *module = world->module->descriptor;
    c18n_self *self = &world->module->self;
    for (int turn = 0; module->reload_prepare && turn < 2; turn++) {
        check_doing(world->check, "reload_prepare, and then reload_abort");
        crumb_enter(module->id, "reload_prepare", NULL);
        int code = module->reload_prepare(self);
        crumb_leave();
        if (code != C18N_OK || !module->reload_abort)
            continue;
        crumb_enter(module->id, "reload_abort", NULL);
        module->reload_abort(self);
        crumb_leave();
    }
}

void check_reload(struct plan *plan)
{
    struct world *world = plan->world;
    check_begin(world->check, CHECK_RELOAD);
    for (int turn = 0; turn < 2; turn++)
        if (propose(world, NULL, "the same settings"))
            ask_again(plan, "the same settings");
    size_t changed = change_settings(plan);
    prepare_and_abort(world);
    ask_again(plan, "abort at the end");
    check_end(world->check, CHECK_RELOAD, "%s; %zu settings were changed", check_rules[CHECK_RELOAD].kept, changed);
}
