/**
 * communities.h: what the files of this module share.
 *
 * communities.c has every table and is the place to begin; each other file has one concept. Memberships,
 * bans and requests to join are records of their own with the id "COMMUNITY/USER".
 */
#ifndef COMMUNITIES_COMMUNITIES_H
#define COMMUNITIES_COMMUNITIES_H

#include <c18n/module.h>

/* Indexes, as communities.c declares them. */
#define COMMUNITIES_NEWEST       "created_on desc"
#define MEMBERSHIPS_OF_COMMUNITY "community, created_on"
#define MEMBERSHIPS_OF_USER      "user, created_on desc"
#define INVITES_OF_USER          "community, user, created_on desc"
#define REQUESTS_OF_COMMUNITY    "community, created_on"
#define BANS_OF_COMMUNITY        "community, created_on desc"

/** The module's state: written in init, read by all threads after that. */
struct communities {
    c18n_self *self;
};

/** What somebody is in a community, from least to most. */
enum standing { STANDING_OUTSIDER, STANDING_MEMBER, STANDING_MODERATOR, STANDING_OWNER };

/* Field tables that more than one file answers with. */
extern const c18n_table communities_fields, communities_settings_fields, communities_person_fields;
extern const c18n_table communities_member_fields, communities_invite_fields, communities_request_fields;
extern const c18n_table communities_ban_fields;

/* access.c: who may do what. The community of a request is the {community} of its path. */
const char *communities_pair(c18n_request *rq, const char *community, const char *user);
enum standing communities_standing(c18n_request *rq, const char *community, const char *user);
bool communities_banned(c18n_request *rq, const char *community, const char *user);
bool communities_is_private(const c18n_doc *community);
int communities_visible(c18n_request *rq, const c18n_doc *community, void *arg);
int communities_may_read(c18n_request *rq, void *module);
int communities_may_take_part(c18n_request *rq, void *module);
int communities_may_moderate(c18n_request *rq, void *module);
int communities_may_own(c18n_request *rq, void *module);
int communities_may_look_back(c18n_request *rq, void *module);
int communities_may_join(c18n_request *rq, void *module);
int communities_may_search(c18n_request *rq, void *module);
int communities_person(c18n_request *rq, const char *user) C18N_MUST_USE;
int64_t communities_now(c18n_request *rq);

/* community.c */
int communities_new(c18n_request *rq, void *module);
int communities_get(c18n_request *rq, void *module);
int communities_list(c18n_request *rq, void *module);
int communities_history(c18n_request *rq, void *module);
int communities_reply(c18n_request *rq, const char *id) C18N_MUST_USE;

/* changes.c */
int communities_update(c18n_request *rq, void *module);
int communities_delete(c18n_request *rq, void *module);
int communities_get_settings(c18n_request *rq, void *module);
int communities_patch_settings(c18n_request *rq, void *module);

/* search.c */
int communities_search(c18n_request *rq, void *module);

/* members.c */
int communities_join(c18n_request *rq, const char *community, const char *user) C18N_MUST_USE;
int communities_take_in(c18n_request *rq, const char *community, const char *user) C18N_MUST_USE;
int communities_leave(c18n_request *rq, const char *community, const char *user) C18N_MUST_USE;
int communities_depart(c18n_request *rq, const char *community, const char *user) C18N_MUST_USE;
int communities_users(c18n_request *rq, void *module);
int communities_subscribe(c18n_request *rq, void *module);
int communities_unsubscribe(c18n_request *rq, void *module);

/* departures.c */
int communities_after_user(c18n_request *rq, const c18n_doc *user, void *module);

/* requests.c */
int communities_requests(c18n_request *rq, void *module);
int communities_accept_request(c18n_request *rq, void *module);
int communities_decline_request(c18n_request *rq, void *module);

/* invites.c */
bool communities_pending_invite(c18n_request *rq, const struct communities *communities, const char *community,
                                const char *user, const c18n_doc **ret_invite);
int communities_settle_invite(c18n_request *rq, const c18n_doc *invite, const char *status) C18N_MUST_USE;
int communities_may_answer_invite(c18n_request *rq, void *module);
int communities_may_withdraw_invite(c18n_request *rq, void *module);
int communities_may_see_invite(c18n_request *rq, void *module);
int communities_invite(c18n_request *rq, void *module);
int communities_get_invite(c18n_request *rq, void *module);
int communities_accept_invite(c18n_request *rq, void *module);
int communities_decline_invite(c18n_request *rq, void *module);
int communities_withdraw_invite(c18n_request *rq, void *module);

/* staff.c */
int communities_make_moderator(c18n_request *rq, void *module);
int communities_end_moderator(c18n_request *rq, void *module);
int communities_hand_over(c18n_request *rq, void *module);

/* bans.c */
int communities_ban(c18n_request *rq, void *module);
int communities_lift_ban(c18n_request *rq, void *module);
int communities_bans(c18n_request *rq, void *module);

/* transfer.c */
int communities_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module);
int communities_import_member(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module);
int communities_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module);
int communities_export_member(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module);

/* apply.c, apply_members.c */
int communities_apply(const c18n_event *event, c18n_changes *changes);
int communities_apply_members(const c18n_event *event, c18n_changes *changes);

#endif
