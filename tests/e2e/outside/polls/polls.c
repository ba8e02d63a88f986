/* polls: a question with choices in a community; members vote once, and a poll ends by itself. */
#include "live.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHOICES_MAX 10
#define NEWEST      "community, created_on desc"

static const c18n_setting settings[] = {
    {"open_for", C18N_SETTING_INTEGER, 0, "604800", 1, 31536000, "seconds", NULL, "How long a poll takes votes."},
    {"close_at", C18N_SETTING_INTEGER, 0, "0", 0, 1000000, NULL, NULL, "Votes that end a poll; 0: any number."},
};

/* Validation, 422s and OpenAPI come from these. */
#define QUESTION C18N_TEXT("question", C18N_REQUIRED, .min = 1, .max = 300)
#define CHOICES  C18N_TEXTS("choices", C18N_REQUIRED, .min = 2, .max = CHOICES_MAX, .item_max = 100)
static const c18n_field poll_body[] = {QUESTION, CHOICES};
static const c18n_field vote_body[] = {
    C18N_INTEGER("choice", C18N_REQUIRED, .min = 0, .max = CHOICES_MAX - 1, .help = "Its place in choices, from 0"),
    C18N_TEXT("comment", C18N_MULTILINE, .max = 1000, .help = "For the record; not shown with the poll"),
};
static const c18n_field poll_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("question", 0),
    C18N_TEXTS("choices", 0),
    C18N_INTEGER("votes", 0),
    C18N_OBJECT("tally", 0, .help = "Votes of each choice"),
    C18N_TIME("created_on", 0),
    C18N_ID("created_by", 0),
    C18N_TIME("ends_on", 0),
    C18N_TIME("closed_on", 0),
    C18N_LINK("community", "/communities/{community}"),
};
static const c18n_table fields = C18N_ALL(poll_fields);

/* --- what events change: pure, so that a replay gives the same bytes --- */

static int on_opened(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *poll = c18n_put(changes, "polls", event->resource);
    c18n_out_doc(poll, event->data, NULL);
    c18n_out_text(poll, "open", "yes");
    c18n_out_integer(poll, "created_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_voted(const c18n_event *event, c18n_changes *changes)
{
    char ballot[2 * C18N_ID_SIZE], counter[16];
    int64_t choice = c18n_integer(event->data, "choice", 0);
    snprintf(ballot, sizeof ballot, "%s/%s", event->resource, event->actor);
    c18n_out_integer(c18n_put(changes, "ballots", ballot), "choice", choice);
    snprintf(counter, sizeof counter, "choice_%" PRId64, choice);
    int code = c18n_add(changes, "polls", event->resource, "votes", 1);
    return code == C18N_OK ? c18n_add(changes, "polls", event->resource, counter, 1) : code;
}

static int on_closed(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *poll = c18n_patch(changes, "polls", event->resource);
    c18n_out_null(poll, "open");
    c18n_out_integer(poll, "closed_on", event->time_ms / 1000);
    return C18N_OK;
}

static int apply(const c18n_event *event, c18n_changes *changes)
{
    if (c18n_event_is(event, "polls.opened"))
        return on_opened(event, changes);
    if (c18n_event_is(event, "polls.voted"))
        return on_voted(event, changes);
    return c18n_event_is(event, "polls.closed") ? on_closed(event, changes) : C18N_OK;
}

static void derive_tally(const c18n_doc *poll, c18n_out *out)
{
    const char *const *choices;
    size_t count = c18n_texts(poll, "choices", &choices);
    c18n_out_begin(out, "tally", '[');
    for (size_t i = 0; i < count && i < CHOICES_MAX; i++) {
        char counter[16];
        snprintf(counter, sizeof counter, "choice_%zu", i);
        c18n_out_integer(out, NULL, c18n_integer(poll, counter, 0));
    }
    c18n_out_end(out);
}

/* --- opening and reading --- */

int polls_emit_opened(c18n_request *rq, const struct polls *polls, const char *community, const char *by,
                      char ret_id[C18N_ID_SIZE])
{
    int64_t now = c18n_wall_ms(C18N_HOST_OF(rq)) / 1000;
    c18n_out *data = c18n_out_new(rq);
    c18n_new_id(C18N_HOST_OF(rq), 0, ret_id);
    c18n_out_raw(data, "question", c18n_raw(c18n_body(rq), "question"));
    c18n_out_raw(data, "choices", c18n_raw(c18n_body(rq), "choices"));
    c18n_out_text(data, "community", community);
    c18n_out_text(data, "created_by", by);
    c18n_out_integer(data, "ends_on", now + c18n_setting_integer(polls->self, "open_for"));
    return c18n_emit(rq, "polls.opened", ret_id, community, data);
}

/* Of a poll of another community, this one knows nothing. */
int polls_find(c18n_request *rq, const char *id, const c18n_doc **ret_poll)
{
    int code = c18n_get(rq, "polls", id, ret_poll);
    if (code == C18N_OK && strcmp(c18n_text(*ret_poll, "community"), c18n_path(rq, "community")) != 0)
        return C18N_NOT_FOUND;
    return code;
}

static int reply_poll(c18n_request *rq, const char *id)
{
    const c18n_doc *poll;
    int code = polls_find(rq, id, &poll);
    const char *location = c18n_print(rq, "/communities/%s/polls/%s", c18n_path(rq, "community"), id);
    return code == C18N_OK ? c18n_reply_record(rq, location, fields, poll) : code;
}

static int open_poll(c18n_request *rq, void *module)
{
    char id[C18N_ID_SIZE];
    int code = c18n_run_hooks(rq, "polls.before_open", c18n_body(rq));
    if (code == C18N_OK)
        code = polls_emit_opened(rq, module, c18n_path(rq, "community"), c18n_who(rq)->user, id);
    return code == C18N_OK ? reply_poll(rq, id) : code;
}

static int get_poll(c18n_request *rq, void *module)
{
    (void)module;
    return reply_poll(rq, c18n_path(rq, "poll"));
}

static int list_polls(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page, .view = "polls", .index = NEWEST, .match = {c18n_path(rq, "community")}, .fields = fields};
    return c18n_reply_page(rq, &page);
}

static int get_history(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_doc *poll;
    int code = polls_find(rq, c18n_path(rq, "poll"), &poll);
    return code == C18N_OK ? c18n_reply_history(rq, c18n_path(rq, "poll")) : code;
}

/* --- voting; inside the writer's transaction, so two votes of one person can't pass each other --- */

static int refuse_vote(c18n_request *rq, const c18n_doc *poll)
{
    const char *const *choices;
    const c18n_doc *ballot;
    const char *id = c18n_text(poll, "_id"), *mine = c18n_print(rq, "%s/%s", id, c18n_who(rq)->user);
    if (!c18n_has(poll, "open"))
        return c18n_fail(rq, C18N_CONFLICT, "poll_closed", "This poll takes no votes any more.");
    if (mine && c18n_get(rq, "ballots", mine, &ballot) == C18N_OK) {
        c18n_audit(rq, "voted_twice", id, NULL); /* stays on record though the request fails */
        return c18n_fail(rq, C18N_CONFLICT, "voted", "You have voted in this poll.");
    }
    if (c18n_integer(c18n_body(rq), "choice", 0) >= (int64_t)c18n_texts(poll, "choices", &choices))
        return c18n_fail_field(rq, C18N_INVALID, "choice", "The poll has fewer choices.");
    return mine ? C18N_OK : C18N_NO_MEMORY;
}

static int vote(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "poll");
    const c18n_doc *poll;
    int code = polls_find(rq, id, &poll);
    if (code != C18N_OK || (code = refuse_vote(rq, poll)) != C18N_OK)
        return code;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_doc(data, c18n_body(rq), NULL);
    code = c18n_emit(rq, "polls.voted", id, c18n_path(rq, "community"), data);
    if (code == C18N_OK)
        code = polls_tell(rq, id);
    return code == C18N_OK ? reply_poll(rq, id) : code;
}

/* --- the tables --- */

#define ALL "/communities/{community}/polls"
static const c18n_route routes[] = {
    {"POST", ALL "/new", open_poll, .allow = "member", .flags = C18N_ROUTE_CREATED, .body = C18N_ALL(poll_body),
     .answer = C18N_ALL(poll_fields), .does = "Open a poll", .fails = "404 410"},
    {"GET", ALL "/", list_polls, .allow = "reader", .flags = C18N_ROUTE_PAGE, .answer = C18N_ALL(poll_fields),
     .does = "Polls, newest first", .fails = "404 410"},
    {"GET", ALL "/{poll}", get_poll, .allow = "reader", .answer = C18N_ALL(poll_fields), .does = "A poll",
     .fails = "404 410"},
    {"PUT", ALL "/{poll}/vote", vote, .allow = "member", .body = C18N_ALL(vote_body), .answer = C18N_ALL(poll_fields),
     .does = "Vote, once", .fails = "404 409 410"},
    {"GET", ALL "/{poll}/history", get_history, .allow = "moderator", .flags = C18N_ROUTE_PAGE,
     .does = "All that happened to a poll, oldest first", .fails = "404 410"},
};
static const c18n_field opened_data[] = {
    QUESTION, CHOICES, C18N_ID("community", 0), C18N_ID("created_by", 0), C18N_TIME("ends_on", 0),
};
static const c18n_event_type events[] = {
    {"polls.opened", "communities", 1, .fields = C18N_ALL(opened_data), .help = "A poll was opened"},
    {"polls.voted", "communities", 1, "comment", "actor", C18N_ALL(vote_body), "A member voted"},
    {"polls.closed", "communities", 1, .help = "A poll takes no more votes"},
};
#define COUNTERS "choice_0 choice_1 choice_2 choice_3 choice_4 choice_5 choice_6 choice_7 choice_8 choice_9"
static const c18n_view views[] = {
    {"polls", .version = 1, .indexes = NEWEST "; " POLLS_ENDING, .counters = "votes " COUNTERS, .derive = derive_tally},
    {"ballots", .version = 1, .help = "Who voted what; id POLL/USER"},
};
static const c18n_consumer consumers[] = {{"closer", "communities", polls_on_event}};
static const c18n_timer timers[] = {{"end", 1000, polls_close_ended}};
static const c18n_point points[] = {{"polls.before_open", "Subject: the poll to be"}};
static const c18n_hook hooks[] = {{"posts.before_create", 0, polls_refuse_as_post}};
static const c18n_metric metrics[] = {{"votes", C18N_METRIC_COUNTER, "Votes that were counted"}};
static const c18n_field line_fields[] = {
    C18N_TEXT("community", C18N_REQUIRED),
    C18N_TEXT("by", C18N_REQUIRED),
    QUESTION,
    CHOICES,
    C18N_TIME("created_on", 0),
};
static const c18n_import imports[] = {{"poll", C18N_ALL(line_fields), "community by", polls_import}};
static const c18n_export exports[] = {{"polls.opened", polls_export}};

static int init(c18n_self *self)
{
    struct polls *polls = self->state;
    polls->self = self;
    return c18n_provide(self, "polls.v1", &polls_service);
}

C18N_MODULE(polls, "1.0.0", "Polls in communities", "provides: polls.v1; needs: communities.v1; wants: posts.v1",
            .state_size = sizeof(struct polls), .settings = C18N_ALL(settings), .routes = C18N_ALL(routes),
            POLLS_LIVE.events = C18N_ALL(events), .views = C18N_ALL(views), .apply = apply,
            .consumers = C18N_ALL(consumers), .timers = C18N_ALL(timers), .points = C18N_ALL(points),
            .hooks = C18N_ALL(hooks), .metrics = C18N_ALL(metrics), .imports = C18N_ALL(imports),
            .exports = C18N_ALL(exports), .init = init);
