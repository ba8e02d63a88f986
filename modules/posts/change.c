/* change.c: a post is edited or deleted. Its history keeps every version. */
#include "posts.h"

/* The author's id stands in each event, since it is the author's key that seals the content. */
static int record_edit(c18n_request *rq, const char *id, const c18n_doc *post, const c18n_doc *body)
{
    if (!c18n_has(body, "content"))
        return C18N_OK;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_raw(data, "content", c18n_raw(body, "content"));
    c18n_out_raw(data, "created_by", c18n_raw(post, "created_by"));
    int code = c18n_run_hooks(rq, "posts.before_update", body);
    if (code != C18N_OK || (code = c18n_emit(rq, "posts.updated", id, c18n_path(rq, "community"), data)) != C18N_OK ||
        (code = c18n_get(rq, "posts", id, &post)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "posts.after_update", post);
}

/* PUT and PATCH differ in their tables only: a post has one member that can be written. */
int posts_update(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "post");
    const c18n_doc *post;
    int code = posts_path_post(rq, &post);
    if (code != C18N_OK || (code = c18n_if_match(rq, post)) != C18N_OK ||
        (code = record_edit(rq, id, post, c18n_body(rq))) != C18N_OK)
        return code;
    return posts_reply(rq, id);
}

/* Whether the community counted it must be in the event: apply can't look. */
int posts_delete(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "post");
    const c18n_doc *post;
    int code = posts_path_post(rq, &post);
    if (code != C18N_OK)
        return code;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "community", c18n_path(rq, "community"));
    c18n_out_boolean(data, "counted", !posts_is_pending(post));
    if ((code = c18n_run_hooks(rq, "posts.before_delete", post)) != C18N_OK ||
        (code = c18n_emit(rq, "posts.deleted", id, c18n_path(rq, "community"), data)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "posts.after_delete", post)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

int posts_history(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_reply_history(rq, c18n_path(rq, "post"));
}
