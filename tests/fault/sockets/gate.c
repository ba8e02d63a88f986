/* A module whose sockets do no more than what the host promises of any socket: for the tests of their life and death.
 * /gate/all delivers and takes all verbs, /gate/send takes only. */
#include <c18n/module.h>

#include <stdlib.h>
#include <string.h>

/* --- sockets --- */

static int opened(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_subscribe(rq, "room");
}

static void closed(c18n_self *self, const char *user, uint32_t left)
{
    (void)user;
    c18n_metric_add(self, "gone", 1);
    if (left == 0)
        c18n_metric_add(self, "last_gone", 1);
}

static const c18n_socket sockets[] = {
    {"/gate/all", "user", C18N_SOCKET_DELIVERS, opened, closed, "Take and deliver"},
    {"/gate/send", "user", 0, NULL, closed, "Take"},
    {"/gate/closed", "admin", 0, NULL, NULL, "For administrators"},
};

/* --- verbs --- */

static int emit_said(c18n_request *rq)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "text", c18n_text(c18n_body(rq), "text"));
    c18n_out_text(data, "frame", c18n_request_id(rq));
    return c18n_emit(rq, "gate.said", c18n_who(rq)->user, NULL, data);
}

static int reply_text(c18n_request *rq)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "text", c18n_path(rq, "text"));
    c18n_out_text(out, "frame", c18n_request_id(rq));
    return c18n_reply_json(rq, 200, out);
}

/* Durable before it is acknowledged; everybody in the room is told. */
static int say(c18n_request *rq, void *module)
{
    c18n_publication room = {.size = sizeof room, .channel = "room", .flags = C18N_NOT_TO_SENDER};
    c18n_out *frame = c18n_out_new(rq);
    (void)module;
    c18n_out_text(frame, "kind", "said");
    c18n_out_text(frame, "text", c18n_text(c18n_body(rq), "text"));
    int code = emit_said(rq);
    if (code == C18N_OK)
        code = c18n_publish(rq, &room, frame);
    return code == C18N_OK ? reply_text(rq) : code;
}

/* Was a frame of this id taken? */
static int known(c18n_request *rq, void *module)
{
    const c18n_doc *record;
    (void)module;
    int code = c18n_get(rq, "said", c18n_path(rq, "text"), &record);
    return code == C18N_OK ? reply_text(rq) : code;
}

static int echo(c18n_request *rq, void *module)
{
    (void)module;
    return reply_text(rq);
}

static int whisper(c18n_request *rq, void *module)
{
    (void)rq, (void)module;
    return C18N_OK;
}

static int fails(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_fail(rq, C18N_CONFLICT, "too_late", "It is over.");
}

/* --- an upload: its bytes are counted, and "x" among them is refused --- */

struct upload {
    size_t count;
};

static int take(c18n_request *rq, void *module)
{
    struct upload *upload = calloc(1, sizeof *upload);
    c18n_out *out = c18n_out_new(rq);
    (void)module;
    if (!upload)
        return C18N_NO_MEMORY;
    int code = c18n_expect_bytes(rq, (uint64_t)c18n_integer(c18n_body(rq), "size", 0), upload);
    if (code != C18N_OK) {
        free(upload);
        return code;
    }
    c18n_out_integer(out, "chunk", 16384);
    return c18n_reply_json(rq, 200, out);
}

static int take_bytes(c18n_request *rq, c18n_bytes bytes, void *upload, void *module)
{
    struct upload *own = upload;
    (void)module;
    own->count += bytes.length;
    return memchr(bytes.at, 'x', bytes.length) ? c18n_fail(rq, C18N_UNSUPPORTED, "has_x", "An x is in it.") : C18N_OK;
}

static int take_done(c18n_request *rq, void *upload, void *module)
{
    struct upload *own = upload;
    c18n_out *out = c18n_out_new(rq);
    (void)module;
    c18n_out_integer(out, "taken", (int64_t)own->count);
    int code = c18n_reply_json(rq, 200, out);
    if (code == C18N_OK)
        free(own);
    return code;
}

static void take_dropped(c18n_self *self, void *upload)
{
    c18n_metric_add(self, "dropped", 1);
    free(upload);
}

/* --- tables --- */

static const c18n_field text[] = {C18N_TEXT("text", C18N_REQUIRED, .min = 1, .max = 40000)};
static const c18n_field size[] = {C18N_INTEGER("size", C18N_REQUIRED, .min = 0, .max = 1 << 20)};
static const c18n_field user[] = {C18N_ID("user", C18N_REQUIRED)};
#define ANYWHERE "/gate/all /gate/send"

static const c18n_verb verbs[] = {
    {"say", ANYWHERE, say, "user", C18N_CLASS_WRITE, 0, C18N_ALL(text), .does = "Say it to the room"},
    {"known", ANYWHERE, known, "user", C18N_CLASS_READ, 0, C18N_ALL(text), .does = "Tell whether it was said"},
    {"echo", ANYWHERE, echo, "user", C18N_CLASS_READ, 0, C18N_ALL(text), C18N_ALL(text), .does = "Say it to who asks"},
    {"now", "/gate/all", echo, "user", C18N_CLASS_INLINE, 0, C18N_ALL(text), .does = "The same, at once"},
    {"whisper", ANYWHERE, whisper, "user", C18N_CLASS_INLINE, C18N_VERB_SILENT, C18N_ALL(text), .does = "Nothing"},
    {"fails", ANYWHERE, fails, "user", C18N_CLASS_READ, .does = "Is too late"},
    {"own", ANYWHERE, echo, "self", C18N_CLASS_READ, 0, C18N_ALL(user), .does = "For oneself"},
    {"rule", ANYWHERE, say, "admin", C18N_CLASS_WRITE, 0, C18N_ALL(text), .does = "For administrators"},
    {"take",
     ANYWHERE,
     take,
     "user",
     C18N_CLASS_WRITE,
     C18N_VERB_BYTES,
     C18N_ALL(size),
     {NULL, 0, 0},
     take_bytes,
     take_done,
     take_dropped,
     "Take bytes"},
};

static const c18n_field said[] = {C18N_TEXT("text", 0), C18N_TEXT("frame", 0)};
static const c18n_event_type events[] = {{"gate.said", "messages", 1, NULL, NULL, C18N_ALL(said), "Somebody spoke"}};
static const c18n_view views[] = {{"said", .version = 1, .help = "What was said, by the frame's id"}};

static int on_event(const c18n_event *event, c18n_changes *changes)
{
    if (c18n_event_is(event, "gate.said"))
        c18n_out_text(c18n_put(changes, "said", c18n_text(event->data, "frame")), "text",
                      c18n_text(event->data, "text"));
    return C18N_OK;
}

static const c18n_metric metrics[] = {
    {"gone", C18N_METRIC_COUNTER, "Sockets that are gone"},
    {"last_gone", C18N_METRIC_COUNTER, "Sockets that were a person's last"},
    {"dropped", C18N_METRIC_COUNTER, "Uploads that ended early"},
};

C18N_MODULE(gate, "1.0.0", "Sockets", "needs: ", .sockets = C18N_ALL(sockets), .verbs = C18N_ALL(verbs),
            .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = on_event, .metrics = C18N_ALL(metrics));
