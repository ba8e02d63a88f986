/* probe: asks the host for everything that its headers promise, and does what they forbid. For tests only. */
#include <c18n/module.h>

#include "../polls/polls.h"

#include <stdatomic.h>
#include <string.h>

struct probe {
    c18n_self *self;
    atomic_int early_submit, early_timer, submitted, ticks, asked_ticks, hooked;
};

static const c18n_setting settings[] = {
    {"fail", C18N_SETTING_TEXT, 0, "nothing", 0, 0, NULL, "nothing init start", "The stage that fails."},
};

/* --- what is forbidden: other modules' views --- */

static int apply(const c18n_event *event, c18n_changes *changes)
{
    if (!c18n_event_is(event, "probe.meddled"))
        return C18N_OK;
    const char *how = c18n_text(event->data, "how");
    if (strcmp(how, "put") == 0)
        c18n_out_text(c18n_put(changes, "communities", event->resource), "name", "Mine now");
    else if (strcmp(how, "patch") == 0)
        c18n_out_text(c18n_patch(changes, "communities", event->resource), "name", "Mine now");
    else if (strcmp(how, "remove") == 0)
        return c18n_remove(changes, "communities", event->resource);
    else if (strcmp(how, "add") == 0)
        return c18n_add(changes, "communities", event->resource, "posts_count", 5);
    return C18N_OK; /* the host remembers a refused put and patch */
}

static int meddle(c18n_request *rq, void *module)
{
    (void)module;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "how", c18n_path(rq, "how"));
    int code = c18n_emit(rq, "probe.meddled", c18n_path(rq, "community"), NULL, data);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

static int emit_foreign(c18n_request *rq, void *module)
{
    (void)module;
    int code = c18n_emit(rq, "communities.deleted", c18n_path(rq, "community"), NULL, NULL);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

/* --- work, timers, hooks, consumers --- */

static void work(c18n_request *rq, void *arg)
{
    (void)rq;
    atomic_fetch_add(&((struct probe *)arg)->submitted, 1);
}

static int tick(c18n_request *rq, void *module)
{
    (void)rq;
    atomic_fetch_add(&((struct probe *)module)->ticks, 1);
    return C18N_OK;
}

static int rare_tick(c18n_request *rq, void *module)
{
    (void)rq;
    struct probe *probe = module;
    return atomic_fetch_add(&probe->asked_ticks, 1) == 0 ? c18n_timer_now(probe->self, "rare") : C18N_OK;
}

static int look_in(c18n_request *rq, const c18n_doc *poll, void *module)
{
    atomic_fetch_add(&((struct probe *)module)->hooked, 1);
    return strcmp(c18n_text(poll, "question"), "Why?") == 0
               ? c18n_fail(rq, C18N_FORBIDDEN, "no_why", "That is no question for a poll.")
               : C18N_OK;
}

static int on_event(c18n_request *rq, const c18n_event *event, void *module)
{
    (void)module;
    const char *question = c18n_text(event->data, "question");
    if (question && strcmp(question, "Poison?") == 0)
        return c18n_fail(rq, C18N_INVALID, NULL, "cannot be digested");
    return C18N_OK;
}

/* --- the report --- */

static const char *const families[] = {"c18n.mem",     "c18n.json",     "c18n.clock", "c18n.log",   "c18n.config",
                                       "c18n.metrics", "c18n.services", "c18n.http",  "c18n.auth",  "c18n.events",
                                       "c18n.views",   "c18n.hooks",    "c18n.work",  "c18n.timer", "c18n.audit"};

static void out_families(c18n_out *out, const c18n_host *host)
{
    c18n_out_begin(out, "families", '{');
    for (size_t i = 0; i < sizeof families / sizeof *families; i++) {
        const c18n_family *family = host->query(host, families[i], 0);
        bool steady = family && host->query(host, families[i], family->minor) == (const void *)family;
        bool too_new = family && host->query(host, families[i], (uint16_t)(family->minor + 1));
        c18n_out_boolean(out, families[i], steady && !too_new && family->size >= sizeof *family);
    }
    c18n_out_boolean(out, "c18n.nothing", host->query(host, "c18n.nothing", 0) != NULL);
    c18n_out_end(out);
}

static void out_service(c18n_request *rq, c18n_out *out, const struct probe *probe)
{
    const c18n_service *polls = c18n_find_service(probe->self, "polls.v1");
    const struct polls_service *functions = polls ? polls->functions : NULL;
    const char *poll = c18n_query(rq, "poll");
    int64_t votes = -1;
    if (functions && poll && functions->votes(polls->provider, rq, poll, &votes) != C18N_OK)
        votes = -2;
    c18n_out_boolean(out, "polls", polls != NULL);
    c18n_out_integer(out, "votes", votes);
}

static int report(c18n_request *rq, void *module)
{
    struct probe *probe = module;
    c18n_out *out = c18n_out_new(rq);
    out_families(out, C18N_HOST_OF(rq));
    out_service(rq, out, probe);
    c18n_out_integer(out, "early_submit", atomic_load(&probe->early_submit));
    c18n_out_integer(out, "early_timer", atomic_load(&probe->early_timer));
    c18n_out_integer(out, "submitted", atomic_load(&probe->submitted));
    c18n_out_integer(out, "ticks", atomic_load(&probe->ticks));
    c18n_out_integer(out, "asked_ticks", atomic_load(&probe->asked_ticks));
    c18n_out_integer(out, "hooked", atomic_load(&probe->hooked));
    c18n_out_integer(out, "late_provide", c18n_provide(probe->self, "probe.v1", NULL));
    c18n_out_integer(out, "no_timer", c18n_timer_now(probe->self, "nothing"));
    c18n_out_integer(out, "bad_header", c18n_set_header(rq, "Bad Name", "x"));
    return c18n_reply_json(rq, 200, out);
}

static int ask(c18n_request *rq, void *module)
{
    struct probe *probe = module;
    int code = c18n_submit(probe->self, work, probe);
    if (code == C18N_OK)
        code = c18n_timer_now(probe->self, "rare");
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

/* --- stages --- */

static int fail_in(c18n_self *self, const char *stage)
{
    return strcmp(c18n_setting_text(self, "fail"), stage) == 0 ? C18N_ERROR : C18N_OK;
}

static int init(c18n_self *self)
{
    struct probe *probe = self->state;
    probe->self = self;
    return fail_in(self, "init");
}

static int start(c18n_self *self)
{
    struct probe *probe = self->state;
    atomic_store(&probe->early_submit, c18n_submit(self, work, probe));
    atomic_store(&probe->early_timer, c18n_timer_now(self, "rare"));
    return fail_in(self, "start");
}

static void drain(c18n_self *self)
{
    c18n_log(self, C18N_LOG_NOTICE, "late submit %d, late timer %d", c18n_submit(self, work, self->state),
             c18n_timer_now(self, "rare"));
}

/* --- the tables --- */

static const c18n_field report_query[] = {C18N_ID("poll", 0)};
static const c18n_route routes[] = {
    {"GET", "/probe", report, .allow = "admin", .query = C18N_ALL(report_query), .does = "What the host gave"},
    {"PUT", "/probe/ask", ask, .allow = "admin", .does = "Ask for work and a timer"},
    {"PUT", "/probe/{community}/foreign", emit_foreign, .allow = "admin", .does = "Emit another module's event"},
    {"PUT", "/probe/{community}/{how:text}", meddle, .allow = "admin", .does = "Write another module's view"},
};
static const c18n_event_type events[] = {{"probe.meddled", "communities", .help = "The probe meddled"}};
static const c18n_view views[] = {{"probes", .version = 1}};
static const c18n_consumer consumers[] = {{"sick", "communities", on_event}};
static const c18n_timer timers[] = {{"tick", 20, tick}, {"rare", 3600000, rare_tick}};
static const c18n_hook hooks[] = {{"polls.before_open", 0, look_in}};

C18N_MODULE(probe, "0.0.1", "Tries what the ABI promises and forbids",
            "provides: probe.v1; needs: communities.v1; wants: polls.v1", .state_size = sizeof(struct probe),
            .settings = C18N_ALL(settings), .routes = C18N_ALL(routes), .events = C18N_ALL(events),
            .views = C18N_ALL(views), .apply = apply, .consumers = C18N_ALL(consumers), .timers = C18N_ALL(timers),
            .hooks = C18N_ALL(hooks), .init = init, .start = start, .drain = drain);
