/* bans.c: keeping somebody out, for a time or for good. A ban ends the membership. */
#include "communities.h"

static int refuse_until(c18n_request *rq, const c18n_doc *body)
{
    int64_t until = c18n_integer(body, "until", INT64_MAX);
    return until > communities_now(rq) ? C18N_OK : c18n_fail_field(rq, C18N_INVALID, "until", "must be in the future");
}

/* Nobody bans their equals or betters: moderators ban members, the owner and admins also moderators. */
static int refuse_equals(c18n_request *rq, enum standing standing)
{
    if (standing == STANDING_OWNER)
        return c18n_fail(rq, C18N_CONFLICT, "owner", "The owner can't be banned.");
    return standing == STANDING_MODERATOR ? c18n_allowed(rq, "owner") : C18N_OK;
}

/* Whether a membership ends with it must be in the event: apply can't look. */
static const c18n_doc *ban_data(c18n_request *rq, const char *user, enum standing standing)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "user", user);
    c18n_out_doc(out, c18n_body(rq), NULL);
    c18n_out_boolean(out, "was_member", standing > STANDING_OUTSIDER);
    c18n_out_text(out, "community", c18n_path(rq, "community"));
    return c18n_out_finish(out);
}

/* Hooks see which community it is; the event has it as its resource. */
static int record_ban(c18n_request *rq, const char *user, enum standing standing)
{
    const char *id = c18n_path(rq, "community");
    const c18n_doc *subject = ban_data(rq, user, standing);
    if (!subject)
        return C18N_NO_MEMORY;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_doc(data, subject, "community");
    int code = c18n_run_hooks(rq, "communities.before_ban", subject);
    return code == C18N_OK ? c18n_emit(rq, "communities.banned", id, NULL, data) : code;
}

/* Who is banned already gets the new term and reason. */
int communities_ban(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "community"), *user = c18n_path(rq, "user");
    enum standing standing = communities_standing(rq, id, user);
    const c18n_doc *ban;
    int code = communities_person(rq, user);
    if (code != C18N_OK || (code = refuse_equals(rq, standing)) != C18N_OK ||
        (code = refuse_until(rq, c18n_body(rq))) != C18N_OK || (code = record_ban(rq, user, standing)) != C18N_OK ||
        (code = c18n_get(rq, "bans", communities_pair(rq, id, user), &ban)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "communities.after_ban", ban)) != C18N_OK)
        return code;
    return c18n_reply_record(rq, NULL, communities_ban_fields, ban);
}

int communities_lift_ban(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "community"), *user = c18n_path(rq, "user");
    const c18n_doc *ban;
    if (!communities_banned(rq, id, user))
        return C18N_NOT_FOUND;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "user", user);
    int code = c18n_get(rq, "bans", communities_pair(rq, id, user), &ban);
    if (code != C18N_OK || (code = c18n_run_hooks(rq, "communities.before_unban", ban)) != C18N_OK ||
        (code = c18n_emit(rq, "communities.unbanned", id, NULL, data)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "communities.after_unban", ban)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

/* Bans end by themselves when their time is over; the record stays until somebody is banned again. */
static int still_stands(c18n_request *rq, const c18n_doc *ban, void *arg)
{
    (void)arg;
    return c18n_integer(ban, "until", INT64_MAX) > communities_now(rq) ? C18N_OK : C18N_NOT_FOUND;
}

int communities_bans(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_page page = {
        .size = sizeof page,
        .view = "bans",
        .index = BANS_OF_COMMUNITY,
        .match = {c18n_path(rq, "community")},
        .fields = communities_ban_fields,
        .keep = still_stands,
    };
    return c18n_reply_page(rq, &page);
}
