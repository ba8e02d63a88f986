/* messaging.c: the tables of the module: settings, fields, policies, routes, sockets, verbs, events, views. Begin here.
 */
#include "messaging.h"

static const c18n_setting settings[] = {
    {"advertise", C18N_SETTING_TEXT, 0, "", 0, 500, NULL, NULL,
     "The URL of this server's socket that clients are told, ws://… or wss://…; empty: made of the public URL."},
    {"stranger_messages", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "100", 0, 1000000, NULL, NULL,
     "How many messages somebody may send to a person who does not know them and has not accepted; 0: any number."},
    {"presence_members", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "256", 0, 10000, NULL, NULL,
     "Members of groups up to this size are told who comes and goes."},
    {"presence_grace", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "10", 0, 3600, "seconds", NULL,
     "How long somebody without a connection still counts as being there."},
};

#define CONTENT(flags) C18N_TEXT("content", (flags) | C18N_MULTILINE, .max = MESSAGING_CONTENT_MAX)
#define TYPE                                                                                                           \
    C18N_TEXT("content_type", 0, .min = 1, .max = 100, .help = "text when left out; others are kept as they are")
#define MEDIA   C18N_TEXTS("media", 0, .max = MESSAGING_MEDIA_MAX, .item_max = 36, .help = "Ids of own images and videos")
#define REPLY   C18N_ID("reply_to", C18N_NULLABLE, .help = "A message of the same conversation")
#define GROUP   C18N_ID("group", 0, .help = "Of a group; this or user")
#define USER    C18N_ID("user", 0, .help = "Of two people: the other one; this or group")
#define MESSAGE C18N_ID("message", C18N_REQUIRED)
#define SEQ(flags)                                                                                                     \
    C18N_INTEGER("seq", flags, .min = 0, .max = INT64_C(999999999999), .help = "Its number in the conversation, from 1")

/* Of a verb; a route has the conversation, or the message, in its path. */
static const c18n_field send_verb[] = {GROUP, USER, CONTENT(0), REPLY, MEDIA, TYPE};
static const c18n_field edit_verb[] = {MESSAGE, CONTENT(C18N_REQUIRED)};
static const c18n_field delete_verb[] = {MESSAGE};
static const c18n_field like_verb[] = {
    MESSAGE, C18N_INTEGER("value", C18N_REQUIRED, .min = -1, .max = 1, .help = "1: like, -1: dislike, 0: neither")};
static const c18n_field resume_verb[] = {
    C18N_TEXT("epoch", C18N_REQUIRED, .max = 200, .help = "As hello had it"),
    C18N_OBJECT("positions", C18N_REQUIRED, .help = "{GID or UID: SEQ}: the last message that the client has of each")};
static const c18n_field read_verb[] = {GROUP, USER, SEQ(C18N_REQUIRED)};
static const c18n_field typing_verb[] = {GROUP, USER};

static const c18n_field send_body[] = {CONTENT(0), REPLY, MEDIA, TYPE};
static const c18n_field edit_body[] = {CONTENT(0)};
static const c18n_field read_body[] = {SEQ(C18N_REQUIRED)};
static const c18n_field mute_body[] = {C18N_TIME("until", 0, .help = "The end; without it there is none")};
static const c18n_field list_query[] = {C18N_TEXT(
    "before", 0, .max = 12, .help = "Messages before this number, newest first. `after`: after it, oldest first")};

static const c18n_field message_fields[] = {
    C18N_ID("_id", 0),
    C18N_ID("group", 0),
    C18N_ID("user", 0, .help = "Of two people: the other one"),
    SEQ(0),
    C18N_ID("by", 0),
    CONTENT(0),
    C18N_TEXT("content_type", 0),
    C18N_TIME("created_on", 0),
    C18N_TIME("edited_on", 0),
    C18N_ID("reply_to", C18N_NULLABLE),
    C18N_TEXTS("media", 0),
    C18N_BOOLEAN("deleted", 0, .help = "true, and without content: its place in the log stays"),
    C18N_INTEGER("likes", 0),
    C18N_INTEGER("dislikes", 0),
    C18N_INTEGER("comments", 0),
};
static const c18n_field conversation_fields[] = {
    C18N_ID("_id", 0, .help = "The group's, or the other person's"),
    C18N_TEXT("kind", 0, .choices = "group direct"),
    C18N_ID("group", 0),
    C18N_ID("user", 0),
    C18N_INTEGER("last_seq", 0),
    C18N_OBJECT("last_message", C18N_NULLABLE),
    C18N_TIME("updated_on", 0),
    C18N_INTEGER("unread", 0, .max = MESSAGING_UNREAD_MAX, .help = "1000: so many or more"),
    C18N_INTEGER("read_seq", 0),
    C18N_BOOLEAN("muted", 0),
    C18N_TIME("muted_until", 0),
    C18N_TEXT("status", 0, .choices = "open request pending blocked declined"),
};
static const c18n_field like_fields[] = {C18N_ID("user", 0), C18N_INTEGER("value", 0), C18N_TIME("created_on", 0)};
static const c18n_field block_fields[] = {C18N_ID("user", 0), C18N_TIME("created_on", 0),
                                          C18N_LINK("location", "/users/{user}")};
static const c18n_field presence_fields[] = {C18N_ID("user", 0), C18N_TEXT("status", 0, .choices = "online")};
static const c18n_field place_fields[] = {C18N_ID("_id", 0), SEQ(0), C18N_TIME("created_on", 0)};
static const c18n_field count_fields[] = {C18N_INTEGER("likes", 0), C18N_INTEGER("dislikes", 0)};
static const c18n_field resumed_fields[] = {
    C18N_TEXT("epoch", 0), C18N_OBJECT("conversations", 0, .help = "{GID or UID: {\"recovered\": true or false}}")};
static const c18n_field mark_fields[] = {SEQ(0)};
static const c18n_field server_fields[] = {C18N_TEXT("url", 0)};

const c18n_table messaging_fields = C18N_ALL(message_fields);
const c18n_table messaging_conversation_fields = C18N_ALL(conversation_fields);
const c18n_table messaging_like_fields = C18N_ALL(like_fields);
const c18n_table messaging_block_fields = C18N_ALL(block_fields);
const c18n_table messaging_presence_fields = C18N_ALL(presence_fields);

static const c18n_policy policies[] = {
    {"conversation_member", messaging_may_take_part, "members of the group; of two people both"},
    {"message_reader", messaging_may_read, "as conversation_member, where the message is"},
    {"message_author", messaging_may_edit, "the message's author, while a conversation_member"},
    {"message_remover", messaging_may_remove, "the message's author, and who runs the group"},
    {"message_history", messaging_may_look_back, "as message_remover, also once the message is deleted"},
};

/* What groups and people have alike. */
#define GROUPS "/usergroups/{group}"
#define PEOPLE "/users/{user}"
#define BOTH(METHOD, PATH, ...)                                                                                        \
    {METHOD, GROUPS PATH, __VA_ARGS__},                                                                                \
    {                                                                                                                  \
        METHOD, PEOPLE PATH, __VA_ARGS__                                                                               \
    }
#define ONE          "/messages/{message}"
#define OF_A_MESSAGE .answer = C18N_ALL(message_fields), .fails = "404 409 410"
static const c18n_route routes[] = {
    BOTH("POST", "/messages/new", messaging_send, .allow = "conversation_member", .flags = C18N_ROUTE_CREATED,
         .body = C18N_ALL(send_body), .does = "Write a message", OF_A_MESSAGE),
    BOTH("GET", "/messages", messaging_list, .allow = "conversation_member", .flags = C18N_ROUTE_PAGE,
         .query = C18N_ALL(list_query), .does = "Messages, newest first; after a number oldest first", OF_A_MESSAGE),
    BOTH("GET", ONE, messaging_get, .allow = "message_reader", .does = "A message", OF_A_MESSAGE),
    BOTH("PATCH", ONE, messaging_edit, .allow = "message_author", .flags = C18N_ROUTE_IF_MATCH,
         .body = C18N_ALL(edit_body), .does = "Change a message", OF_A_MESSAGE),
    BOTH("DELETE", ONE, messaging_delete, .allow = "message_remover", .does = "Delete a message", .fails = "404 410"),
    BOTH("GET", ONE "/history", messaging_history, .allow = "message_history", .flags = C18N_ROUTE_PAGE,
         .does = "All that happened to a message, oldest first", .fails = "404 410"),
    BOTH("PUT", ONE "/like", messaging_put_like, .allow = "message_reader", .does = "Like a message", OF_A_MESSAGE),
    BOTH("PUT", ONE "/dislike", messaging_put_dislike, .allow = "message_reader", .does = "Dislike a message",
         OF_A_MESSAGE),
    BOTH("DELETE", ONE "/like", messaging_take_like, .allow = "message_reader", .does = "Neither like nor dislike it",
         OF_A_MESSAGE),
    BOTH("GET", ONE "/likes", messaging_likes, .allow = "message_reader", .flags = C18N_ROUTE_PAGE,
         .answer = C18N_ALL(like_fields), .does = "Who likes and dislikes a message, newest first", .fails = "404 410"),
    BOTH("PUT", "/read", messaging_read, .allow = "conversation_member", .body = C18N_ALL(read_body),
         .answer = C18N_ALL(mark_fields), .does = "Mark as read up to a message", .fails = "404 410"),
    BOTH("GET", "/server", messaging_server, .allow = "conversation_member", .answer = C18N_ALL(server_fields),
         .does = "The socket of the conversation's own server", .fails = "404 410"),
    {"GET", "/conversations", messaging_conversations, .allow = "user", .flags = C18N_ROUTE_PAGE,
     .answer = C18N_ALL(conversation_fields), .does = "The caller's conversations, the liveliest first"},
    {"PUT", "/conversations/{conversation}/read", messaging_read, .allow = "conversation_member",
     .body = C18N_ALL(read_body), .answer = C18N_ALL(mark_fields), .does = "Mark as read up to a message",
     .fails = "404 410"},
    {"PUT", "/conversations/{conversation}/mute", messaging_mute, .allow = "conversation_member",
     .body = C18N_ALL(mute_body), .answer = C18N_ALL(conversation_fields), .does = "Mute a conversation",
     .fails = "404 410"},
    {"DELETE", "/conversations/{conversation}/mute", messaging_unmute, .allow = "conversation_member",
     .answer = C18N_ALL(conversation_fields), .does = "Unmute a conversation", .fails = "404 410"},
    {"GET", GROUPS "/presence", messaging_present, .allow = "group_member", .flags = C18N_ROUTE_PAGE,
     .answer = C18N_ALL(presence_fields), .does = "The members who are there now", .fails = "404 410"},
    {"PUT", PEOPLE "/messages/accept", messaging_accept, .allow = "conversation_member",
     .answer = C18N_ALL(conversation_fields), .does = "Accept a stranger's messages", .fails = "404 409"},
    {"PUT", PEOPLE "/messages/decline", messaging_decline, .allow = "conversation_member",
     .does = "Decline a stranger's messages", .fails = "404 409"},
    {"PUT", PEOPLE "/block", messaging_block, .allow = "user", .answer = C18N_ALL(block_fields),
     .does = "Block somebody", .fails = "404 409"},
    {"DELETE", PEOPLE "/block", messaging_unblock, .allow = "user", .does = "Unblock somebody"},
    {"GET", "/blocks", messaging_blocks, .allow = "user", .flags = C18N_ROUTE_PAGE, .answer = C18N_ALL(block_fields),
     .does = "Whom the caller has blocked, newest first"},
};

static const c18n_socket sockets[] = {
    {"/socket", "user", C18N_SOCKET_DELIVERS, messaging_opened, messaging_closed, "Send and receive"},
    {"/messages/receive", "user", C18N_SOCKET_DELIVERS, messaging_opened, messaging_closed, "Receive messages"},
    {"/messages/send", "user", 0, NULL, NULL, "Send messages"},
};
#define SENDING    "/socket /messages/send"
#define RECEIVING  "/socket /messages/receive"
#define EVERYWHERE SENDING " /messages/receive"
static const c18n_verb verbs[] = {
    {"message", SENDING, messaging_send, .allow = "conversation_member", .body = C18N_ALL(send_verb),
     .answer = C18N_ALL(place_fields),
     .does = "Write a message; with an id that was used the earlier one's ack comes again"},
    {"edit", SENDING, messaging_edit, .allow = "message_author", .body = C18N_ALL(edit_verb),
     .answer = C18N_ALL(place_fields), .does = "Change a message"},
    {"delete", SENDING, messaging_delete, .allow = "message_remover", .body = C18N_ALL(delete_verb),
     .does = "Delete a message"},
    {"like", SENDING, messaging_like, .allow = "message_reader", .body = C18N_ALL(like_verb),
     .answer = C18N_ALL(count_fields), .does = "Like or dislike a message, or neither"},
    {"resume", RECEIVING, messaging_resume, .allow = "user", .run = C18N_CLASS_READ, .body = C18N_ALL(resume_verb),
     .answer = C18N_ALL(resumed_fields), .does = "Get what was missed, then what is new"},
    {"read", EVERYWHERE, messaging_read, .allow = "conversation_member", .body = C18N_ALL(read_verb),
     .answer = C18N_ALL(mark_fields), .does = "Mark as read up to a message"},
    {"typing", RECEIVING, messaging_type, .allow = "user", .run = C18N_CLASS_INLINE, .flags = C18N_VERB_SILENT,
     .body = C18N_ALL(typing_verb), .does = "Tell that one types; passed on at most once in 3 s"},
};

static const c18n_field created_data[] = {
    C18N_TEXT("conversation", 0),
    SEQ(0),
    C18N_ID("by", 0),
    CONTENT(0),
    C18N_TEXT("content_type", 0),
    C18N_ID("reply_to", C18N_NULLABLE),
    C18N_TEXTS("media", 0),
    C18N_TEXT("client", 0, .help = "The id that the author's client gave it"),
    GROUP,
    USER,
    C18N_BOOLEAN("active", 0, .help = "The group moves up in the list by activity"),
    C18N_BOOLEAN("first", 0, .help = "The first between two people"),
    C18N_BOOLEAN("stranger", 0, .help = "Whom it is for does not know its author"),
    C18N_BOOLEAN("accepts", 0, .help = "By it its author accepts the other one's messages"),
};
static const c18n_field edited_data[] = {C18N_TEXT("conversation", 0), SEQ(0), C18N_ID("by", 0), CONTENT(0)};
static const c18n_field deleted_data[] = {C18N_TEXT("conversation", 0), SEQ(0), C18N_ID("by", 0)};
static const c18n_field liked_data[] = {C18N_TEXT("conversation", 0), SEQ(0), C18N_ID("user", 0),
                                        C18N_INTEGER("value", 0), C18N_INTEGER("previous", 0)};
static const c18n_field mark_data[] = {C18N_TEXT("conversation", 0), C18N_ID("user", 0), SEQ(0),
                                       C18N_BOOLEAN("new", 0)};
static const c18n_field muted_data[] = {C18N_TEXT("conversation", 0), C18N_ID("user", 0), C18N_BOOLEAN("muted", 0),
                                        C18N_TIME("until", 0), C18N_BOOLEAN("new", 0)};
static const c18n_field answer_data[] = {C18N_TEXT("conversation", 0), C18N_ID("user", 0), C18N_ID("peer", 0)};
static const c18n_field block_data[] = {C18N_ID("by", 0), C18N_ID("user", 0)};

/* clang-format off: it takes an initializer in a macro for a block */
#define EVENT(name, topic, fields, help)                                                                               \
    {                                                                                                                  \
        name, topic, 1, NULL, NULL, C18N_ALL(fields), help                                                             \
    }
/* clang-format on */
static const c18n_event_type events[] = {
    {"messages.created", "messages", 1, "content", "by", C18N_ALL(created_data), "A message was written"},
    {"messages.edited", "messages", 1, "content", "by", C18N_ALL(edited_data), "A message was changed"},
    EVENT("messages.deleted", "messages", deleted_data, "A message was deleted"),
    EVENT("messages.liked", "likes", liked_data, "Somebody likes or dislikes a message, or no longer does"),
    EVENT("messages.joined", "messages", mark_data, "Where in a group's log somebody came in"),
    EVENT("messages.read", "messages", mark_data, "How far somebody has read"),
    EVENT("messages.muted", "messages", muted_data, "Somebody muted or unmuted a conversation"),
    EVENT("messages.accepted", "messages", answer_data, "Somebody accepted a stranger's messages"),
    EVENT("messages.declined", "messages", answer_data, "Somebody declined a stranger's messages"),
    EVENT("messages.blocked", "messages", block_data, "Somebody blocked a person"),
    EVENT("messages.unblocked", "messages", block_data, "Somebody unblocked a person"),
};

static const c18n_view views[] = {
    {"messages", .version = 1, .indexes = MESSAGES_BY_ID "; " MESSAGES_BY_CLIENT, .counters = "likes dislikes comments",
     .help = "The logs: id CONVERSATION/SEQ with twelve digits, so that they are read in order without an index"},
    {"conversation_members", .version = 1, .indexes = DIRECT_OF_USER,
     .help = "How people stand in conversations, and how far they have read; id CONVERSATION/USER"},
    {"message_likes", .version = 1, .indexes = LIKES_OF_MESSAGE, .help = "Likes and dislikes; id MESSAGE/USER"},
    {"blocks", .version = 1, .indexes = BLOCKS_OF_USER, .help = "Who has blocked whom; id BY/USER"},
};

/* docs/modules/hooks.md has these words, too. */
static const c18n_point points[] = {
    {"messaging.before_create", "Before somebody writes. Subject: the data of the message to be"},
    {"messaging.after_create", "Somebody wrote. Subject: the message's record"},
    {"messaging.before_update", "Before a message is changed. Subject: the changes"},
    {"messaging.after_update", "A message was changed. Subject: the message's record"},
    {"messaging.before_delete", "Before a message is deleted. Subject: the message's record"},
    {"messaging.after_delete", "A message was deleted. Subject: the message's record as it was"},
    {"messaging.render", "An answer shows a message; frames stay as they are. Record: the message as it is shown",
     C18N_ALL(message_fields)},
};
static const c18n_hook hooks[] = {
    {"usergroups.after_create", 0, messaging_after_create},
    {"usergroups.after_delete", 0, messaging_after_delete},
    {"usergroups.after_join", 0, messaging_after_join},
    {"usergroups.after_leave", 0, messaging_after_leave},
};
static const c18n_timer timers[] = {{"presence", 1000, messaging_presence_turn}};

static const c18n_field import_fields[] = {
    C18N_TEXT("usergroup", 0, .min = 1, .max = 200),
    C18N_TEXT("to", 0, .min = 1, .max = 200),
    C18N_TEXT("by", C18N_REQUIRED, .min = 1, .max = 200),
    CONTENT(C18N_REQUIRED),
    TYPE,
    C18N_TEXT("reply_to", 0, .min = 1, .max = 200),
    C18N_TIME("created_on", 0),
};
static const c18n_import imports[] = {
    {"message", C18N_ALL(import_fields), "usergroup to by reply_to", messaging_import}};
static const c18n_export exports[] = {{"messages.created", messaging_export}};

static const c18n_conversations conversations = {sizeof conversations, messaging_may_read_number};

static int init(c18n_self *self)
{
    struct messaging *messaging = self->state;
    messaging->self = self;
    messaging->ownership = c18n_find_service(self, "ownership.v1");
    messaging->cache = c18n_find_service(self, "cache.v1");
    int code = c18n_provide(self, "conversations.v1", &conversations);
    return code == C18N_OK ? c18n_provide(self, "messaging.v1", NULL) : code;
}

static int start(c18n_self *self)
{
    struct messaging *messaging = self->state;
    messaging->presence = messaging_presence_new();
    messaging->typing = messaging_typing_new();
    return messaging->presence && messaging->typing ? C18N_OK : C18N_NO_MEMORY;
}

static void stop(c18n_self *self)
{
    struct messaging *messaging = self->state;
    messaging_presence_free(messaging->presence);
    messaging_typing_free(messaging->typing);
    messaging->presence = NULL;
    messaging->typing = NULL;
}

C18N_MODULE(messaging, "1.0.0", "Messages in user-groups and between people",
            "provides: messaging.v1, conversations.v1; "
            "needs: users.v1, communities.v1, usergroups.v1, ownership.v1; wants: cache.v1",
            .state_size = sizeof(struct messaging), .settings = C18N_ALL(settings), .policies = C18N_ALL(policies),
            .routes = C18N_ALL(routes), .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = messaging_apply,
            .points = C18N_ALL(points), .hooks = C18N_ALL(hooks), .timers = C18N_ALL(timers),
            .imports = C18N_ALL(imports), .exports = C18N_ALL(exports), .check_config = messaging_check_config,
            .init = init, .start = start, .stop = stop, .sockets = C18N_ALL(sockets), .verbs = C18N_ALL(verbs),
            .catch_up = messaging_catch_up);
