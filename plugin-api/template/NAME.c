/* NAME: short texts that anybody with an account may write, and read newest first. It works as it is: change it into
 * what you want to have, one table at a time. */
#include <c18n/module.h>

/* A module has no globals. The host makes this, zeroed, and hands it to every handler. */
struct state {
    c18n_self *self;
};

static const c18n_setting settings[] = {
    {"pause", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, .otherwise = "10", .max = 86400, .unit = "seconds",
     .help = "How long a person waits between two texts."},
};

/* --- what is sent and shown: validation, the words of a 422 and openapi.json come from here --- */

static const c18n_field item_body[] = {C18N_TEXT("text", C18N_REQUIRED | C18N_MULTILINE, .min = 1, .max = 500)};
static const c18n_field item_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("text", 0),
    C18N_ID("created_by", 0),
    C18N_TIME("created_on", 0),
};
static const c18n_table fields = C18N_ALL(item_fields);

/* --- what happened, and what is so since then: `apply` is pure, so that a replay gives the same bytes --- */

static const c18n_event_type events[] = {
    {"NAME.written", "posts", .personal = "text", .subject = "actor", .fields = C18N_ALL(item_body),
     .help = "Somebody wrote a text"},
};

#define NEWEST    "created_on desc"
#define OF_PERSON "created_by, created_on desc"
static const c18n_view views[] = {{"NAME", .version = 1, .indexes = NEWEST "; " OF_PERSON, .help = "Texts"}};

static int apply(const c18n_event *event, c18n_changes *changes)
{
    if (!c18n_event_is(event, "NAME.written"))
        return C18N_OK;
    c18n_out *item = c18n_put(changes, "NAME", event->resource);
    c18n_out_doc(item, event->data, NULL);
    c18n_out_text(item, "created_by", event->actor);
    c18n_out_integer(item, "created_on", event->time_ms / 1000);
    return C18N_OK;
}

/* --- what may be done: a handler that doesn't give C18N_OK has done nothing, and the client is told why --- */

static const c18n_point points[] = {{"NAME.before_write", .help = "Subject: the text to be; a hook may refuse it"}};

static int reply_item(c18n_request *rq, const char *id)
{
    const c18n_doc *item;
    int code = c18n_get(rq, "NAME", id, &item);
    return code == C18N_OK ? c18n_reply_record(rq, c18n_print(rq, "/NAME/%s", id), fields, item) : code;
}

static int get_item(c18n_request *rq, void *module)
{
    (void)module;
    return reply_item(rq, c18n_path(rq, "item"));
}

static int list_items(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {.size = sizeof page, .view = "NAME", .index = NEWEST, .fields = fields};
    return c18n_reply_page(rq, &page);
}

static int refuse_haste(c18n_request *rq, c18n_self *self)
{
    const char *const by_me[] = {c18n_who(rq)->user, NULL};
    const c18n_doc *newest;
    int code = c18n_find(rq, "NAME", OF_PERSON, by_me, &newest);
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND ? C18N_OK : code;
    int64_t next = c18n_integer(newest, "created_on", 0) + c18n_setting_integer(self, "pause");
    if (c18n_wall_ms(C18N_HOST_OF(rq)) / 1000 < next)
        return c18n_fail(rq, C18N_LIMITED, "too_soon", "You wrote a moment ago; wait a little.");
    return C18N_OK;
}

static int write_item(c18n_request *rq, void *module)
{
    const struct state *state = module;
    char id[C18N_ID_SIZE];
    int code = refuse_haste(rq, state->self);
    if (code == C18N_OK)
        code = c18n_run_hooks(rq, "NAME.before_write", c18n_body(rq));
    if (code != C18N_OK)
        return code;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_doc(data, c18n_body(rq), NULL);
    c18n_new_id(C18N_HOST_OF(rq), 0, id);
    code = c18n_emit(rq, "NAME.written", id, NULL, data);
    return code == C18N_OK ? reply_item(rq, id) : code; /* sees what it wrote, and is sent when that is durable */
}

static const c18n_route routes[] = {
    {"POST", "/NAME/new", write_item, .allow = "user", .flags = C18N_ROUTE_CREATED, .body = C18N_ALL(item_body),
     .answer = C18N_ALL(item_fields), .does = "Write a text", .fails = "429"},
    {"GET", "/NAME/", list_items, .allow = "user", .flags = C18N_ROUTE_PAGE, .answer = C18N_ALL(item_fields),
     .does = "Texts, newest first"},
    {"GET", "/NAME/{item}", get_item, .allow = "user", .answer = C18N_ALL(item_fields), .does = "A text",
     .fails = "404"},
};

static int init(c18n_self *self)
{
    struct state *state = self->state;
    state->self = self;
    return C18N_OK;
}

C18N_MODULE(NAME, "0.1.0", "Short texts", "wants: users.v1", .state_size = sizeof(struct state),
            .settings = C18N_ALL(settings), .routes = C18N_ALL(routes), .events = C18N_ALL(events),
            .views = C18N_ALL(views), .apply = apply, .points = C18N_ALL(points), .init = init);
