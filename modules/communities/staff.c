/* staff.c: the owner names moderators, and may hand the community over. */
#include "communities.h"

/* These are events of the community, not of the membership: its history tells who ran it when. */
static int record_staff(c18n_request *rq, const char *event, const char *user, const char *previous)
{
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "user", user);
    if (previous)
        c18n_out_text(data, "previous", previous);
    return c18n_emit(rq, event, c18n_path(rq, "community"), NULL, data);
}

/* Whoever becomes staff must be a member already: nobody is put into a community by others. */
static int refuse_outsider(c18n_request *rq, enum standing *ret_standing)
{
    const char *user = c18n_path(rq, "user");
    int code = communities_person(rq, user);
    if (code != C18N_OK)
        return code;
    enum standing standing = communities_standing(rq, c18n_path(rq, "community"), user);
    if (standing == STANDING_OUTSIDER)
        return c18n_fail(rq, C18N_CONFLICT, NULL, "This person is not a member of the community.");
    *ret_standing = standing;
    return C18N_OK;
}

static int reply_member(c18n_request *rq)
{
    const char *id = c18n_path(rq, "community"), *user = c18n_path(rq, "user");
    const c18n_doc *membership;
    int code = c18n_get(rq, "memberships", communities_pair(rq, id, user), &membership);
    if (code != C18N_OK)
        return code;
    return c18n_reply_record(rq, NULL, communities_member_fields, membership);
}

/* Once more for a moderator changes nothing, and is no error. */
int communities_make_moderator(c18n_request *rq, void *module)
{
    (void)module;
    enum standing standing = STANDING_OUTSIDER;
    int code = refuse_outsider(rq, &standing);
    if (code != C18N_OK)
        return code;
    if (standing == STANDING_OWNER)
        return c18n_fail(rq, C18N_CONFLICT, "owner", "The owner is more than a moderator already.");
    if (standing == STANDING_MEMBER)
        code = record_staff(rq, "communities.moderator_added", c18n_path(rq, "user"), NULL);
    return code == C18N_OK ? reply_member(rq) : code;
}

int communities_end_moderator(c18n_request *rq, void *module)
{
    (void)module;
    const char *user = c18n_path(rq, "user");
    if (communities_standing(rq, c18n_path(rq, "community"), user) != STANDING_MODERATOR)
        return C18N_NOT_FOUND;
    int code = record_staff(rq, "communities.moderator_removed", user, NULL);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

/* The former owner stays as a moderator. */
int communities_hand_over(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "community");
    const c18n_doc *community;
    enum standing standing = STANDING_OUTSIDER;
    int code = refuse_outsider(rq, &standing);
    if (code != C18N_OK || (code = c18n_get(rq, "communities", id, &community)) != C18N_OK)
        return code;
    if (standing != STANDING_OWNER)
        code = record_staff(rq, "communities.owner_set", c18n_path(rq, "user"), c18n_text(community, "owner"));
    return code == C18N_OK ? communities_reply(rq, id) : code;
}
