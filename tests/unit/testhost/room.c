/* room: a room where people talk, for the tests of sockets on the test host. One log, from its first line on. */
#include <c18n/module.h>

#include <stdlib.h>
#include <string.h>

static const c18n_field say_body[] = {C18N_TEXT("text", C18N_REQUIRED, .max = 200)};
static const c18n_field say_answer[] = {C18N_INTEGER("seq", 0)};
static const c18n_field since_body[] = {C18N_INTEGER("seq", C18N_REQUIRED, .max = 1000000)};
static const c18n_field file_body[] = {C18N_INTEGER("size", C18N_REQUIRED, .max = 1000000)};
static const c18n_field file_answer[] = {C18N_INTEGER("sum", 0)};
static const c18n_field line_fields[] = {C18N_TEXT("text", 0), C18N_INTEGER("seq", 0)};
static const char room[] = "room", last_id[] = "last";

static int apply(const c18n_event *event, c18n_changes *changes)
{
    if (!c18n_event_is(event, "room.said"))
        return C18N_OK;
    c18n_out *line = c18n_put(changes, "room_lines", event->resource);
    c18n_out_doc(line, event->data, NULL);
    c18n_out *last = c18n_put(changes, "room_last", last_id);
    c18n_out_integer(last, "seq", c18n_integer(event->data, "seq", 0));
    return C18N_OK;
}

static c18n_out *frame_of(c18n_request *rq, const char *text, int64_t seq)
{
    c18n_out *frame = c18n_out_new(rq);
    c18n_out_text(frame, "kind", "said");
    c18n_out_text(frame, "text", text);
    c18n_out_integer(frame, "seq", seq);
    return frame;
}

static int last_seq(c18n_request *rq, int64_t *ret_seq)
{
    const c18n_doc *last;
    int code = c18n_get(rq, "room_last", last_id, &last);
    if (code != C18N_OK && code != C18N_NOT_FOUND)
        return code;
    *ret_seq = code == C18N_OK ? c18n_integer(last, "seq", 0) : 0;
    return C18N_OK;
}

static int say(c18n_request *rq, void *module)
{
    const char *text = c18n_text(c18n_body(rq), "text");
    int64_t seq;
    (void)module;
    int code = last_seq(rq, &seq);
    if (code != C18N_OK)
        return code;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "text", text);
    c18n_out_integer(data, "seq", ++seq);
    const char *id = c18n_print(rq, "line-%012lld", (long long)seq);
    code = id ? c18n_emit(rq, "room.said", id, NULL, data) : C18N_NO_MEMORY;
    if (code != C18N_OK)
        return code;
    const c18n_publication line = {
        .size = sizeof line, .channel = room, .number = (uint64_t)seq, .flags = C18N_NOT_TO_SENDER};
    code = c18n_publish(rq, &line, frame_of(rq, text, seq));
    if (code != C18N_OK)
        return code;
    c18n_out *ack = c18n_out_new(rq);
    c18n_out_integer(ack, "seq", seq);
    return c18n_reply_json(rq, 200, ack);
}

struct reading {
    c18n_frames *frames;
};

static int add_line(c18n_request *rq, const c18n_doc *line, void *arg)
{
    const struct reading *reading = arg;
    int64_t seq = c18n_integer(line, "seq", 0);
    return c18n_add_frame(reading->frames, (uint64_t)seq, frame_of(rq, c18n_text(line, "text"), seq));
}

static int catch_up(c18n_request *rq, const char *channel, uint64_t after, c18n_frames *frames, void *module)
{
    struct reading reading = {frames};
    const char *from = c18n_print(rq, "line-%012llu", (unsigned long long)after + 1);
    (void)module;
    if (strcmp(channel, room) != 0)
        return C18N_NOT_FOUND;
    if (!from)
        return C18N_NO_MEMORY;
    int code = c18n_each_between(rq, "room_lines", from, "line-~", false, add_line, &reading);
    return code == C18N_AGAIN ? C18N_OK : code;
}

static int opened(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_subscribe(rq, room);
}

static void closed(c18n_self *self, const char *user, uint32_t left)
{
    (void)user;
    c18n_metric_add(self, "closed", 1);
    c18n_metric_set(self, "left", left);
}

static int since(c18n_request *rq, void *module)
{
    (void)module;
    int code = c18n_resume(rq, room, (uint64_t)c18n_integer(c18n_body(rq), "seq", 0));
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

static int wave(c18n_request *rq, void *module)
{
    const c18n_publication hand = {.size = sizeof hand, .channel = room, .flags = C18N_NOT_TO_SENDER};
    c18n_out *frame = c18n_out_new(rq);
    (void)module;
    c18n_out_text(frame, "kind", "waved");
    return c18n_subscribed(rq, room) ? c18n_publish(rq, &hand, frame) : C18N_FORBIDDEN;
}

static int kick(c18n_request *rq, void *module)
{
    (void)module;
    int code = c18n_leave(rq, c18n_text(c18n_body(rq), "text"), room, true);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

/* --- a file, of which only the sum of its bytes is kept --- */

struct file {
    int64_t sum;
};

static int begin_file(c18n_request *rq, void *module)
{
    struct file *file = calloc(1, sizeof *file);
    (void)module;
    if (!file)
        return C18N_NO_MEMORY;
    int code = c18n_expect_bytes(rq, (uint64_t)c18n_integer(c18n_body(rq), "size", 0), file);
    if (code != C18N_OK)
        free(file);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

static int take_bytes(c18n_request *rq, c18n_bytes bytes, void *upload, void *module)
{
    struct file *file = upload;
    (void)module;
    for (size_t i = 0; i < bytes.length; i++)
        file->sum += ((const unsigned char *)bytes.at)[i];
    return file->sum > 100 ? c18n_fail(rq, C18N_UNSUPPORTED, "no_such_file", "Not this one.") : C18N_OK;
}

static int take_done(c18n_request *rq, void *upload, void *module)
{
    struct file *file = upload;
    c18n_out *ack = c18n_out_new(rq);
    (void)module;
    c18n_out_integer(ack, "sum", file->sum);
    int code = c18n_reply_json(rq, 200, ack);
    if (code == C18N_OK)
        free(file);
    return code;
}

static void take_dropped(c18n_self *self, void *upload)
{
    free(upload);
    c18n_metric_add(self, "dropped", 1);
}

static int sing(c18n_request *rq, void *module)
{
    return say(rq, module);
}

static const c18n_route routes[] = {
    {"POST", "/room/say", sing, .allow = "user", .body = C18N_ALL(say_body), .answer = C18N_ALL(say_answer),
     .does = "Say"},
};
static const c18n_socket sockets[] = {
    {"/room", "user", C18N_SOCKET_DELIVERS, opened, closed, "The room"},
    {"/room/door", "user", .does = "Speak only"},
};
static const c18n_verb verbs[] = {
    {"say", "/room /room/door", say, .allow = "user", .body = C18N_ALL(say_body), .answer = C18N_ALL(say_answer),
     .does = "Say"},
    {"since", "/room", since, .allow = "user", .run = C18N_CLASS_READ, .body = C18N_ALL(since_body),
     .does = "Hear again"},
    {"wave", "/room", wave, .allow = "user", .run = C18N_CLASS_INLINE, .flags = C18N_VERB_SILENT, .does = "Wave"},
    {"kick", "/room", kick, .allow = "admin", .body = C18N_ALL(say_body), .does = "Throw out"},
    {"file", "/room/door", begin_file, .allow = "user", .flags = C18N_VERB_BYTES, .body = C18N_ALL(file_body),
     .answer = C18N_ALL(file_answer), .bytes = take_bytes, .done = take_done, .dropped = take_dropped, .does = "Leave"},
};
static const c18n_event_type events[] = {
    {"room.said", "messages", .fields = C18N_ALL(line_fields), .help = "Somebody spoke"},
};
static const c18n_view views[] = {{"room_lines", .version = 1}, {"room_last", .version = 1}};
static const c18n_metric metrics[] = {
    {"closed", C18N_METRIC_COUNTER, "Sockets that were closed"},
    {"left", C18N_METRIC_GAUGE, "How many the last one left behind"},
    {"dropped", C18N_METRIC_COUNTER, "Files that were not finished"},
};

C18N_MODULE(room, "1.0.0", "A room", "needs: identity.v1", .routes = C18N_ALL(routes), .sockets = C18N_ALL(sockets),
            .verbs = C18N_ALL(verbs), .catch_up = catch_up, .events = C18N_ALL(events), .views = C18N_ALL(views),
            .metrics = C18N_ALL(metrics), .apply = apply);
