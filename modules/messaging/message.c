/* message.c: somebody writes. All of it is one transaction of the writer: the message gets the number behind the log's
 * last one, so that numbers have no gaps and no two messages the same one. */
#include "messaging.h"

#include <string.h>

struct message {
    struct conversation conversation;
    struct admission admission;
    uint64_t seq;
    char id[C18N_ID_SIZE];
};

/* The frame's id, by which a client's second try is known. A REST client has its Idempotency-Key. */
static const char *client_id(c18n_request *rq)
{
    return c18n_method(rq) ? "" : c18n_request_id(rq);
}

/* *ret_earlier NULL: this id is new. Of an id that was used the earlier message is acknowledged again, whatever stands
 * in the frame: the id alone says which message is meant. */
static int find_earlier(c18n_request *rq, const struct conversation *conversation, const c18n_doc **ret_earlier)
{
    const char *const match[] = {client_id(rq), conversation->me, NULL};
    *ret_earlier = NULL;
    if (!*match[0])
        return C18N_OK;
    int code = c18n_find(rq, "messages", MESSAGES_BY_CLIENT, match, ret_earlier);
    return code == C18N_NOT_FOUND || code == C18N_GONE ? C18N_OK : code;
}

/* Does another group of the community stand before this one in the list by activity? Only then must this one move,
 * which costs rows: most messages are written where somebody just wrote. */
static int must_rise(c18n_request *rq, const struct message *message, bool *ret_rises)
{
    const c18n_doc *first, *group = message->admission.group;
    *ret_rises = false;
    if (!group)
        return C18N_OK;
    const char *const match[] = {c18n_text(group, "community"), NULL};
    int code = c18n_find(rq, "usergroups", GROUPS_BY_ACTIVITY, match, &first);
    *ret_rises = code == C18N_OK && !messaging_same(c18n_text(first, "_id"), message->conversation.group);
    return code == C18N_NOT_FOUND ? C18N_OK : code;
}

/* What the record and the frames show, in their order. */
static void out_written(c18n_out *data, const c18n_doc *body, const struct message *message)
{
    const char *type = c18n_text(body, "content_type"), *content = c18n_text(body, "content");
    c18n_out_text(data, "conversation", message->conversation.id);
    c18n_out_integer(data, "seq", (int64_t)message->seq);
    c18n_out_text(data, "by", message->conversation.me);
    c18n_out_text(data, "content", content ? content : "");
    if (type && strcmp(type, "text") != 0)
        c18n_out_text(data, "content_type", type);
    c18n_out_text(data, "reply_to", c18n_text(body, "reply_to"));
    c18n_out_raw(data, "media", c18n_raw(body, "media"));
    c18n_out_begin(data, "media", '['); /* unless the body had it: the first stays */
    c18n_out_end(data);
}

static void out_flag(c18n_out *data, const char *name, bool flag)
{
    if (flag)
        c18n_out_boolean(data, name, true);
}

/* What views need to know, for apply can't look. */
static int event_data(c18n_request *rq, const struct message *message, const c18n_doc **ret_data)
{
    const struct conversation *conversation = &message->conversation;
    const struct admission *admission = &message->admission;
    const char *client = client_id(rq);
    bool rises;
    int code = must_rise(rq, message, &rises);
    if (code != C18N_OK)
        return code;
    c18n_out *data = c18n_out_new(rq);
    out_written(data, c18n_body(rq), message);
    if (*client)
        c18n_out_text(data, "client", client);
    c18n_out_text(data, conversation->group ? "group" : "user",
                  conversation->group ? conversation->group : conversation->peer);
    out_flag(data, "active", rises);
    out_flag(data, "first", admission->first && !conversation->group);
    out_flag(data, "stranger", admission->stranger);
    out_flag(data, "accepts", admission->accepts);
    *ret_data = c18n_out_finish(data);
    return *ret_data ? C18N_OK : C18N_NO_MEMORY;
}

static int publish_to(c18n_request *rq, const struct message *message, const struct conversation *seen,
                      const c18n_doc *record, c18n_publication publication)
{
    c18n_out *frame = c18n_out_new(rq);
    c18n_out_text(frame, "kind", "message");
    messaging_out(frame, seen, record);
    out_flag(frame, "request", message->admission.pending && seen->me != message->conversation.me);
    publication.size = sizeof publication;
    publication.flags = C18N_NOT_TO_SENDER;
    return c18n_publish(rq, &publication, frame);
}

/* To one of two. Who has not accepted is told, but does not listen yet: nobody sees them read along. */
static int publish_direct(c18n_request *rq, const struct message *message, const c18n_doc *record, const char *me,
                          const char *peer)
{
    const struct conversation seen = {.id = message->conversation.id, .me = me, .peer = peer};
    bool listens = !message->admission.pending || messaging_same(me, message->conversation.me);
    const char *channel = listens ? messaging_channel(rq, me, peer) : NULL;
    if (listens && !channel)
        return C18N_NO_MEMORY;
    return publish_to(rq, message, &seen, record,
                      (c18n_publication){.user = me, .channel = channel, .number = listens ? message->seq : 0});
}

static int publish(c18n_request *rq, const struct message *message, const c18n_doc *record)
{
    const struct conversation *conversation = &message->conversation;
    if (conversation->group)
        return publish_to(rq, message, conversation, record,
                          (c18n_publication){.channel = conversation->group, .number = message->seq});
    int code = publish_direct(rq, message, record, conversation->me, conversation->peer);
    if (code == C18N_OK && !messaging_same(conversation->me, conversation->peer))
        code = publish_direct(rq, message, record, conversation->peer, conversation->me);
    return code;
}

/* The record and its frames are one and the same text, but for what differs from viewer to viewer. */
static int record_message(c18n_request *rq, struct message *message, const c18n_doc **ret_record)
{
    const c18n_doc *data;
    const char *id = NULL;
    int code = event_data(rq, message, &data);
    if (code != C18N_OK || (code = c18n_run_hooks(rq, "messaging.before_create", data)) != C18N_OK)
        return code;
    c18n_out *copy = c18n_out_new(rq);
    c18n_out_doc(copy, data, NULL);
    code = c18n_emit(rq, "messages.created", message->id, message->conversation.id, copy);
    if (code == C18N_OK && !(id = messaging_record_id(rq, message->conversation.id, message->seq)))
        code = C18N_NO_MEMORY;
    return code == C18N_OK ? c18n_get(rq, "messages", id, ret_record) : code;
}

/** POST …/messages/new and the verb `message`. */
int messaging_send(c18n_request *rq, void *module)
{
    struct message message = {.seq = 0};
    const struct conversation *conversation = &message.conversation;
    const c18n_doc *record;
    uint64_t last;
    int code = messaging_which(rq, &message.conversation);
    if (code != C18N_OK || (code = find_earlier(rq, conversation, &record)) != C18N_OK)
        return code;
    if (record)
        return messaging_reply(rq, conversation, record);
    if ((code = messaging_last(rq, conversation->id, &last)) != C18N_OK ||
        (code = messaging_admit(rq, module, conversation, last, &message.admission)) != C18N_OK ||
        (code = messaging_judge(rq, module, conversation)) != C18N_OK)
        return code;
    message.seq = last + 1;
    c18n_new_id(C18N_HOST_OF(rq), 0, message.id);
    if ((code = record_message(rq, &message, &record)) != C18N_OK ||
        (code = publish(rq, &message, record)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "messaging.after_create", record)) != C18N_OK)
        return code;
    return messaging_reply(rq, conversation, record);
}
