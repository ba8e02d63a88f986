/* access.c: the policies of posts. They begin with the community's: who can't see it, sees no post of it. */
#include "posts.h"

#include <string.h>

int64_t posts_now(c18n_request *rq)
{
    return c18n_wall_ms(C18N_HOST_OF(rq)) / 1000;
}

static bool same(const char *left, const char *right)
{
    return left && right && strcmp(left, right) == 0;
}

bool posts_is_mine(c18n_request *rq, const c18n_doc *post)
{
    return same(c18n_text(post, "created_by"), c18n_who(rq)->user);
}

/** Does it wait for a moderator? */
bool posts_is_pending(const c18n_doc *post)
{
    return same(c18n_text(post, "status"), "pending");
}

static bool never_published(const c18n_doc *post)
{
    return !same(c18n_text(post, "status"), "published");
}

/** The post of the path. What was never published, only its author and moderators know of. C18N_GONE
 *  also sets the post. */
int posts_path_post(c18n_request *rq, const c18n_doc **ret_post)
{
    const c18n_doc *post;
    int code = c18n_get(rq, "posts", c18n_path(rq, "post"), &post);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    if (!same(c18n_text(post, "community"), c18n_path(rq, "community")))
        return C18N_NOT_FOUND;
    if (never_published(post) && !posts_is_mine(rq, post) && c18n_allowed(rq, "moderator") != C18N_OK)
        return C18N_NOT_FOUND;
    *ret_post = post;
    return code;
}

/** Policy: as reading the community; of a pending post its author and moderators. A deleted one is C18N_GONE. */
int posts_may_read(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_doc *post;
    int code = c18n_allowed(rq, "reader");
    return code == C18N_OK ? posts_path_post(rq, &post) : code;
}

/** Authors as long as they are members, and moderators. */
int posts_may_edit(c18n_request *rq, void *module)
{
    const c18n_doc *post;
    int code = posts_may_read(rq, module);
    if (code != C18N_OK || (code = posts_path_post(rq, &post)) != C18N_OK)
        return code;
    return c18n_allowed(rq, posts_is_mine(rq, post) ? "member" : "moderator");
}

/** As for editing; history outlives the post. */
int posts_may_look_back(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_doc *post;
    int code = c18n_allowed(rq, "reader");
    if (code != C18N_OK)
        return code;
    code = posts_path_post(rq, &post);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    return c18n_allowed(rq, posts_is_mine(rq, post) ? "member" : "moderator");
}
