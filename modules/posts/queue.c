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

static const struct decision {
    const char *before, *event, *after;
} approval = {"posts.before_approve", "posts.approved", "posts.after_approve"},
  refusal = {"posts.before_reject", "posts.rejected", "posts.after_reject"};

/* Two moderators may decide at once: the second finds it decided, since this runs in the writer. */
static int decide(c18n_request *rq, const struct decision *decision, const c18n_doc **ret_post)
{
    const c18n_doc *post;
    int code = posts_path_post(rq, &post);
    if (code != C18N_OK)
        return code;
    if (!posts_is_pending(post))
        return c18n_fail(rq, C18N_CONFLICT, NULL, "The post is not waiting for approval.");
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "community", c18n_path(rq, "community"));
    code = c18n_run_hooks(rq, decision->before, post);
    if (code == C18N_OK)
        code = c18n_emit(rq, decision->event, c18n_path(rq, "post"), c18n_path(rq, "community"), data);
    if (code == C18N_OK)
        *ret_post = post;
    return code;
}

int posts_approve(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "post");
    const c18n_doc *post;
    int code = decide(rq, &approval, &post);
    if (code != C18N_OK || (code = c18n_get(rq, "posts", id, &post)) != C18N_OK ||
        (code = c18n_run_hooks(rq, approval.after, post)) != C18N_OK)
        return code;
    return posts_reply(rq, id);
}

/* A rejected post is gone; only its author and moderators ever knew of it. */
int posts_reject(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_doc *post;
    int code = decide(rq, &refusal, &post);
    if (code == C18N_OK)
        code = c18n_run_hooks(rq, refusal.after, post);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}
