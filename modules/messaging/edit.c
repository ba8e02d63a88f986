/* edit.c: one message: read, changed, deleted. Its history keeps every version. */
#include "messaging.h"

int messaging_get(c18n_request *rq, void *module)
{
    (void)module;
    struct conversation conversation;
    const c18n_doc *message;
    int code = messaging_message(rq, &conversation, &message);
    return code == C18N_OK ? messaging_reply(rq, &conversation, message) : code;
}

/* What every event about a message says of it: apply finds the record by it, and the content is sealed by its author's
 * key. */
static c18n_out *event_data(c18n_request *rq, const c18n_doc *message)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_raw(data, "conversation", c18n_raw(message, "conversation"));
    c18n_out_raw(data, "seq", c18n_raw(message, "seq"));
    c18n_out_raw(data, "by", c18n_raw(message, "by"));
    return data;
}

static void out_edit(c18n_out *frame, const void *arg)
{
    const c18n_doc *message = arg;
    c18n_out_raw(frame, "message", c18n_raw(message, "message"));
    c18n_out_raw(frame, "seq", c18n_raw(message, "seq"));
    c18n_out_raw(frame, "content", c18n_raw(message, "content"));
    c18n_out_raw(frame, "edited_on", c18n_raw(message, "edited_on"));
}

static void out_delete(c18n_out *frame, const void *arg)
{
    const c18n_doc *message = arg;
    c18n_out_raw(frame, "message", c18n_raw(message, "message"));
    c18n_out_raw(frame, "seq", c18n_raw(message, "seq"));
}

static int judge(c18n_request *rq, const c18n_doc *message)
{
    const char *content = c18n_text(c18n_body(rq), "content");
    return content ? messaging_refuse_empty(rq, content, message)
                   : c18n_fail_field(rq, C18N_INVALID, "content", "is required");
}

static int record_edit(c18n_request *rq, const struct conversation *conversation, const c18n_doc *message)
{
    const char *id = c18n_text(message, "message");
    c18n_out *data = event_data(rq, message);
    c18n_out_raw(data, "content", c18n_raw(c18n_body(rq), "content"));
    int code = c18n_run_hooks(rq, "messaging.before_update", c18n_body(rq));
    if (code != C18N_OK || (code = c18n_emit(rq, "messages.edited", id, conversation->id, data)) != C18N_OK ||
        (code = c18n_get(rq, "messages", c18n_text(message, "_id"), &message)) != C18N_OK ||
        (code = messaging_tell(rq, conversation, "edit", out_edit, message)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "messaging.after_update", message);
}

/** PATCH …/messages/MID and the verb `edit`. */
int messaging_edit(c18n_request *rq, void *module)
{
    struct conversation conversation;
    const c18n_doc *message;
    int code = messaging_message(rq, &conversation, &message);
    if (code != C18N_OK || (code = messaging_refuse_still(rq, &conversation)) != C18N_OK ||
        (code = judge(rq, message)) != C18N_OK || (code = c18n_if_match(rq, message)) != C18N_OK ||
        (code = record_edit(rq, &conversation, message)) != C18N_OK)
        return code;
    return messaging_get(rq, module);
}

/** DELETE …/messages/MID and the verb `delete`. */
int messaging_delete(c18n_request *rq, void *module)
{
    (void)module;
    struct conversation conversation;
    const c18n_doc *message;
    int code = messaging_message(rq, &conversation, &message);
    if (code != C18N_OK || (code = c18n_run_hooks(rq, "messaging.before_delete", message)) != C18N_OK ||
        (code = c18n_emit(rq, "messages.deleted", c18n_text(message, "message"), conversation.id,
                          event_data(rq, message))) != C18N_OK ||
        (code = messaging_tell(rq, &conversation, "delete", out_delete, message)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "messaging.after_delete", message)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

int messaging_history(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_reply_history(rq, c18n_path(rq, "message"));
}
