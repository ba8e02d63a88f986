/* posts.c: the tables of the module: fields, policies, routes, events, views. Begin here. */
#include "posts.h"

#define CONTENT(flags) C18N_TEXT("content", (flags) | C18N_MULTILINE, .min = 1, .max = POSTS_CONTENT_MAX)

static const c18n_field new_body[] = {CONTENT(C18N_REQUIRED)};
static const c18n_field patch_body[] = {CONTENT(0)};
static const c18n_field list_query[] = {
    C18N_TEXT("sort", 0, .choices = "new top hot active", .help = "Order; new when left out"),
    C18N_TIME("since", 0, .min = 0, .max = INT64_MAX, .help = "Only posts made then or later"),
    C18N_ID("by", 0, .help = "Only posts of this person"),
    C18N_TEXT("unread", 0, .choices = "0 1", .help = "1: only what the caller has not opened"),
};
static const c18n_field search_query[] = {
    C18N_TEXT("q", C18N_REQUIRED, .min = 1, .max = 200, .help = "Words; every one must occur"),
};
static const c18n_field post_fields[] = {
    C18N_ID("_id", 0),
    C18N_TEXT("content", 0),
    C18N_TIME("created_on", 0),
    C18N_TIME("updated_on", 0),
    C18N_ID("created_by", 0),
    C18N_INTEGER("likes", 0),
    C18N_INTEGER("dislikes", 0),
    C18N_INTEGER("shares", 0),
    C18N_INTEGER("comments", 0),
    C18N_LINK("user", "/users/{created_by}"),
    C18N_LINK("community", "/communities/{community}"),
    C18N_TEXTS("shared_with", 0),
    C18N_TEXT("status", 0, .choices = "published pending"),
};
const c18n_table posts_fields = C18N_ALL(post_fields);

static const c18n_policy policies[] = {
    {"post_reader", posts_may_read, "as reader of the community; of a pending post its author and moderators"},
    {"post_editor", posts_may_edit, "the author while a member, and moderators of the community"},
    {"post_history", posts_may_look_back, "as post_editor, also once the post is deleted"},
};

#define ALL "/communities/{community}/posts"
#define ONE ALL "/{post}"
static const c18n_route routes[] = {
    {"POST", ALL "/new", posts_create, .allow = "member", .flags = C18N_ROUTE_CREATED, .body = C18N_ALL(new_body),
     .answer = C18N_ALL(post_fields), .does = "Post", .fails = "404 410 429"},
    {"GET", ALL "/", posts_list, .allow = "reader", .flags = C18N_ROUTE_PAGE, .query = C18N_ALL(list_query),
     .answer = C18N_ALL(post_fields), .does = "Posts of a community, newest first", .fails = "404 410"},
    {"GET", ALL "/search", posts_search_community, .allow = "reader", .flags = C18N_ROUTE_PAGE,
     .query = C18N_ALL(search_query), .answer = C18N_ALL(post_fields), .does = "Find posts of a community",
     .fails = "404 410"},
    {"GET", "/posts/search", posts_search_all, .allow = "user", .flags = C18N_ROUTE_PAGE,
     .query = C18N_ALL(search_query), .answer = C18N_ALL(post_fields),
     .does = "Find posts wherever the caller may read"},
    {"GET", ONE, posts_get, .allow = "post_reader", .flags = C18N_ROUTE_BY_ID, .answer = C18N_ALL(post_fields),
     .does = "A post", .fails = "404 410"},
    {"PUT", ONE, posts_update, .allow = "post_editor", .flags = C18N_ROUTE_IF_MATCH, .body = C18N_ALL(new_body),
     .answer = C18N_ALL(post_fields), .does = "Write a post anew", .fails = "404 410"},
    {"PATCH", ONE, posts_update, .allow = "post_editor", .flags = C18N_ROUTE_IF_MATCH, .body = C18N_ALL(patch_body),
     .answer = C18N_ALL(post_fields), .does = "Change a post", .fails = "404 410"},
    {"DELETE", ONE, posts_delete, .allow = "post_editor", .does = "Delete a post", .fails = "404 410"},
    {"GET", ONE "/history", posts_history, .allow = "post_history", .flags = C18N_ROUTE_PAGE,
     .does = "All that happened to a post, oldest first", .fails = "404 410"},
    {"GET", "/communities/{community}/queue", posts_queue, .allow = "moderator", .flags = C18N_ROUTE_PAGE,
     .answer = C18N_ALL(post_fields), .does = "Posts that wait for approval, oldest first", .fails = "404 410"},
    {"PUT", ONE "/approve", posts_approve, .allow = "moderator", .answer = C18N_ALL(post_fields),
     .does = "Publish a post that waits", .fails = "404 409 410"},
    {"PUT", ONE "/reject", posts_reject, .allow = "moderator", .does = "Refuse a post that waits",
     .fails = "404 409 410"},
};

static const c18n_field created_data[] = {
    CONTENT(0),
    C18N_ID("community", 0),
    C18N_ID("created_by", 0),
    C18N_TEXT("status", 0, .choices = "published pending"),
};
static const c18n_field updated_data[] = {CONTENT(0), C18N_ID("created_by", 0)};
static const c18n_field deleted_data[] = {C18N_ID("community", 0), C18N_BOOLEAN("counted", 0)};
static const c18n_field decided_data[] = {C18N_ID("community", 0)};

static const c18n_event_type events[] = {
    {"posts.created", "posts", 1, "content", "created_by", C18N_ALL(created_data), "A post was written"},
    {"posts.updated", "posts", 1, "content", "created_by", C18N_ALL(updated_data), "A post was changed"},
    {"posts.deleted", "posts", 1, NULL, NULL, C18N_ALL(deleted_data), "A post was deleted"},
    {"posts.approved", "posts", 1, NULL, NULL, C18N_ALL(decided_data), "A waiting post was published"},
    {"posts.rejected", "posts", 1, NULL, NULL, C18N_ALL(decided_data), "A waiting post was refused"},
};

static const c18n_view views[] = {
    {"posts", .version = 1, .counters = "likes dislikes shares comments", .search = "content",
     .search_filters = "community", .derive = posts_derive,
     .indexes = POSTS_NEW "; " POSTS_TOP "; " POSTS_HOT "; " POSTS_ACTIVE "; " POSTS_BY "; " POSTS_WAITING,
     .help = "Posts; comments, likes and shares are counted by the modules that have them"},
    {"post_reads", .version = 1, .help = "Who has opened which post; id POST/USER"},
    {"post_times", .version = 1, .indexes = POST_TIMES_BY,
     .help = "When its author wrote which post; outlives the post"},
};

/* docs/modules/hooks.md has these words, too. */
static const c18n_point points[] = {
    {"posts.before_create", "Before somebody posts. Subject: the data of the post to be"},
    {"posts.after_create", "Somebody posted; a status of pending: it waits for approval. Subject: the post's record"},
    {"posts.before_update", "Before a post is changed. Subject: the changes"},
    {"posts.after_update", "A post was changed. Subject: the post's record"},
    {"posts.before_delete", "Before a post is deleted. Subject: the post's record"},
    {"posts.after_delete", "A post was deleted. Subject: the post's record as it was"},
    {"posts.before_approve", "Before a waiting post is published. Subject: the post's record"},
    {"posts.after_approve", "A waiting post was published. Subject: the post's record"},
    {"posts.before_reject", "Before a waiting post is refused. Subject: the post's record"},
    {"posts.after_reject", "A waiting post was refused. Subject: the post's record as it was"},
    {"posts.render", "A post is shown: by itself, in a list, among hits. Record: the post's", C18N_ALL(post_fields)},
};

static const c18n_field import_fields[] = {
    C18N_TEXT("community", C18N_REQUIRED, .min = 1, .max = 200),
    C18N_TEXT("by", C18N_REQUIRED, .min = 1, .max = 200),
    CONTENT(C18N_REQUIRED),
    C18N_TIME("created_on", 0),
};
static const c18n_import imports[] = {{"post", C18N_ALL(import_fields), "community by", posts_import}};
static const c18n_export exports[] = {{"posts.created", posts_export}};

static int init(c18n_self *self)
{
    return c18n_provide(self, "posts.v1", NULL);
}

C18N_MODULE(posts, "1.0.0", "Posts in communities", "provides: posts.v1; needs: users.v1, communities.v1",
            .policies = C18N_ALL(policies), .routes = C18N_ALL(routes), .events = C18N_ALL(events),
            .views = C18N_ALL(views), .apply = posts_apply, .points = C18N_ALL(points), .imports = C18N_ALL(imports),
            .exports = C18N_ALL(exports), .init = init);
