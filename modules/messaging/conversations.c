/* conversations.c: all conversations of a person, the liveliest first. Nothing is kept of how they stand: the end of
 * each log says when somebody wrote last, and what. */
#include "messaging.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct item {
    struct conversation conversation;
    const c18n_doc *doc;
    const char *key;
};

struct gathering {
    const char *me;
    struct item *items;
    uint32_t count;
};

/* What a log's end says. */
struct end {
    c18n_request *rq;
    const struct conversation *conversation;
    c18n_out *out;
    int64_t written_on; /* 0: nobody has written */
    uint64_t seq;
};

static int take_end(c18n_request *rq, const c18n_doc *message, void *arg)
{
    (void)rq;
    struct end *end = arg;
    end->seq = (uint64_t)c18n_integer(message, "seq", 0);
    end->written_on = c18n_integer(message, "created_on", 0);
    c18n_out_begin(end->out, "last_message", '{');
    messaging_out(end->out, end->conversation, message);
    c18n_out_end(end->out);
    return C18N_EXISTS;
}

/* Messages that were there before the person could see any are not shown as the last one. */
static int out_end(c18n_request *rq, const struct conversation *conversation, int64_t otherwise, c18n_out *out,
                   int64_t *ret_updated_on)
{
    struct end end = {rq, conversation, out, 0, 0};
    uint64_t begin;
    int code = messaging_begin(rq, conversation, &begin);
    if (code == C18N_OK)
        code = messaging_log(rq, conversation->id, begin + 1, UINT64_MAX, true, take_end, &end);
    if (code != C18N_OK && code != C18N_EXISTS)
        return code;
    c18n_out_null(out, "last_message"); /* unless there is one */
    c18n_out_integer(out, "last_seq", (int64_t)(end.seq > 0 ? end.seq : begin));
    *ret_updated_on = end.written_on > otherwise ? end.written_on : otherwise;
    c18n_out_integer(out, "updated_on", *ret_updated_on);
    return C18N_OK;
}

/* --- how a person stands in it --- */

struct unread {
    const char *me;
    int64_t count, walked;
};

static int count_unread(c18n_request *rq, const c18n_doc *message, void *arg)
{
    (void)rq;
    struct unread *unread = arg;
    unread->count += !messaging_same(c18n_text(message, "by"), unread->me) && !c18n_has(message, "deleted_on");
    return ++unread->walked < MESSAGING_UNREAD_MAX ? C18N_OK : C18N_EXISTS;
}

static int out_unread(c18n_request *rq, const struct conversation *conversation, const c18n_doc *member, c18n_out *out)
{
    uint64_t begin, read = member ? (uint64_t)c18n_integer(member, "read_seq", 0) : 0;
    struct unread unread = {.me = conversation->me};
    int code = messaging_begin(rq, conversation, &begin);
    if (code == C18N_OK)
        code = messaging_log(rq, conversation->id, (read > begin ? read : begin) + 1, UINT64_MAX, false, count_unread,
                             &unread);
    if (code != C18N_OK && code != C18N_EXISTS)
        return code;
    c18n_out_integer(out, "unread", unread.count);
    c18n_out_integer(out, "read_seq", (int64_t)read);
    return C18N_OK;
}

static void out_muted(c18n_request *rq, const c18n_doc *member, c18n_out *out)
{
    int64_t until = member ? c18n_integer(member, "muted_until", 0) : 0;
    bool muted = member && c18n_boolean(member, "muted", false) && (until == 0 || until > messaging_now(rq));
    c18n_out_boolean(out, "muted", muted);
    if (muted && until > 0)
        c18n_out_integer(out, "muted_until", until);
}

static int out_status(c18n_request *rq, const struct conversation *conversation, const c18n_doc *member, c18n_out *out)
{
    const char *status = member ? c18n_text(member, "status") : NULL;
    bool blocked = false;
    if (!conversation->group) {
        int code = messaging_blocked(rq, conversation->me, conversation->peer, &blocked);
        if (code != C18N_OK)
            return code;
    }
    c18n_out_text(out, "status", blocked ? "blocked" : status ? status : "open");
    return C18N_OK;
}

static int out_standing(c18n_request *rq, const struct conversation *conversation, c18n_out *out)
{
    const c18n_doc *member;
    int code = messaging_member(rq, conversation, conversation->me, &member);
    if (code == C18N_OK)
        code = out_unread(rq, conversation, member, out);
    if (code != C18N_OK)
        return code;
    out_muted(rq, member, out);
    return out_status(rq, conversation, member, out);
}

/* --- one --- */

static void out_names(c18n_out *out, const struct conversation *conversation)
{
    const char *key = conversation->group ? conversation->group : conversation->peer;
    c18n_out_text(out, "_id", key);
    c18n_out_text(out, "kind", conversation->group ? "group" : "direct");
    c18n_out_text(out, conversation->group ? "group" : "user", key);
}

/* Since when there is something to show of it, when nobody has written. */
static int since(c18n_request *rq, const struct conversation *conversation, int64_t *ret_since)
{
    const c18n_doc *group;
    *ret_since = 0;
    if (!conversation->group)
        return C18N_OK;
    int code = c18n_get(rq, "usergroups", conversation->group, &group);
    if (code == C18N_OK)
        *ret_since = c18n_integer(group, "created_on", 0);
    return code;
}

/** Answers one conversation as the caller sees it. */
int messaging_reply_conversation(c18n_request *rq, const struct conversation *conversation)
{
    int64_t begun, updated_on;
    c18n_out *out = c18n_out_new(rq);
    out_names(out, conversation);
    int code = since(rq, conversation, &begun);
    if (code == C18N_OK)
        code = out_end(rq, conversation, begun, out, &updated_on);
    if (code == C18N_OK)
        code = out_standing(rq, conversation, out);
    const c18n_doc *doc = code == C18N_OK ? c18n_out_finish(out) : NULL;
    if (!doc)
        return code == C18N_OK ? C18N_NO_MEMORY : code;
    return c18n_reply_record(rq, NULL, messaging_conversation_fields, doc);
}

/* --- all --- */

/* The later, the smaller the key, so that the list is ascending. */
static int gather(c18n_request *rq, struct gathering *gathering, const struct conversation *conversation, int64_t begun)
{
    struct item item = {.conversation = *conversation};
    int64_t updated_on;
    c18n_out *out = c18n_out_new(rq);
    out_names(out, conversation);
    int code = out_end(rq, conversation, begun, out, &updated_on);
    if (code != C18N_OK)
        return code;
    item.doc = c18n_out_finish(out);
    item.key = c18n_print(rq, "%012" PRId64 "/%s", INT64_C(999999999999) - updated_on, conversation->id);
    if (!item.doc || !item.key)
        return C18N_NO_MEMORY;
    gathering->items[gathering->count++] = item;
    return gathering->count < MESSAGING_CONVERSATIONS_MAX ? C18N_OK : C18N_EXISTS;
}

static int gather_group(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    struct gathering *gathering = arg;
    const char *id = c18n_text(membership, "group");
    const struct conversation conversation = {.id = id, .group = id, .me = gathering->me};
    const c18n_doc *group;
    int code = id ? messaging_group(rq, id, &group) : C18N_NOT_FOUND;
    if (code != C18N_OK)
        return code == C18N_NOT_FOUND || code == C18N_GONE ? C18N_OK : code;
    return gather(rq, gathering, &conversation, c18n_integer(group, "created_on", 0));
}

/* What was declined is out of sight until one of the two changes their mind. */
static int gather_direct(c18n_request *rq, const c18n_doc *member, void *arg)
{
    struct gathering *gathering = arg;
    struct conversation conversation;
    const char *peer = c18n_text(member, "peer");
    if (!peer || messaging_same(c18n_text(member, "status"), "declined"))
        return C18N_OK;
    int code = messaging_direct(rq, gathering->me, peer, &conversation);
    return code == C18N_OK ? gather(rq, gathering, &conversation, c18n_integer(member, "created_on", 0)) : code;
}

static int compare(const void *left, const void *right)
{
    return strcmp(((const struct item *)left)->key, ((const struct item *)right)->key);
}

/* Only for the items of the page: unread messages are counted one by one. */
static const c18n_doc *show(c18n_request *rq, const c18n_doc *doc, void *arg)
{
    (void)arg;
    struct conversation conversation;
    const char *group = c18n_text(doc, "group"), *user = c18n_text(doc, "user"), *me = c18n_who(rq)->user;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_doc(out, doc, NULL);
    int code = group ? messaging_find(rq, group, me, &conversation) : messaging_direct(rq, me, user, &conversation);
    if (code == C18N_OK)
        code = out_standing(rq, &conversation, out);
    return code == C18N_OK ? c18n_out_finish(out) : NULL;
}

static int reply(c18n_request *rq, struct gathering *gathering)
{
    const c18n_doc **items = c18n_alloc(rq, (gathering->count + 1) * sizeof *items);
    const char **keys = c18n_alloc(rq, (gathering->count + 1) * sizeof *keys);
    if (!items || !keys)
        return C18N_NO_MEMORY;
    qsort(gathering->items, gathering->count, sizeof *gathering->items, compare);
    for (uint32_t i = 0; i < gathering->count; i++) {
        items[i] = gathering->items[i].doc;
        keys[i] = gathering->items[i].key;
    }
    const c18n_list list = {
        .size = sizeof list,
        .count = gathering->count,
        .items = items,
        .keys = keys,
        .fields = messaging_conversation_fields,
        .show = show,
    };
    return c18n_reply_list(rq, &list);
}

/** GET /conversations */
int messaging_conversations(c18n_request *rq, void *module)
{
    (void)module;
    struct gathering gathering = {.me = c18n_who(rq)->user};
    const char *const match[] = {gathering.me, NULL};
    gathering.items = c18n_alloc(rq, MESSAGING_CONVERSATIONS_MAX * sizeof *gathering.items);
    if (!gathering.items)
        return C18N_NO_MEMORY;
    int code = c18n_each(rq, "group_members", GROUPS_OF_USER, match, gather_group, &gathering);
    if (code == C18N_OK)
        code = c18n_each(rq, "conversation_members", DIRECT_OF_USER, match, gather_direct, &gathering);
    return code == C18N_OK || code == C18N_EXISTS ? reply(rq, &gathering) : code;
}
