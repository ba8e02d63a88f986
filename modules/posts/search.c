/* search.c: posts by their words, in a community or in all that the caller may read. */
#include "posts.h"

#include <string.h>

/* A private community is readable for members and admins; a deleted one for nobody. */
static bool readable(c18n_request *rq, const char *community)
{
    const c18n_doc *record, *membership;
    if (!community || c18n_get(rq, "communities", community, &record) != C18N_OK)
        return false;
    const char *visibility = c18n_text(record, "visibility");
    const c18n_caller *who = c18n_who(rq);
    if (!visibility || strcmp(visibility, "private") != 0 || who->admin)
        return true;
    const char *pair = c18n_print(rq, "%s/%s", community, who->user);
    return pair && c18n_get(rq, "memberships", pair, &membership) == C18N_OK;
}

static int keep(c18n_request *rq, const c18n_doc *post, void *arg)
{
    (void)arg;
    bool shown = readable(rq, c18n_text(post, "community")) && (!posts_is_pending(post) || posts_is_mine(rq, post));
    return shown ? C18N_OK : C18N_NOT_FOUND;
}

static int reply_hits(c18n_request *rq, const char *community)
{
    const c18n_search search = {
        .size = sizeof search,
        .view = "posts",
        .query = c18n_query(rq, "q"),
        .filter_name = community ? "community" : NULL,
        .filter_value = community,
        .fields = posts_fields,
        .keep = keep,
    };
    return c18n_reply_search(rq, &search);
}

int posts_search_community(c18n_request *rq, void *module)
{
    (void)module;
    return reply_hits(rq, c18n_path(rq, "community"));
}

/* The index knows nothing of rights, so each hit is checked: see keep. */
int posts_search_all(c18n_request *rq, void *module)
{
    (void)module;
    return reply_hits(rq, NULL);
}
