/* departures.c: what follows when a membership ends, and whose end ends memberships: the community's, or the person's
 * in it. */
#include "usergroups.h"

/* Of one person at a time: as many as anybody is in; of one community what is shut at once. What is beyond has no way
 * in any more, since policies ask the community. It bounds one transaction. */
enum { DEPARTURES_MAX = 1000 };

/* The oldest admin, else the oldest member. */
static int find_heir(c18n_request *rq, const char *group, const c18n_doc **ret_membership)
{
    const char *const admins[] = {group, "admin", NULL}, *const members[] = {group, "member", NULL};
    int code = c18n_find(rq, "group_members", GROUP_MEMBERS_BY_ROLE, admins, ret_membership);
    return code == C18N_NOT_FOUND ? c18n_find(rq, "group_members", GROUP_MEMBERS_BY_ROLE, members, ret_membership)
                                  : code;
}

/* A group has an owner as long as it has members, and is archived when it has none. */
static int settle(c18n_request *rq, const char *id, bool was_owner)
{
    const c18n_doc *group, *heir;
    int code = c18n_get(rq, "usergroups", id, &group);
    if (code != C18N_OK)
        return code == C18N_GONE ? C18N_OK : code;
    if (c18n_integer(group, "users_count", 0) == 0)
        return c18n_has(group, "archived_on") ? C18N_OK : usergroups_put_away(rq, id);
    if (!was_owner)
        return C18N_OK;
    code = find_heir(rq, id, &heir);
    return code == C18N_OK ? usergroups_set_owner(rq, id, c18n_text(heir, "user"), NULL) : code;
}

/** What the points before and after leaving are told. NULL: out of memory. */
const c18n_doc *usergroups_departure(c18n_request *rq, const c18n_doc *membership, bool lost)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_doc(out, membership, NULL);
    c18n_out_boolean(out, "lost", lost);
    return c18n_out_finish(out);
}

/** Ends a membership, once nobody is asked any more. */
int usergroups_depart(c18n_request *rq, const c18n_doc *membership, bool lost)
{
    const c18n_doc *subject = usergroups_departure(rq, membership, lost);
    if (!subject)
        return C18N_NO_MEMORY;
    int code = usergroups_record_left(rq, membership, lost);
    if (code != C18N_OK || (code = c18n_run_hooks(rq, "usergroups.after_leave", subject)) != C18N_OK)
        return code;
    return settle(rq, c18n_text(membership, "group"), usergroups_same(c18n_text(membership, "role"), "owner"));
}

struct departures {
    size_t count;
    const c18n_doc *records[DEPARTURES_MAX];
};

static int note(c18n_request *rq, const c18n_doc *record, void *arg)
{
    (void)rq;
    struct departures *departures = arg;
    if (departures->count == DEPARTURES_MAX)
        return C18N_EXISTS;
    departures->records[departures->count++] = record;
    return C18N_OK;
}

static int gather(c18n_request *rq, const char *view, const char *index, const char *const *match,
                  struct departures **ret_departures)
{
    struct departures *departures = c18n_alloc(rq, sizeof *departures);
    if (!departures)
        return C18N_NO_MEMORY;
    int code = c18n_each(rq, view, index, match, note, departures);
    if (code != C18N_OK && code != C18N_EXISTS)
        return code;
    *ret_departures = departures;
    return C18N_OK;
}

/* A hook before it could not keep them in: they are out of the community already. */
static int depart_from_all(c18n_request *rq, const char *const *match)
{
    struct departures *departures;
    int code = gather(rq, "group_members", GROUPS_OF_USER, match, &departures);
    for (size_t i = 0; code == C18N_OK && i < departures->count; i++)
        code = usergroups_depart(rq, departures->records[i], true);
    return code;
}

/** Hook: after somebody left a community, or was banned from it. Both subjects have the community and the user. */
int usergroups_after_leave(c18n_request *rq, const c18n_doc *membership, void *module)
{
    (void)module;
    const char *const match[] = {c18n_text(membership, "user"), c18n_text(membership, "community"), NULL};
    return match[0] && match[1] ? depart_from_all(rq, match) : C18N_ERROR;
}

/** Hook: after a deactivation. Communities took the person out of theirs, but not of more than a thousand. */
int usergroups_after_user(c18n_request *rq, const c18n_doc *user, void *module)
{
    (void)module;
    const char *const match[] = {c18n_text(user, "_id"), NULL};
    return match[0] ? depart_from_all(rq, match) : C18N_ERROR;
}

/** Hook: a deleted community has no groups. */
int usergroups_after_community(c18n_request *rq, const c18n_doc *community, void *module)
{
    (void)module;
    const char *const match[] = {c18n_text(community, "_id"), NULL};
    if (!match[0])
        return C18N_ERROR;
    struct departures *departures;
    int code = gather(rq, "usergroups", GROUPS_BY_ACTIVITY, match, &departures);
    for (size_t i = 0; code == C18N_OK && i < departures->count; i++)
        code = usergroups_end(rq, departures->records[i]);
    return code;
}
