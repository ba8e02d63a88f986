/* invites.c: asking somebody in. An invite is pending until it is accepted, declined, or too old. */
#include "communities.h"

#include <string.h>

/* `expired` is never stored: it is how a pending invite is read once its time has passed. */
static const char *status_now(c18n_request *rq, const struct communities *communities, const c18n_doc *invite)
{
    const char *status = c18n_text(invite, "status");
    int64_t ttl = c18n_setting_integer(communities->self, "invite_ttl");
    bool pending = status && strcmp(status, "pending") == 0;
    if (pending && ttl > 0 && c18n_integer(invite, "created_on", 0) + ttl <= communities_now(rq))
        return "expired";
    return status ? status : "expired";
}

static bool is_pending(c18n_request *rq, const struct communities *communities, const c18n_doc *invite)
{
    return strcmp(status_now(rq, communities, invite), "pending") == 0;
}

/* Somebody may be invited again after declining or letting it expire; only the newest counts. */
static int newest_invite(c18n_request *rq, const char *community, const char *user, const c18n_doc **ret_invite)
{
    const char *const match[] = {community, user, NULL};
    return c18n_find(rq, "invites", INVITES_OF_USER, match, ret_invite);
}

/** Has the person an invite that they could accept now? */
bool communities_pending_invite(c18n_request *rq, const struct communities *communities, const char *community,
                                const char *user, const c18n_doc **ret_invite)
{
    const c18n_doc *invite;
    if (newest_invite(rq, community, user, &invite) != C18N_OK || !is_pending(rq, communities, invite))
        return false;
    *ret_invite = invite;
    return true;
}

static int record_end(c18n_request *rq, const c18n_doc *invite, const char *event)
{
    const char *community = c18n_text(invite, "community");
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "community", community);
    c18n_out_text(data, "user", c18n_text(invite, "user"));
    return c18n_emit(rq, event, c18n_text(invite, "_id"), community, data);
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
int communities_settle_invite(c18n_request *rq, const c18n_doc *invite, const char *status)
{
    const c18n_doc *subject = with_status(rq, invite, status);
    const char *event = c18n_print(rq, "invites.%s", status);
    if (!subject || !event)
        return C18N_NO_MEMORY;
    int code = c18n_run_hooks(rq, "communities.before_update_invite", subject);
    if (code != C18N_OK || (code = record_end(rq, invite, event)) != C18N_OK ||
        (code = c18n_get(rq, "invites", c18n_text(invite, "_id"), &subject)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "communities.after_update_invite", subject);
}

/* The record as it is read now; the stored one serves unless time has changed its status. */
static const c18n_doc *invite_now(c18n_request *rq, const struct communities *communities, const c18n_doc *invite)
{
    const char *status = status_now(rq, communities, invite);
    return strcmp(status, "expired") == 0 ? with_status(rq, invite, status) : invite;
}

static int reply_invite(c18n_request *rq, const struct communities *communities, const c18n_doc *invite)
{
    const c18n_doc *shown = invite_now(rq, communities, invite);
    const char *location =
        c18n_print(rq, "/communities/%s/users/%s/invite", c18n_text(invite, "community"), c18n_text(invite, "user"));
    return shown ? c18n_reply_record(rq, location, communities_invite_fields, shown) : C18N_NO_MEMORY;
}

/* Members bring people into a public community; where joining needs approval, moderators do. */
static int refuse_invite(c18n_request *rq, const struct communities *communities, const char *community,
                         const char *user)
{
    const c18n_doc *record;
    int code = c18n_get(rq, "communities", community, &record);
    if (code != C18N_OK)
        return code;
    const char *visibility = c18n_text(record, "visibility");
    if (visibility && strcmp(visibility, "public") != 0 && (code = c18n_allowed(rq, "moderator")) != C18N_OK)
        return code;
    if ((code = communities_person(rq, user)) != C18N_OK)
        return code;
    if (communities_standing(rq, community, user) > STANDING_OUTSIDER)
        return c18n_fail(rq, C18N_CONFLICT, NULL, "This person is a member already.");
    if (communities_banned(rq, community, user))
        return c18n_fail(rq, C18N_CONFLICT, "banned", "This person is banned from the community.");
    if (communities_pending_invite(rq, communities, community, user, &record))
        return c18n_fail(rq, C18N_CONFLICT, NULL, "An invite of this person is pending.");
    return C18N_OK;
}

static int record_invite(c18n_request *rq, const char *community, const char *user, const c18n_doc **ret_invite)
{
    char id[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), 0, id);
    c18n_out *out = c18n_out_new(rq), *data = c18n_out_new(rq);
    c18n_out_text(out, "community", community);
    c18n_out_text(out, "user", user);
    c18n_out_text(out, "created_by", c18n_who(rq)->user);
    const c18n_doc *subject = c18n_out_finish(out);
    if (!subject)
        return C18N_NO_MEMORY;
    c18n_out_doc(data, subject, NULL);
    int code = c18n_run_hooks(rq, "communities.before_create_invite", subject);
    if (code != C18N_OK || (code = c18n_emit(rq, "invites.created", id, community, data)) != C18N_OK ||
        (code = c18n_get(rq, "invites", id, ret_invite)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "communities.after_create_invite", *ret_invite);
}

int communities_invite(c18n_request *rq, void *module)
{
    const char *community = c18n_path(rq, "community"), *user = c18n_path(rq, "user");
    const c18n_doc *invite;
    int code = refuse_invite(rq, module, community, user);
    if (code == C18N_OK)
        code = record_invite(rq, community, user, &invite);
    return code == C18N_OK ? reply_invite(rq, module, invite) : code;
}

/** Policy: the person invited, who invited them, and moderators. */
int communities_may_see_invite(c18n_request *rq, void *module)
{
    const char *community = c18n_path(rq, "community"), *me = c18n_who(rq)->user;
    const c18n_doc *invite, *record;
    int code = communities_may_moderate(rq, module);
    if (code == C18N_OK || code == C18N_GONE || newest_invite(rq, community, c18n_path(rq, "user"), &invite) != C18N_OK)
        return code;
    const char *from = c18n_text(invite, "created_by");
    if (strcmp(me, c18n_path(rq, "user")) == 0 || (code == C18N_FORBIDDEN && from && strcmp(me, from) == 0))
        return c18n_get(rq, "communities", community, &record);
    return code;
}

int communities_get_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int code = newest_invite(rq, c18n_path(rq, "community"), c18n_path(rq, "user"), &invite);
    return code == C18N_OK ? reply_invite(rq, module, invite) : code;
}

/* The invite of the path, when it belongs to the community of the path. */
static int path_invite(c18n_request *rq, const c18n_doc **ret_invite)
{
    const c18n_doc *invite;
    int code = c18n_get(rq, "invites", c18n_path(rq, "invite"), &invite);
    if (code != C18N_OK)
        return code;
    const char *community = c18n_text(invite, "community");
    if (!community || strcmp(community, c18n_path(rq, "community")) != 0)
        return C18N_NOT_FOUND;
    *ret_invite = invite;
    return C18N_OK;
}

/** Policy: the person invited, nobody else. Moderators know of the invite, so for them it is a 403. */
int communities_may_answer_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite, *community;
    int code = path_invite(rq, &invite);
    if (code != C18N_OK)
        return code;
    const char *user = c18n_text(invite, "user");
    if (user && strcmp(user, c18n_who(rq)->user) == 0)
        return c18n_get(rq, "communities", c18n_path(rq, "community"), &community);
    return communities_may_moderate(rq, module) == C18N_OK ? C18N_FORBIDDEN : C18N_NOT_FOUND;
}

/* 409 rather than 410: the invite can still be looked at, it just can't be answered twice. */
static int refuse_settled(c18n_request *rq, const struct communities *communities, const c18n_doc *invite)
{
    if (is_pending(rq, communities, invite))
        return C18N_OK;
    return c18n_fail(rq, C18N_CONFLICT, NULL, c18n_print(rq, "The invite is %s.", status_now(rq, communities, invite)));
}

/* They may have joined by themselves meanwhile, or have been banned: the invite is no way round a ban. */
int communities_accept_invite(c18n_request *rq, void *module)
{
    const char *id = c18n_path(rq, "community"), *user = c18n_who(rq)->user;
    const c18n_doc *invite;
    int code = path_invite(rq, &invite);
    if (code != C18N_OK || (code = refuse_settled(rq, module, invite)) != C18N_OK)
        return code;
    if (communities_banned(rq, id, user))
        return c18n_fail(rq, C18N_FORBIDDEN, "banned", "You are banned from this community.");
    if ((code = communities_settle_invite(rq, invite, "accepted")) != C18N_OK)
        return code;
    if (communities_standing(rq, id, user) == STANDING_OUTSIDER && (code = communities_join(rq, id, user)) != C18N_OK)
        return code;
    return communities_reply(rq, id);
}

int communities_decline_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int code = path_invite(rq, &invite);
    if (code != C18N_OK || (code = refuse_settled(rq, module, invite)) != C18N_OK ||
        (code = communities_settle_invite(rq, invite, "declined")) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

/** Policy: who invited them, and moderators. Others who may know of the invite get a 403. */
int communities_may_withdraw_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int code = communities_may_moderate(rq, module);
    if (code != C18N_FORBIDDEN ||
        newest_invite(rq, c18n_path(rq, "community"), c18n_path(rq, "user"), &invite) != C18N_OK)
        return code;
    const char *from = c18n_text(invite, "created_by");
    return from && strcmp(from, c18n_who(rq)->user) == 0 ? C18N_OK : C18N_FORBIDDEN;
}

/* Whoever was invited can be invited again; the link that they got is a 410 from now on. */
int communities_withdraw_invite(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int code = newest_invite(rq, c18n_path(rq, "community"), c18n_path(rq, "user"), &invite);
    if (code != C18N_OK || (code = refuse_settled(rq, module, invite)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "communities.before_delete_invite", invite)) != C18N_OK ||
        (code = record_end(rq, invite, "invites.withdrawn")) != C18N_OK ||
        (code = c18n_run_hooks(rq, "communities.after_delete_invite", invite)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}
