/* queue.c: posts that wait for a moderator, where a community asks for that. */
#include "posts.h"

int posts_queue(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page,
        .view = "posts",
        .index = POSTS_WAITING,
        .match = {c18n_path(rq, "community")},
        .fields = posts_fields,
    };
    return c18n_reply_page(rq, &page);
}

/* Two moderators may decide at once: the second finds it decided, since this runs in the writer. */
static int decide(c18n_request *rq, const char *event)
{
    const c18n_doc *post;
    int code = posts_path_post(rq, &post);
    if (code != C18N_OK)
        return code;
    if (!posts_is_pending(post))
        return c18n_fail(rq, C18N_CONFLICT, NULL, "The post is not waiting for approval.");
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "community", c18n_path(rq, "community"));
    return c18n_emit(rq, event, c18n_path(rq, "post"), c18n_path(rq, "community"), data);
}

int posts_approve(c18n_request *rq, void *module)
{
    (void)module;
    int code = decide(rq, "posts.approved");
    return code == C18N_OK ? posts_reply(rq, c18n_path(rq, "post")) : code;
}

/* A rejected post is gone; only its author and moderators ever knew of it. */
int posts_reject(c18n_request *rq, void *module)
{
    (void)module;
    int code = decide(rq, "posts.rejected");
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}
