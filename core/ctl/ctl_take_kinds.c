/* ctl_take_kinds.c: which kinds of records the loaded modules take in, and how many of each there were. */
#include "ctl/ctl_take.h"

#include <inttypes.h>
#include <string.h>

int take_kinds_load(struct take *take)
{
    struct loader *loader = take->call->server->loader;
    for (size_t i = 0; i < loader_count(loader); i++) {
        struct module *module = loader_at(loader, i);
        if (module->state == MODULE_LEFT_OUT || !module->descriptor)
            continue;
        for (size_t n = 0; n < module->descriptor->imports.count; n++) {
            if (take->kind_count == CTL_TAKE_KINDS)
                return C18N_TOO_LARGE;
            struct take_kind *kind = &take->kinds[take->kind_count++];
            loader_item(&module->descriptor->imports, n, &kind->declared, sizeof kind->declared);
            kind->module = module;
        }
    }
    return C18N_OK;
}

struct take_kind *take_kind_find(struct take *take, const char *kind)
{
    for (size_t i = 0; i < take->kind_count; i++)
        if (strcmp(take->kinds[i].declared.kind, kind) == 0)
            return &take->kinds[i];
    return NULL;
}

static void say_row(int fd, const char *kind, uint64_t taken, uint64_t passed, uint64_t failed)
{
    ctl_say(fd, "%-16s %12" PRIu64 " %12" PRIu64 " %12" PRIu64 "\n", kind, taken, passed, failed);
}

void take_kinds_say(const struct take *take)
{
    int fd = take->call->out;
    uint64_t taken = 0, passed = 0, failed = take->unknown;
    ctl_say(fd, "%-16s %12s %12s %12s\n", "kind", "taken in", "passed over", "failed");
    for (size_t i = 0; i < take->kind_count; i++) {
        const struct take_kind *kind = &take->kinds[i];
        if (kind->taken + kind->passed + kind->failed > 0)
            say_row(fd, kind->declared.kind, kind->taken, kind->passed, kind->failed);
        taken += kind->taken;
        passed += kind->passed;
        failed += kind->failed;
    }
    if (take->unknown > 0)
        say_row(fd, "of no known kind", 0, 0, take->unknown);
    say_row(fd, "all", taken, passed, failed);
}
