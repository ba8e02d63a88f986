/* caller: hooks before and after those of hooked, and calls its service. */
#include "hooked.h"

static int say(c18n_request *rq, const char *word)
{
    return c18n_method(rq) ? c18n_set_header(rq, "X-Order", word) : C18N_OK;
}

static int first(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)subject, (void)module;
    return say(rq, "first");
}

static int last(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)subject, (void)module;
    return say(rq, "last");
}

static int same(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)subject, (void)module;
    return say(rq, "caller");
}

/* Asked for "wrongly", it emits hooked's event in its own name, which nobody may. */
static int call(c18n_request *rq, void *module)
{
    c18n_self *self = *(c18n_self **)module;
    const c18n_service *hooked = c18n_find_service(self, "hooked.v1");
    const struct hooked_service *functions = hooked->functions;
    const char *post = c18n_path(rq, "post");
    int code = c18n_header(rq, "X-Wrongly") ? c18n_emit(rq, "hooked.marked", post, NULL, NULL)
                                            : functions->mark(hooked->provider, rq, post, "by a service");
    if (code == C18N_OK)
        code = c18n_emit(rq, "caller.called", post, NULL, NULL); /* which is its own again */
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

static const c18n_route routes[] = {
    {"POST", "/caller/{post}", call, .allow = "user", .does = "Mark a post by way of another module"},
};
static const c18n_event_type events[] = {{"caller.called", "access", 1, .help = "It was called"}};
static const c18n_hook hooks[] = {
    {"posts.before_create", 1, last},
    {"posts.before_create", -1, first},
    {"posts.before_create", 0, same},
};

static int init(c18n_self *self)
{
    *(c18n_self **)self->state = self;
    return C18N_OK;
}

C18N_MODULE(caller, "1.0.0", "Calls a service that writes", "needs: hooked.v1, posts.v1",
            .state_size = sizeof(c18n_self *), .routes = C18N_ALL(routes), .events = C18N_ALL(events),
            .hooks = C18N_ALL(hooks), .init = init);
