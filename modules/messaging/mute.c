/* mute.c: a person mutes a conversation: it is still delivered, but nothing calls attention to it. */
#include "messaging.h"

static int record_mute(c18n_request *rq, const struct conversation *conversation, bool muted)
{
    const c18n_doc *member;
    int code = messaging_member(rq, conversation, conversation->me, &member);
    if (code != C18N_OK)
        return code;
    if (!member && !conversation->group)
        return C18N_NOT_FOUND; /* they have not written to each other */
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "conversation", conversation->id);
    c18n_out_text(data, "user", conversation->me);
    c18n_out_boolean(data, "muted", muted);
    if (muted)
        c18n_out_raw(data, "until", c18n_raw(c18n_body(rq), "until"));
    if (!member)
        c18n_out_boolean(data, "new", true);
    return c18n_emit(rq, "messages.muted", messaging_pair(rq, conversation->id, conversation->me), conversation->id,
                     data);
}

static int set(c18n_request *rq, bool muted)
{
    struct conversation conversation;
    int code = messaging_which(rq, &conversation);
    if (code == C18N_OK)
        code = record_mute(rq, &conversation, muted);
    return code == C18N_OK ? messaging_reply_conversation(rq, &conversation) : code;
}

/** PUT …/mute; `until` absent: until it is taken back. */
int messaging_mute(c18n_request *rq, void *module)
{
    (void)module;
    return set(rq, true);
}

/** DELETE …/mute */
int messaging_unmute(c18n_request *rq, void *module)
{
    (void)module;
    return set(rq, false);
}
