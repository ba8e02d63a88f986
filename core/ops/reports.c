/* reports.c: /readyz of the operators' listener: is the server ready, and if not, who isn't. */
#include "base/json.h"
#include "base/json_internal.h"
#include "ops/ops.h"
#include "ops/providers.h"

#include <string.h>

/* Built in an arena of its own and copied out whole. */
struct report {
    struct server *server;
    struct arena *arena;
    struct out out;
};

static bool report_begin(struct report *report, struct server *server)
{
    report->server = server;
    report->arena = arena_new(0);
    if (report->arena)
        json_out_init(&report->out, &server->host, report->arena, '{');
    return report->arena != NULL;
}

static void report_end(struct report *report, struct text *ret_json)
{
    size_t length;
    const char *json = json_out_finish_text(&report->out, &length);
    if (json)
        text_add(ret_json, json, length);
    else
        ret_json->failed = true;
    arena_free(report->arena);
}

static c18n_out *out_of(struct report *report)
{
    return &report->out.pub;
}

static void add_state(c18n_out *out, const char *state, const char *detail)
{
    json_out_text(out, "state", state);
    json_out_text(out, "detail", detail);
}

/* A storage that answers may still take no writes (a full disk): data_state knows. */
static bool add_provider(struct report *report, size_t number)
{
    struct provider_state state = provider_state(report->server, number);
    if (strcmp(state.name, "storage") == 0 && state.code == C18N_OK && report->server->data) {
        const char *detail = NULL;
        state.code = data_state(report->server->data, &detail);
        state.detail = detail ? detail : state.detail;
    }
    c18n_out *out = out_of(report);
    json_out_begin(out, state.name, '{');
    json_out_text(out, "module", state.module);
    add_state(out, state.code == C18N_OK ? "ok" : state.module ? "unavailable" : "absent", state.detail);
    json_out_end(out);
    return state.code == C18N_OK || !state.needed;
}

static bool add_module_state(struct report *report, const struct module *module)
{
    static const char *const words[] = {
        [MODULE_LOADED] = "loaded",
        [MODULE_READY] = "ready",
        [MODULE_STARTED] = "started",
        [MODULE_LEFT_OUT] = "left_out",
    };
    int state = module->state;
    json_out_begin(out_of(report), module->self.id, '{');
    add_state(out_of(report), words[state], module->detail);
    json_out_end(out_of(report));
    return state == MODULE_STARTED || (state == MODULE_LEFT_OUT && module->optional);
}

static bool add_modules_state(struct report *report)
{
    const struct loader *loader = report->server->loader;
    bool ready = true;
    json_out_begin(out_of(report), "modules", '{');
    for (size_t i = 0; loader && i < loader_count(loader); i++)
        ready &= add_module_state(report, loader_at(loader, i));
    json_out_end(out_of(report));
    return ready;
}

static const c18n_doc *states_of(struct report *report, bool *ret_ready)
{
    bool ready = true;
    json_out_begin(out_of(report), "providers", '{');
    for (size_t i = 0; i < PROVIDER_COUNT; i++)
        ready &= add_provider(report, i);
    json_out_end(out_of(report));
    ready &= add_modules_state(report);
    *ret_ready = ready && !__atomic_load_n(&report->server->stopping, __ATOMIC_ACQUIRE);
    return json_out_finish(out_of(report));
}

void ops_readyz_json(struct server *server, struct text *ret_json, bool *ret_ready)
{
    struct report report;
    bool ready = false;
    if (!report_begin(&report, server)) {
        ret_json->failed = true;
        return;
    }
    const c18n_doc *states = states_of(&report, &ready);
    json_out_init(&report.out, &server->host, report.arena, '{');
    json_out_boolean(out_of(&report), "ready", ready);
    if (states)
        json_out_doc(out_of(&report), states, NULL);
    else
        report.out.failed = C18N_NO_MEMORY;
    report_end(&report, ret_json);
    *ret_ready = ready;
}
