/* changes.c: what is changed of a group, putting it away, and its end. */
#include "usergroups.h"

static int find_group(c18n_request *rq, const c18n_doc **ret_group)
{
    return c18n_get(rq, "usergroups", c18n_path(rq, "group"), ret_group);
}

/** An archived group is read, and nothing more; leaving it goes. */
int usergroups_refuse_archived(c18n_request *rq, const c18n_doc *group)
{
    if (!c18n_has(group, "archived_on"))
        return C18N_OK;
    return c18n_fail(rq, C18N_CONFLICT, "archived", "The group is archived.");
}

static bool has_any(const c18n_doc *changes)
{
    const c18n_field *field = usergroups_fields.at;
    bool has = false;
    for (uint32_t i = 0; !has && i < usergroups_fields.count; i++)
        has = c18n_has(changes, field[i].name);
    return has;
}

static int record_changes(c18n_request *rq, const char *id, const c18n_doc *changes)
{
    const c18n_doc *group;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_doc(data, changes, NULL);
    int code = usergroups_run(rq, "usergroups.before_update", id, changes);
    if (code != C18N_OK || (code = c18n_emit(rq, "usergroups.updated", id, NULL, data)) != C18N_OK ||
        (code = c18n_get(rq, "usergroups", id, &group)) != C18N_OK)
        return code;
    return usergroups_run(rq, "usergroups.after_update", id, group);
}

/* The body, judged by its table, is the event's data. No change, no event. */
int usergroups_update(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "group");
    const c18n_doc *group, *changes = c18n_body(rq);
    int code = find_group(rq, &group);
    if (code != C18N_OK || (code = c18n_if_match(rq, group)) != C18N_OK ||
        (code = usergroups_refuse_archived(rq, group)) != C18N_OK)
        return code;
    if (has_any(changes))
        code = record_changes(rq, id, changes);
    return code == C18N_OK ? usergroups_reply(rq, id) : code;
}

/** Ends a group, once nobody is asked any more. Memberships stay as they are: nobody gets at anything through a
 *  deleted group, and its members are told 410 rather than 404. */
int usergroups_end(c18n_request *rq, const c18n_doc *group)
{
    const char *id = c18n_text(group, "_id");
    int code = c18n_emit(rq, "usergroups.deleted", id, NULL, NULL);
    return code == C18N_OK ? usergroups_run(rq, "usergroups.after_delete", id, group) : code;
}

int usergroups_delete(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_doc *group;
    int code = find_group(rq, &group);
    if (code != C18N_OK ||
        (code = usergroups_run(rq, "usergroups.before_delete", c18n_path(rq, "group"), group)) != C18N_OK ||
        (code = usergroups_end(rq, group)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

static int record_archiving(c18n_request *rq, const char *id, const char *event, const char *after)
{
    const c18n_doc *group;
    int code = c18n_emit(rq, event, id, NULL, NULL);
    if (code != C18N_OK || (code = c18n_get(rq, "usergroups", id, &group)) != C18N_OK)
        return code;
    return usergroups_run(rq, after, id, group);
}

/** Archives a group that nobody is in any more. */
int usergroups_put_away(c18n_request *rq, const char *id)
{
    return record_archiving(rq, id, "usergroups.archived", "usergroups.after_archive");
}

/* Twice is once. */
int usergroups_archive(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "group");
    const c18n_doc *group;
    int code = find_group(rq, &group);
    if (code == C18N_OK && !c18n_has(group, "archived_on") &&
        (code = usergroups_run(rq, "usergroups.before_archive", id, group)) == C18N_OK)
        code = usergroups_put_away(rq, id);
    return code == C18N_OK ? usergroups_reply(rq, id) : code;
}

int usergroups_unarchive(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "group");
    const c18n_doc *group;
    int code = find_group(rq, &group);
    if (code == C18N_OK && c18n_has(group, "archived_on") &&
        (code = usergroups_run(rq, "usergroups.before_unarchive", id, group)) == C18N_OK)
        code = record_archiving(rq, id, "usergroups.unarchived", "usergroups.after_unarchive");
    return code == C18N_OK ? usergroups_reply(rq, id) : code;
}
