/* access.c: the policies of groups. They ask the group's community first: who can't see that, sees no group of it. */
#include "usergroups.h"

#include <string.h>

/** The id of a record about a person in a group or a community; "" (no record has it) when memory is out. */
const char *usergroups_pair(c18n_request *rq, const char *left, const char *user)
{
    const char *pair = c18n_print(rq, "%s/%s", left, user);
    return pair ? pair : "";
}

bool usergroups_same(const char *left, const char *right)
{
    return left && right && strcmp(left, right) == 0;
}

/* The role that a membership of a group or a community says; "" for who is none. */
static const char *role_in(c18n_request *rq, const char *view, const char *left, const char *user)
{
    const c18n_doc *membership;
    if (!*user || !left || c18n_get(rq, view, usergroups_pair(rq, left, user), &membership) != C18N_OK)
        return "";
    const char *role = c18n_text(membership, "role");
    return role ? role : "";
}

/** Only a member of the community can be one of its groups'. */
bool usergroups_in_community(c18n_request *rq, const char *community, const char *user)
{
    return *role_in(rq, "memberships", community, user) != '\0';
}

/** What somebody is in a group by their own membership. */
enum group_standing usergroups_standing(c18n_request *rq, const char *group, const char *user)
{
    static const char *const roles[] = {"", "member", "admin", "owner"};
    const char *role = role_in(rq, "group_members", group, user);
    for (enum group_standing at = GROUP_OWNER; at > GROUP_OUTSIDER; at--)
        if (strcmp(role, roles[at]) == 0)
            return at;
    return GROUP_OUTSIDER;
}

/* What the caller may do with a group, seen from all sides. */
struct access {
    bool knows;              /* may know that there is such a group */
    bool belongs;            /* to the community */
    enum group_standing is;  /* by membership: what is said in the group is for these */
    enum group_standing may; /* run the group as: */
};

/* Who runs a community also runs the groups that they can see, without being in them; a hidden one is its members'
 * own. */
static enum group_standing by_office(const char *community_role, bool hidden)
{
    if (hidden)
        return GROUP_OUTSIDER;
    if (strcmp(community_role, "owner") == 0)
        return GROUP_OWNER;
    return strcmp(community_role, "moderator") == 0 ? GROUP_ADMIN : GROUP_OUTSIDER;
}

/* An admin passes wherever an owner does, without being a member. */
static struct access access_to(c18n_request *rq, const c18n_doc *group, const c18n_doc *community)
{
    const c18n_caller *who = c18n_who(rq);
    if (who->admin)
        return (struct access){true, true, GROUP_OWNER, GROUP_OWNER};
    bool hidden = usergroups_same(c18n_text(group, "visibility"), "hidden");
    bool is_private = usergroups_same(c18n_text(community, "visibility"), "private");
    const char *role = role_in(rq, "memberships", c18n_text(community, "_id"), who->user);
    if (!*role)
        return (struct access){.knows = !hidden && !is_private};
    enum group_standing is = usergroups_standing(rq, c18n_text(group, "_id"), who->user);
    enum group_standing office = by_office(role, hidden);
    return (struct access){!hidden || is > GROUP_OUTSIDER, true, is, is > office ? is : office};
}

/** For the list, whose policy has let members of the community in: C18N_NOT_FOUND for hidden groups of others. */
int usergroups_visible(c18n_request *rq, const c18n_doc *group, void *arg)
{
    (void)arg;
    const c18n_caller *who = c18n_who(rq);
    if (who->admin || !usergroups_same(c18n_text(group, "visibility"), "hidden"))
        return C18N_OK;
    bool in = usergroups_standing(rq, c18n_text(group, "_id"), who->user) > GROUP_OUTSIDER;
    return in ? C18N_OK : C18N_NOT_FOUND;
}

/* What a policy asks for. */
struct demand {
    enum group_standing is, may;
    bool also_deleted;
    bool invited; /* who is invited knows of a hidden group */
};

/* The group of the path, and its community. Routes and verbs may name the group alone; when they name a community, it
 * must be the group's. C18N_GONE also sets both. */
static int path_group(c18n_request *rq, const c18n_doc **ret_group, const c18n_doc **ret_community)
{
    const char *named = c18n_path(rq, "community");
    const c18n_doc *group, *community;
    int code = c18n_get(rq, "usergroups", c18n_path(rq, "group"), &group);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    const char *of = c18n_text(group, "community");
    if (!of || (*named && strcmp(named, of) != 0))
        return C18N_NOT_FOUND;
    int community_code = c18n_get(rq, "communities", of, &community);
    if (community_code != C18N_OK && community_code != C18N_GONE)
        return community_code;
    *ret_group = group;
    *ret_community = community;
    return code == C18N_OK ? community_code : code;
}

/* Existence comes first, so that a 403 or 410 never tells somebody of a group that is hidden from them. */
static int demand(c18n_request *rq, struct demand what)
{
    const c18n_doc *group, *community;
    int code = path_group(rq, &group, &community);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    struct access access = access_to(rq, group, community);
    if (!access.knows && !(access.belongs && what.invited))
        return C18N_NOT_FOUND;
    if (code == C18N_GONE && !what.also_deleted)
        return C18N_GONE;
    return access.belongs && access.is >= what.is && access.may >= what.may ? C18N_OK : C18N_FORBIDDEN;
}

/** As reading, for who has been invited into the group. */
int usergroups_may_know_invited(c18n_request *rq)
{
    return demand(rq, (struct demand){.invited = true});
}

/** Policy: members of the community; of a hidden group its members. */
int usergroups_may_read(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, (struct demand){0});
}

/** Policy: members of the group. */
int usergroups_may_take_part(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, (struct demand){.is = GROUP_MEMBER});
}

/** Policy: admins of the group, and who moderates the community, but for hidden groups. */
int usergroups_may_administer(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, (struct demand){.may = GROUP_ADMIN});
}

/** Policy: the owner of the group, and of the community, but for hidden groups. */
int usergroups_may_own(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, (struct demand){.may = GROUP_OWNER});
}

/** Policy: as administering, but history outlives the group. */
int usergroups_may_look_back(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, (struct demand){.may = GROUP_ADMIN, .also_deleted = true});
}

/** Policy: readers, and who has been invited into a hidden group. */
int usergroups_may_join(c18n_request *rq, void *module)
{
    const c18n_doc *invite;
    int code = usergroups_may_read(rq, module);
    if (code == C18N_NOT_FOUND &&
        usergroups_pending_invite(rq, module, c18n_path(rq, "group"), c18n_who(rq)->user, &invite))
        code = usergroups_may_know_invited(rq);
    return code;
}
