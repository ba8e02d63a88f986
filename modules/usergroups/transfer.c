/* transfer.c: groups and their members in files of NDJSON. No hooks run and no limit holds: they are for what people
 * do, not for what an operator brings along. */
#include "usergroups.h"

#include <string.h>

/* Members of a group belong to its community, in a file as everywhere: the line that says so comes first. */
static int refuse_stranger(c18n_request *rq, const char *community, const char *member, const char *user)
{
    if (usergroups_in_community(rq, community, user))
        return C18N_OK;
    return c18n_fail_field(rq, C18N_INVALID, member, "is not a member of the community");
}

static c18n_out *data_of(c18n_request *rq, const c18n_doc *line)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_doc(data, line, "kind ref by created_on");
    c18n_out_text(data, "description", "");
    c18n_out_text(data, "visibility", "open");
    c18n_out_text(data, "history", "all");
    c18n_out_text(data, "created_by", c18n_text(line, "by"));
    return data;
}

int usergroups_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module)
{
    (void)module;
    const c18n_doc *line = c18n_body(rq), *community;
    int64_t created_on = c18n_integer(line, "created_on", 0);
    int code = c18n_get(rq, "communities", c18n_text(line, "community"), &community);
    if (code == C18N_OK && !usergroups_same(c18n_text(line, "role"), "none"))
        code = refuse_stranger(rq, c18n_text(line, "community"), "by", c18n_text(line, "by"));
    if (code != C18N_OK)
        return code;
    char id[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), created_on > 0 ? created_on * 1000 : 0, id);
    code = c18n_emit(rq, "usergroups.created", id, NULL, data_of(rq, line));
    if (code == C18N_OK)
        memcpy(ret_id, id, sizeof id);
    return code;
}

static int refuse_second_owner(c18n_request *rq, const char *group)
{
    const char *const match[] = {group, "owner", NULL};
    const c18n_doc *owner;
    int code = c18n_find(rq, "group_members", GROUP_MEMBERS_BY_ROLE, match, &owner);
    if (code == C18N_OK)
        return c18n_fail_field(rq, C18N_INVALID, "role", "another is the owner of the group");
    return code == C18N_NOT_FOUND ? C18N_OK : code;
}

/* The line of who made the group says nothing new: the group implies it. */
int usergroups_import_member(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module)
{
    (void)module;
    const c18n_doc *line = c18n_body(rq), *group;
    const char *id = c18n_text(line, "usergroup"), *user = c18n_text(line, "user"), *role = c18n_text(line, "role");
    ret_id[0] = 0;
    int code = c18n_get(rq, "usergroups", id, &group);
    if (code != C18N_OK)
        return code;
    if (usergroups_standing(rq, id, user) > GROUP_OUTSIDER)
        return C18N_EXISTS;
    if ((code = refuse_stranger(rq, c18n_text(group, "community"), "user", user)) != C18N_OK ||
        (usergroups_same(role, "owner") && (code = refuse_second_owner(rq, id)) != C18N_OK))
        return code;
    return usergroups_take_in(rq, group, user, role ? role : "member");
}

/* A group that is there, in a community that is there. */
static int find_shown(c18n_request *rq, const char *id, const c18n_doc **ret_group)
{
    const c18n_doc *group, *community;
    int code = c18n_get(rq, "usergroups", id, &group);
    if (code == C18N_OK)
        code = c18n_get(rq, "communities", c18n_text(group, "community"), &community);
    if (code == C18N_OK)
        *ret_group = group;
    return code == C18N_GONE ? C18N_NOT_FOUND : code;
}

/* What who made the group is in it today by having made it; "none": they left, and may have come back by another
 * event, whose line follows. */
static int founders_role(c18n_request *rq, const c18n_event *event, const c18n_doc *group, const char **ret_role)
{
    const c18n_doc *membership;
    const char *founder = c18n_text(group, "created_by");
    int code = c18n_get(rq, "group_members", usergroups_pair(rq, event->resource, founder), &membership);
    if (code != C18N_OK && code != C18N_NOT_FOUND)
        return code;
    bool still = code == C18N_OK && usergroups_same(c18n_text(membership, "joined_by"), event->event_id);
    *ret_role = still ? c18n_text(membership, "role") : "none";
    return C18N_OK;
}

/* What an import takes for granted is left out. */
static void write_unless(c18n_out *line, const c18n_doc *record, const char *member, const char *usual)
{
    if (!usergroups_same(c18n_text(record, member), usual))
        c18n_out_raw(line, member, c18n_raw(record, member));
}

/** A deleted group is not written, and nothing that belongs to it either. */
int usergroups_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module)
{
    (void)module;
    const c18n_doc *group;
    const char *role = NULL;
    int code = find_shown(rq, event->resource, &group);
    if (code != C18N_OK || (code = founders_role(rq, event, group, &role)) != C18N_OK)
        return code;
    c18n_out_text(line, "kind", "usergroup");
    c18n_out_text(line, "ref", event->resource);
    c18n_out_raw(line, "community", c18n_raw(group, "community"));
    c18n_out_raw(line, "name", c18n_raw(group, "name"));
    write_unless(line, group, "description", "");
    write_unless(line, group, "visibility", "open");
    write_unless(line, group, "history", "all");
    c18n_out_raw(line, "archived_on", c18n_raw(group, "archived_on"));
    c18n_out_raw(line, "by", c18n_raw(group, "created_by"));
    if (!usergroups_same(role, "owner"))
        c18n_out_text(line, "role", role);
    c18n_out_raw(line, "created_on", c18n_raw(group, "created_on"));
    return C18N_OK;
}

/* Somebody may have joined, left and joined again: the membership of today is of one of these events. */
int usergroups_export_member(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module)
{
    (void)module;
    const c18n_doc *group, *membership;
    int code = c18n_get(rq, "group_members", event->resource, &membership);
    if (code != C18N_OK || (code = find_shown(rq, c18n_text(membership, "group"), &group)) != C18N_OK)
        return code;
    if (!usergroups_same(c18n_text(membership, "joined_by"), event->event_id))
        return C18N_NOT_FOUND;
    c18n_out_text(line, "kind", "group_member");
    c18n_out_raw(line, "usergroup", c18n_raw(membership, "group"));
    c18n_out_raw(line, "user", c18n_raw(membership, "user"));
    write_unless(line, membership, "role", "member");
    c18n_out_raw(line, "created_on", c18n_raw(membership, "created_on"));
    return C18N_OK;
}
