/* frames.c: messages as they are shown, in frames and in answers, and what is told to who listens. */
#include "messaging.h"

/* What a record has beyond what a frame shows. Its other members stand in it as they stand there, so that catching up
 * copies. */
#define NOT_SHOWN "_id _rev message conversation client deleted_on likes dislikes comments"

static void out_conversation(c18n_out *out, const struct conversation *conversation)
{
    if (conversation->group)
        c18n_out_text(out, "group", conversation->group);
    else
        c18n_out_text(out, "user", conversation->peer);
}

/** A message's members, as the conversation's `me` sees them. */
void messaging_out(c18n_out *out, const struct conversation *conversation, const c18n_doc *message)
{
    out_conversation(out, conversation);
    c18n_out_raw(out, "_id", c18n_raw(message, "message"));
    c18n_out_doc(out, message, NOT_SHOWN);
}

/** A message as answers show it, for messaging_fields. NULL: out of memory. */
const c18n_doc *messaging_shown(c18n_request *rq, const struct conversation *conversation, const c18n_doc *message)
{
    c18n_out *out = c18n_out_new(rq);
    messaging_out(out, conversation, message);
    c18n_out_doc(out, message, "_id message conversation client deleted_on");
    return c18n_out_finish(out);
}

/** Answers a message: to a verb where it stands in its log, else all of it. */
int messaging_reply(c18n_request *rq, const struct conversation *conversation, const c18n_doc *message)
{
    if (!c18n_method(rq)) {
        c18n_out *ack = c18n_out_new(rq);
        c18n_out_raw(ack, "_id", c18n_raw(message, "message"));
        c18n_out_raw(ack, "seq", c18n_raw(message, "seq"));
        c18n_out_raw(ack, "created_on", c18n_raw(message, "created_on"));
        return c18n_reply_json(rq, 200, ack);
    }
    const c18n_doc *shown = messaging_shown(rq, conversation, message);
    const char *location =
        c18n_print(rq, "/%s/%s/messages/%s", conversation->group ? "usergroups" : "users",
                   conversation->group ? conversation->group : conversation->peer, c18n_text(message, "message"));
    return shown && location ? c18n_reply_record(rq, location, messaging_fields, shown) : C18N_NO_MEMORY;
}

/** Begins a frame about a conversation. NULL: out of memory, which all writers take. */
c18n_out *messaging_frame(c18n_request *rq, const struct conversation *conversation, const char *kind)
{
    c18n_out *frame = c18n_out_new(rq);
    c18n_out_text(frame, "kind", kind);
    out_conversation(frame, conversation);
    return frame;
}

static int tell_one(c18n_request *rq, const struct conversation *seen, const char *kind, messaging_writes write,
                    const void *arg)
{
    c18n_out *frame = messaging_frame(rq, seen, kind);
    write(frame, arg);
    const char *channel = seen->group ? seen->group : messaging_channel(rq, seen->me, seen->peer);
    const c18n_publication publication = {.size = sizeof publication, .flags = C18N_NOT_TO_SENDER, .channel = channel};
    return channel ? c18n_publish(rq, &publication, frame) : C18N_NO_MEMORY;
}

/** Tells all who listen to a conversation: what is of no log. Of two people each gets a frame of their own. */
int messaging_tell(c18n_request *rq, const struct conversation *conversation, const char *kind, messaging_writes write,
                   const void *arg)
{
    int code = tell_one(rq, conversation, kind, write, arg);
    if (code != C18N_OK || conversation->group || messaging_same(conversation->me, conversation->peer))
        return code;
    const struct conversation theirs = {.id = conversation->id, .me = conversation->peer, .peer = conversation->me};
    return tell_one(rq, &theirs, kind, write, arg);
}

/** Tells a person's own sockets, but the one that the request came by. */
int messaging_tell_self(c18n_request *rq, const char *user, c18n_out *frame)
{
    const c18n_publication publication = {.size = sizeof publication, .flags = C18N_NOT_TO_SENDER, .user = user};
    return c18n_publish(rq, &publication, frame);
}
