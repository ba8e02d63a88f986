/* usergroups.c: the tables of the module: settings, fields, policies, routes, events, views. Begin here. */
#include "usergroups.h"

static const c18n_setting settings[] = {
    {"members", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "10000", 1, 100000, NULL, NULL,
     "How many members a group may have."},
    {"groups", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "1000", 1, 1000, NULL, NULL,
     "In how many groups a person may be."},
    {"invite_ttl", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "1209600", 0, 315360000, "seconds", NULL,
     "How long an invite can be accepted; 0: for ever."},
};

#define NAME(flags) C18N_TEXT("name", flags, .min = 1, .max = 200)
#define DESCRIPTION C18N_TEXT("description", C18N_MULTILINE, .max = 10000, .help = "What it is about")
#define VISIBILITY                                                                                                     \
    C18N_TEXT("visibility", 0, .choices = "open closed hidden",                                                        \
              .help = "closed: joined by invite only; hidden: also seen by its members only")
#define HISTORY                                                                                                        \
    C18N_TEXT("history", 0, .choices = "all joined", .help = "What a member reads: all, or what was said since joining")

static const c18n_field new_body[] = {NAME(C18N_REQUIRED), DESCRIPTION, VISIBILITY, HISTORY};
static const c18n_field update_body[] = {NAME(0), DESCRIPTION, VISIBILITY, HISTORY};

/* A group; and for who joins it, what they now are in it. One array, whose beginning is the shorter table: so one
 * render point follows both. */
static const c18n_field joined_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("name", 0),
    C18N_TEXT("description", 0),
    C18N_TIME("created_on", 0),
    C18N_TIME("updated_on", 0),
    C18N_TIME("active_on", 0),
    C18N_TIME("archived_on", C18N_NULLABLE),
    C18N_ID("created_by", 0),
    C18N_LINK("community", "/communities/{community}"),
    C18N_LINK("users", "/communities/{community}/usergroups/{_id}/users"),
    C18N_LINK("messages", "/usergroups/{_id}/messages"),
    C18N_INTEGER("users_count", 0),
    C18N_TEXT("visibility", 0),
    C18N_TEXT("history", 0),
    C18N_TEXT("membership", 0, .choices = "member admin owner"),
};
/* clang-format off: it takes an initializer in a macro for a block */
#define GROUP_FIELDS                                                                                                   \
    {                                                                                                                  \
        joined_fields, sizeof joined_fields / sizeof *joined_fields - 1, sizeof *joined_fields                         \
    }
/* clang-format on */
static const c18n_field person_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("name", 0),
    C18N_LINK("location", "/users/{_id}"),
    C18N_TEXT("display_name", C18N_NULLABLE),
    C18N_TEXT("avatar", C18N_NULLABLE),
    C18N_TEXT("role", 0, .choices = "member admin owner"),
    C18N_TIME("joined_on", 0),
};
static const c18n_field member_fields[] = {
    C18N_ID("user", 0),
    C18N_ID("group", 0),
    C18N_TEXT("role", 0, .choices = "member admin owner"),
    C18N_TIME("created_on", 0),
};
static const c18n_field invite_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("status", 0, .choices = "pending accepted declined expired"),
    C18N_TIME("created_on", 0),
    C18N_ID("created_by", 0),
    C18N_ID("user", 0),
    C18N_LINK("group", "/communities/{community}/usergroups/{group}"),
    C18N_LINK("community", "/communities/{community}"),
};

const c18n_table usergroups_fields = GROUP_FIELDS;
const c18n_table usergroups_person_fields = C18N_ALL(person_fields);
const c18n_table usergroups_member_fields = C18N_ALL(member_fields);
const c18n_table usergroups_invite_fields = C18N_ALL(invite_fields);

static const c18n_policy policies[] = {
    {"group_reader", usergroups_may_read, "members of the group's community; of a hidden group its members"},
    {"group_member", usergroups_may_take_part, "members of the group"},
    {"group_admin", usergroups_may_administer,
     "admins and the owner of the group; who runs the community, if not hidden"},
    {"group_owner", usergroups_may_own, "the owner of the group; that of the community, if not hidden"},
    {"group_history", usergroups_may_look_back, "as group_admin, also once the group is deleted"},
    {"group_joiner", usergroups_may_join, "as group_reader, and who is invited"},
    {"group_inviter", usergroups_may_withdraw_invite, "who invited them, and as group_admin"},
    {"group_invited", usergroups_may_answer_invite, "the person who was invited"},
    {"group_invite_reader", usergroups_may_see_invite, "who was invited, who invited them, and as group_admin"},
};

#define OF  "/communities/{community}/usergroups/"
#define ONE OF "{group}"
static const c18n_route routes[] = {
    {"POST", OF "new", usergroups_new, .allow = "member", .flags = C18N_ROUTE_CREATED, .body = C18N_ALL(new_body),
     .answer = GROUP_FIELDS, .does = "Make a group", .fails = "404 409 410"},
    {"GET", OF, usergroups_list, .allow = "member", .flags = C18N_ROUTE_PAGE, .answer = GROUP_FIELDS,
     .does = "Groups of a community, most recently active first", .fails = "404 410"},
    {"GET", ONE, usergroups_get, .allow = "group_reader", .flags = C18N_ROUTE_BY_ID, .answer = GROUP_FIELDS,
     .does = "A group", .fails = "404 410"},
    {"PATCH", ONE, usergroups_update, .allow = "group_admin", .flags = C18N_ROUTE_IF_MATCH,
     .body = C18N_ALL(update_body), .answer = GROUP_FIELDS, .does = "Change a group", .fails = "404 409 410"},
    {"DELETE", ONE, usergroups_delete, .allow = "group_owner", .does = "Delete a group", .fails = "404 410"},
    {"GET", ONE "/history", usergroups_history, .allow = "group_history", .flags = C18N_ROUTE_PAGE,
     .does = "All that happened to a group, oldest first", .fails = "404"},
    {"PUT", ONE "/archive", usergroups_archive, .allow = "group_admin", .answer = GROUP_FIELDS,
     .does = "Archive a group: it is read, not written to", .fails = "404 410"},
    {"PUT", ONE "/unarchive", usergroups_unarchive, .allow = "group_admin", .answer = GROUP_FIELDS,
     .does = "Take a group out of the archive", .fails = "404 410"},

    {"GET", ONE "/users", usergroups_users, .allow = "group_reader", .flags = C18N_ROUTE_PAGE,
     .answer = C18N_ALL(person_fields), .does = "Members, oldest first", .fails = "404 410"},
    {"PUT", ONE "/join", usergroups_put_join, .allow = "group_joiner", .answer = C18N_ALL(joined_fields),
     .does = "Join; with an invite where that needs one", .fails = "404 409 410"},
    {"PUT", ONE "/leave", usergroups_put_leave, .allow = "group_reader", .does = "Leave", .fails = "404 409 410"},
    {"DELETE", ONE "/users/{user}", usergroups_remove, .allow = "group_admin", .does = "Remove a member",
     .fails = "404 409 410"},

    {"PUT", ONE "/users/{user}/invite", usergroups_invite, .allow = "group_member", .answer = C18N_ALL(invite_fields),
     .does = "Invite a member of the community", .fails = "404 409 410"},
    {"GET", ONE "/users/{user}/invite", usergroups_get_invite, .allow = "group_invite_reader",
     .answer = C18N_ALL(invite_fields), .does = "Somebody's newest invite", .fails = "404 410"},
    {"DELETE", ONE "/users/{user}/invite", usergroups_withdraw_invite, .allow = "group_inviter",
     .does = "Take back an invite that is pending", .fails = "404 409 410"},
    {"PUT", ONE "/invite/{invite}/accept", usergroups_accept_invite, .allow = "group_invited", .answer = GROUP_FIELDS,
     .does = "Accept an invite", .fails = "404 409 410"},
    {"PUT", ONE "/invite/{invite}/decline", usergroups_decline_invite, .allow = "group_invited",
     .does = "Decline an invite", .fails = "404 409 410"},

    {"PUT", ONE "/admins/{user}", usergroups_make_admin, .allow = "group_owner", .answer = C18N_ALL(member_fields),
     .does = "Make a member an admin", .fails = "404 409 410"},
    {"DELETE", ONE "/admins/{user}", usergroups_end_admin, .allow = "group_owner",
     .does = "Make an admin a plain member", .fails = "404 410"},
    {"PUT", ONE "/owner/{user}", usergroups_hand_over, .allow = "group_owner", .answer = GROUP_FIELDS,
     .does = "Hand the group over to a member", .fails = "404 409 410"},
};

#define PLACE C18N_ID("group", 0), C18N_ID("community", 0), C18N_ID("user", 0)
static const c18n_field created_data[] = {
    C18N_TEXT("name", 0),
    DESCRIPTION,
    VISIBILITY,
    HISTORY,
    C18N_ID("community", 0),
    C18N_ID("created_by", 0),
    C18N_TEXT("role", 0, .choices = "owner admin member none", .help = "Imported: what created_by is in it by this"),
    C18N_TIME("archived_on", 0, .help = "Imported"),
};
static const c18n_field role_data[] = {C18N_ID("user", 0), C18N_ID("previous", 0)};
static const c18n_field joined_data[] = {PLACE, C18N_TEXT("role", 0)};
static const c18n_field left_data[] = {
    PLACE,
    C18N_BOOLEAN("lost", 0, .help = "Not of their own will"),
};
static const c18n_field invited_data[] = {PLACE, C18N_ID("created_by", 0)};
static const c18n_field place_data[] = {PLACE};

/* clang-format off: it takes an initializer in a macro for a block */
#define NO_DATA                                                                                                        \
    {                                                                                                                  \
        NULL, 0, 0                                                                                                     \
    }
#define EVENT(name, topic, fields, help)                                                                               \
    {                                                                                                                  \
        name, topic, 1, NULL, NULL, fields, help                                                                       \
    }
/* clang-format on */
static const c18n_event_type events[] = {
    EVENT("usergroups.created", "usergroups", C18N_ALL(created_data), "A group was made"),
    EVENT("usergroups.updated", "usergroups", C18N_ALL(update_body), "A group was changed"),
    EVENT("usergroups.deleted", "usergroups", NO_DATA, "A group was deleted"),
    EVENT("usergroups.archived", "usergroups", NO_DATA, "A group was archived"),
    EVENT("usergroups.unarchived", "usergroups", NO_DATA, "A group was taken out of the archive"),
    EVENT("usergroups.admin_added", "usergroups", C18N_ALL(role_data), "A member became an admin"),
    EVENT("usergroups.admin_removed", "usergroups", C18N_ALL(role_data), "An admin became a plain member"),
    EVENT("usergroups.owner_set", "usergroups", C18N_ALL(role_data), "The group was handed over, or inherited"),
    EVENT("usergroups.joined", "usergroups", C18N_ALL(joined_data), "Somebody became a member"),
    EVENT("usergroups.left", "usergroups", C18N_ALL(left_data), "A member left, or was removed"),
    EVENT("usergroups.invited", "invites", C18N_ALL(invited_data), "Somebody was invited into a group"),
    EVENT("usergroups.invite_accepted", "invites", C18N_ALL(place_data), "An invite into a group was accepted"),
    EVENT("usergroups.invite_declined", "invites", C18N_ALL(place_data), "An invite into a group was declined"),
    EVENT("usergroups.invite_withdrawn", "invites", C18N_ALL(place_data), "An invite into a group was taken back"),
};

static const c18n_view views[] = {
    {"usergroups", .version = 1, .indexes = GROUPS_BY_ACTIVITY, .counters = "users_count",
     .help = "Groups; messaging says when they were active"},
    {"group_members", .version = 1, .indexes = MEMBERS_OF_GROUP "; " GROUP_MEMBERS_BY_ROLE "; " GROUPS_OF_USER,
     .help = "Who is in which group, and as what; id GROUP/USER"},
    {"group_invites", .version = 1, .indexes = GROUP_INVITES_OF_USER, .help = "Invites into groups and how they ended"},
};

/* docs/modules/hooks.md has these words, too. */
#define WHO " Subject: group, user (who does it), "
static const c18n_point points[] = {
    {"usergroups.before_create", "Before a group is made." WHO "and the data of the group to be"},
    {"usergroups.after_create", "A group was made." WHO "and the group's record"},
    {"usergroups.before_update", "Before a group is changed." WHO "and the changes"},
    {"usergroups.after_update", "A group was changed." WHO "and the group's record"},
    {"usergroups.before_delete", "Before a group is deleted." WHO "and the group's record"},
    {"usergroups.after_delete", "A group was deleted, or its community." WHO "and the group's record as it was"},
    {"usergroups.before_archive", "Before a group is archived." WHO "and the group's record"},
    {"usergroups.after_archive", "A group was archived, or lost its last member." WHO "and the group's record"},
    {"usergroups.before_unarchive", "Before a group leaves the archive." WHO "and the group's record"},
    {"usergroups.after_unarchive", "A group left the archive." WHO "and the group's record"},
    {"usergroups.before_join", "However somebody joins, but by an import. Subject: group, community, user and role"},
    {"usergroups.after_join", "However somebody joined, but by an import. Subject: the membership's record"},
    {"usergroups.before_leave",
     "Before a member leaves or is removed. Subject: the membership's record, lost (true: removed)"},
    {"usergroups.after_leave", "However a member left. Subject: the membership's record as it was, lost (true: not of "
                               "their own will)"},
    {"usergroups.before_create_invite", "Before somebody is invited. Subject: group, community, user and created_by"},
    {"usergroups.after_create_invite", "Somebody was invited. Subject: the invite's record"},
    {"usergroups.before_update_invite", "Before an invite is answered. Subject: its record, with the status to be"},
    {"usergroups.after_update_invite", "An invite was accepted or declined. Subject: the invite's record"},
    {"usergroups.before_delete_invite", "Before an invite is taken back. Subject: the invite's record"},
    {"usergroups.after_delete_invite", "An invite was taken back. Subject: the invite's record as it was"},
    {"usergroups.render", "A group is shown. Record: the group's", C18N_ALL(joined_fields)},
    {"usergroups.render_person", "A person is shown among the members. Record: the person's, with role and joined_on",
     C18N_ALL(person_fields)},
    {"usergroups.render_invite", "An invite is shown. Record: the invite's", C18N_ALL(invite_fields)},
};

static const c18n_hook hooks[] = {
    {"communities.after_leave", 0, usergroups_after_leave},
    {"communities.after_ban", 0, usergroups_after_leave},
    {"communities.after_delete", 0, usergroups_after_community},
    {"users.after_delete", 0, usergroups_after_user},
};

#define REFERENCE(name) C18N_TEXT(name, C18N_REQUIRED, .min = 1, .max = 200)
static const c18n_field import_fields[] = {
    REFERENCE("community"),
    NAME(C18N_REQUIRED),
    DESCRIPTION,
    VISIBILITY,
    HISTORY,
    REFERENCE("by"),
    C18N_TEXT("role", 0, .choices = "owner admin member none", .help = "What by is in it; else the owner"),
    C18N_TIME("archived_on", 0),
    C18N_TIME("created_on", 0),
};
static const c18n_field import_member_fields[] = {
    REFERENCE("usergroup"),
    REFERENCE("user"),
    C18N_TEXT("role", 0, .choices = "member admin owner"),
    C18N_TIME("created_on", 0),
};
static const c18n_import imports[] = {
    {"usergroup", C18N_ALL(import_fields), "community by", usergroups_import},
    {"group_member", C18N_ALL(import_member_fields), "usergroup user", usergroups_import_member},
};
static const c18n_export exports[] = {
    {"usergroups.created", usergroups_export},
    {"usergroups.joined", usergroups_export_member},
};

static int init(c18n_self *self)
{
    struct usergroups *usergroups = self->state;
    usergroups->self = self;
    return c18n_provide(self, "usergroups.v1", NULL);
}

C18N_MODULE(usergroups, "1.0.0", "Groups of people in communities, and who runs them",
            "provides: usergroups.v1; needs: users.v1, communities.v1", .state_size = sizeof(struct usergroups),
            .settings = C18N_ALL(settings), .policies = C18N_ALL(policies), .routes = C18N_ALL(routes),
            .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = usergroups_apply, .points = C18N_ALL(points),
            .hooks = C18N_ALL(hooks), .imports = C18N_ALL(imports), .exports = C18N_ALL(exports), .init = init);
