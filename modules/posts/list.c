/* list.c: the posts of a community, in four orders. */
#include "posts.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *sort, *index;
} orders[] = {
    {"new", POSTS_NEW},
    {"top", POSTS_TOP},
    {"hot", POSTS_HOT},
    {"active", POSTS_ACTIVE},
};

static const char *index_of(const char *sort)
{
    for (size_t i = 0; sort && i < sizeof orders / sizeof *orders; i++)
        if (strcmp(orders[i].sort, sort) == 0)
            return orders[i].index;
    return POSTS_NEW;
}

struct wanted {
    const char *by; /* NULL: anybody */
    int64_t since;  /* 0: from the beginning */
    bool unread;    /* only what the caller has not opened; their own posts they have read */
    bool moderator;
};

/* One look-up an item, and only when it was asked for. */
static bool has_read(c18n_request *rq, const c18n_doc *post)
{
    const char *user = c18n_who(rq)->user;
    const char *id = c18n_print(rq, "%s/%s", c18n_text(post, "_id"), user);
    const c18n_doc *mark;
    return posts_is_mine(rq, post) || (id && c18n_get(rq, "post_reads", id, &mark) == C18N_OK);
}

static int keep(c18n_request *rq, const c18n_doc *post, void *arg)
{
    const struct wanted *wanted = arg;
    const char *by = c18n_text(post, "created_by");
    bool fits = (!wanted->by || (by && strcmp(by, wanted->by) == 0)) &&
                c18n_integer(post, "created_on", 0) >= wanted->since &&
                (!posts_is_pending(post) || wanted->moderator || posts_is_mine(rq, post)) &&
                (!wanted->unread || !has_read(rq, post));
    return fits ? C18N_OK : C18N_NOT_FOUND;
}

/* Newest of one person has an index of its own; in the other orders `by` is checked item by item. */
int posts_list(c18n_request *rq, void *module)
{
    (void)module;
    const char *sort = c18n_query(rq, "sort"), *by = c18n_query(rq, "by");
    const char *since = c18n_query(rq, "since"), *unread = c18n_query(rq, "unread");
    struct wanted wanted = {
        .by = by && *by ? by : NULL,
        .since = since ? strtoll(since, NULL, 10) : 0,
        .unread = unread && strcmp(unread, "1") == 0,
        .moderator = c18n_allowed(rq, "moderator") == C18N_OK,
    };
    bool newest = !sort || strcmp(sort, "new") == 0;
    const c18n_page page = {
        .size = sizeof page,
        .view = "posts",
        .index = newest && wanted.by ? POSTS_BY : index_of(sort),
        .match = {c18n_path(rq, "community"), newest ? wanted.by : NULL},
        .fields = posts_fields,
        .keep = keep,
        .arg = &wanted,
        .since = newest ? wanted.since : 0,
    };
    return c18n_reply_page(rq, &page);
}
