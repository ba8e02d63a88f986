/* A module of rooms with logs: for the tests of what sockets are delivered. A room is a name; who is in it may speak
 * and listen; what is said has numbers. */
#include <c18n/module.h>

#include <string.h>

enum { NUMBER_DIGITS = 12 };

/* --- records --- */

static const char *member_id(c18n_request *rq, const char *room, const char *user)
{
    return c18n_print(rq, "%s/%s", room, user);
}

static const char *record_id(c18n_request *rq, const char *room, uint64_t number)
{
    return c18n_print(rq, "%s/%0*llu", room, NUMBER_DIGITS, (unsigned long long)number);
}

static int take_number(c18n_request *rq, const c18n_doc *said, void *arg)
{
    (void)rq;
    *(uint64_t *)arg = (uint64_t)c18n_integer(said, "number", 0);
    return C18N_EXISTS;
}

/* '0' comes right behind '/'. */
static int last_number(c18n_request *rq, const char *room, uint64_t *ret_number)
{
    uint64_t number = 0;
    int code = c18n_each_between(rq, "rooms_said", record_id(rq, room, 0), c18n_print(rq, "%s0", room), true,
                                 take_number, &number);
    if (code == C18N_EXISTS)
        code = C18N_OK;
    if (code == C18N_OK)
        *ret_number = number;
    return code;
}

static int may_listen(c18n_request *rq, const char *room)
{
    const c18n_doc *member;
    int code = c18n_get(rq, "rooms_members", member_id(rq, room, c18n_who(rq)->user), &member);
    return code == C18N_NOT_FOUND ? C18N_FORBIDDEN : code;
}

static c18n_out *frame_of(c18n_request *rq, const char *room, uint64_t number, const char *text)
{
    c18n_out *frame = c18n_out_new(rq);
    c18n_out_text(frame, "kind", "said");
    c18n_out_text(frame, "room", room);
    c18n_out_integer(frame, "number", (int64_t)number);
    c18n_out_text(frame, "text", text);
    return frame;
}

static int reply_number(c18n_request *rq, uint64_t number)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_integer(out, "number", (int64_t)number);
    return c18n_reply_json(rq, 200, out);
}

/* --- the socket --- */

static int listen_to(c18n_request *rq, const c18n_doc *member, void *arg)
{
    (void)arg;
    return c18n_subscribe(rq, c18n_text(member, "room"));
}

static int opened(c18n_request *rq, void *module)
{
    const char *const match[] = {c18n_who(rq)->user, NULL};
    (void)module;
    return c18n_each(rq, "rooms_members", "user", match, listen_to, NULL);
}

struct catching_up {
    const char *room;
    c18n_frames *frames;
};

static int add(c18n_request *rq, const c18n_doc *said, void *arg)
{
    const struct catching_up *catching_up = arg;
    uint64_t number = (uint64_t)c18n_integer(said, "number", 0);
    return c18n_add_frame(catching_up->frames, number,
                          frame_of(rq, catching_up->room, number, c18n_text(said, "text")));
}

static int catch_up(c18n_request *rq, const char *room, uint64_t after, c18n_frames *frames, void *module)
{
    struct catching_up catching_up = {room, frames};
    int code = may_listen(rq, room);
    (void)module;
    if (code == C18N_OK)
        code = c18n_each_between(rq, "rooms_said", record_id(rq, room, after + 1), c18n_print(rq, "%s0", room), false,
                                 add, &catching_up);
    return code == C18N_AGAIN ? C18N_OK : code;
}

/* --- verbs --- */

static int emit(c18n_request *rq, const char *type, const char *room, const char *user, uint64_t number)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "room", room);
    c18n_out_text(data, "user", user);
    c18n_out_integer(data, "number", (int64_t)number);
    if (c18n_has(c18n_body(rq), "text"))
        c18n_out_text(data, "text", c18n_text(c18n_body(rq), "text"));
    return c18n_emit(rq, type, user, NULL, data);
}

static int say(c18n_request *rq, void *module)
{
    const char *room = c18n_path(rq, "room"), *user = c18n_who(rq)->user;
    uint64_t number = 0;
    (void)module;
    int code = may_listen(rq, room);
    if (code == C18N_OK)
        code = last_number(rq, room, &number);
    if (code != C18N_OK)
        return code;
    const c18n_publication publication = {
        .size = sizeof publication, .flags = C18N_NOT_TO_SENDER, .channel = room, .number = ++number};
    code = emit(rq, "rooms.said", room, user, number);
    if (code == C18N_OK)
        code = c18n_publish(rq, &publication, frame_of(rq, room, number, c18n_text(c18n_body(rq), "text")));
    return code == C18N_OK ? reply_number(rq, number) : code;
}

/* From here on, or from the log's beginning. */
static int enter(c18n_request *rq, void *module)
{
    const char *room = c18n_path(rq, "room"), *user = c18n_who(rq)->user;
    uint64_t number;
    (void)module;
    int code = last_number(rq, room, &number);
    if (code == C18N_OK)
        code = emit(rq, "rooms.entered", room, user, number);
    if (code == C18N_OK)
        code = c18n_join(rq, user, room, c18n_boolean(c18n_body(rq), "all", false) ? 0 : number);
    return code == C18N_OK ? reply_number(rq, number) : code;
}

static int out(c18n_request *rq, void *module)
{
    const char *room = c18n_path(rq, "room"), *user = c18n_path(rq, "user");
    uint64_t number;
    (void)module;
    int code = last_number(rq, room, &number);
    if (code == C18N_OK)
        code = emit(rq, "rooms.left", room, user, number);
    if (code == C18N_OK)
        code = c18n_leave(rq, user, room, c18n_boolean(c18n_body(rq), "lost", false));
    return code == C18N_OK ? reply_number(rq, number) : code;
}

static int resume(c18n_request *rq, void *module)
{
    const char *room = c18n_path(rq, "room");
    (void)module;
    int code = may_listen(rq, room);
    if (code == C18N_OK)
        code = c18n_resume(rq, room, (uint64_t)c18n_integer(c18n_body(rq), "after", 0));
    return code == C18N_OK ? reply_number(rq, 0) : code;
}

/* Passed on to who listens, by who listens. */
static int hint(c18n_request *rq, void *module)
{
    const char *room = c18n_path(rq, "room");
    const c18n_publication publication = {.size = sizeof publication, .flags = C18N_NOT_TO_SENDER, .channel = room};
    c18n_out *frame = c18n_out_new(rq);
    (void)module;
    c18n_out_text(frame, "kind", "hint");
    c18n_out_text(frame, "room", room);
    return c18n_subscribed(rq, room) ? c18n_publish(rq, &publication, frame) : C18N_FORBIDDEN;
}

/* --- tables --- */

#define ROOM  C18N_TEXT("room", C18N_REQUIRED, .min = 1, .max = 40)
#define WHERE "/rooms"

static const c18n_socket sockets[] = {{WHERE, "user", C18N_SOCKET_DELIVERS, opened, NULL, "Speak and listen"}};

static const c18n_field room_text[] = {ROOM, C18N_TEXT("text", C18N_REQUIRED, .max = 60000)};
static const c18n_field room_all[] = {ROOM, C18N_BOOLEAN("all", 0)};
static const c18n_field room_user[] = {ROOM, C18N_ID("user", C18N_REQUIRED), C18N_BOOLEAN("lost", 0)};
static const c18n_field room_after[] = {ROOM, C18N_INTEGER("after", C18N_REQUIRED, .min = 0, .max = INT32_MAX)};
static const c18n_field room_only[] = {ROOM};

static const c18n_verb verbs[] = {
    {"say", WHERE, say, "user", C18N_CLASS_WRITE, 0, C18N_ALL(room_text), .does = "Say it"},
    {"enter", WHERE, enter, "user", C18N_CLASS_WRITE, 0, C18N_ALL(room_all), .does = "Enter a room"},
    {"out", WHERE, out, "user", C18N_CLASS_WRITE, 0, C18N_ALL(room_user), .does = "Show somebody out"},
    {"resume", WHERE, resume, "user", C18N_CLASS_READ, 0, C18N_ALL(room_after), .does = "Go on from a number"},
    {"hint", WHERE, hint, "user", C18N_CLASS_INLINE, C18N_VERB_SILENT, C18N_ALL(room_only), .does = "Be noticed"},
};

static const c18n_field data[] = {C18N_TEXT("room", 0), C18N_ID("user", 0), C18N_INTEGER("number", 0),
                                  C18N_TEXT("text", 0)};
static const c18n_event_type events[] = {
    {"rooms.said", "messages", 1, NULL, NULL, C18N_ALL(data), "Somebody spoke"},
    {"rooms.entered", "messages", 1, NULL, NULL, C18N_ALL(data), "Somebody entered"},
    {"rooms.left", "messages", 1, NULL, NULL, C18N_ALL(data), "Somebody was shown out"},
};
static const c18n_view views[] = {
    {"rooms_said", .version = 1, .help = "What was said; id ROOM/NUMBER"},
    {"rooms_members", .version = 1, .indexes = "user", .help = "Who is where; id ROOM/USER"},
};

static void id_of(const c18n_event *event, char ret_id[128])
{
    char digits[NUMBER_DIGITS + 1] = "000000000000";
    const char *room = c18n_text(event->data, "room");
    size_t length = strlen(room);
    memcpy(ret_id, room, length);
    ret_id[length] = '/';
    if (!c18n_event_is(event, "rooms.said")) {
        memcpy(ret_id + length + 1, c18n_text(event->data, "user"), C18N_ID_SIZE);
        return;
    }
    int64_t number = c18n_integer(event->data, "number", 0);
    for (int i = NUMBER_DIGITS - 1; i >= 0; i--, number /= 10)
        digits[i] = (char)('0' + number % 10);
    memcpy(ret_id + length + 1, digits, sizeof digits);
}

static int on_event(const c18n_event *event, c18n_changes *changes)
{
    char id[128];
    if (strncmp(event->type, "rooms.", 6) != 0)
        return C18N_OK;
    id_of(event, id);
    if (c18n_event_is(event, "rooms.said"))
        c18n_out_doc(c18n_put(changes, "rooms_said", id), event->data, NULL);
    else if (c18n_event_is(event, "rooms.entered"))
        c18n_out_doc(c18n_put(changes, "rooms_members", id), event->data, "number");
    else
        return c18n_remove(changes, "rooms_members", id);
    return C18N_OK;
}

C18N_MODULE(rooms, "1.0.0", "Rooms with logs", "needs: ", .sockets = C18N_ALL(sockets), .verbs = C18N_ALL(verbs),
            .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = on_event, .catch_up = catch_up);
