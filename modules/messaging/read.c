/* read.c: how far somebody has read. One mark a person and conversation, which never goes back; what is unread follows
 * from it and the log. */
#include "messaging.h"

/* Groups keep nothing of who has neither joined while this module was here nor read anything. */
static int record_read(c18n_request *rq, const struct conversation *conversation, bool is_new, uint64_t seq)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "conversation", conversation->id);
    c18n_out_text(data, "user", conversation->me);
    c18n_out_integer(data, "seq", (int64_t)seq);
    if (is_new)
        c18n_out_boolean(data, "new", true);
    return c18n_emit(rq, "messages.read", messaging_pair(rq, conversation->id, conversation->me), conversation->id,
                     data);
}

/* The mark moves, and the person's other sockets learn of it. */
static int move_mark(c18n_request *rq, const struct conversation *conversation, bool is_new, uint64_t seq)
{
    int code = record_read(rq, conversation, is_new, seq);
    if (code != C18N_OK)
        return code;
    c18n_out *frame = messaging_frame(rq, conversation, "read");
    c18n_out_integer(frame, "seq", (int64_t)seq);
    return messaging_tell_self(rq, conversation->me, frame);
}

static int mark_read(c18n_request *rq, const struct conversation *conversation, uint64_t *ret_seq)
{
    const c18n_doc *member;
    uint64_t last, seq = (uint64_t)c18n_integer(c18n_body(rq), "seq", 0);
    int code = messaging_member(rq, conversation, conversation->me, &member);
    if (code == C18N_OK)
        code = messaging_last(rq, conversation->id, &last);
    if (code != C18N_OK)
        return code;
    uint64_t before = member ? (uint64_t)c18n_integer(member, "read_seq", 0) : 0;
    seq = seq > last ? last : seq;
    *ret_seq = seq > before ? seq : before;
    return seq > before ? move_mark(rq, conversation, !member, seq) : C18N_OK;
}

/** PUT …/read and the verb `read`: answers how far it is now. */
int messaging_read(c18n_request *rq, void *module)
{
    (void)module;
    struct conversation conversation;
    uint64_t seq;
    int code = messaging_which(rq, &conversation);
    if (code == C18N_OK)
        code = mark_read(rq, &conversation, &seq);
    if (code != C18N_OK)
        return code;
    c18n_out *answer = c18n_out_new(rq);
    c18n_out_integer(answer, "seq", (int64_t)seq);
    return c18n_reply_json(rq, 200, answer);
}
