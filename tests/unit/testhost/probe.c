/* probe: one of everything that a module can have, for the tests of the test host. */
#include <c18n/module.h>

#include <string.h>

struct probe_state {
    int64_t turns, worked;
};

static const c18n_field note_body[] = {C18N_TEXT("text", C18N_REQUIRED, .min = 1, .max = 300)};
static const c18n_field note_fields[] = {C18N_ID("_id", 0), C18N_TEXT("text", 0), C18N_TEXT("random", 0)};

static int apply(const c18n_event *event, c18n_changes *changes)
{
    if (c18n_event_is(event, "probe.noted")) {
        c18n_out *note = c18n_put(changes, "probe_notes", event->resource);
        c18n_out_doc(note, event->data, NULL);
        c18n_out_integer(note, "created_on", event->time_ms / 1000);
    }
    if (c18n_event_is(event, "probe.heard"))
        return c18n_add(changes, "probe_notes", event->resource, "heard", 1);
    return C18N_OK;
}

static int emit_note(c18n_request *rq, const char *text, char ret_id[C18N_ID_SIZE])
{
    unsigned char bytes[4];
    c18n_new_id(C18N_HOST_OF(rq), 0, ret_id);
    c18n_random(C18N_HOST_OF(rq), bytes, sizeof bytes);
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "text", text);
    c18n_out_text(data, "random", c18n_print(rq, "%02x%02x%02x%02x", bytes[0], bytes[1], bytes[2], bytes[3]));
    return c18n_emit(rq, "probe.noted", ret_id, NULL, data);
}

static int new_note(c18n_request *rq, void *module)
{
    char id[C18N_ID_SIZE];
    const c18n_doc *note;
    (void)module;
    int code = emit_note(rq, c18n_text(c18n_body(rq), "text"), id);
    if (code == C18N_OK)
        code = c18n_get(rq, "probe_notes", id, &note);
    if (code == C18N_OK)
        code = c18n_set_header(rq, "X-Probe", "noted");
    const c18n_table fields = C18N_ALL(note_fields);
    return code == C18N_OK ? c18n_reply_record(rq, c18n_print(rq, "/notes/%s", id), fields, note) : code;
}

static int get_note(c18n_request *rq, void *module)
{
    const c18n_doc *note;
    (void)module;
    const c18n_table fields = C18N_ALL(note_fields);
    int code = c18n_get(rq, "probe_notes", c18n_path(rq, "note"), &note);
    return code == C18N_OK ? c18n_reply_record(rq, NULL, fields, note) : code;
}

static int stream_line(c18n_request *rq, const c18n_doc *note, void *arg)
{
    (void)arg;
    const char *line = c18n_print(rq, "%s\n", c18n_text(note, "text"));
    return line ? c18n_stream_write(rq, line, strlen(line)) : C18N_NO_MEMORY;
}

static int stream_notes(c18n_request *rq, void *module)
{
    const char *const match[] = {NULL};
    (void)module;
    int code = c18n_stream_begin(rq, "text/plain");
    return code == C18N_OK ? c18n_each(rq, "probe_notes", "created_on", match, stream_line, NULL) : code;
}

/* Calls that this module may not make. */
static int blunder(c18n_request *rq, void *module)
{
    const char *const match[] = {NULL};
    const char *which = c18n_text(c18n_body(rq), "text");
    const c18n_doc *record;
    (void)module;
    if (strcmp(which, "event") == 0)
        return c18n_emit(rq, "probe.undeclared", "n1", NULL, NULL);
    if (strcmp(which, "point") == 0)
        return c18n_run_hooks(rq, "probe.undeclared", c18n_body(rq));
    if (strcmp(which, "view") == 0)
        return c18n_get(rq, "probe_undeclared", "n1", &record);
    if (strcmp(which, "index") == 0)
        return c18n_each(rq, "probe_notes", "undeclared", match, stream_line, NULL);
    if (strcmp(which, "header") == 0)
        return c18n_set_header(rq, "Content-Length", "0");
    return c18n_fail_field(rq, C18N_INVALID, "text", "is none of them");
}

/* --- what has no client --- */

static int hear(c18n_request *rq, const c18n_event *event, void *module)
{
    c18n_self *self = ((struct c18n_request_head *)(void *)rq)->self;
    (void)module;
    if (strcmp(c18n_setting_text(self, "how"), "deafly") == 0)
        return C18N_UNAVAILABLE;
    if (strcmp(c18n_setting_text(self, "how"), "wrongly") == 0)
        return C18N_ERROR;
    return c18n_event_is(event, "probe.noted") ? c18n_emit(rq, "probe.heard", event->resource, NULL, NULL) : C18N_OK;
}

static int tick(c18n_request *rq, void *module)
{
    struct probe_state *state = module;
    (void)rq;
    __atomic_add_fetch(&state->turns, 1, __ATOMIC_SEQ_CST);
    return C18N_OK;
}

static int tick_note(c18n_request *rq, void *arg)
{
    char id[C18N_ID_SIZE];
    return emit_note(rq, arg, id);
}

static int tock(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_transact(rq, tick_note, (void *)(uintptr_t) "tock");
}

static void work(c18n_request *rq, void *arg)
{
    struct probe_state *state = arg;
    (void)rq;
    __atomic_add_fetch(&state->worked, 1, __ATOMIC_SEQ_CST);
}

/* Everything that it can set off. */
static int poke(c18n_request *rq, void *module)
{
    c18n_self *self = ((struct c18n_request_head *)(void *)rq)->self;
    c18n_metric_add(self, "pokes", 1);
    c18n_log(self, C18N_LOG_NOTICE, "poked %s", c18n_setting_text(self, "how"));
    int code = c18n_submit(self, work, module);
    if (code == C18N_OK)
        code = c18n_timer_now(self, "tick");
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

static int take_note(c18n_request *rq, char ret_id[37], void *module)
{
    (void)module;
    return emit_note(rq, c18n_text(c18n_body(rq), "text"), ret_id);
}

static int veto(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)subject;
    (void)module;
    const char *text = c18n_text(c18n_body(rq), "text");
    return text && strcmp(text, "forbidden") == 0 ? c18n_fail(rq, C18N_FORBIDDEN, "no_such_words", "Not that.")
                                                  : C18N_OK;
}

static int check_config(c18n_self *self)
{
    if (strcmp(c18n_setting_text(self, "how"), "badly") == 0)
        c18n_complain(self, "how", "never do anything badly");
    return C18N_OK;
}

static const c18n_route routes[] = {
    {"POST", "/notes/new", new_note, .allow = "user", .body = C18N_ALL(note_body), .answer = C18N_ALL(note_fields),
     .flags = C18N_ROUTE_CREATED, .does = "Note"},
    {"GET", "/notes/{note}", get_note, .allow = "user", .answer = C18N_ALL(note_fields), .does = "A note"},
    {"GET", "/notes/stream", stream_notes, .allow = "public", .run = C18N_CLASS_BLOCKING, .flags = C18N_ROUTE_STREAM,
     .does = "All notes"},
    {"POST", "/notes/poke", poke, .allow = "public", .does = "Set things off"},
    {"POST", "/notes/blunder", blunder, .allow = "public", .body = C18N_ALL(note_body),
     .does = "Do what may not be done"},
};
static const c18n_event_type events[] = {
    {"probe.noted", "media", .fields = C18N_ALL(note_fields), .help = "A note"},
    {"probe.heard", "media", .help = "Somebody heard"},
};
static const c18n_view views[] = {{"probe_notes", .version = 1, .indexes = "created_on", .counters = "heard"}};
static const c18n_consumer consumers[] = {{"ears", "media", hear}};
static const c18n_timer timers[] = {{"tick", 60000, tick}, {"tock", 3600000, tock}};
static const c18n_metric metrics[] = {{"pokes", C18N_METRIC_COUNTER, "Pokes"}};
static const c18n_import imports[] = {{"note", C18N_ALL(note_body), .take = take_note}};
static const c18n_hook hooks[] = {{"core.before_route", 0, veto, .route = "POST /notes/new"}};
static const c18n_setting settings[] = {
    {"how", C18N_SETTING_TEXT, C18N_SETTING_RELOADABLE, .otherwise = "well", .max = 20, .help = "How."},
    {"fixed", C18N_SETTING_INTEGER, .otherwise = "1", .max = 9, .help = "Not reloadable."},
};

C18N_MODULE(probe, "1.0.0", "One of everything", "needs: identity.v1", .state_size = sizeof(struct probe_state),
            .settings = C18N_ALL(settings), .routes = C18N_ALL(routes), .events = C18N_ALL(events),
            .views = C18N_ALL(views), .apply = apply, .consumers = C18N_ALL(consumers), .timers = C18N_ALL(timers),
            .metrics = C18N_ALL(metrics), .imports = C18N_ALL(imports), .hooks = C18N_ALL(hooks),
            .check_config = check_config);
