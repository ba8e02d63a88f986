/* members.c: joining and leaving. The owner is a member from the beginning; see apply.c. */
#include "communities.h"

#include <string.h>

/* An event about somebody in a community. Its key is the community, so that consumers see these in order. */
static int record_pair(c18n_request *rq, const char *event, const char *community, const char *user)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "community", community);
    c18n_out_text(data, "user", user);
    return c18n_emit(rq, event, communities_pair(rq, community, user), community, data);
}

static int membership_of(c18n_request *rq, const char *community, const char *user, const c18n_doc **ret_membership)
{
    return c18n_get(rq, "memberships", communities_pair(rq, community, user), ret_membership);
}

/** Makes somebody a member for an import: no hooks run. */
int communities_take_in(c18n_request *rq, const char *community, const char *user)
{
    return record_pair(rq, "subscriptions.joined", community, user);
}

/** Makes somebody a member; whoever calls has seen that they are none. Ends their request to join. */
int communities_join(c18n_request *rq, const char *community, const char *user)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "community", community);
    c18n_out_text(out, "user", user);
    const c18n_doc *subject = c18n_out_finish(out);
    if (!subject)
        return C18N_NO_MEMORY;
    int code = c18n_run_hooks(rq, "communities.before_join", subject);
    if (code != C18N_OK || (code = communities_take_in(rq, community, user)) != C18N_OK ||
        (code = membership_of(rq, community, user, &subject)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "communities.after_join", subject);
}

/** Ends a membership with the account: nobody is asked whether they may go. */
int communities_depart(c18n_request *rq, const char *community, const char *user)
{
    const c18n_doc *membership;
    int code = membership_of(rq, community, user, &membership);
    if (code != C18N_OK || (code = record_pair(rq, "subscriptions.left", community, user)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "communities.after_leave", membership);
}

/** Ends a membership; whoever calls has seen that there is one. */
int communities_leave(c18n_request *rq, const char *community, const char *user)
{
    const c18n_doc *membership;
    int code = membership_of(rq, community, user, &membership);
    if (code == C18N_OK)
        code = c18n_run_hooks(rq, "communities.before_leave", membership);
    return code == C18N_OK ? communities_depart(rq, community, user) : code;
}

/* A page of memberships shows the people, as they are now. */
static const c18n_doc *member_of(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    (void)arg;
    const c18n_doc *user;
    return c18n_get(rq, "users", c18n_text(membership, "user"), &user) == C18N_OK ? user : NULL;
}

static int is_active(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    return member_of(rq, membership, arg) ? C18N_OK : C18N_NOT_FOUND;
}

int communities_users(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page,
        .view = "memberships",
        .index = MEMBERSHIPS_OF_COMMUNITY,
        .match = {c18n_path(rq, "community")},
        .fields = communities_person_fields,
        .keep = is_active,
        .instead = member_of,
    };
    return c18n_reply_page(rq, &page);
}

/* The community, and what the caller is in it now: "pending" while moderators decide. */
static int reply_membership(c18n_request *rq, const char *id, const char *membership)
{
    const c18n_doc *community;
    int code = c18n_get(rq, "communities", id, &community);
    if (code != C18N_OK)
        return code;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_record(rq, out, communities_fields, community);
    c18n_out_text(out, "membership", membership);
    return c18n_reply_json(rq, 200, out);
}

/* Of a private community, who gets this far was invited or is an admin: see communities_may_join. */
static bool needs_approval(const c18n_doc *community)
{
    const char *visibility = c18n_text(community, "visibility");
    return visibility && strcmp(visibility, "restricted") == 0;
}

/* Asking twice is asking once. */
static int ask_to_join(c18n_request *rq, const char *community, const char *user)
{
    const c18n_doc *request;
    int code = c18n_get(rq, "join_requests", communities_pair(rq, community, user), &request);
    if (code == C18N_NOT_FOUND)
        code = record_pair(rq, "subscriptions.requested", community, user);
    return code == C18N_OK ? reply_membership(rq, community, "pending") : code;
}

/* Who was invited needs no approval; joining takes the invite. */
int communities_subscribe(c18n_request *rq, void *module)
{
    const char *id = c18n_path(rq, "community"), *user = c18n_who(rq)->user;
    const c18n_doc *community, *invite, *membership;
    int code = c18n_get(rq, "memberships", communities_pair(rq, id, user), &membership);
    if (code == C18N_OK)
        return reply_membership(rq, id, c18n_text(membership, "role"));
    if (code != C18N_NOT_FOUND || (code = c18n_get(rq, "communities", id, &community)) != C18N_OK)
        return code;
    bool invited = communities_pending_invite(rq, module, id, user, &invite);
    if (needs_approval(community) && !invited)
        return ask_to_join(rq, id, user);
    if (invited && (code = communities_settle_invite(rq, invite, "accepted")) != C18N_OK)
        return code;
    code = communities_join(rq, id, user);
    return code == C18N_OK ? reply_membership(rq, id, "member") : code;
}

/* A community without an owner could be run by nobody but admins. */
static int leave(c18n_request *rq, const char *id, const char *user)
{
    if (communities_standing(rq, id, user) == STANDING_OWNER)
        return c18n_fail(rq, C18N_CONFLICT, "owner", "Hand the community over before you leave it.");
    return communities_leave(rq, id, user);
}

/* Leaving what one is not in is no error: the caller wanted to be out, and is. */
int communities_unsubscribe(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "community"), *user = c18n_who(rq)->user;
    const char *pair = communities_pair(rq, id, user);
    const c18n_doc *record;
    int code = C18N_OK;
    if (c18n_get(rq, "memberships", pair, &record) == C18N_OK)
        code = leave(rq, id, user);
    else if (c18n_get(rq, "join_requests", pair, &record) == C18N_OK)
        code = record_pair(rq, "subscriptions.withdrawn", id, user);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}
