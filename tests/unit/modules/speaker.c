/* speaker: a module for the tests of usergroups: it says something in groups, asks their policies as a module does
 * whose paths name the group alone, and tells what it hears at their points. */
#include <c18n/module.h>

#include <string.h>

static int speak(c18n_request *rq, void *module)
{
    (void)module;
    char id[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), 0, id);
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "group", c18n_path(rq, "group"));
    c18n_out_doc(data, c18n_body(rq), NULL);
    int code = c18n_emit(rq, "messages.created", id, c18n_path(rq, "group"), data);
    return code == C18N_OK ? c18n_reply_empty(rq) : code;
}

static int pass(c18n_request *rq, void *module)
{
    (void)module;
    return c18n_reply_empty(rq);
}

static const c18n_field speak_body[] = {C18N_BOOLEAN("active", C18N_REQUIRED)};
#define FOR(policy)                                                                                                    \
    {                                                                                                                  \
        "GET", "/usergroups/{group}/for/" policy, pass, .allow = policy, .does = "Asks " policy, .fails = "404 410"    \
    }
static const c18n_route routes[] = {
    {"POST", "/usergroups/{group}/speak", speak, .allow = "group_member", .body = C18N_ALL(speak_body),
     .does = "Say something", .fails = "404 410"},
    FOR("group_reader"),
    FOR("group_member"),
    FOR("group_admin"),
    FOR("group_owner"),
};

static const c18n_field created_data[] = {C18N_ID("group", 0), C18N_BOOLEAN("active", 0)};
static const c18n_field heard_data[] = {
    C18N_ID("group", 0),
    C18N_ID("user", 0),
    C18N_TEXT("role", 0),
    C18N_BOOLEAN("lost", 0),
};
#define HEARD(point)                                                                                                   \
    {                                                                                                                  \
        "speaker." point, "usergroups", 1, NULL, NULL, C18N_ALL(heard_data), "Heard at " point                         \
    }
static const c18n_event_type events[] = {
    {"messages.created", "messages", 1, NULL, NULL, C18N_ALL(created_data), "Somebody said something"},
    HEARD("before_create"),
    HEARD("after_create"),
    HEARD("before_update"),
    HEARD("after_update"),
    HEARD("before_delete"),
    HEARD("after_delete"),
    HEARD("before_archive"),
    HEARD("after_archive"),
    HEARD("before_unarchive"),
    HEARD("after_unarchive"),
    HEARD("before_join"),
    HEARD("after_join"),
    HEARD("before_leave"),
    HEARD("after_leave"),
};

/* Who is told to stay stays: a group of this name lets nobody in or out of their own will. */
static int refuse(c18n_request *rq, const char *point, const char *group)
{
    const c18n_doc *record;
    if (strcmp(point, "before_join") != 0 && strcmp(point, "before_leave") != 0)
        return C18N_OK;
    if (c18n_get(rq, "usergroups", group, &record) != C18N_OK || strcmp(c18n_text(record, "name"), "Shut") != 0)
        return C18N_OK;
    return c18n_fail(rq, C18N_FORBIDDEN, "shut", "Nobody comes in or out.");
}

static int hear(c18n_request *rq, const char *point, const c18n_doc *subject)
{
    const char *group = c18n_text(subject, "group");
    if (!group || !c18n_text(subject, "user"))
        return C18N_ERROR;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "group", group);
    c18n_out_raw(data, "user", c18n_raw(subject, "user"));
    c18n_out_raw(data, "role", c18n_raw(subject, "role"));
    c18n_out_raw(data, "lost", c18n_raw(subject, "lost"));
    int code = refuse(rq, point, group);
    const char *type = c18n_print(rq, "speaker.%s", point);
    return code == C18N_OK ? c18n_emit(rq, type, c18n_print(rq, "%s/%s", group, point), group, data) : code;
}

#define HOOK(point)                                                                                                    \
    static int at_##point(c18n_request *rq, const c18n_doc *subject, void *module)                                     \
    {                                                                                                                  \
        (void)module;                                                                                                  \
        return hear(rq, #point, subject);                                                                              \
    }
HOOK(before_create)
HOOK(after_create)
HOOK(before_update)
HOOK(after_update)
HOOK(before_delete)
HOOK(after_delete)
HOOK(before_archive)
HOOK(after_archive)
HOOK(before_unarchive)
HOOK(after_unarchive)
HOOK(before_join)
HOOK(after_join)
HOOK(before_leave)
HOOK(after_leave)

#define AT(point)                                                                                                      \
    {                                                                                                                  \
        "usergroups." #point, 0, at_##point                                                                            \
    }
static const c18n_hook hooks[] = {
    AT(before_create), AT(after_create),   AT(before_update), AT(after_update),     AT(before_delete),
    AT(after_delete),  AT(before_archive), AT(after_archive), AT(before_unarchive), AT(after_unarchive),
    AT(before_join),   AT(after_join),     AT(before_leave),  AT(after_leave),
};

C18N_MODULE(speaker, "1.0.0", "Says and hears for tests", "needs: usergroups.v1", .routes = C18N_ALL(routes),
            .events = C18N_ALL(events), .hooks = C18N_ALL(hooks));
