/**
 * usergroups.h: what the files of this module share.
 *
 * usergroups.c has every table and is the place to begin; each other file has one concept. Memberships are records
 * of their own with the id "GROUP/USER".
 */
#ifndef USERGROUPS_USERGROUPS_H
#define USERGROUPS_USERGROUPS_H

#include <c18n/module.h>

/* Indexes, as usergroups.c declares them. Other modules read by the first, third and fourth: see README.md. */
#define GROUPS_BY_ACTIVITY    "community, active_on desc, activity desc"
#define GROUP_MEMBERS_BY_ROLE "group, role, created_on"
#define MEMBERS_OF_GROUP      "group, created_on"
#define GROUPS_OF_USER        "user, community, created_on desc"
#define GROUP_INVITES_OF_USER "group, user, created_on desc"

/** The module's state: written in init, read by all threads after that. */
struct usergroups {
    c18n_self *self;
};

/** What somebody is in a group, from least to most. */
enum group_standing { GROUP_OUTSIDER, GROUP_MEMBER, GROUP_ADMIN, GROUP_OWNER };

/* Field tables that more than one file answers with. */
extern const c18n_table usergroups_fields, usergroups_person_fields, usergroups_member_fields, usergroups_invite_fields;

/* access.c: who may do what. The group of a request is the {group} of its path. */
const char *usergroups_pair(c18n_request *rq, const char *left, const char *user);
bool usergroups_same(const char *left, const char *right);
bool usergroups_in_community(c18n_request *rq, const char *community, const char *user);
enum group_standing usergroups_standing(c18n_request *rq, const char *group, const char *user);
int usergroups_visible(c18n_request *rq, const c18n_doc *group, void *arg);
int usergroups_may_know_invited(c18n_request *rq) C18N_MUST_USE;
int usergroups_may_read(c18n_request *rq, void *module);
int usergroups_may_take_part(c18n_request *rq, void *module);
int usergroups_may_administer(c18n_request *rq, void *module);
int usergroups_may_own(c18n_request *rq, void *module);
int usergroups_may_look_back(c18n_request *rq, void *module);
int usergroups_may_join(c18n_request *rq, void *module);

/* group.c */
int usergroups_new(c18n_request *rq, void *module);
int usergroups_get(c18n_request *rq, void *module);
int usergroups_list(c18n_request *rq, void *module);
int usergroups_history(c18n_request *rq, void *module);
int usergroups_reply(c18n_request *rq, const char *id) C18N_MUST_USE;
int usergroups_run(c18n_request *rq, const char *point, const char *group, const c18n_doc *about) C18N_MUST_USE;

/* changes.c */
int usergroups_update(c18n_request *rq, void *module);
int usergroups_delete(c18n_request *rq, void *module);
int usergroups_archive(c18n_request *rq, void *module);
int usergroups_unarchive(c18n_request *rq, void *module);
int usergroups_put_away(c18n_request *rq, const char *id) C18N_MUST_USE;
int usergroups_end(c18n_request *rq, const c18n_doc *group) C18N_MUST_USE;
int usergroups_refuse_archived(c18n_request *rq, const c18n_doc *group) C18N_MUST_USE;

/* limits.c */
int usergroups_refuse_full(c18n_request *rq, const struct usergroups *usergroups, const c18n_doc *group) C18N_MUST_USE;
int usergroups_refuse_many(c18n_request *rq, const struct usergroups *usergroups, const char *user) C18N_MUST_USE;

/* members.c */
int usergroups_join(c18n_request *rq, const struct usergroups *usergroups, const c18n_doc *group,
                    const char *user) C18N_MUST_USE;
int usergroups_take_in(c18n_request *rq, const c18n_doc *group, const char *user, const char *role) C18N_MUST_USE;
int usergroups_record_left(c18n_request *rq, const c18n_doc *membership, bool lost) C18N_MUST_USE;
int usergroups_users(c18n_request *rq, void *module);
int usergroups_put_join(c18n_request *rq, void *module);
int usergroups_put_leave(c18n_request *rq, void *module);
int usergroups_remove(c18n_request *rq, void *module);

/* departures.c */
const c18n_doc *usergroups_departure(c18n_request *rq, const c18n_doc *membership, bool lost);
int usergroups_depart(c18n_request *rq, const c18n_doc *membership, bool lost) C18N_MUST_USE;
int usergroups_after_leave(c18n_request *rq, const c18n_doc *membership, void *module);
int usergroups_after_user(c18n_request *rq, const c18n_doc *user, void *module);
int usergroups_after_community(c18n_request *rq, const c18n_doc *community, void *module);

/* invites.c */
bool usergroups_pending_invite(c18n_request *rq, const struct usergroups *usergroups, const char *group,
                               const char *user, const c18n_doc **ret_invite);
int usergroups_settle_invite(c18n_request *rq, const c18n_doc *invite, const char *status) C18N_MUST_USE;
int usergroups_may_answer_invite(c18n_request *rq, void *module);
int usergroups_may_withdraw_invite(c18n_request *rq, void *module);
int usergroups_may_see_invite(c18n_request *rq, void *module);
int usergroups_invite(c18n_request *rq, void *module);
int usergroups_get_invite(c18n_request *rq, void *module);
int usergroups_accept_invite(c18n_request *rq, void *module);
int usergroups_decline_invite(c18n_request *rq, void *module);
int usergroups_withdraw_invite(c18n_request *rq, void *module);

/* roles.c */
int usergroups_make_admin(c18n_request *rq, void *module);
int usergroups_end_admin(c18n_request *rq, void *module);
int usergroups_hand_over(c18n_request *rq, void *module);
int usergroups_set_owner(c18n_request *rq, const char *group, const char *user, const char *previous) C18N_MUST_USE;

/* transfer.c */
int usergroups_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module);
int usergroups_import_member(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module);
int usergroups_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module);
int usergroups_export_member(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module);

/* apply.c, apply_members.c */
int usergroups_apply(const c18n_event *event, c18n_changes *changes);
int usergroups_apply_members(const c18n_event *event, c18n_changes *changes);

#endif
