/* likes.c: what people think of a message. Each has one like or dislike, and may take it back; saying it twice is
 * saying it once. */
#include "messaging.h"

struct like {
    struct conversation conversation;
    const c18n_doc *message;
    int64_t value, previous; /* 1: likes it, -1: dislikes it, 0: neither */
};

static void out_like(c18n_out *frame, const void *arg)
{
    const struct like *like = arg;
    c18n_out_raw(frame, "message", c18n_raw(like->message, "message"));
    c18n_out_text(frame, "by", like->conversation.me);
    c18n_out_integer(frame, "value", like->value);
    c18n_out_raw(frame, "likes", c18n_raw(like->message, "likes"));
    c18n_out_raw(frame, "dislikes", c18n_raw(like->message, "dislikes"));
}

static int find_previous(c18n_request *rq, struct like *like)
{
    const c18n_doc *record;
    const char *pair = messaging_pair(rq, c18n_text(like->message, "message"), like->conversation.me);
    int code = c18n_get(rq, "message_likes", pair, &record);
    like->previous = code == C18N_OK ? c18n_integer(record, "value", 0) : 0;
    return code == C18N_NOT_FOUND ? C18N_OK : code;
}

/* What it was before must be in the event: apply can't look, and counters are added to. */
static int record_like(c18n_request *rq, struct like *like)
{
    const char *message = c18n_text(like->message, "message");
    c18n_out *data = c18n_out_new(rq);
    c18n_out_raw(data, "conversation", c18n_raw(like->message, "conversation"));
    c18n_out_raw(data, "seq", c18n_raw(like->message, "seq"));
    c18n_out_text(data, "user", like->conversation.me);
    c18n_out_integer(data, "value", like->value);
    c18n_out_integer(data, "previous", like->previous);
    int code = c18n_emit(rq, "messages.liked", message, like->conversation.id, data);
    if (code == C18N_OK)
        code = c18n_get(rq, "messages", c18n_text(like->message, "_id"), &like->message);
    return code == C18N_OK ? messaging_tell(rq, &like->conversation, "like", out_like, like) : code;
}

static int set_like(c18n_request *rq, int64_t value, struct like *ret_like)
{
    struct like like = {.value = value};
    int code = messaging_message(rq, &like.conversation, &like.message);
    if (code == C18N_OK)
        code = messaging_refuse_still(rq, &like.conversation);
    if (code == C18N_OK)
        code = find_previous(rq, &like);
    if (code == C18N_OK && like.value != like.previous)
        code = record_like(rq, &like);
    if (code == C18N_OK)
        *ret_like = like;
    return code;
}

static int answer(c18n_request *rq, int64_t value)
{
    struct like like;
    int code = set_like(rq, value, &like);
    return code == C18N_OK ? messaging_reply(rq, &like.conversation, like.message) : code;
}

/** The verb `like`. */
int messaging_like(c18n_request *rq, void *module)
{
    (void)module;
    struct like like;
    int code = set_like(rq, c18n_integer(c18n_body(rq), "value", 0), &like);
    if (code != C18N_OK)
        return code;
    c18n_out *ack = c18n_out_new(rq);
    c18n_out_raw(ack, "likes", c18n_raw(like.message, "likes"));
    c18n_out_raw(ack, "dislikes", c18n_raw(like.message, "dislikes"));
    return c18n_reply_json(rq, 200, ack);
}

int messaging_put_like(c18n_request *rq, void *module)
{
    (void)module;
    return answer(rq, 1);
}

int messaging_put_dislike(c18n_request *rq, void *module)
{
    (void)module;
    return answer(rq, -1);
}

int messaging_take_like(c18n_request *rq, void *module)
{
    (void)module;
    return answer(rq, 0);
}

/** GET …/likes: who, newest first. */
int messaging_likes(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page,
        .view = "message_likes",
        .index = LIKES_OF_MESSAGE,
        .match = {c18n_path(rq, "message")},
        .fields = messaging_like_fields,
    };
    return c18n_reply_page(rq, &page);
}
