/* roles.c: the owner names admins, and may hand the group over. */
#include "usergroups.h"

/* These are events of the group, not of the membership: its history tells who ran it when. */
static int record_role(c18n_request *rq, const char *event, const char *group, const char *user, const char *previous)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "user", user);
    if (previous)
        c18n_out_text(data, "previous", previous);
    return c18n_emit(rq, event, group, NULL, data);
}

/** Gives a group to one of its members; `previous`, its owner so far, stays as an admin. NULL: there is none. */
int usergroups_set_owner(c18n_request *rq, const char *group, const char *user, const char *previous)
{
    return record_role(rq, "usergroups.owner_set", group, user, previous);
}

/* Whoever runs a group must be a member already: nobody is put into a group by others. */
static int refuse_outsider(c18n_request *rq, enum group_standing *ret_standing)
{
    const char *user = c18n_path(rq, "user");
    const c18n_doc *person;
    int code = c18n_get(rq, "users", user, &person);
    if (code != C18N_OK)
        return code;
    enum group_standing standing = usergroups_standing(rq, c18n_path(rq, "group"), user);
    if (standing == GROUP_OUTSIDER)
        return c18n_fail(rq, C18N_CONFLICT, NULL, "This person is not a member of the group.");
    *ret_standing = standing;
    return C18N_OK;
}

static int reply_member(c18n_request *rq)
{
    const char *pair = usergroups_pair(rq, c18n_path(rq, "group"), c18n_path(rq, "user"));
    const c18n_doc *membership;
    int code = c18n_get(rq, "group_members", pair, &membership);
    return code == C18N_OK ? c18n_reply_record(rq, NULL, usergroups_member_fields, membership) : code;
}

/* Once more for an admin changes nothing, and is no error. */
int usergroups_make_admin(c18n_request *rq, void *module)
{
    (void)module;
    enum group_standing standing = GROUP_OUTSIDER;
    int code = refuse_outsider(rq, &standing);
    if (code != C18N_OK)
        return code;
    if (standing == GROUP_OWNER)
        return c18n_fail(rq, C18N_CONFLICT, "owner", "The owner is more than an admin already.");
    if (standing == GROUP_MEMBER)
        code = record_role(rq, "usergroups.admin_added", c18n_path(rq, "group"), c18n_path(rq, "user"), NULL);
    return code == C18N_OK ? reply_member(rq) : code;
}

int usergroups_end_admin(c18n_request *rq, void *module)
{
    (void)module;
    const char *group = c18n_path(rq, "group"), *user = c18n_path(rq, "user");
    if (usergroups_standing(rq, group, user) != GROUP_ADMIN)
        return C18N_NOT_FOUND;
    int code = record_role(rq, "usergroups.admin_removed", group, user, NULL);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

/* Who hands it over need not be the owner: an admin, or who owns the community, does it for somebody who is away. */
static int owner_now(c18n_request *rq, const char *group, const char **ret_user)
{
    const char *const match[] = {group, "owner", NULL};
    const c18n_doc *membership;
    int code = c18n_find(rq, "group_members", GROUP_MEMBERS_BY_ROLE, match, &membership);
    if (code == C18N_OK)
        *ret_user = c18n_text(membership, "user");
    return code == C18N_NOT_FOUND ? C18N_OK : code;
}

/* The former owner stays as an admin. */
int usergroups_hand_over(c18n_request *rq, void *module)
{
    (void)module;
    const char *group = c18n_path(rq, "group"), *previous = NULL;
    enum group_standing standing = GROUP_OUTSIDER;
    int code = refuse_outsider(rq, &standing);
    if (code != C18N_OK || (code = owner_now(rq, group, &previous)) != C18N_OK)
        return code;
    if (standing != GROUP_OWNER)
        code = usergroups_set_owner(rq, group, c18n_path(rq, "user"), previous);
    return code == C18N_OK ? usergroups_reply(rq, group) : code;
}
