#include "data/apply.h"

#include "base/crumb.h"
#include "data/changes.h"
#include "data/parts.h"

int applies_compile(const struct loader *loader, struct arena *arena, struct applies *ret_applies)
{
    struct text ids;
    struct applies applies = {.at = arena_alloc(arena, (loader_count(loader) + 1) * sizeof *applies.at)};
    text_init(&ids, arena, 0);
    for (size_t i = 0; applies.at && i < loader_count(loader); i++) {
        const struct module *module = loader_at(loader, i);
        if (!module->descriptor->apply)
            continue;
        applies.at[applies.count++] = module;
        text_add_text(&ids, module->self.id);
        text_add_char(&ids, ' ');
    }
    applies.fingerprint = text_end(&ids);
    if (!applies.at || ids.failed)
        return C18N_NO_MEMORY;
    *ret_applies = applies;
    return C18N_OK;
}

int apply_event(struct data_scope *scope, struct arena *arena, const c18n_event *event)
{
    const struct applies *applies = &scope->data->applies;
    for (size_t i = 0; i < applies->count; i++) {
        struct changes changes;
        changes_begin(&changes, scope, arena, event, applies->at[i]);
        crumb_enter(applies->at[i]->self.id, "apply", event->type);
        int code = applies->at[i]->descriptor->apply(event, &changes.pub);
        crumb_leave();
        int settled = changes_finish(&changes);
        if (code != C18N_OK || settled != C18N_OK)
            return code != C18N_OK ? code : settled;
    }
    return C18N_OK;
}
