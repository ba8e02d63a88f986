/* open.c: from a file that passed all tests to code in this process: libltdl, state, settings. */
#include "base/crumb.h"
#include "loader/inside.h"

#include <string.h>

/* Local: no module's symbols are another's. Resident: code is never unloaded, since views, timers and
 * log lines may point into it until the process ends. */
static lt_dlhandle open_file(const char *file)
{
    lt_dladvise advise;
    lt_dlhandle handle = NULL;
    if (lt_dladvise_init(&advise) != 0)
        return NULL;
    if (lt_dladvise_local(&advise) == 0 && lt_dladvise_resident(&advise) == 0)
        handle = lt_dlopenadvise(file, advise);
    lt_dladvise_destroy(&advise);
    return handle;
}

static const char *open_descriptor(struct candidate *candidate)
{
    crumb_enter(candidate->id, "load", NULL); /* constructors run */
    lt_dlhandle handle = open_file(candidate->file);
    crumb_leave();
    if (!handle)
        return "libltdl must open it, as the try in a child process did: was the file changed meanwhile?";
    const c18n_module *descriptor = lt_dlsym(handle, C18N_TEXT_OF(C18N_MODULE_SYMBOL));
    const char *rule = descriptor ? descriptor_check(descriptor, candidate) : "it must export its descriptor";
    if (rule)
        return rule;
    size_t size = descriptor->size < sizeof candidate->descriptor ? descriptor->size : sizeof candidate->descriptor;
    memset(&candidate->descriptor, 0, sizeof candidate->descriptor);
    memcpy(&candidate->descriptor, descriptor, size);
    return NULL;
}

static const char *open_state(struct candidate *candidate)
{
    size_t size = candidate->descriptor.state_size;
    size_t padded = (size + STATE_ALIGNMENT - 1) / STATE_ALIGNMENT * STATE_ALIGNMENT;
    if (size == 0)
        return NULL;
    candidate->state = aligned_alloc(STATE_ALIGNMENT, padded);
    if (!candidate->state)
        return "there must be memory for its state";
    memset(candidate->state, 0, padded);
    candidate->module.self.state = candidate->state;
    return NULL;
}

static void open_one(struct candidate *candidate)
{
    const char *rule = open_descriptor(candidate);
    if (!rule)
        rule = open_state(candidate);
    if (rule) {
        refuse(candidate,
               &(struct refusal){.rule = rule,
                                 .todo = "start again; if that does not help, report it to its author; " UNTIL_THEN});
        return;
    }
    struct module *module = &candidate->module;
    module->state = MODULE_LOADED;
    module->settings = conf_bind(candidate->loader->conf, candidate->id, &candidate->descriptor.settings);
    if (candidate->descriptor.minor_built < 2) /* before 0.2 the word "reloadable" promised that nothing changes */
        conf_fix(module->settings);
}

void open_check_config(struct candidate *candidate)
{
    struct module *module = &candidate->module;
    if (!module->descriptor->check_config)
        return;
    size_t faults = conf_fault_count(candidate->loader->conf);
    int code = stage_call(candidate, "check_config", module->descriptor->check_config, candidate->loader->stage_ms);
    if (code == C18N_OK)
        return;
    if (conf_fault_count(candidate->loader->conf) == faults)
        conf_complain(candidate->loader->conf, candidate->id, NULL, "the module does not take these settings");
}

/* All are opened and bound before any is asked, so that every wrong key is found in one go. */
void open_candidates(struct loader *loader)
{
    if (lt_dlinit() != 0) {
        loader->refused = true;
        text_print(loader->why, "libltdl can't be started\n");
        return;
    }
    lt_dlsetsearchpath(NULL); /* paths are absolute; the environment has no say */
    for (size_t i = 0; i < loader->order_count; i++)
        open_one(loader->order[i]);
    graph_settle(loader); /* what needs one that could not be opened goes, too */
    rehearse_candidates(loader);
    for (size_t i = 0; i < loader->order_count; i++)
        open_check_config(loader->order[i]);
}
