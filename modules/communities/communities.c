/* communities.c: the tables of the module: settings, fields, policies, routes, events, views. Begin here. */
#include "communities.h"

static const c18n_setting settings[] = {
    {"open_search", C18N_SETTING_BOOLEAN, C18N_SETTING_RELOADABLE, "false", 0, 0, NULL, NULL,
     "Whether people without a token may search communities (never private ones)."},
    {"invite_ttl", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "1209600", 0, 315360000, "seconds", NULL,
     "How long an invite can be accepted; 0: for ever."},
};

#define NAME(flags) C18N_TEXT("name", flags, .min = 1, .max = 200)
#define DESCRIPTION C18N_TEXT("description", C18N_MULTILINE, .max = 10000, .help = "What it is about")
#define TAGS        C18N_TEXTS("tags", C18N_CSV, .max = 50, .item_max = 50, .help = "An array, or one text with commas")
#define VISIBILITY                                                                                                     \
    C18N_TEXT("visibility", 0, .choices = "public restricted private",                                                 \
              .help = "restricted: joining needs approval; private: hidden from who is no member")

static const c18n_field new_body[] = {NAME(C18N_REQUIRED), DESCRIPTION, TAGS, VISIBILITY};
static const c18n_field update_body[] = {NAME(0), DESCRIPTION, TAGS};
static const c18n_field settings_fields[] = {
    VISIBILITY,
    C18N_INTEGER("posts_per_day", 0, .min = 0, .max = 100000, .help = "Of one member; 0: any number"),
    C18N_BOOLEAN("approval_queue", 0, .help = "Posts wait for a moderator"),
    C18N_INTEGER("slow_mode", 0, .min = 0, .max = 86400, .help = "Seconds between two posts of one member; 0: none"),
};
static const c18n_field ban_body[] = {
    C18N_TIME("until", 0, .help = "The end; without it there is none"),
    C18N_TEXT("reason", C18N_MULTILINE, .max = 1000),
};
static const c18n_field search_query[] = {
    C18N_TEXT("q", 0, .max = 200, .help = "Words of the name, the description or a tag"),
    C18N_TEXT("tags", 0, .max = 200, .help = "Tags with commas between them; all must be there"),
};

/* A community; and for who joins it, what they now are in it. One array, whose beginning is the shorter table: so one
 * render point follows both. */
static const c18n_field subscribed_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("name", 0),
    C18N_TEXT("description", 0),
    C18N_TIME("created_on", 0),
    C18N_TIME("updated_on", 0),
    C18N_ID("created_by", 0),
    C18N_TEXTS("tags", 0),
    C18N_LINK("users", "/communities/{_id}/users"),
    C18N_LINK("posts", "/communities/{_id}/posts"),
    C18N_INTEGER("users_count", 0),
    C18N_INTEGER("posts_count", 0),
    C18N_TEXT("visibility", 0),
    C18N_TEXT("membership", 0, .choices = "member moderator owner pending"),
};
/* clang-format off: it takes an initializer in a macro for a block */
#define COMMUNITY_FIELDS                                                                                               \
    {                                                                                                                  \
        subscribed_fields, sizeof subscribed_fields / sizeof *subscribed_fields - 1, sizeof *subscribed_fields         \
    }
/* clang-format on */
static const c18n_field person_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("name", 0),
    C18N_LINK("location", "/users/{_id}"),
    C18N_TEXT("display_name", C18N_NULLABLE),
    C18N_TEXT("avatar", C18N_NULLABLE),
    C18N_TEXT("bio", C18N_NULLABLE),
    C18N_TEXTS("tags", 0),
};
static const c18n_field member_fields[] = {
    C18N_ID("user", 0),
    C18N_ID("community", 0),
    C18N_TEXT("role", 0),
    C18N_TIME("created_on", 0),
};
static const c18n_field invite_fields[] = {
    C18N_ID("_id", 0),          C18N_TEXT("status", 0, .choices = "pending accepted declined expired"),
    C18N_TIME("created_on", 0), C18N_ID("created_by", 0),
    C18N_ID("user", 0),         C18N_LINK("community", "/communities/{community}"),
};
static const c18n_field request_fields[] = {
    C18N_ID("user", 0),
    C18N_TIME("created_on", 0),
    C18N_LINK("location", "/users/{user}"),
};
static const c18n_field ban_fields[] = {
    C18N_ID("user", 0),       C18N_TIME("until", C18N_NULLABLE), C18N_TEXT("reason", C18N_NULLABLE),
    C18N_ID("created_by", 0), C18N_TIME("created_on", 0),
};

const c18n_table communities_fields = COMMUNITY_FIELDS;
const c18n_table communities_settings_fields = C18N_ALL(settings_fields);
const c18n_table communities_person_fields = C18N_ALL(person_fields);
const c18n_table communities_member_fields = C18N_ALL(member_fields);
const c18n_table communities_invite_fields = C18N_ALL(invite_fields);
const c18n_table communities_request_fields = C18N_ALL(request_fields);
const c18n_table communities_ban_fields = C18N_ALL(ban_fields);

static const c18n_policy policies[] = {
    {"reader", communities_may_read, "whoever may see the community: anyone, of a private one its members"},
    {"member", communities_may_take_part, "members of the community"},
    {"moderator", communities_may_moderate, "moderators and the owner of the community"},
    {"owner", communities_may_own, "the owner of the community"},
    {"community_history", communities_may_look_back, "as moderator, also once the community is deleted"},
    {"joiner", communities_may_join, "as reader, and who is invited; not the banned"},
    {"inviter", communities_may_withdraw_invite, "who invited them, and moderators of the community"},
    {"invited", communities_may_answer_invite, "the person who was invited"},
    {"invite_reader", communities_may_see_invite, "who was invited, who invited them, moderators"},
    {"community_searcher", communities_may_search, "any user; anyone when open_search is on", .anonymous = 1},
};

#define ONE "/communities/{community}"
static const c18n_route routes[] = {
    {"POST", "/communities/new", communities_new, .allow = "user", .flags = C18N_ROUTE_CREATED,
     .body = C18N_ALL(new_body), .answer = COMMUNITY_FIELDS, .does = "Found a community"},
    {"GET", "/communities/", communities_list, .allow = "user", .flags = C18N_ROUTE_PAGE, .answer = COMMUNITY_FIELDS,
     .does = "Communities, newest first"},
    {"GET", "/communities/search", communities_search, .allow = "community_searcher", .flags = C18N_ROUTE_PAGE,
     .query = C18N_ALL(search_query), .answer = COMMUNITY_FIELDS, .does = "Find communities, most relevant first"},
    {"GET", ONE, communities_get, .allow = "reader", .flags = C18N_ROUTE_BY_ID, .answer = COMMUNITY_FIELDS,
     .does = "A community", .fails = "404 410"},
    {"PUT", ONE, communities_update, .allow = "moderator", .flags = C18N_ROUTE_IF_MATCH, .body = C18N_ALL(update_body),
     .answer = COMMUNITY_FIELDS, .does = "Change what is given of a community", .fails = "404 410"},
    {"PATCH", ONE, communities_update, .allow = "moderator", .flags = C18N_ROUTE_IF_MATCH,
     .body = C18N_ALL(update_body), .answer = COMMUNITY_FIELDS, .does = "Change a community", .fails = "404 410"},
    {"DELETE", ONE, communities_delete, .allow = "owner", .does = "Delete a community", .fails = "404 410"},
    {"GET", ONE "/history", communities_history, .allow = "community_history", .flags = C18N_ROUTE_PAGE,
     .does = "All that happened to a community, oldest first", .fails = "404"},
    {"GET", ONE "/settings", communities_get_settings, .allow = "member", .answer = C18N_ALL(settings_fields),
     .does = "How a community is run", .fails = "404 410"},
    {"PATCH", ONE "/settings", communities_patch_settings, .allow = "moderator", .flags = C18N_ROUTE_IF_MATCH,
     .body = C18N_ALL(settings_fields), .answer = C18N_ALL(settings_fields), .does = "Change how a community is run",
     .fails = "404 410"},

    {"GET", ONE "/users", communities_users, .allow = "reader", .flags = C18N_ROUTE_PAGE,
     .answer = C18N_ALL(person_fields), .does = "Members, oldest first", .fails = "404 410"},
    {"PUT", ONE "/subscribe", communities_subscribe, .allow = "joiner", .answer = C18N_ALL(subscribed_fields),
     .does = "Join, or ask to where that needs approval", .fails = "404 410"},
    {"PUT", ONE "/unsubscribe", communities_unsubscribe, .allow = "reader", .does = "Leave, or take a request back",
     .fails = "404 409 410"},
    {"GET", ONE "/requests", communities_requests, .allow = "moderator", .flags = C18N_ROUTE_PAGE,
     .answer = C18N_ALL(request_fields), .does = "Who asks to join, oldest first", .fails = "404 410"},
    {"PUT", ONE "/requests/{user}/accept", communities_accept_request, .allow = "moderator", .answer = COMMUNITY_FIELDS,
     .does = "Let somebody in", .fails = "404 410"},
    {"PUT", ONE "/requests/{user}/decline", communities_decline_request, .allow = "moderator",
     .does = "Refuse a request to join", .fails = "404 410"},

    {"POST", ONE "/users/{user}/invite", communities_invite, .allow = "member", .flags = C18N_ROUTE_CREATED,
     .answer = C18N_ALL(invite_fields), .does = "Invite somebody", .fails = "404 409 410"},
    {"GET", ONE "/users/{user}/invite", communities_get_invite, .allow = "invite_reader",
     .answer = C18N_ALL(invite_fields), .does = "Somebody's newest invite", .fails = "404 410"},
    {"DELETE", ONE "/users/{user}/invite", communities_withdraw_invite, .allow = "inviter",
     .does = "Take back an invite that is pending", .fails = "404 409 410"},
    {"PUT", ONE "/invite/{invite}/accept", communities_accept_invite, .allow = "invited", .answer = COMMUNITY_FIELDS,
     .does = "Accept an invite", .fails = "404 409 410"},
    {"PUT", ONE "/invite/{invite}/decline", communities_decline_invite, .allow = "invited", .does = "Decline an invite",
     .fails = "404 409 410"},

    {"PUT", ONE "/moderators/{user}", communities_make_moderator, .allow = "owner", .answer = C18N_ALL(member_fields),
     .does = "Make a member a moderator", .fails = "404 409 410"},
    {"DELETE", ONE "/moderators/{user}", communities_end_moderator, .allow = "owner",
     .does = "Make a moderator a plain member", .fails = "404 410"},
    {"PUT", ONE "/owner/{user}", communities_hand_over, .allow = "owner", .answer = COMMUNITY_FIELDS,
     .does = "Hand the community over to a member", .fails = "404 409 410"},
    {"GET", ONE "/bans", communities_bans, .allow = "moderator", .flags = C18N_ROUTE_PAGE,
     .answer = C18N_ALL(ban_fields), .does = "Who is banned, newest first", .fails = "404 410"},
    {"PUT", ONE "/bans/{user}", communities_ban, .allow = "moderator", .body = C18N_ALL(ban_body),
     .answer = C18N_ALL(ban_fields), .does = "Ban somebody, for a time or for good", .fails = "404 409 410"},
    {"DELETE", ONE "/bans/{user}", communities_lift_ban, .allow = "moderator", .does = "Lift a ban",
     .fails = "404 410"},
};

static const c18n_field pair_data[] = {C18N_ID("community", 0), C18N_ID("user", 0)};
static const c18n_field invited_data[] = {C18N_ID("community", 0), C18N_ID("user", 0), C18N_ID("created_by", 0)};
static const c18n_field created_data[] = {
    C18N_TEXT("name", 0), DESCRIPTION, TAGS, VISIBILITY, C18N_ID("created_by", 0),
};
static const c18n_field staff_data[] = {C18N_ID("user", 0), C18N_ID("previous", 0)};
static const c18n_field ban_data[] = {
    C18N_ID("user", 0),
    C18N_TIME("until", 0),
    C18N_TEXT("reason", 0),
    C18N_BOOLEAN("was_member", 0),
};

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
    EVENT("communities.created", "communities", C18N_ALL(created_data), "A community was founded"),
    EVENT("communities.updated", "communities", C18N_ALL(update_body), "Its name, description or tags were changed"),
    EVENT("communities.settings_set", "communities", C18N_ALL(settings_fields), "Settings were changed"),
    EVENT("communities.deleted", "communities", NO_DATA, "A community was deleted"),
    EVENT("communities.moderator_added", "communities", C18N_ALL(staff_data), "A member became a moderator"),
    EVENT("communities.moderator_removed", "communities", C18N_ALL(staff_data), "A moderator became a plain member"),
    EVENT("communities.owner_set", "communities", C18N_ALL(staff_data), "The community was handed over"),
    EVENT("communities.banned", "communities", C18N_ALL(ban_data), "Somebody was banned"),
    EVENT("communities.unbanned", "communities", C18N_ALL(staff_data), "A ban was lifted"),
    EVENT("subscriptions.joined", "subscriptions", C18N_ALL(pair_data), "Somebody became a member"),
    EVENT("subscriptions.left", "subscriptions", C18N_ALL(pair_data), "A member left"),
    EVENT("subscriptions.requested", "subscriptions", C18N_ALL(pair_data), "Somebody asks to join"),
    EVENT("subscriptions.withdrawn", "subscriptions", C18N_ALL(pair_data), "A request to join was taken back"),
    EVENT("subscriptions.declined", "subscriptions", C18N_ALL(pair_data), "A request to join was refused"),
    EVENT("invites.created", "invites", C18N_ALL(invited_data), "Somebody was invited"),
    EVENT("invites.accepted", "invites", C18N_ALL(pair_data), "An invite was accepted"),
    EVENT("invites.declined", "invites", C18N_ALL(pair_data), "An invite was declined"),
    EVENT("invites.withdrawn", "invites", C18N_ALL(pair_data), "An invite was taken back"),
};

static const c18n_view views[] = {
    {"communities", .version = 1, .indexes = COMMUNITIES_NEWEST, .counters = "users_count posts_count",
     .search = "name*3 tags*2 description", .help = "Communities and their settings"},
    {"memberships", .version = 1, .indexes = MEMBERSHIPS_OF_COMMUNITY "; " MEMBERSHIPS_OF_USER,
     .help = "Who belongs to what, and as what; id COMMUNITY/USER"},
    {"invites", .version = 1, .indexes = INVITES_OF_USER, .help = "Invites and how they ended"},
    {"join_requests", .version = 1, .indexes = REQUESTS_OF_COMMUNITY, .help = "Who asks to join; id COMMUNITY/USER"},
    {"bans", .version = 1, .indexes = BANS_OF_COMMUNITY, .help = "Who is kept out; id COMMUNITY/USER"},
};

/* docs/modules/hooks.md has these words, too. */
static const c18n_point points[] = {
    {"communities.before_create", "Before a community is founded. Subject: the data of the community to be"},
    {"communities.after_create", "A community was founded. Subject: the community's record"},
    {"communities.before_update", "Before a change of it or its settings. Subject: the changes"},
    {"communities.after_update", "After a change of it or its settings. Subject: the community's record"},
    {"communities.before_delete", "Before a community is deleted. Subject: the community's record"},
    {"communities.after_delete", "A community was deleted. Subject: the community's record as it was"},
    {"communities.before_join", "However somebody joins, but by founding or an import. Subject: community and user"},
    {"communities.after_join",
     "However somebody joined, but by founding or an import. Subject: the membership's record"},
    {"communities.before_leave", "Before a member leaves of their own will. Subject: the membership's record"},
    {"communities.after_leave", "A member left, or their account ended. Subject: the membership's record as it was"},
    {"communities.before_ban", "Before somebody is banned. Subject: community, user, until, reason, was_member"},
    {"communities.after_ban", "Somebody was banned. Subject: the ban's record"},
    {"communities.before_unban", "Before a ban is lifted. Subject: the ban's record"},
    {"communities.after_unban", "A ban was lifted. Subject: the ban's record as it was"},
    {"communities.before_create_invite", "Before somebody is invited. Subject: community, user and created_by"},
    {"communities.after_create_invite", "Somebody was invited. Subject: the invite's record"},
    {"communities.before_update_invite", "Before an invite is answered. Subject: its record, with the status to be"},
    {"communities.after_update_invite", "An invite was accepted or declined. Subject: the invite's record"},
    {"communities.before_delete_invite", "Before an invite is taken back. Subject: the invite's record"},
    {"communities.after_delete_invite", "An invite was taken back. Subject: the invite's record as it was"},
    {"communities.render", "A community is shown. Record: the community's", C18N_ALL(subscribed_fields)},
    {"communities.render_person", "A person is shown among the members. Record: the person's", C18N_ALL(person_fields)},
    {"communities.render_invite", "An invite is shown. Record: the invite's", C18N_ALL(invite_fields)},
};

static const c18n_hook hooks[] = {{"users.after_delete", 0, communities_after_user}};

static const c18n_field import_fields[] = {
    NAME(C18N_REQUIRED),        DESCRIPTION, TAGS, VISIBILITY, C18N_TEXT("by", C18N_REQUIRED, .min = 1, .max = 200),
    C18N_TIME("created_on", 0),
};
static const c18n_field import_member_fields[] = {
    C18N_TEXT("community", C18N_REQUIRED, .min = 1, .max = 200),
    C18N_TEXT("user", C18N_REQUIRED, .min = 1, .max = 200),
    C18N_TIME("created_on", 0),
};
static const c18n_import imports[] = {
    {"community", C18N_ALL(import_fields), "by", communities_import},
    {"member", C18N_ALL(import_member_fields), "community user", communities_import_member},
};
static const c18n_export exports[] = {
    {"communities.created", communities_export},
    {"subscriptions.joined", communities_export_member},
};

static int init(c18n_self *self)
{
    struct communities *communities = self->state;
    communities->self = self;
    return c18n_provide(self, "communities.v1", NULL);
}

C18N_MODULE(communities, "1.0.0", "Communities, their members, and who runs them",
            "provides: communities.v1; needs: users.v1", .state_size = sizeof(struct communities),
            .settings = C18N_ALL(settings), .policies = C18N_ALL(policies), .routes = C18N_ALL(routes),
            .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = communities_apply,
            .points = C18N_ALL(points), .hooks = C18N_ALL(hooks), .imports = C18N_ALL(imports),
            .exports = C18N_ALL(exports), .init = init);
