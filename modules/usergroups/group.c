/* group.c: groups come to be here, and are shown. */
#include "usergroups.h"

/** Answers the group as it is now, which after an emit is with its changes. */
int usergroups_reply(c18n_request *rq, const char *id)
{
    const c18n_doc *group;
    int code = c18n_get(rq, "usergroups", id, &group);
    if (code != C18N_OK)
        return code;
    const char *location = c18n_print(rq, "/communities/%s/usergroups/%s", c18n_text(group, "community"), id);
    return c18n_reply_record(rq, location, usergroups_fields, group);
}

/** Runs a point about a group: the subject is the group, who does it, and what else there is to say. */
int usergroups_run(c18n_request *rq, const char *point, const char *group, const c18n_doc *about)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "group", group);
    c18n_out_text(out, "user", c18n_who(rq)->user);
    c18n_out_doc(out, about, NULL);
    const c18n_doc *subject = c18n_out_finish(out);
    return subject ? c18n_run_hooks(rq, point, subject) : C18N_NO_MEMORY;
}

/* All that the record will need stands in the event: apply has nothing else to go by. */
static const c18n_doc *new_group(c18n_request *rq)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_doc(out, c18n_body(rq), NULL);
    c18n_out_text(out, "description", ""); /* what the body has stays: the first of two members counts */
    c18n_out_text(out, "visibility", "open");
    c18n_out_text(out, "history", "all");
    c18n_out_text(out, "community", c18n_path(rq, "community"));
    c18n_out_text(out, "created_by", c18n_who(rq)->user);
    return c18n_out_finish(out);
}

/* Who makes a group is the first to join it. */
static int before_founding(c18n_request *rq, const char *id, const c18n_doc *data)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "community", c18n_path(rq, "community"));
    c18n_out_text(out, "role", "owner");
    const c18n_doc *membership = c18n_out_finish(out);
    if (!membership)
        return C18N_NO_MEMORY;
    int code = usergroups_run(rq, "usergroups.before_create", id, data);
    return code == C18N_OK ? usergroups_run(rq, "usergroups.before_join", id, membership) : code;
}

static int after_founding(c18n_request *rq, const char *id)
{
    const c18n_doc *group, *membership;
    int code = c18n_get(rq, "usergroups", id, &group);
    if (code != C18N_OK || (code = usergroups_run(rq, "usergroups.after_create", id, group)) != C18N_OK ||
        (code = c18n_get(rq, "group_members", usergroups_pair(rq, id, c18n_who(rq)->user), &membership)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "usergroups.after_join", membership);
}

/* The policy let admins pass, too; but they can be members only where they belong. */
static int refuse_founder(c18n_request *rq, const struct usergroups *usergroups)
{
    const char *user = c18n_who(rq)->user;
    if (!usergroups_in_community(rq, c18n_path(rq, "community"), user))
        return c18n_fail(rq, C18N_CONFLICT, NULL, "Join the community first.");
    return usergroups_refuse_many(rq, usergroups, user);
}

int usergroups_new(c18n_request *rq, void *module)
{
    const c18n_doc *data = new_group(rq);
    if (!data)
        return C18N_NO_MEMORY;
    char id[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), 0, id);
    c18n_out *out = c18n_out_new(rq);
    c18n_out_doc(out, data, NULL);
    int code = refuse_founder(rq, module);
    if (code != C18N_OK || (code = before_founding(rq, id, data)) != C18N_OK ||
        (code = c18n_emit(rq, "usergroups.created", id, NULL, out)) != C18N_OK ||
        (code = after_founding(rq, id)) != C18N_OK)
        return code;
    return usergroups_reply(rq, id);
}

int usergroups_get(c18n_request *rq, void *module)
{
    (void)module;
    return usergroups_reply(rq, c18n_path(rq, "group"));
}

/* Hidden ones are left out one by one, as private communities are. */
int usergroups_list(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page,
        .view = "usergroups",
        .index = GROUPS_BY_ACTIVITY,
        .match = {c18n_path(rq, "community")},
        .fields = usergroups_fields,
        .keep = usergroups_visible,
    };
    return c18n_reply_page(rq, &page);
}

/* The resource of joining and leaving is the membership, so these are not in here. */
int usergroups_history(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_reply_history(rq, c18n_path(rq, "group"));
}
