/* community.c: communities come to be here, and are shown. */
#include "communities.h"

#include <string.h>

/** Answers the community as it is now, which after an emit is with its changes. */
int communities_reply(c18n_request *rq, const char *id)
{
    const c18n_doc *community;
    int code = c18n_get(rq, "communities", id, &community);
    if (code != C18N_OK)
        return code;
    return c18n_reply_record(rq, c18n_print(rq, "/communities/%s", id), communities_fields, community);
}

/* All that the record will need stands in the event: apply has nothing else to go by. */
static const c18n_doc *new_community(c18n_request *rq)
{
    const c18n_doc *body = c18n_body(rq);
    c18n_out *out = c18n_out_new(rq);
    c18n_out_doc(out, body, NULL);
    c18n_out_text(out, "description", ""); /* what the body has stays: the first of two members counts */
    c18n_out_begin(out, "tags", '[');
    c18n_out_end(out);
    c18n_out_text(out, "visibility", "public");
    c18n_out_text(out, "created_by", c18n_who(rq)->user);
    return c18n_out_finish(out);
}

int communities_new(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_doc *data = new_community(rq), *community;
    if (!data)
        return C18N_NO_MEMORY;
    char id[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), 0, id);
    c18n_out *out = c18n_out_new(rq);
    c18n_out_doc(out, data, NULL);
    int code = c18n_run_hooks(rq, "communities.before_create", data);
    if (code != C18N_OK || (code = c18n_emit(rq, "communities.created", id, NULL, out)) != C18N_OK ||
        (code = c18n_get(rq, "communities", id, &community)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "communities.after_create", community)) != C18N_OK)
        return code;
    return communities_reply(rq, id);
}

int communities_get(c18n_request *rq, void *module)
{
    (void)module;
    return communities_reply(rq, c18n_path(rq, "community"));
}

/* Private ones are left out one by one: an index of what each person may see would have to change with every
 * membership, and lists are read by the page. */
int communities_list(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page,
        .view = "communities",
        .index = COMMUNITIES_NEWEST,
        .fields = communities_fields,
        .keep = communities_visible,
    };
    return c18n_reply_page(rq, &page);
}

/* The resource of joining and leaving is the membership, so these are not in here. */
int communities_history(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_reply_history(rq, c18n_path(rq, "community"));
}
