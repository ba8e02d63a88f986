/* limits.c: how many members a group has, and in how many groups somebody is. */
#include "usergroups.h"

/** Before somebody comes in. */
int usergroups_refuse_full(c18n_request *rq, const struct usergroups *usergroups, const c18n_doc *group)
{
    if (c18n_integer(group, "users_count", 0) < c18n_setting_integer(usergroups->self, "members"))
        return C18N_OK;
    return c18n_fail(rq, C18N_CONFLICT, "full", "The group has as many members as it may have.");
}

/* A person's memberships, counted up to a limit; and those that lead nowhere, because the group was deleted. */
struct count {
    int64_t most, count;
    int64_t ended;
    const c18n_doc **memberships; /* of these */
};

static int count_one(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    (void)rq;
    (void)membership;
    struct count *count = arg;
    return ++count->count == count->most ? C18N_EXISTS : C18N_OK;
}

static int note_ended(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    struct count *count = arg;
    const c18n_doc *group;
    if (c18n_get(rq, "usergroups", c18n_text(membership, "group"), &group) == C18N_GONE)
        count->memberships[count->ended++] = membership;
    return count->ended == count->most ? C18N_EXISTS : C18N_OK;
}

static int each_membership(c18n_request *rq, const char *user, struct count *count,
                           int (*item)(c18n_request *rq, const c18n_doc *membership, void *arg))
{
    const char *const match[] = {user, NULL};
    int code = c18n_each(rq, "group_members", GROUPS_OF_USER, match, item, count);
    return code == C18N_EXISTS ? C18N_OK : code;
}

/* Memberships outlive a group so that its members are told 410; now their place is needed. */
static int clear_ended(c18n_request *rq, const char *user, struct count *count)
{
    count->memberships = c18n_alloc(rq, (size_t)count->most * sizeof *count->memberships);
    if (!count->memberships)
        return C18N_NO_MEMORY;
    int code = each_membership(rq, user, count, note_ended);
    for (int64_t i = 0; code == C18N_OK && i < count->ended; i++)
        code = usergroups_record_left(rq, count->memberships[i], true);
    return code;
}

/** Before somebody comes into one more group: who is in so many, must leave one. */
int usergroups_refuse_many(c18n_request *rq, const struct usergroups *usergroups, const char *user)
{
    struct count count = {.most = c18n_setting_integer(usergroups->self, "groups")};
    int code = each_membership(rq, user, &count, count_one);
    if (code != C18N_OK || count.count < count.most)
        return code;
    code = clear_ended(rq, user, &count);
    if (code != C18N_OK || count.ended > 0)
        return code;
    return c18n_fail(rq, C18N_CONFLICT, "groups", "This person is in as many groups as anybody may be.");
}
