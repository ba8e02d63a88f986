/* hooks_run.c: code of one module in the request of another: hooks, and c18n_as. */
#include "api/hooks.h"

#include "base/log.h"

#include <stdlib.h>
#include <string.h>

static int compare_name(const void *name, const void *point)
{
    return strcmp(name, ((const struct hook_point *)point)->declared.name);
}

struct hook_point *hooks_find(const struct api *api, const char *name)
{
    return api->point_count > 0 ? bsearch(name, api->points, api->point_count, sizeof *api->points, compare_name)
                                : NULL;
}

struct hook_turn hook_begin(struct request *request, const struct attached *hook)
{
    void *kept = request->kept;
    return (struct hook_turn){request_lend(request, &hook->module->self, "hook", hook->declared.point), kept};
}

void hook_end(struct request *request, struct hook_turn turn)
{
    request_return(request, turn.self);
    request->kept = turn.kept;
}

int hook_run(struct request *request, const struct attached *hook, const c18n_doc *subject)
{
    struct hook_turn turn = hook_begin(request, hook);
    int code = hook->declared.run(request_pub(request), subject, hook->module->self.state);
    hook_end(request, turn);
    return code;
}

static int run_point(c18n_request *rq, const char *name, const c18n_doc *subject)
{
    struct request *request = request_of(rq);
    const struct hook_point *point = hooks_find(request->server->api, name);
    const c18n_self *runner = request->head.self;
    int code = C18N_OK;
    if (!point || !point->module || &point->module->self != runner) {
        log_line(C18N_LOG_ERROR, runner ? runner->id : "api", "ran the point %s, which it does not declare", name);
        return C18N_INVALID;
    }
    for (size_t i = 0; i < point->count && code == C18N_OK; i++)
        code = hook_run(request, &point->hooks[i], subject);
    return code;
}

const c18n_hooks_family hooks_family = {
    .family = {sizeof hooks_family, C18N_ABI_MINOR},
    .run = run_point,
};

int api_as(c18n_self *self, c18n_request *rq, int (*work)(c18n_request *rq, void *arg), void *arg)
{
    struct request *request = request_of(rq);
    c18n_self *before = request_lend(request, self, "as", NULL);
    int code = work(rq, arg);
    request_return(request, before);
    return code;
}
