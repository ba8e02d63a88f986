/* requests.c: a stranger's first message makes the conversation a request. The person whom it is for accepts, by saying
 * so or by writing back, or declines. */
#include "messaging.h"

/** How somebody stands in a direct conversation; "": not in it, `member` may be NULL. */
const char *messaging_status(const c18n_doc *member)
{
    const char *status = member ? c18n_text(member, "status") : NULL;
    return status ? status : "";
}

/** Does somebody listen to a direct conversation in which they stand so? NULL: not in it. */
bool messaging_listens(const c18n_doc *member)
{
    const char *status = messaging_status(member);
    return messaging_same(status, "open") || messaging_same(status, "pending");
}

static int record_answer(c18n_request *rq, const char *event, const struct conversation *conversation)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "conversation", conversation->id);
    c18n_out_text(data, "user", conversation->me);
    c18n_out_text(data, "peer", conversation->peer);
    return c18n_emit(rq, event, messaging_pair(rq, conversation->id, conversation->me), conversation->id, data);
}

/* The conversation with the person of the path, and how the caller stands in it. */
static int find(c18n_request *rq, struct conversation *ret, const char **ret_status)
{
    const c18n_doc *member;
    int code = messaging_direct(rq, c18n_who(rq)->user, c18n_path(rq, "user"), ret);
    if (code == C18N_OK)
        code = messaging_member(rq, ret, ret->me, &member);
    if (code == C18N_OK)
        *ret_status = messaging_status(member);
    return code;
}

static int no_request(c18n_request *rq)
{
    return c18n_fail(rq, C18N_CONFLICT, "no_request", "There is no request of theirs that waits.");
}

/** PUT /users/UID/messages/accept. Also what was declined. */
int messaging_accept(c18n_request *rq, void *module)
{
    (void)module;
    struct conversation conversation;
    const char *status, *channel;
    uint64_t last;
    int code = find(rq, &conversation, &status);
    if (code != C18N_OK)
        return code;
    if (messaging_same(status, "open"))
        return messaging_reply_conversation(rq, &conversation);
    if (!messaging_same(status, "request") && !messaging_same(status, "declined"))
        return no_request(rq);
    if ((code = record_answer(rq, "messages.accepted", &conversation)) != C18N_OK ||
        (code = messaging_last(rq, conversation.id, &last)) != C18N_OK)
        return code;
    channel = messaging_channel(rq, conversation.me, conversation.peer);
    code = channel ? c18n_join(rq, conversation.me, channel, last) : C18N_NO_MEMORY;
    return code == C18N_OK ? messaging_reply_conversation(rq, &conversation) : code;
}

/** PUT /users/UID/messages/decline */
int messaging_decline(c18n_request *rq, void *module)
{
    (void)module;
    struct conversation conversation;
    const char *status;
    int code = find(rq, &conversation, &status);
    if (code == C18N_OK && messaging_same(status, "request"))
        code = record_answer(rq, "messages.declined", &conversation);
    else if (code == C18N_OK && !messaging_same(status, "declined"))
        return no_request(rq);
    if (code != C18N_OK)
        return code;
    const char *channel = messaging_channel(rq, conversation.me, conversation.peer);
    code = channel ? c18n_leave(rq, conversation.me, channel, false) : C18N_NO_MEMORY;
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}
