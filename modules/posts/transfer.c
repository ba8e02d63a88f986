/* transfer.c: posts in files of NDJSON. What was in a file is published: queues and limits are for people. */
#include "posts.h"

#include <string.h>

int posts_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module)
{
    (void)module;
    const c18n_doc *line = c18n_body(rq), *community;
    const char *community_id = c18n_text(line, "community");
    int code = c18n_get(rq, "communities", community_id, &community);
    if (code != C18N_OK)
        return code;
    int64_t created_on = c18n_integer(line, "created_on", 0);
    char id[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), created_on > 0 ? created_on * 1000 : 0, id);
    c18n_out *data = c18n_out_new(rq);
    c18n_out_raw(data, "content", c18n_raw(line, "content"));
    c18n_out_text(data, "community", community_id);
    c18n_out_text(data, "created_by", c18n_text(line, "by"));
    c18n_out_text(data, "status", "published");
    code = c18n_emit(rq, "posts.created", id, community_id, data);
    if (code == C18N_OK)
        memcpy(ret_id, id, sizeof id);
    return code;
}

static int find_shown(c18n_request *rq, const char *id, const c18n_doc **ret_post)
{
    const c18n_doc *post, *community;
    int code = c18n_get(rq, "posts", id, &post);
    if (code == C18N_OK)
        code = c18n_get(rq, "communities", c18n_text(post, "community"), &community);
    if (code != C18N_OK || posts_is_pending(post))
        return code == C18N_OK || code == C18N_GONE ? C18N_NOT_FOUND : code;
    *ret_post = post;
    return C18N_OK;
}

int posts_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module)
{
    (void)module;
    const c18n_doc *post;
    int code = find_shown(rq, event->resource, &post);
    if (code != C18N_OK)
        return code;
    c18n_out_text(line, "kind", "post");
    c18n_out_text(line, "ref", event->resource);
    c18n_out_raw(line, "community", c18n_raw(post, "community"));
    c18n_out_raw(line, "by", c18n_raw(post, "created_by"));
    c18n_out_raw(line, "content", c18n_raw(post, "content"));
    c18n_out_raw(line, "created_on", c18n_raw(post, "created_on"));
    return C18N_OK;
}
