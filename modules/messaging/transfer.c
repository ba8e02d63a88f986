/* transfer.c: messages in files of NDJSON. What was in a file was said: neither blocks nor requests hold it up. */
#include "messaging.h"

#include <string.h>

struct imported {
    struct conversation conversation;
    const char *by;
    uint64_t seq;
    char id[C18N_ID_SIZE];
};

/* A group's, or that of two people. */
static int find_place(c18n_request *rq, const c18n_doc *line, struct imported *imported)
{
    const char *group = c18n_text(line, "usergroup"), *to = c18n_text(line, "to");
    const c18n_doc *record;
    if (!group == !to)
        return c18n_fail_field(rq, C18N_INVALID, "usergroup", "exactly one of usergroup and to must be given");
    int code = c18n_get(rq, group ? "usergroups" : "users", group ? group : to, &record);
    if (code != C18N_OK)
        return code;
    if (group)
        return messaging_find(rq, group, imported->by, &imported->conversation);
    return messaging_direct(rq, imported->by, to, &imported->conversation);
}

static int record(c18n_request *rq, const c18n_doc *line, const struct imported *imported)
{
    const struct conversation *conversation = &imported->conversation;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "conversation", conversation->id);
    c18n_out_integer(data, "seq", (int64_t)imported->seq);
    c18n_out_text(data, "by", imported->by);
    c18n_out_raw(data, "content", c18n_raw(line, "content"));
    c18n_out_raw(data, "content_type", c18n_raw(line, "content_type"));
    c18n_out_text(data, "reply_to", c18n_text(line, "reply_to"));
    c18n_out_begin(data, "media", '[');
    c18n_out_end(data);
    c18n_out_text(data, conversation->group ? "group" : "user",
                  conversation->group ? conversation->group : conversation->peer);
    if (conversation->group)
        c18n_out_boolean(data, "active", true);
    else if (imported->seq == 1)
        c18n_out_boolean(data, "first", true);
    return c18n_emit(rq, "messages.created", imported->id, conversation->id, data);
}

int messaging_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module)
{
    (void)module;
    const c18n_doc *line = c18n_body(rq);
    struct imported imported = {.by = c18n_text(line, "by")};
    int64_t created_on = c18n_integer(line, "created_on", 0);
    uint64_t last;
    int code = find_place(rq, line, &imported);
    if (code == C18N_OK)
        code = messaging_last(rq, imported.conversation.id, &last);
    if (code != C18N_OK)
        return code;
    imported.seq = last + 1;
    c18n_new_id(C18N_HOST_OF(rq), created_on > 0 ? created_on * 1000 : 0, imported.id);
    code = record(rq, line, &imported);
    if (code == C18N_OK)
        memcpy(ret_id, imported.id, sizeof imported.id);
    return code;
}

/* A deleted group is in no file, nor are those of a deleted community, so their messages can't be either: whoever reads
 * them would not know the group. */
static int find_shown(c18n_request *rq, const char *id, const char *group, const c18n_doc **ret_message)
{
    const char *const match[] = {id, NULL};
    const c18n_doc *record;
    int code = c18n_find(rq, "messages", MESSAGES_BY_ID, match, ret_message);
    if (code == C18N_OK && group)
        code = c18n_get(rq, "usergroups", group, &record);
    if (code == C18N_OK && group)
        code = c18n_get(rq, "communities", c18n_text(record, "community"), &record);
    return code == C18N_GONE ? C18N_NOT_FOUND : code;
}

/* What the event said; what was deleted is left out, and a reply to it is then none. */
int messaging_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module)
{
    (void)module;
    const char *group = c18n_text(event->data, "group");
    const c18n_doc *message, *replied;
    int code = find_shown(rq, event->resource, group, &message);
    if (code != C18N_OK)
        return code;
    const char *const reply[] = {c18n_text(message, "reply_to"), NULL};
    c18n_out_text(line, "kind", "message");
    c18n_out_text(line, "ref", event->resource);
    c18n_out_raw(line, group ? "usergroup" : "to", c18n_raw(event->data, group ? "group" : "user"));
    c18n_out_raw(line, "by", c18n_raw(message, "by"));
    c18n_out_raw(line, "content", c18n_raw(message, "content"));
    c18n_out_raw(line, "content_type", c18n_raw(message, "content_type"));
    if (reply[0] && c18n_find(rq, "messages", MESSAGES_BY_ID, reply, &replied) == C18N_OK)
        c18n_out_text(line, "reply_to", reply[0]);
    c18n_out_raw(line, "created_on", c18n_raw(message, "created_on"));
    return C18N_OK;
}
