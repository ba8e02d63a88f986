/* transfer.c: communities and memberships in files of NDJSON. */
#include "communities.h"

#include <string.h>

/* No hooks run: a hook may refuse what people do, not what an operator brings along. */
int communities_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module)
{
    (void)module;
    const c18n_doc *line = c18n_body(rq);
    int64_t created_on = c18n_integer(line, "created_on", 0);
    char id[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), created_on > 0 ? created_on * 1000 : 0, id);
    c18n_out *data = c18n_out_new(rq);
    c18n_out_doc(data, line, "kind ref by created_on");
    c18n_out_text(data, "description", "");
    c18n_out_begin(data, "tags", '[');
    c18n_out_end(data);
    c18n_out_text(data, "visibility", "public");
    c18n_out_text(data, "created_by", c18n_text(line, "by"));
    int code = c18n_emit(rq, "communities.created", id, NULL, data);
    if (code == C18N_OK)
        memcpy(ret_id, id, sizeof id);
    return code;
}

/* The line of the owner says nothing new: the community implies it. No hooks here either. */
int communities_import_member(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module)
{
    (void)module;
    const c18n_doc *line = c18n_body(rq);
    const char *community = c18n_text(line, "community"), *user = c18n_text(line, "user");
    ret_id[0] = 0;
    if (communities_standing(rq, community, user) > STANDING_OUTSIDER)
        return C18N_EXISTS;
    return communities_take_in(rq, community, user);
}

/* A deleted community is not written, and nothing that belongs to it either. */
int communities_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module)
{
    (void)module;
    const c18n_doc *community;
    int code = c18n_get(rq, "communities", event->resource, &community);
    if (code != C18N_OK)
        return code == C18N_GONE ? C18N_NOT_FOUND : code;
    c18n_out_text(line, "kind", "community");
    c18n_out_text(line, "ref", event->resource);
    c18n_out_raw(line, "name", c18n_raw(community, "name"));
    c18n_out_raw(line, "description", c18n_raw(community, "description"));
    c18n_out_raw(line, "tags", c18n_raw(community, "tags"));
    if (strcmp(c18n_text(community, "visibility"), "public") != 0)
        c18n_out_raw(line, "visibility", c18n_raw(community, "visibility"));
    c18n_out_raw(line, "by", c18n_raw(community, "created_by"));
    c18n_out_raw(line, "created_on", c18n_raw(community, "created_on"));
    return C18N_OK;
}

/* Somebody may have joined, left and joined again: the membership of today is of one of these events. */
static int find_membership(c18n_request *rq, const c18n_event *event, const c18n_doc **ret_membership)
{
    const c18n_doc *community, *membership;
    int code = c18n_get(rq, "memberships", event->resource, &membership);
    if (code != C18N_OK)
        return code;
    const char *joined_by = c18n_text(membership, "joined_by");
    if (!joined_by || strcmp(joined_by, event->event_id) != 0)
        return C18N_NOT_FOUND;
    code = c18n_get(rq, "communities", c18n_text(membership, "community"), &community);
    if (code == C18N_OK)
        *ret_membership = membership;
    return code == C18N_GONE ? C18N_NOT_FOUND : code;
}

int communities_export_member(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module)
{
    (void)module;
    const c18n_doc *membership;
    int code = find_membership(rq, event, &membership);
    if (code != C18N_OK)
        return code;
    c18n_out_text(line, "kind", "member");
    c18n_out_raw(line, "community", c18n_raw(membership, "community"));
    c18n_out_raw(line, "user", c18n_raw(membership, "user"));
    c18n_out_raw(line, "created_on", c18n_raw(membership, "created_on"));
    return C18N_OK;
}
