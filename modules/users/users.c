/* users.c: the tables of the module: settings, fields, routes, events, views. Begin here. */
#include "users.h"

#include <sodium.h>

#define NAME_MAX_LENGTH 200
#define PERSONAL        "username email name display_name location bio avatar tags"

static const c18n_setting settings[] = {
    {"password_memory", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "64", 8, 4096, "MiB", NULL,
     "Memory that checking one password takes (argon2id)."},
    {"password_passes", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, "2", 1, 64, NULL, NULL,
     "How often argon2id goes over that memory."},
};

/* What a person may say about themselves. The same list stands in profile_members of account.c. */
#define PROFILE_FIELDS(name_flags)                                                                                     \
    C18N_TEXT("name", name_flags, .min = 1, .max = NAME_MAX_LENGTH, .help = "The person's name"),                      \
        C18N_TEXT("display_name", C18N_NULLABLE, .max = NAME_MAX_LENGTH, .help = "How they like to be called"),        \
        C18N_TEXT("location", C18N_NULLABLE, .max = 200, .help = "Where they are, in their own words"),                \
        C18N_TEXT("bio", C18N_NULLABLE | C18N_MULTILINE, .max = 4000, .help = "About themselves"),                     \
        C18N_TEXT("avatar", C18N_NULLABLE, .max = 2000, .format = "uri", .help = "URL of a picture"),                  \
        C18N_TEXTS("tags", C18N_CSV, .max = 50, .item_max = 50, .help = "Interests")

static const c18n_field new_body[] = {
    C18N_TEXT("username", C18N_REQUIRED, .min = 1, .max = 64, .format = "username", .help = "Unique, in any case"),
    C18N_TEXT("email", C18N_REQUIRED, .max = 254, .format = "email", .help = "Unique, in any case"),
    C18N_TEXT("password", C18N_REQUIRED | C18N_SECRET, .min = 8, .max = 256, .help = "At least 8 characters"),
    PROFILE_FIELDS(0),
};
static const c18n_field patch_body[] = {PROFILE_FIELDS(0)};
static const c18n_field batch_body[] = {
    C18N_INTEGER("count", C18N_REQUIRED, .min = 1, .max = USERS_BATCH_LIMIT, .help = "How many people to make"),
    C18N_INTEGER("seed", 0, .min = 0, .max = INT32_MAX, .help = "The same seed makes the same people"),
};
static const c18n_field roles_body[] = {
    C18N_TEXTS("roles", C18N_REQUIRED, .max = 6, .item_max = 20,
               .choices = "user admin analytics moderator premium api_developer"),
};
static const c18n_field login_body[] = {
    C18N_TEXT("email", 0, .max = 254, .help = "This or username"),
    C18N_TEXT("username", 0, .max = 64),
    C18N_TEXT("password", C18N_REQUIRED | C18N_SECRET, .min = 1, .max = 256),
};
static const c18n_field search_query[] = {
    C18N_TEXT("q", 0, .max = 200, .help = "Words of the name, username, location, bio or tags"),
    C18N_TEXT("name", 0, .max = 200, .help = "Words of the name"),
    C18N_TEXT("location", 0, .max = 200, .help = "Words of the location"),
};

static const c18n_field hit_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("name", 0),
    C18N_LINK("location", "/users/{_id}"),
    C18N_TEXT("display_name", C18N_NULLABLE),
    C18N_TEXT("avatar", C18N_NULLABLE),
    C18N_TEXT("bio", C18N_NULLABLE),
    C18N_TEXTS("tags", 0),
};
static const c18n_field role_fields[] = {C18N_ID("_id", 0), C18N_TEXTS("roles", 0)};
#define SESSION_FIELDS                                                                                                 \
    C18N_TIME("exp", 0), C18N_TIME("iat", 0), C18N_ID("sub", 0), C18N_TEXT("token", 0), C18N_INTEGER("ver", 0)
static const c18n_field session_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("email", C18N_NULLABLE),
    C18N_TEXT("name", 0),
    SESSION_FIELDS,
};
static const c18n_field login_fields[] = {
    C18N_ID("_id", 0), C18N_TEXT("email", C18N_NULLABLE), C18N_TEXT("name", 0),
    SESSION_FIELDS,    C18N_TEXT("csrf_token", 0),
};
/* What is seen of a person: by everybody; by themselves and admins; and the latter with their token. One array, whose
 * beginnings are the shorter tables: so one render point follows all three. */
static const c18n_field own_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("username", 0),
    C18N_TEXT("name", 0),
    C18N_TEXT("display_name", C18N_NULLABLE),
    C18N_TEXT("location", C18N_NULLABLE),
    C18N_TEXT("bio", C18N_NULLABLE),
    C18N_TEXT("avatar", C18N_NULLABLE),
    C18N_TEXTS("tags", 0),
    C18N_TIME("created_on", 0),
    C18N_TEXT("email", C18N_NULLABLE),
    C18N_TEXTS("roles", 0),
    C18N_TIME("updated_on", 0),
    SESSION_FIELDS,
};
enum { PUBLIC_FIELDS = 9, FULL_FIELDS = 12, OWN_FIELDS = 17 };
_Static_assert(sizeof own_fields / sizeof *own_fields == OWN_FIELDS, "count them again");
/* clang-format off: it takes an initializer in a macro for a block */
#define FIRST(count)                                                                                                   \
    {                                                                                                                  \
        own_fields, count, sizeof *own_fields                                                                          \
    }
/* clang-format on */
static const c18n_field csrf_fields[] = {C18N_TEXT("csrf_token", 0)};
static const c18n_field batch_fields[] = {C18N_INTEGER("created", 0), C18N_BOOLEAN("done", 0)};

const c18n_table users_full_fields = FIRST(FULL_FIELDS);
const c18n_table users_public_fields = FIRST(PUBLIC_FIELDS);
const c18n_table users_hit_fields = C18N_ALL(hit_fields);
const c18n_table users_role_fields = C18N_ALL(role_fields);
const c18n_table users_session_fields = C18N_ALL(session_fields);

static const c18n_route routes[] = {
    {"POST", "/users/new", users_new, .allow = "admin", .prepare = users_prepare_new, .body = C18N_ALL(new_body),
     .flags = C18N_ROUTE_CREATED | C18N_ROUTE_SESSION, .answer = C18N_ALL(session_fields),
     .does = "Make a dummy user, with a token to act as them", .fails = "409"},
    {"POST", "/users/batch", users_batch, .allow = "admin", .run = C18N_CLASS_BLOCKING, .flags = C18N_ROUTE_STREAM,
     .body = C18N_ALL(batch_body), .answer = C18N_ALL(batch_fields), .does = "Make many dummy users"},
    {"GET", "/users/", users_own, .allow = "user", .flags = C18N_ROUTE_SESSION, .answer = FIRST(OWN_FIELDS),
     .does = "The caller's own profile and token"},
    {"GET", "/users/search", users_search, .allow = "user", .flags = C18N_ROUTE_PAGE, .query = C18N_ALL(search_query),
     .answer = C18N_ALL(hit_fields), .does = "Find people, most relevant first"},
    {"GET", "/users/{user}", users_get, .allow = "user", .flags = C18N_ROUTE_BY_ID, .answer = FIRST(FULL_FIELDS),
     .does = "A profile; public fields only of somebody else", .fails = "404 410"},
    {"PATCH", "/users/{user}", users_patch, .allow = "self", .flags = C18N_ROUTE_IF_MATCH, .body = C18N_ALL(patch_body),
     .answer = FIRST(FULL_FIELDS), .does = "Change a profile", .fails = "404 410"},
    {"DELETE", "/users/{user}", users_deactivate, .allow = "self", .does = "Deactivate an account",
     .fails = "404 409 410"},
    {"GET", "/users/{user}/roles", users_get_roles, .allow = "admin", .answer = C18N_ALL(role_fields),
     .does = "A person's roles", .fails = "404 410"},
    {"PUT", "/users/{user}/roles", users_set_roles, .allow = "admin", .flags = C18N_ROUTE_IF_MATCH,
     .body = C18N_ALL(roles_body), .answer = C18N_ALL(role_fields), .does = "Set a person's roles",
     .fails = "404 409 410"},
    {"GET", "/users/{user}/history", users_history, .allow = "self", .flags = C18N_ROUTE_PAGE,
     .does = "All that happened to an account, oldest first", .fails = "404"},
    {"POST", "/auth/login", users_login, .allow = "public", .prepare = users_prepare_login,
     .flags = C18N_ROUTE_LOGIN | C18N_ROUTE_SESSION, .body = C18N_ALL(login_body), .answer = C18N_ALL(login_fields),
     .does = "Log in by e-mail or username"},
    {"POST", "/auth/logout", users_logout, .allow = "user", .flags = C18N_ROUTE_SESSION,
     .does = "End the session: its token is taken no more"},
    {"POST", "/auth/refresh", users_refresh, .allow = "user", .flags = C18N_ROUTE_SESSION,
     .answer = C18N_ALL(login_fields), .does = "A fresh token for the one presented, which ends"},
    {"GET", "/auth/csrf", users_csrf, .allow = "public", .flags = C18N_ROUTE_SESSION, .answer = C18N_ALL(csrf_fields),
     .does = "The CSRF token of the session, or of a new pre-session"},
};

static const c18n_field created_data[] = {
    C18N_TEXT("username", 0),
    C18N_TEXT("email", 0),
    PROFILE_FIELDS(0),
    C18N_TEXTS("roles", 0),
};
static const c18n_field password_data[] = {C18N_ID("user", 0), C18N_TEXT("password", C18N_SECRET)};
static const c18n_field roles_data[] = {C18N_TEXTS("roles", 0), C18N_BOOLEAN("reduced", 0)};
static const c18n_field login_data[] = {C18N_TEXT("address", 0)};

static const c18n_event_type events[] = {
    {"users.created", "users", 1, PERSONAL, "resource", C18N_ALL(created_data), "An account was made"},
    {"users.updated", "users", 1, PERSONAL, "resource", C18N_ALL(patch_body), "A profile was changed"},
    {"users.deactivated", "users", 1, NULL, NULL, {NULL, 0, 0}, "An account was deactivated"},
    {"users.roles_set", "users", 1, NULL, NULL, C18N_ALL(roles_data), "Roles were set"},
    /* The resource is the credential, not the person: so the hash is no part of the person's history. */
    {"users.password_set", "users", 1, "password", "user", C18N_ALL(password_data), "A password was set"},
    {"auth.logged_in", "access", 1, "address", "resource", C18N_ALL(login_data), "A session began"},
    {"auth.refreshed", "access", 1, NULL, NULL, {NULL, 0, 0}, "A session's token was replaced"},
    {"auth.logged_out", "access", 1, NULL, NULL, {NULL, 0, 0}, "A session was ended"},
};

static const c18n_view views[] = {
    {"users", .version = 1, .indexes = USERS_BY_EMAIL "; " USERS_BY_USERNAME, .counters = "generation",
     .search = "name*4 display_name*3 username*3 location*2 tags bio",
     .help = "People and what they say of themselves"},
    {"roles", .version = 1, .indexes = ROLES_BY_ROLE, .help = "What each person may do; the authority for it"},
    {"credentials", .version = 1, .help = "Hashes of passwords, by person"},
};

/* docs/modules/hooks.md has these words, too. */
static const c18n_point points[] = {
    {"users.before_create", "However an account is made, but by an import. Subject: its data, without a password"},
    {"users.after_create", "However an account was made, but by an import. Subject: the person's record"},
    {"users.before_update", "Before a change of a profile. Subject: the changes"},
    {"users.after_update", "After a change of a profile. Subject: the person's record"},
    {"users.before_roles", "Before roles are set. Subject: _id and roles, as they will be"},
    {"users.after_roles", "Roles were set. Subject: the person's record"},
    {"users.before_delete", "Before a deactivation. Subject: the person's record"},
    {"users.after_delete", "After a deactivation. Subject: the person's record"},
    {"users.before_login", "The password was right. Subject: the person's record"},
    {"users.before_refresh", "Before a token is replaced by a fresh one. Subject: the person's record"},
    {"users.render", "A person is shown. Record: the person's", C18N_ALL(own_fields)},
    {"users.render_hit", "A person is among the hits of a search. Record: the person's", C18N_ALL(hit_fields)},
};

static const c18n_field import_fields[] = {
    C18N_TEXT("username", C18N_REQUIRED, .min = 1, .max = 64, .format = "username"),
    C18N_TEXT("email", 0, .max = 254, .format = "email"),
    PROFILE_FIELDS(0),
    C18N_TIME("created_on", 0),
};
static const c18n_import imports[] = {{"user", C18N_ALL(import_fields), NULL, users_import}};
static const c18n_export exports[] = {{"users.created", users_export}};

static int init(c18n_self *self)
{
    struct users *users = self->state;
    users->self = self;
    if (sodium_init() < 0)
        return C18N_ERROR;
    int code = c18n_provide(self, "identity.v1", &users_identity);
    return code == C18N_OK ? c18n_provide(self, "users.v1", NULL) : code;
}

static int start(c18n_self *self)
{
    return users_prepare_passwords(self->state);
}

C18N_MODULE(users, "1.0.0", "People: accounts, profiles, roles, log-in", "provides: identity.v1, users.v1",
            .state_size = sizeof(struct users), .settings = C18N_ALL(settings), .routes = C18N_ALL(routes),
            .events = C18N_ALL(events), .views = C18N_ALL(views), .apply = users_apply, .points = C18N_ALL(points),
            .imports = C18N_ALL(imports), .exports = C18N_ALL(exports), .init = init, .start = start);
