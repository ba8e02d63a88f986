/* hooked: hangs on every point there is. It says no when the client's X-Veto asks for it, notes what ran, and adds to
 * what is shown. What a test compiles it with (-D…) makes it a module that can't be started. */
#include "hooked.h"

#include <stdio.h>
#include <string.h>

#define BY_POINT "point, created_on"

/* --- saying no, and noting what ran --- */

/* X-Veto: POINT forbidden, POINT invalid, or POINT field. A frame of a socket has no headers: there the name of what
 * it is about says it. */
static const char *asked_for(c18n_request *rq, const c18n_doc *subject)
{
    const char *asked = c18n_header(rq, "X-Veto");
    return asked ? asked : c18n_text(subject, "name");
}

static int veto(c18n_request *rq, const char *point, const char *asked)
{
    size_t length = strlen(point);
    if (!asked || strncmp(asked, point, length) != 0 || asked[length] != ' ')
        return C18N_OK;
    if (strcmp(asked + length + 1, "field") == 0)
        return c18n_fail_field(rq, C18N_INVALID, "content", "has a word that is not liked here");
    bool forbids = strcmp(asked + length + 1, "forbidden") == 0;
    return c18n_fail(rq, forbids ? C18N_FORBIDDEN : C18N_INVALID, "not_liked", c18n_print(rq, "%s says no.", point));
}

static int see(c18n_request *rq, const c18n_doc *subject, const char *point)
{
    char id[C18N_ID_SIZE];
    int code = veto(rq, point, asked_for(rq, subject));
    if (code != C18N_OK)
        return code;
    c18n_new_id(C18N_HOST_OF(rq), 0, id);
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "point", point);
    c18n_out_begin(data, "subject", '{');
    c18n_out_doc(data, subject, NULL);
    c18n_out_end(data);
    return c18n_emit(rq, "hooked.seen", id, NULL, data);
}

#define POINTS(X)                                                                                                      \
    X(users, before_create)                                                                                            \
    X(users, after_create)                                                                                             \
    X(users, before_update)                                                                                            \
    X(users, after_update)                                                                                             \
    X(users, before_roles)                                                                                             \
    X(users, after_roles)                                                                                              \
    X(users, before_delete)                                                                                            \
    X(users, after_delete)                                                                                             \
    X(users, before_login)                                                                                             \
    X(users, before_refresh)                                                                                           \
    X(communities, before_create)                                                                                      \
    X(communities, after_create)                                                                                       \
    X(communities, before_update)                                                                                      \
    X(communities, after_update)                                                                                       \
    X(communities, before_delete)                                                                                      \
    X(communities, after_delete)                                                                                       \
    X(communities, before_join)                                                                                        \
    X(communities, after_join)                                                                                         \
    X(communities, before_leave)                                                                                       \
    X(communities, after_leave)                                                                                        \
    X(communities, before_ban)                                                                                         \
    X(communities, after_ban)                                                                                          \
    X(communities, before_unban)                                                                                       \
    X(communities, after_unban)                                                                                        \
    X(communities, before_create_invite)                                                                               \
    X(communities, after_create_invite)                                                                                \
    X(communities, before_update_invite)                                                                               \
    X(communities, after_update_invite)                                                                                \
    X(communities, before_delete_invite)                                                                               \
    X(communities, after_delete_invite)                                                                                \
    X(posts, before_create)                                                                                            \
    X(posts, after_create)                                                                                             \
    X(posts, before_update)                                                                                            \
    X(posts, after_update)                                                                                             \
    X(posts, before_delete)                                                                                            \
    X(posts, after_delete)                                                                                             \
    X(posts, before_approve)                                                                                           \
    X(posts, after_approve)                                                                                            \
    X(posts, before_reject)                                                                                            \
    X(posts, after_reject)                                                                                             \
    X(usergroups, before_create)                                                                                       \
    X(usergroups, after_create)                                                                                        \
    X(usergroups, before_update)                                                                                       \
    X(usergroups, after_update)                                                                                        \
    X(usergroups, before_delete)                                                                                       \
    X(usergroups, after_delete)                                                                                        \
    X(usergroups, before_archive)                                                                                      \
    X(usergroups, after_archive)                                                                                       \
    X(usergroups, before_unarchive)                                                                                    \
    X(usergroups, after_unarchive)                                                                                     \
    X(usergroups, before_join)                                                                                         \
    X(usergroups, after_join)                                                                                          \
    X(usergroups, before_leave)                                                                                        \
    X(usergroups, after_leave)                                                                                         \
    X(usergroups, before_create_invite)                                                                                \
    X(usergroups, after_create_invite)                                                                                 \
    X(usergroups, before_update_invite)                                                                                \
    X(usergroups, after_update_invite)                                                                                 \
    X(usergroups, before_delete_invite)                                                                                \
    X(usergroups, after_delete_invite)                                                                                 \
    X(messaging, before_create)                                                                                        \
    X(messaging, after_create)                                                                                         \
    X(messaging, before_update)                                                                                        \
    X(messaging, after_update)                                                                                         \
    X(messaging, before_delete)                                                                                        \
    X(messaging, after_delete)                                                                                         \
    X(media, before_create)                                                                                            \
    X(media, after_create)                                                                                             \
    X(media, before_delete)                                                                                            \
    X(media, after_delete)                                                                                             \
    X(absent, before_create)

#define SEE(owner, point)                                                                                              \
    static int see_##owner##_##point(c18n_request *rq, const c18n_doc *subject, void *module)                          \
    {                                                                                                                  \
        (void)module;                                                                                                  \
        return see(rq, subject, #owner "." #point);                                                                    \
    }
POINTS(SEE)

/* --- around handlers --- */

static int before(c18n_request *rq, const c18n_doc *route, void *module)
{
    (void)module;
    return veto(rq, "core.before_route", asked_for(rq, route));
}

static int after(c18n_request *rq, const c18n_doc *route, void *module)
{
    (void)module;
    char *words = c18n_print(rq, "%s %s of %s: %d", c18n_text(route, "method"), c18n_text(route, "path"),
                             c18n_text(route, "module"), (int)c18n_integer(route, "status", 0));
    if (!words)
        return C18N_NO_MEMORY;
    int code = c18n_set_header(rq, "X-Hooked", words);
    return code == C18N_OK ? veto(rq, "core.after_route", asked_for(rq, route)) : code;
}

static int founding(c18n_request *rq, const c18n_doc *route, void *module)
{
    (void)route, (void)module;
    return c18n_set_header(rq, "X-Founding", "yes");
}

/* --- adding to what is shown --- */

static int render_post(c18n_request *rq, const c18n_doc *post, c18n_out *out, void *module)
{
    (void)module;
    const char *id = c18n_text(post, "_id"), *asked = c18n_header(rq, "X-Render");
    const c18n_doc *mark;
    if (asked && strcmp(asked, "fail") == 0)
        return c18n_fail(rq, C18N_FORBIDDEN, "not_shown", "This post is not shown to you.");
    if (asked && strcmp(asked, "undeclared") == 0)
        c18n_out_text(out, "content", "not the author's");
    if (id && c18n_get(rq, "hooked_marks", id, &mark) == C18N_OK)
        c18n_out_raw(out, "mark", c18n_raw(mark, "mark"));
    c18n_out_integer(out, "letters", (int64_t)strlen(c18n_text(post, "content")));
    return C18N_OK;
}

static int render_name(c18n_request *rq, const c18n_doc *record, c18n_out *out, void *module)
{
    (void)rq, (void)module;
    c18n_out_boolean(out, "hooked", c18n_has(record, "_id"));
    return C18N_OK;
}

static const c18n_field post_fields[] = {
    C18N_TEXT("mark", C18N_NULLABLE, .help = "What somebody wrote on it"),
    C18N_INTEGER("letters", 0),
#ifdef CLASH
    C18N_TEXT("content", 0),
#endif
};
static const c18n_field name_fields[] = {C18N_BOOLEAN("hooked", 0)};

/* --- marks: a change of what is shown that is none of the post --- */

struct mark {
    const char *post, *words;
};

static int emit_mark(c18n_request *rq, void *arg)
{
    const struct mark *mark = arg;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "mark", mark->words);
    return c18n_emit(rq, "hooked.marked", mark->post, NULL, data);
}

static int mark_post(c18n_self *self, c18n_request *rq, const char *post, const char *words)
{
    struct mark mark = {post, words};
    return c18n_as(self, rq, emit_mark, &mark);
}

static const struct hooked_service service = {sizeof service, mark_post};

static int seen(c18n_request *rq, void *module)
{
    (void)module;
    static const c18n_field fields[] = {C18N_TEXT("point", 0), C18N_OBJECT("subject", 0)};
    const c18n_page page = {.size = sizeof page,
                            .view = "hooked_seen",
                            .index = BY_POINT,
                            .match = {c18n_path(rq, "point")},
                            .fields = C18N_ALL(fields)};
    return c18n_reply_page(rq, &page);
}

static int apply(const c18n_event *event, c18n_changes *changes)
{
    bool marks = c18n_event_is(event, "hooked.marked");
    if (!marks && !c18n_event_is(event, "hooked.seen"))
        return C18N_OK;
    c18n_out *record = c18n_put(changes, marks ? "hooked_marks" : "hooked_seen", event->resource);
    c18n_out_doc(record, event->data, NULL);
    c18n_out_integer(record, "created_on", event->time_ms);
    return C18N_OK;
}

/* --- the tables --- */

static const c18n_route routes[] = {
    {"GET", "/hooked/{point:text}", seen, .allow = "admin", .flags = C18N_ROUTE_PAGE, .does = "What ran at a point"},
};
static const c18n_event_type events[] = {
    {"hooked.seen", "access", 1, .help = "A hook ran"},
    {"hooked.marked", "posts", 1, .help = "A mark was written on a post"},
};
static const c18n_view views[] = {{"hooked_seen", .version = 1, .indexes = BY_POINT}, {"hooked_marks", .version = 1}};

#define HOOK(owner, point) {#owner "." #point, 0, see_##owner##_##point},
static const c18n_hook hooks[] = {
    POINTS(HOOK){"core.before_route", 0, before},
    {"core.after_route", 0, after},
#ifdef WRONG_ROUTE
    {"core.after_route", 0, founding, .route = "POST /communities/nwe"},
#endif
    {"core.after_route", 0, founding, .route = "POST /communities/new"},
    {"core.after_route", 0, founding, .route = "POST /absent/new"},
    {"posts.render", 0, .fields = C18N_ALL(post_fields), .render = render_post},
    {"communities.render", 0, .fields = C18N_ALL(name_fields), .render = render_name},
    {"communities.render_person", 0, .fields = C18N_ALL(name_fields), .render = render_name},
    {"communities.render_invite", 0, .fields = C18N_ALL(name_fields), .render = render_name},
    {"users.render", 0, .fields = C18N_ALL(name_fields), .render = render_name},
    {"users.render_hit", 0, .fields = C18N_ALL(name_fields), .render = render_name},
#ifdef NO_RENDER
    {"posts.render", 0, see_posts_before_create},
#endif
#ifdef ROUTE_ON_A_POINT
    {"posts.before_create", 0, see_posts_before_create, .route = "POST /communities/new"},
#endif
};

static int init(c18n_self *self)
{
    return c18n_provide(self, "hooked.v1", &service);
}

#ifdef WRONG_ROUTE
#define WANTS "provides: hooked.v1"
#else
#define WANTS "provides: hooked.v1; wants: absent.v1"
#endif
C18N_MODULE(hooked, "1.0.0", "A hook on every point", WANTS, .routes = C18N_ALL(routes), .events = C18N_ALL(events),
            .views = C18N_ALL(views), .apply = apply, .hooks = C18N_ALL(hooks), .init = init);
