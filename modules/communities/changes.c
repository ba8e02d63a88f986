/* changes.c: what moderators change of a community, its settings, and its end. */
#include "communities.h"

static bool has_any(const c18n_doc *changes, c18n_table fields)
{
    const c18n_field *field = fields.at;
    bool has = false;
    for (uint32_t i = 0; !has && i < fields.count; i++)
        has = c18n_has(changes, field[i].name);
    return has;
}

/* A hook may look at the changes before they are an event, and at the record after. */
static int record_changes(c18n_request *rq, const char *event, c18n_table fields)
{
    const char *id = c18n_path(rq, "community");
    const c18n_doc *community, *changes = c18n_body(rq);
    int code = c18n_get(rq, "communities", id, &community);
    if (code != C18N_OK || (code = c18n_if_match(rq, community)) != C18N_OK)
        return code;
    if (!has_any(changes, fields))
        return C18N_OK; /* no change, no event */
    c18n_out *data = c18n_out_new(rq);
    c18n_out_doc(data, changes, NULL);
    if ((code = c18n_run_hooks(rq, "communities.before_update", changes)) != C18N_OK ||
        (code = c18n_emit(rq, event, id, NULL, data)) != C18N_OK ||
        (code = c18n_get(rq, "communities", id, &community)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "communities.after_update", community);
}

/* PUT and PATCH alike change what they name, and lose nothing that they don't: the body, judged by its table, is
 * the event's data. */
int communities_update(c18n_request *rq, void *module)
{
    (void)module;
    int code = record_changes(rq, "communities.updated", communities_fields);
    return code == C18N_OK ? communities_reply(rq, c18n_path(rq, "community")) : code;
}

/* Memberships and posts stay as they are: nobody gets at them through a deleted community, and history keeps it. */
int communities_delete(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "community");
    const c18n_doc *community;
    int code = c18n_get(rq, "communities", id, &community);
    if (code != C18N_OK || (code = c18n_run_hooks(rq, "communities.before_delete", community)) != C18N_OK ||
        (code = c18n_emit(rq, "communities.deleted", id, NULL, NULL)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "communities.after_delete", community)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

/* Settings are members of the community's record, shown by a table of their own. */
int communities_get_settings(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "community");
    const c18n_doc *community;
    int code = c18n_get(rq, "communities", id, &community);
    if (code != C18N_OK)
        return code;
    const char *location = c18n_print(rq, "/communities/%s/settings", id);
    return c18n_reply_record(rq, location, communities_settings_fields, community);
}

int communities_patch_settings(c18n_request *rq, void *module)
{
    int code = record_changes(rq, "communities.settings_set", communities_settings_fields);
    return code == C18N_OK ? communities_get_settings(rq, module) : code;
}
