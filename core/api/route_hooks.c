/* route_hooks.c: asking what hangs around a handler. */
#include "api/route_hooks.h"

#include "base/json.h"

void route_hooks_subject(const struct route *route, c18n_out *out)
{
    c18n_out_text(out, "method", route->declared.method);
    c18n_out_text(out, "path", route->declared.path);
    c18n_out_text(out, "module", route->module ? route->module->descriptor->id : "core");
}

/* The answer is the handler's: what stays of a hook's are headers. */
static int ask(struct request *request, const struct attached *const *hooks, size_t count, const c18n_doc *subject)
{
    const struct request_reply reply = request->reply;
    int code = C18N_OK;
    for (size_t i = 0; i < count && code == C18N_OK; i++)
        code = hook_run(request, hooks[i], subject);
    request->reply.status = reply.status;
    request->reply.content_type = reply.content_type;
    request->reply.body = reply.body;
    request->reply.body_length = reply.body_length;
    return code;
}

int route_hooks_before(struct request *request)
{
    const struct route_hooks *hooks = request->route->hooks;
    if (hooks->before_count == 0)
        return C18N_OK;
    /* One's own copy: reading a doc may use its arena, and the text is shared by all threads. */
    const c18n_doc *subject =
        json_trusted(request->head.host, request->arena, hooks->asked->text, hooks->asked->length);
    return subject ? ask(request, hooks->before, hooks->before_count, subject) : C18N_NO_MEMORY;
}

int route_hooks_after(struct request *request)
{
    const struct route_hooks *hooks = request->route->hooks;
    if (hooks->after_count == 0)
        return C18N_OK;
    struct out *out = json_out_new(request->head.host, request->arena);
    if (!out)
        return C18N_NO_MEMORY;
    route_hooks_subject(request->route, &out->pub);
    c18n_out_integer(&out->pub, "status", request->reply.status ? request->reply.status : 200); /* a stream has none */
    const c18n_doc *subject = json_family.out_finish(&out->pub);
    return subject ? ask(request, hooks->after, hooks->after_count, subject) : C18N_NO_MEMORY;
}
