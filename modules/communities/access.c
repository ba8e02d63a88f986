/* access.c: the policies of communities. A private community does not exist for who is no member. */
#include "communities.h"

#include <string.h>

int64_t communities_now(c18n_request *rq)
{
    return c18n_wall_ms(C18N_HOST_OF(rq)) / 1000;
}

/** The id of a record about a person in a community; "" (no record has it) when memory is out. */
const char *communities_pair(c18n_request *rq, const char *community, const char *user)
{
    const char *pair = c18n_print(rq, "%s/%s", community, user);
    return pair ? pair : "";
}

/** What somebody is in a community by their own membership; that admins may all is the policies' business. */
enum standing communities_standing(c18n_request *rq, const char *community, const char *user)
{
    static const char *const roles[] = {"", "member", "moderator", "owner"};
    const c18n_doc *membership;
    if (!*user || c18n_get(rq, "memberships", communities_pair(rq, community, user), &membership) != C18N_OK)
        return STANDING_OUTSIDER;
    const char *role = c18n_text(membership, "role");
    for (enum standing at = STANDING_OWNER; role && at > STANDING_MEMBER; at--)
        if (strcmp(role, roles[at]) == 0)
            return at;
    return STANDING_MEMBER;
}

/** A ban without `until` has no end. Somebody of whom it can't be known counts as banned. */
bool communities_banned(c18n_request *rq, const char *community, const char *user)
{
    const c18n_doc *ban;
    const char *pair = communities_pair(rq, community, user);
    int code = *pair ? c18n_get(rq, "bans", pair, &ban) : C18N_NO_MEMORY;
    if (code == C18N_NOT_FOUND || code == C18N_GONE)
        return false;
    return code != C18N_OK || c18n_integer(ban, "until", INT64_MAX) > communities_now(rq);
}

/** Is it hidden from who does not belong to it? */
bool communities_is_private(const c18n_doc *community)
{
    const char *visibility = c18n_text(community, "visibility");
    return visibility && strcmp(visibility, "private") == 0;
}

/* An admin passes wherever an owner does, without being a member. */
static enum standing callers_standing(c18n_request *rq, const char *community)
{
    const c18n_caller *who = c18n_who(rq);
    return who->admin ? STANDING_OWNER : communities_standing(rq, community, who->user);
}

/** For lists and searches: C18N_NOT_FOUND for what the caller may not know of. */
int communities_visible(c18n_request *rq, const c18n_doc *community, void *arg)
{
    (void)arg;
    if (!communities_is_private(community))
        return C18N_OK;
    return callers_standing(rq, c18n_text(community, "_id")) > STANDING_OUTSIDER ? C18N_OK : C18N_NOT_FOUND;
}

/* Existence comes first, so that a 403 or 410 never tells an outsider of a private community. */
static int demand(c18n_request *rq, enum standing least, bool also_deleted)
{
    const char *id = c18n_path(rq, "community");
    const c18n_doc *community;
    int code = c18n_get(rq, "communities", id, &community);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    enum standing standing = callers_standing(rq, id);
    if (standing == STANDING_OUTSIDER && communities_is_private(community))
        return C18N_NOT_FOUND;
    if (code == C18N_GONE && !also_deleted)
        return C18N_GONE;
    return standing >= least ? C18N_OK : C18N_FORBIDDEN;
}

/** Policy: anybody; of a private community its members. */
int communities_may_read(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, STANDING_OUTSIDER, false);
}

/** Policy: members. A ban ends the membership, so the banned are none. */
int communities_may_take_part(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, STANDING_MEMBER, false);
}

/** Policy: moderators, who run the community from day to day, and the owner. */
int communities_may_moderate(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, STANDING_MODERATOR, false);
}

/** Policy: the owner, who alone names moderators and ends the community. */
int communities_may_own(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, STANDING_OWNER, false);
}

/** Policy: as moderating, but history outlives the community. */
int communities_may_look_back(c18n_request *rq, void *module)
{
    (void)module;
    return demand(rq, STANDING_MODERATOR, true);
}

/** Readers, and to a private community whoever has been invited; never the banned. */
int communities_may_join(c18n_request *rq, void *module)
{
    const char *id = c18n_path(rq, "community"), *user = c18n_who(rq)->user;
    const c18n_doc *community, *invite;
    int code = communities_may_read(rq, module);
    if (code == C18N_NOT_FOUND && communities_pending_invite(rq, module, id, user, &invite))
        code = c18n_get(rq, "communities", id, &community);
    if (code == C18N_OK && communities_banned(rq, id, user))
        return c18n_fail(rq, C18N_FORBIDDEN, "banned", "You are banned from this community.");
    return code;
}

/** Policy: an operator may open the search to people without a token. What they find is public all the same. */
int communities_may_search(c18n_request *rq, void *module)
{
    const struct communities *communities = module;
    bool open = c18n_setting_boolean(communities->self, "open_search");
    return open || *c18n_who(rq)->user ? C18N_OK : C18N_UNAUTHENTICATED;
}

/** Is there such a person, and active? Before anything is done to them. */
int communities_person(c18n_request *rq, const char *user)
{
    const c18n_doc *record;
    return c18n_get(rq, "users", user, &record);
}
