/* conversation.c: names of conversations, of their logs and their channels; what is kept of a person in one. */
#include "messaging.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { ID_LENGTH = C18N_ID_SIZE - 1, DIRECT_LENGTH = 2 * ID_LENGTH + 1 };

int64_t messaging_now(c18n_request *rq)
{
    return c18n_wall_ms(C18N_HOST_OF(rq)) / 1000;
}

bool messaging_same(const char *left, const char *right)
{
    return left && right && strcmp(left, right) == 0;
}

/** The id of a record about a person and something else; "" (no record has it) when memory is out. */
const char *messaging_pair(c18n_request *rq, const char *left, const char *user)
{
    const char *pair = c18n_print(rq, "%s/%s", left, user);
    return pair ? pair : "";
}

/** The channel of a direct conversation for one of the two: their frames differ. NULL: out of memory. */
const char *messaging_channel(c18n_request *rq, const char *me, const char *peer)
{
    return c18n_print(rq, "%s>%s", me, peer);
}

/** The conversation of two people, whether they have written or not. C18N_NO_MEMORY. */
int messaging_direct(c18n_request *rq, const char *me, const char *peer, struct conversation *ret)
{
    bool first = strcmp(me, peer) <= 0;
    const char *id = c18n_print(rq, "%s:%s", first ? me : peer, first ? peer : me);
    if (!id)
        return C18N_NO_MEMORY;
    *ret = (struct conversation){.id = id, .me = me, .peer = peer};
    return C18N_OK;
}

/** A group in a community. C18N_GONE sets *ret_group, too: one of the two was deleted. With a community not all of its
 * groups need be, when there are very many. */
int messaging_group(c18n_request *rq, const char *id, const c18n_doc **ret_group)
{
    const c18n_doc *community;
    int code = c18n_get(rq, "usergroups", id, ret_group);
    return code == C18N_OK ? c18n_get(rq, "communities", c18n_text(*ret_group, "community"), &community) : code;
}

/** The conversation that an id names, as one person sees it. C18N_NOT_FOUND: none that they could be in. */
int messaging_find(c18n_request *rq, const char *id, const char *me, struct conversation *ret)
{
    size_t length = id ? strlen(id) : 0;
    if (length == ID_LENGTH) {
        *ret = (struct conversation){.id = id, .group = id, .me = me};
        return C18N_OK;
    }
    if (length != DIRECT_LENGTH || id[ID_LENGTH] != ':' || strlen(me) != ID_LENGTH)
        return C18N_NOT_FOUND;
    const char *second = id + ID_LENGTH + 1;
    char *first = c18n_print(rq, "%.*s", (int)ID_LENGTH, id);
    if (!first)
        return C18N_NO_MEMORY;
    if (strcmp(me, first) != 0 && strcmp(me, second) != 0)
        return C18N_NOT_FOUND;
    *ret = (struct conversation){.id = id, .me = me, .peer = strcmp(me, first) == 0 ? second : first};
    return C18N_OK;
}

/** The conversation that path or frame names by `group` or `user`. C18N_INVALID says what is wrong. */
int messaging_named(c18n_request *rq, struct conversation *ret)
{
    const char *group = c18n_path(rq, "group"), *user = c18n_path(rq, "user"), *me = c18n_who(rq)->user;
    if (!*group == !*user)
        return c18n_fail_field(rq, C18N_INVALID, "group", "exactly one of group and user must be given");
    if (*user)
        return messaging_direct(rq, me, user, ret);
    *ret = (struct conversation){.id = group, .group = group, .me = me};
    return C18N_OK;
}

/** The conversation that a client calls by the group's id or the other person's. */
int messaging_by_key(c18n_request *rq, const char *key, struct conversation *ret)
{
    const c18n_doc *group;
    const char *me = c18n_who(rq)->user;
    int code = c18n_get(rq, "usergroups", key, &group);
    if (code == C18N_NOT_FOUND)
        return messaging_direct(rq, me, key, ret);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    *ret = (struct conversation){.id = key, .group = key, .me = me};
    return C18N_OK;
}

/** The conversation that path or frame names, in either way. */
int messaging_which(c18n_request *rq, struct conversation *ret)
{
    const char *key = c18n_path(rq, "conversation");
    return *key ? messaging_by_key(rq, key, ret) : messaging_named(rq, ret);
}

/** The id of a message's record. NULL: out of memory. */
const char *messaging_record_id(c18n_request *rq, const char *conversation, uint64_t seq)
{
    return c18n_print(rq, "%s/%012" PRIu64, conversation, seq);
}

/** Walks the messages [from, until) of a log. C18N_OK at the end, or what `item` gave. */
int messaging_log(c18n_request *rq, const char *conversation, uint64_t from, uint64_t until, bool reverse,
                  int (*item)(c18n_request *rq, const c18n_doc *message, void *arg), void *arg)
{
    const char *first = messaging_record_id(rq, conversation, from);
    /* '0' is the character behind '/': the end of the log */
    const char *last =
        until == UINT64_MAX ? c18n_print(rq, "%s0", conversation) : messaging_record_id(rq, conversation, until);
    return first && last ? c18n_each_between(rq, "messages", first, last, reverse, item, arg) : C18N_NO_MEMORY;
}

static int take_seq(c18n_request *rq, const c18n_doc *message, void *arg)
{
    (void)rq;
    *(uint64_t *)arg = (uint64_t)c18n_integer(message, "seq", 0);
    return C18N_EXISTS;
}

/** The number of a log's last message; 0: there is none. */
int messaging_last(c18n_request *rq, const char *conversation, uint64_t *ret_seq)
{
    uint64_t seq = 0;
    int code = messaging_log(rq, conversation, 0, UINT64_MAX, true, take_seq, &seq);
    if (code != C18N_OK && code != C18N_EXISTS)
        return code;
    *ret_seq = seq;
    return C18N_OK;
}

/** What is kept of a person in a conversation. *ret_member NULL: nothing yet. */
int messaging_member(c18n_request *rq, const struct conversation *conversation, const char *user,
                     const c18n_doc **ret_member)
{
    const c18n_doc *member = NULL;
    int code = c18n_get(rq, "conversation_members", messaging_pair(rq, conversation->id, user), &member);
    if (code != C18N_OK && code != C18N_NOT_FOUND)
        return code;
    *ret_member = code == C18N_OK ? member : NULL;
    return C18N_OK;
}

/** How many messages from the beginning the person may not see: what was there before they joined a group that wants
 *  it so. */
int messaging_begin(c18n_request *rq, const struct conversation *conversation, uint64_t *ret_seq)
{
    const c18n_doc *group, *member = NULL;
    *ret_seq = 0;
    if (!conversation->group)
        return C18N_OK;
    int code = c18n_get(rq, "usergroups", conversation->group, &group);
    if (code != C18N_OK || !messaging_same(c18n_text(group, "history"), "joined"))
        return code;
    code = messaging_member(rq, conversation, conversation->me, &member);
    if (code == C18N_OK && member)
        *ret_seq = (uint64_t)c18n_integer(member, "joined_seq", 0);
    return code;
}
