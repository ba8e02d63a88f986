/* access.c: the policies of conversations. A message that the caller may not see does not exist for them. */
#include "messaging.h"

#include <string.h>

static const char *role_in(c18n_request *rq, const char *group)
{
    const c18n_doc *membership;
    const char *pair = messaging_pair(rq, group, c18n_who(rq)->user);
    if (!*pair || c18n_get(rq, "group_members", pair, &membership) != C18N_OK)
        return "";
    const char *role = c18n_text(membership, "role");
    return role ? role : "";
}

/* Where a verb names a message, and the group only by that: to who is none of its members there is no such message. */
static int member_of(c18n_request *rq, const char *group)
{
    const c18n_doc *record;
    int code = messaging_group(rq, group, &record);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    if (!c18n_who(rq)->admin && !*role_in(rq, group))
        return C18N_NOT_FOUND;
    return code;
}

/** May the caller take part? In a group by its own policy; in a direct one with anybody that there is or was. */
int messaging_take_part(c18n_request *rq, const struct conversation *conversation)
{
    const c18n_doc *person;
    if (conversation->group)
        return *c18n_path(rq, "group") ? c18n_allowed(rq, "group_member") : member_of(rq, conversation->group);
    int code = c18n_get(rq, "users", conversation->peer, &person);
    return code == C18N_GONE ? C18N_OK : code;
}

/** Policy: who takes part in the conversation that path or frame names. */
int messaging_may_take_part(c18n_request *rq, void *module)
{
    (void)module;
    struct conversation conversation;
    int code = messaging_which(rq, &conversation);
    return code == C18N_OK ? messaging_take_part(rq, &conversation) : code;
}

/* A path names the conversation, too: then it must be the message's. */
static bool is_elsewhere(c18n_request *rq, const struct conversation *conversation)
{
    const char *group = c18n_path(rq, "group"), *user = c18n_path(rq, "user");
    return (*group && !messaging_same(group, conversation->group)) ||
           (*user && !messaging_same(user, conversation->peer));
}

/** The message that path or frame names, and its conversation as the caller sees it. C18N_GONE sets both, too. */
int messaging_message(c18n_request *rq, struct conversation *ret, const c18n_doc **ret_message)
{
    const char *const match[] = {c18n_path(rq, "message"), NULL};
    struct conversation conversation;
    const c18n_doc *message;
    uint64_t begin;
    int found = *match[0] ? c18n_find(rq, "messages", MESSAGES_BY_ID, match, &message) : C18N_NOT_FOUND;
    if (found != C18N_OK && found != C18N_GONE)
        return found;
    int code = messaging_find(rq, c18n_text(message, "conversation"), c18n_who(rq)->user, &conversation);
    if (code == C18N_OK && is_elsewhere(rq, &conversation))
        code = C18N_NOT_FOUND;
    if (code == C18N_OK)
        code = messaging_take_part(rq, &conversation);
    if (code != C18N_OK || (code = messaging_begin(rq, &conversation, &begin)) != C18N_OK)
        return code;
    if ((uint64_t)c18n_integer(message, "seq", 0) <= begin)
        return C18N_NOT_FOUND;
    *ret = conversation;
    *ret_message = message;
    return found;
}

bool messaging_is_mine(c18n_request *rq, const c18n_doc *message)
{
    return messaging_same(c18n_text(message, "by"), c18n_who(rq)->user);
}

/** Policy: who takes part in the message's conversation. A deleted message is C18N_GONE. */
int messaging_may_read(c18n_request *rq, void *module)
{
    (void)module;
    struct conversation conversation;
    const c18n_doc *message;
    return messaging_message(rq, &conversation, &message);
}

/** Policy: the author, as long as they take part. */
int messaging_may_edit(c18n_request *rq, void *module)
{
    (void)module;
    struct conversation conversation;
    const c18n_doc *message;
    int code = messaging_message(rq, &conversation, &message);
    if (code != C18N_OK)
        return code;
    return messaging_is_mine(rq, message) ? C18N_OK : C18N_FORBIDDEN;
}

static bool administers(c18n_request *rq, const struct conversation *conversation)
{
    if (!conversation->group)
        return false;
    if (*c18n_path(rq, "group"))
        return c18n_allowed(rq, "group_admin") == C18N_OK;
    const char *role = role_in(rq, conversation->group);
    return c18n_who(rq)->admin || strcmp(role, "admin") == 0 || strcmp(role, "owner") == 0;
}

/** Policy: the author, and who runs the group. */
int messaging_may_remove(c18n_request *rq, void *module)
{
    (void)module;
    struct conversation conversation;
    const c18n_doc *message;
    int code = messaging_message(rq, &conversation, &message);
    if (code != C18N_OK)
        return code;
    return messaging_is_mine(rq, message) || administers(rq, &conversation) ? C18N_OK : C18N_FORBIDDEN;
}

/** Policy: as removing; history outlives the message. */
int messaging_may_look_back(c18n_request *rq, void *module)
{
    struct conversation conversation;
    const c18n_doc *message = NULL;
    int code = messaging_may_remove(rq, module);
    if (code != C18N_GONE || (code = messaging_message(rq, &conversation, &message)) != C18N_GONE || !message)
        return code; /* without a message it is the group that is gone */
    return messaging_is_mine(rq, message) || administers(rq, &conversation) ? C18N_OK : C18N_FORBIDDEN;
}

/** An archived group is read, and no more. */
int messaging_refuse_archived(c18n_request *rq, const c18n_doc *group)
{
    if (!c18n_has(group, "archived_on"))
        return C18N_OK;
    return c18n_fail(rq, C18N_CONFLICT, "archived", "This group is archived: it can only be read.");
}

/** Before somebody changes or likes a message: not in an archived group, nor between people who are kept apart. */
int messaging_refuse_still(c18n_request *rq, const struct conversation *conversation)
{
    const c18n_doc *group;
    bool apart;
    int code;
    if (!conversation->group) {
        code = messaging_apart(rq, conversation->me, conversation->peer, &apart);
        return code == C18N_OK && apart ? c18n_fail(rq, C18N_FORBIDDEN, "blocked", "One of you has blocked the other.")
                                        : code;
    }
    code = c18n_get(rq, "usergroups", conversation->group, &group);
    return code == C18N_OK ? messaging_refuse_archived(rq, group) : code;
}

/** Of conversations.v1. What a deleted message had is not to be read any more. */
int messaging_may_read_number(c18n_self *self, c18n_request *rq, const char *id, uint64_t number)
{
    (void)self;
    struct conversation conversation;
    const c18n_doc *message, *person;
    uint64_t begin;
    int code = messaging_find(rq, id, c18n_who(rq)->user, &conversation);
    if (code == C18N_OK)
        code = conversation.group ? member_of(rq, conversation.group) : c18n_get(rq, "users", conversation.me, &person);
    if (code == C18N_OK)
        code = messaging_begin(rq, &conversation, &begin);
    if (code == C18N_OK && number <= begin)
        code = C18N_NOT_FOUND;
    if (code != C18N_OK)
        return code == C18N_GONE ? C18N_NOT_FOUND : code;
    const char *record = messaging_record_id(rq, id, number);
    code = record ? c18n_get(rq, "messages", record, &message) : C18N_NO_MEMORY;
    return code == C18N_GONE ? C18N_NOT_FOUND : code;
}
