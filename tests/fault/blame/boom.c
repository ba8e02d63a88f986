/* boom: crashes in each way that a module can, when it is told to. For tests only. */
#include <c18n/module.h>

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

struct boom {
    c18n_self *self;
    atomic_bool armed;
};

static const c18n_field body[] = {C18N_TEXT("how", C18N_REQUIRED, .max = 20)};
static const c18n_field query[] = {C18N_INTEGER("ms", 0, .min = 0, .max = 60000)};

/* What the compiler can't see is not thought away. */
static int *volatile nowhere;
static const char *volatile no_text;

static int fine(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_reply_empty(rq);
}

static int touch(c18n_request *rq, void *module)
{
    *nowhere = 1;
    return fine(rq, module);
}

static int in_library(c18n_request *rq, void *module)
{
    return strlen(no_text) > 3 ? C18N_ERROR : fine(rq, module);
}

static int give_up(c18n_request *rq, void *module)
{
    (void)rq, (void)module;
    abort();
}

static int deeper(volatile char *above)
{
    volatile char here[4096];
    here[0] = *above;
    return nowhere ? 0 : deeper(here) + here[0]; /* never ends */
}

static int overflow(c18n_request *rq, void *module)
{
    (void)rq, (void)module;
    volatile char bottom[1] = {0};
    return deeper(bottom);
}

static int spin(c18n_request *rq, void *module)
{
    int64_t until_us = c18n_monotonic_us(C18N_HOST_OF(rq)) + atoll(c18n_query(rq, "ms")) * 1000;
    while (c18n_monotonic_us(C18N_HOST_OF(rq)) < until_us)
        ;
    return fine(rq, module);
}

static int arm(c18n_request *rq, void *module)
{
    struct boom *boom = module;
    boom->armed = true;
    int code = c18n_timer_now(boom->self, "fuse");
    return code == C18N_OK ? fine(rq, module) : code;
}

static int burn(c18n_request *rq, void *module)
{
    struct boom *boom = module;
    return boom->armed ? touch(rq, module) : C18N_OK;
}

static int post(c18n_request *rq, void *module)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_doc(data, c18n_body(rq), NULL);
    int code = c18n_emit(rq, "boom.posted", c18n_who(rq)->user, NULL, data);
    return code == C18N_OK ? fine(rq, module) : code;
}

static int apply(const c18n_event *event, c18n_changes *changes)
{
    (void)changes;
    if (c18n_event_is(event, "boom.posted") && strcmp(c18n_text(event->data, "how"), "apply") == 0)
        *nowhere = 1;
    return C18N_OK;
}

static int init(c18n_self *self)
{
    ((struct boom *)self->state)->self = self;
    return C18N_OK;
}

static const c18n_route routes[] = {
    {"GET", "/boom/fine", fine, .allow = "public", .run = C18N_CLASS_INLINE, .does = "Nothing"},
    {"GET", "/boom/touch", touch, .allow = "public", .does = "Crash in own code"},
    {"GET", "/boom/library", in_library, .allow = "public", .does = "Crash in a library's code"},
    {"GET", "/boom/abort", give_up, .allow = "public", .does = "Abort"},
    {"GET", "/boom/overflow", overflow, .allow = "public", .does = "Run out of stack"},
    {"GET", "/boom/spin", spin, .allow = "public", .run = C18N_CLASS_INLINE, .query = C18N_ALL(query), .does = "Spin"},
    {"GET", "/boom/arm", arm, .allow = "public", .does = "Crash in a timer"},
    {"POST", "/boom/post", post, .allow = "user", .body = C18N_ALL(body), .does = "Crash in apply"},
};
static const c18n_event_type events[] = {
    {"boom.posted", "communities", .fields = C18N_ALL(body), .help = "Somebody posted"}};
static const c18n_timer timers[] = {{"fuse", 3600000, burn}};

C18N_MODULE(boom, "1.0.0", "Crashes when it is told to", "", .state_size = sizeof(struct boom),
            .routes = C18N_ALL(routes), .events = C18N_ALL(events), .timers = C18N_ALL(timers), .apply = apply,
            .init = init);
