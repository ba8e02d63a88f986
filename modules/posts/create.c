/* create.c: a post comes to be: within the community's pace, at once or by way of its approval queue. */
#include "posts.h"

#include <inttypes.h>
#include <string.h>

#define DAY 86400

int posts_reply(c18n_request *rq, const char *id)
{
    const c18n_doc *post;
    int code = c18n_get(rq, "posts", id, &post);
    if (code != C18N_OK)
        return code;
    const char *location = c18n_print(rq, "/communities/%s/posts/%s", c18n_text(post, "community"), id);
    return c18n_reply_record(rq, location, posts_fields, post);
}

/* The host notes that somebody read it, by which apply.c learns what is unread. */
int posts_get(c18n_request *rq, void *module)
{
    (void)module;
    return posts_reply(rq, c18n_path(rq, "post"));
}

/* What the author's earlier posts, newest first, say about when the next one may come. */
struct pace {
    int64_t now, slow_mode, posts_per_day; /* 0: no limit */
    int64_t counted;                       /* posts of the last day */
    int64_t wait;                          /* seconds; 0: none */
};

static int64_t later(int64_t left, int64_t right)
{
    return left > right ? left : right;
}

static int look_at(c18n_request *rq, const c18n_doc *time, void *arg)
{
    (void)rq;
    struct pace *pace = arg;
    int64_t age = pace->now - c18n_integer(time, "created_on", 0);
    if (pace->counted++ == 0 && age < pace->slow_mode)
        pace->wait = pace->slow_mode - age;
    if (age >= DAY || !pace->posts_per_day)
        return C18N_GONE; /* this one and all before it no longer count */
    if (pace->counted == pace->posts_per_day)
        pace->wait = later(pace->wait, DAY - age);
    return pace->counted == pace->posts_per_day ? C18N_GONE : C18N_OK;
}

/* Counted from the times of posting, one a post: there is no tally that could go wrong, a post that was deleted counts
 * all the same, and the walk ends at the limit. */
static int refuse_haste(c18n_request *rq, const c18n_doc *community)
{
    const char *const mine[] = {c18n_text(community, "_id"), c18n_who(rq)->user, NULL};
    struct pace pace = {.now = posts_now(rq),
                        .slow_mode = c18n_integer(community, "slow_mode", 0),
                        .posts_per_day = c18n_integer(community, "posts_per_day", 0)};
    int code = C18N_OK;
    if (pace.slow_mode || pace.posts_per_day)
        code = c18n_each(rq, "post_times", POST_TIMES_BY, mine, look_at, &pace);
    if ((code != C18N_OK && code != C18N_GONE) || pace.wait <= 0)
        return code == C18N_GONE ? C18N_OK : code;
    char *seconds = c18n_print(rq, "%" PRId64, pace.wait);
    if (!seconds)
        return C18N_NO_MEMORY;
    if ((code = c18n_set_header(rq, "Retry-After", seconds)) != C18N_OK)
        return code;
    return c18n_fail(rq, C18N_LIMITED, "too_many_posts", "This community limits how often you post.");
}

/* The author stands in the data, not only as the event's actor: an import has another actor. */
static const c18n_doc *new_post(c18n_request *rq, const char *community, const char *status)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_raw(out, "content", c18n_raw(c18n_body(rq), "content"));
    c18n_out_text(out, "community", community);
    c18n_out_text(out, "created_by", c18n_who(rq)->user);
    c18n_out_text(out, "status", status);
    return c18n_out_finish(out);
}

static int record_post(c18n_request *rq, const char *id, const char *community, const c18n_doc *data)
{
    if (!data)
        return C18N_NO_MEMORY;
    const c18n_doc *post;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_doc(out, data, NULL);
    int code = c18n_run_hooks(rq, "posts.before_create", data);
    if (code != C18N_OK || (code = c18n_emit(rq, "posts.created", id, community, out)) != C18N_OK ||
        (code = c18n_get(rq, "posts", id, &post)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "posts.after_create", post);
}

/* Moderators set the pace, and need not keep to it. */
int posts_create(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "community");
    const c18n_doc *community;
    int code = c18n_get(rq, "communities", id, &community);
    if (code != C18N_OK)
        return code;
    bool moderator = c18n_allowed(rq, "moderator") == C18N_OK;
    if (!moderator && (code = refuse_haste(rq, community)) != C18N_OK)
        return code;
    bool waits = !moderator && c18n_boolean(community, "approval_queue", false);
    char post[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), 0, post);
    code = record_post(rq, post, id, new_post(rq, id, waits ? "pending" : "published"));
    return code == C18N_OK ? posts_reply(rq, post) : code;
}
