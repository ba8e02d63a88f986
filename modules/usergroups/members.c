/* members.c: joining and leaving. The owner is a member from the beginning; see apply.c. */
#include "usergroups.h"

static int membership_of(c18n_request *rq, const char *group, const char *user, const c18n_doc **ret_membership)
{
    return c18n_get(rq, "group_members", usergroups_pair(rq, group, user), ret_membership);
}

static void write_membership(c18n_out *out, const c18n_doc *group, const char *user, const char *role)
{
    c18n_out_text(out, "group", c18n_text(group, "_id"));
    c18n_out_text(out, "community", c18n_text(group, "community"));
    c18n_out_text(out, "user", user);
    c18n_out_text(out, "role", role);
}

/** Makes somebody a member for an import: no hooks run. Its key is the group, so that consumers see these in order. */
int usergroups_take_in(c18n_request *rq, const c18n_doc *group, const char *user, const char *role)
{
    const char *id = c18n_text(group, "_id");
    c18n_out *data = c18n_out_new(rq);
    write_membership(data, group, user, role);
    return c18n_emit(rq, "usergroups.joined", usergroups_pair(rq, id, user), id, data);
}

/* Whoever comes into an empty group owns it: else nobody could run it. */
static const char *role_of_next(const c18n_doc *group)
{
    return c18n_integer(group, "users_count", 0) == 0 ? "owner" : "member";
}

/** Makes somebody a member; whoever calls has seen that they are none, and belong to the community. */
int usergroups_join(c18n_request *rq, const struct usergroups *usergroups, const c18n_doc *group, const char *user)
{
    c18n_out *out = c18n_out_new(rq);
    write_membership(out, group, user, role_of_next(group));
    const c18n_doc *subject = c18n_out_finish(out);
    if (!subject)
        return C18N_NO_MEMORY;
    int code = usergroups_refuse_archived(rq, group);
    if (code != C18N_OK || (code = usergroups_refuse_full(rq, usergroups, group)) != C18N_OK ||
        (code = usergroups_refuse_many(rq, usergroups, user)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "usergroups.before_join", subject)) != C18N_OK ||
        (code = usergroups_take_in(rq, group, user, role_of_next(group))) != C18N_OK ||
        (code = membership_of(rq, c18n_text(group, "_id"), user, &subject)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "usergroups.after_join", subject);
}

/** A membership ends: only the event. */
int usergroups_record_left(c18n_request *rq, const c18n_doc *membership, bool lost)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_raw(data, "group", c18n_raw(membership, "group"));
    c18n_out_raw(data, "community", c18n_raw(membership, "community"));
    c18n_out_raw(data, "user", c18n_raw(membership, "user"));
    c18n_out_boolean(data, "lost", lost);
    return c18n_emit(rq, "usergroups.left", c18n_text(membership, "_id"), c18n_text(membership, "group"), data);
}

/* A page of memberships shows the people, as they are now, with their place in the group. */
static const c18n_doc *member_of(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    (void)arg;
    const c18n_doc *user;
    if (c18n_get(rq, "users", c18n_text(membership, "user"), &user) != C18N_OK)
        return NULL;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_raw(out, "role", c18n_raw(membership, "role"));
    c18n_out_raw(out, "joined_on", c18n_raw(membership, "created_on"));
    c18n_out_doc(out, user, NULL);
    return c18n_out_finish(out);
}

static int is_active(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    (void)arg;
    const c18n_doc *user;
    return c18n_get(rq, "users", c18n_text(membership, "user"), &user);
}

int usergroups_users(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page,
        .view = "group_members",
        .index = MEMBERS_OF_GROUP,
        .match = {c18n_path(rq, "group")},
        .fields = usergroups_person_fields,
        .keep = is_active,
        .instead = member_of,
    };
    return c18n_reply_page(rq, &page);
}

/* The group, and what the caller is in it now. */
static int reply_membership(c18n_request *rq, const char *id)
{
    const c18n_doc *group, *membership;
    int code = c18n_get(rq, "usergroups", id, &group);
    if (code != C18N_OK || (code = membership_of(rq, id, c18n_who(rq)->user, &membership)) != C18N_OK)
        return code;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_record(rq, out, usergroups_fields, group);
    c18n_out_raw(out, "membership", c18n_raw(membership, "role"));
    return c18n_reply_json(rq, 200, out);
}

/* Into an open group everybody of the community comes, into others who was invited. An admin needs no invite, but
 * belonging to the community. */
static int refuse_uninvited(c18n_request *rq, const c18n_doc *group, bool invited)
{
    const c18n_caller *who = c18n_who(rq);
    if (!usergroups_in_community(rq, c18n_text(group, "community"), who->user))
        return c18n_fail(rq, C18N_CONFLICT, NULL, "Join the community first.");
    if (invited || who->admin || usergroups_same(c18n_text(group, "visibility"), "open"))
        return C18N_OK;
    return c18n_fail(rq, C18N_FORBIDDEN, "invite_only", "This group is joined by invite.");
}

/* Joining takes the invite that there is. Twice is once. */
int usergroups_put_join(c18n_request *rq, void *module)
{
    const char *id = c18n_path(rq, "group"), *user = c18n_who(rq)->user;
    const c18n_doc *group, *invite;
    if (usergroups_standing(rq, id, user) > GROUP_OUTSIDER)
        return reply_membership(rq, id);
    int code = c18n_get(rq, "usergroups", id, &group);
    if (code != C18N_OK)
        return code;
    bool invited = usergroups_pending_invite(rq, module, id, user, &invite);
    if ((code = refuse_uninvited(rq, group, invited)) != C18N_OK ||
        (invited && (code = usergroups_settle_invite(rq, invite, "accepted")) != C18N_OK) ||
        (code = usergroups_join(rq, module, group, user)) != C18N_OK)
        return code;
    return reply_membership(rq, id);
}

/* Of somebody's own will or by others; both may be refused by a hook. */
static int leave(c18n_request *rq, const c18n_doc *membership, bool lost)
{
    const c18n_doc *subject = usergroups_departure(rq, membership, lost);
    if (!subject)
        return C18N_NO_MEMORY;
    int code = c18n_run_hooks(rq, "usergroups.before_leave", subject);
    return code == C18N_OK ? usergroups_depart(rq, membership, lost) : code;
}

/* An owner leaves when nobody is left to hand the group over to. */
static int refuse_owner(c18n_request *rq, const c18n_doc *membership)
{
    const c18n_doc *group;
    int code = c18n_get(rq, "usergroups", c18n_text(membership, "group"), &group);
    if (code != C18N_OK)
        return code;
    if (!usergroups_same(c18n_text(membership, "role"), "owner") || c18n_integer(group, "users_count", 0) <= 1)
        return C18N_OK;
    return c18n_fail(rq, C18N_CONFLICT, "owner", "Hand the group over before you leave it.");
}

/* Leaving what one is not in is no error: the caller wanted to be out, and is. */
int usergroups_put_leave(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_doc *membership;
    int code = membership_of(rq, c18n_path(rq, "group"), c18n_who(rq)->user, &membership);
    if (code == C18N_NOT_FOUND)
        return c18n_reply_empty(rq);
    if (code != C18N_OK || (code = refuse_owner(rq, membership)) != C18N_OK ||
        (code = leave(rq, membership, false)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

/* Nobody removes their equals or betters: admins remove members, the owner also admins. */
int usergroups_remove(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "group"), *user = c18n_path(rq, "user");
    const c18n_doc *membership;
    enum group_standing standing = usergroups_standing(rq, id, user);
    int code = membership_of(rq, id, user, &membership);
    if (code != C18N_OK)
        return code;
    if (standing == GROUP_OWNER)
        return c18n_fail(rq, C18N_CONFLICT, "owner", "The owner can't be removed.");
    if (standing == GROUP_ADMIN && (code = c18n_allowed(rq, "group_owner")) != C18N_OK)
        return code;
    code = leave(rq, membership, true);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}
