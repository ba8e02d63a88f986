/* invites.c: asking somebody in. An invite is pending until it is accepted, declined, taken back, or too old. */
#include "usergroups.h"

#include <string.h>

/* `expired` is never stored: it is how a pending invite is read once its time has passed. */
static const char *status_now(c18n_request *rq, const struct usergroups *usergroups, const c18n_doc *invite)
{
    const char *status = c18n_text(invite, "status");
    int64_t ttl = c18n_setting_integer(usergroups->self, "invite_ttl");
    int64_t now = c18n_wall_ms(C18N_HOST_OF(rq)) / 1000;
    bool pending = status && strcmp(status, "pending") == 0;
    if (pending && ttl > 0 && c18n_integer(invite, "created_on", 0) + ttl <= now)
        return "expired";
    return status ? status : "expired";
}

static bool is_pending(c18n_request *rq, const struct usergroups *usergroups, const c18n_doc *invite)
{
    return strcmp(status_now(rq, usergroups, invite), "pending") == 0;
}

/* Somebody may be invited again after declining or letting it expire; only the newest counts. */
static int newest_invite(c18n_request *rq, const char *group, const char *user, const c18n_doc **ret_invite)
{
    const char *const match[] = {group, user, NULL};
    return c18n_find(rq, "group_invites", GROUP_INVITES_OF_USER, match, ret_invite);
}

/** Has the person an invite that they could accept now? */
bool usergroups_pending_invite(c18n_request *rq, const struct usergroups *usergroups, const char *group,
                               const char *user, const c18n_doc **ret_invite)
{
    const c18n_doc *invite;
    if (newest_invite(rq, group, user, &invite) != C18N_OK || !is_pending(rq, usergroups, invite))
        return false;
    *ret_invite = invite;
    return true;
}

static int record_end(c18n_request *rq, const c18n_doc *invite, const char *event)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_raw(data, "group", c18n_raw(invite, "group"));
    c18n_out_raw(data, "community", c18n_raw(invite, "community"));
    c18n_out_raw(data, "user", c18n_raw(invite, "user"));
    return c18n_emit(rq, event, c18n_text(invite, "_id"), c18n_text(invite, "group"), data);
}

/* The invite with another status. */
static const c18n_doc *with_status(c18n_request *rq, const c18n_doc *invite, const char *status)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "status", status); /* the first of two members stays */
    c18n_out_doc(out, invite, NULL);
    return c18n_out_finish(out);
}

/** Answers an invite: "accepted" or "declined". */
int usergroups_settle_invite(c18n_request *rq, const c18n_doc *invite, const char *status)
{
    const c18n_doc *subject = with_status(rq, invite, status);
    const char *event = c18n_print(rq, "usergroups.invite_%s", status);
    if (!subject || !event)
        return C18N_NO_MEMORY;
    int code = c18n_run_hooks(rq, "usergroups.before_update_invite", subject);
    if (code != C18N_OK || (code = record_end(rq, invite, event)) != C18N_OK ||
        (code = c18n_get(rq, "group_invites", c18n_text(invite, "_id"), &subject)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "usergroups.after_update_invite", subject);
}

/* The record as it is read now; the stored one serves unless time has changed its status. */
static int reply_invite(c18n_request *rq, const struct usergroups *usergroups, const c18n_doc *invite)
{
    const char *status = status_now(rq, usergroups, invite);
    const c18n_doc *shown = strcmp(status, "expired") == 0 ? with_status(rq, invite, status) : invite;
    const char *location =
        c18n_print(rq, "/communities/%s/usergroups/%s/users/%s/invite", c18n_text(invite, "community"),
                   c18n_text(invite, "group"), c18n_text(invite, "user"));
    return shown ? c18n_reply_record(rq, location, usergroups_invite_fields, shown) : C18N_NO_MEMORY;
}

/* Any member brings others of the community in, also into what is joined by invite only: that is what it means. */
static int refuse_invite(c18n_request *rq, const char *user, const c18n_doc **ret_group)
{
    const char *id = c18n_path(rq, "group");
    const c18n_doc *group, *person;
    int code = c18n_get(rq, "usergroups", id, &group);
    if (code != C18N_OK || (code = usergroups_refuse_archived(rq, group)) != C18N_OK ||
        (code = c18n_get(rq, "users", user, &person)) != C18N_OK)
        return code;
    if (usergroups_standing(rq, id, user) > GROUP_OUTSIDER)
        return c18n_fail(rq, C18N_CONFLICT, NULL, "This person is a member already.");
    if (!usergroups_in_community(rq, c18n_text(group, "community"), user))
        return c18n_fail(rq, C18N_CONFLICT, NULL, "This person is not a member of the community.");
    *ret_group = group;
    return C18N_OK;
}

static int record_invite(c18n_request *rq, const c18n_doc *group, const char *user, const c18n_doc **ret_invite)
{
    char id[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), 0, id);
    c18n_out *out = c18n_out_new(rq), *data = c18n_out_new(rq);
    c18n_out_text(out, "group", c18n_text(group, "_id"));
    c18n_out_text(out, "community", c18n_text(group, "community"));
    c18n_out_text(out, "user", user);
    c18n_out_text(out, "created_by", c18n_who(rq)->user);
    const c18n_doc *subject = c18n_out_finish(out);
    if (!subject)
        return C18N_NO_MEMORY;
    c18n_out_doc(data, subject, NULL);
    int code = c18n_run_hooks(rq, "usergroups.before_create_invite", subject);
    if (code != C18N_OK || (code = c18n_emit(rq, "usergroups.invited", id, c18n_text(group, "_id"), data)) != C18N_OK ||
        (code = c18n_get(rq, "group_invites", id, ret_invite)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "usergroups.after_create_invite", *ret_invite);
}

/* A PUT: who has a pending invite keeps it. */
int usergroups_invite(c18n_request *rq, void *module)
{
    const char *user = c18n_path(rq, "user");
    const c18n_doc *group = NULL, *invite;
    int code = refuse_invite(rq, user, &group);
    if (code == C18N_OK && !usergroups_pending_invite(rq, module, c18n_path(rq, "group"), user, &invite))
        code = record_invite(rq, group, user, &invite);
    return code == C18N_OK ? reply_invite(rq, module, invite) : code;
}

/** Policy: the person invited, who invited them, and who runs the group. */
int usergroups_may_see_invite(c18n_request *rq, void *module)
{
    const char *me = c18n_who(rq)->user, *user = c18n_path(rq, "user");
    const c18n_doc *invite;
    int code = usergroups_may_administer(rq, module);
    if (code == C18N_OK || code == C18N_GONE || newest_invite(rq, c18n_path(rq, "group"), user, &invite) != C18N_OK)
        return code;
    if (strcmp(me, user) == 0)
        return usergroups_may_know_invited(rq);
    return code == C18N_FORBIDDEN && usergroups_same(c18n_text(invite, "created_by"), me)
               ? usergroups_may_read(rq, module)
               : code;
}

int usergroups_get_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int code = newest_invite(rq, c18n_path(rq, "group"), c18n_path(rq, "user"), &invite);
    return code == C18N_OK ? reply_invite(rq, module, invite) : code;
}

/* The invite of the path, when it belongs to the group of the path. */
static int path_invite(c18n_request *rq, const c18n_doc **ret_invite)
{
    const c18n_doc *invite;
    int code = c18n_get(rq, "group_invites", c18n_path(rq, "invite"), &invite);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    if (!usergroups_same(c18n_text(invite, "group"), c18n_path(rq, "group")))
        return C18N_NOT_FOUND;
    *ret_invite = invite;
    return code;
}

/** Policy: the person invited, nobody else. Who runs the group knows of the invite, so for them it is a 403. */
int usergroups_may_answer_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int found = path_invite(rq, &invite);
    if (found != C18N_OK && found != C18N_GONE)
        return found;
    bool mine = usergroups_same(c18n_text(invite, "user"), c18n_who(rq)->user);
    int code = mine ? usergroups_may_know_invited(rq) : usergroups_may_administer(rq, module);
    if (!mine)
        return code == C18N_OK ? C18N_FORBIDDEN : C18N_NOT_FOUND;
    return code == C18N_OK ? found : code;
}

/* 409 rather than 410: the invite can still be looked at, it just can't be answered twice. */
static int refuse_settled(c18n_request *rq, const struct usergroups *usergroups, const c18n_doc *invite)
{
    if (is_pending(rq, usergroups, invite))
        return C18N_OK;
    return c18n_fail(rq, C18N_CONFLICT, NULL, c18n_print(rq, "The invite is %s.", status_now(rq, usergroups, invite)));
}

/* They may have joined by themselves meanwhile. */
int usergroups_accept_invite(c18n_request *rq, void *module)
{
    const char *id = c18n_path(rq, "group"), *user = c18n_who(rq)->user;
    const c18n_doc *invite, *group;
    int code = path_invite(rq, &invite);
    if (code != C18N_OK || (code = refuse_settled(rq, module, invite)) != C18N_OK ||
        (code = c18n_get(rq, "usergroups", id, &group)) != C18N_OK ||
        (code = usergroups_settle_invite(rq, invite, "accepted")) != C18N_OK)
        return code;
    if (usergroups_standing(rq, id, user) == GROUP_OUTSIDER)
        code = usergroups_join(rq, module, group, user);
    return code == C18N_OK ? usergroups_reply(rq, id) : code;
}

int usergroups_decline_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int code = path_invite(rq, &invite);
    if (code != C18N_OK || (code = refuse_settled(rq, module, invite)) != C18N_OK ||
        (code = usergroups_settle_invite(rq, invite, "declined")) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

/** Policy: who invited them, and who runs the group. Others who may know of the invite get a 403. */
int usergroups_may_withdraw_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int code = usergroups_may_administer(rq, module);
    if (code != C18N_FORBIDDEN ||
        newest_invite(rq, c18n_path(rq, "group"), c18n_path(rq, "user"), &invite) != C18N_OK ||
        !usergroups_same(c18n_text(invite, "created_by"), c18n_who(rq)->user))
        return code;
    return usergroups_may_read(rq, module);
}

/* Whoever was invited can be invited again; the link that they got is a 410 from now on. */
int usergroups_withdraw_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int code = newest_invite(rq, c18n_path(rq, "group"), c18n_path(rq, "user"), &invite);
    if (code != C18N_OK || (code = refuse_settled(rq, module, invite)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "usergroups.before_delete_invite", invite)) != C18N_OK ||
        (code = record_end(rq, invite, "usergroups.invite_withdrawn")) != C18N_OK ||
        (code = c18n_run_hooks(rq, "usergroups.after_delete_invite", invite)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}
