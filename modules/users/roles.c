/* roles.c: what people may do beyond their own things. The view `roles` is the authority. */
#include "users.h"

#include <string.h>

/* As in the choices of roles_body in users.c. */
static const char *const known_roles[] = {"user", "admin", "analytics", "moderator", "premium", "api_developer"};
enum { KNOWN_ROLES = sizeof known_roles / sizeof *known_roles };

static bool holds(const c18n_doc *doc, const char *role)
{
    const char *const *roles;
    size_t count = c18n_texts(doc, "roles", &roles);
    for (size_t i = 0; i < count; i++)
        if (strcmp(roles[i], role) == 0)
            return true;
    return false;
}

/** The roles as c18n_person wants them: " admin user ". */
const char *users_roles_text(c18n_request *rq, const char *user)
{
    const c18n_doc *record;
    const char *text = " ";
    if (c18n_get(rq, "roles", user, &record) != C18N_OK)
        return text;
    for (size_t i = 0; text && i < KNOWN_ROLES; i++)
        if (holds(record, known_roles[i]))
            text = c18n_print(rq, "%s%s ", text, known_roles[i]);
    return text ? text : " ";
}

/* Ends the walk at an admin who is not `arg` and is active. */
static int find_other_admin(c18n_request *rq, const c18n_doc *record, void *arg)
{
    const char *id = c18n_text(record, "_id");
    const c18n_doc *user;
    if (!id || strcmp(id, arg) == 0 || c18n_get(rq, "users", id, &user) != C18N_OK)
        return C18N_OK;
    return C18N_EXISTS;
}

/** May this person stop being an admin? Somebody must be left who can let others in. */
int users_spare_last_admin(c18n_request *rq, const char *user)
{
    static const char *const admins[] = {"admin", NULL};
    const c18n_doc *record;
    if (c18n_get(rq, "roles", user, &record) != C18N_OK || !holds(record, "admin"))
        return C18N_OK;
    int code = c18n_each(rq, "roles", ROLES_BY_ROLE, admins, find_other_admin, (void *)(uintptr_t)user);
    if (code == C18N_EXISTS)
        return C18N_OK;
    return code == C18N_OK ? c18n_fail(rq, C18N_CONFLICT, NULL, "The last administrator must stay one.") : code;
}

/* A right more may come at once; a right less must end the tokens that were given with it. */
static bool takes_away(const c18n_doc *had, const c18n_doc *body)
{
    for (size_t i = 0; i < KNOWN_ROLES; i++)
        if (holds(had, known_roles[i]) && !holds(body, known_roles[i]))
            return true;
    return false;
}

static const c18n_doc *roles_to_be(c18n_request *rq, const char *user, const c18n_doc *body)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "_id", user);
    c18n_out_raw(out, "roles", c18n_raw(body, "roles"));
    return c18n_out_finish(out);
}

/* What apply can't find out, it is told: whether this took something away. */
static int record_roles(c18n_request *rq, const char *user, const c18n_doc *had, const c18n_doc *body)
{
    const c18n_doc *subject = roles_to_be(rq, user, body);
    c18n_out *data = c18n_out_new(rq);
    c18n_out_begin(data, "roles", '[');
    for (size_t i = 0; i < KNOWN_ROLES; i++) /* in one order, each once */
        if (holds(body, known_roles[i]))
            c18n_out_text(data, NULL, known_roles[i]);
    c18n_out_end(data);
    c18n_out_boolean(data, "reduced", takes_away(had, body));
    if (!subject)
        return C18N_NO_MEMORY;
    int code = c18n_run_hooks(rq, "users.before_roles", subject);
    if (code != C18N_OK || (code = c18n_emit(rq, "users.roles_set", user, NULL, data)) != C18N_OK ||
        (code = c18n_get(rq, "users", user, &subject)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "users.after_roles", subject);
}

static int get_roles(c18n_request *rq, const char *id, const c18n_doc **ret_roles)
{
    const c18n_doc *user;
    int code = c18n_get(rq, "users", id, &user);
    return code == C18N_OK ? c18n_get(rq, "roles", id, ret_roles) : code;
}

static int reply_roles(c18n_request *rq, const char *id)
{
    const c18n_doc *roles;
    int code = get_roles(rq, id, &roles);
    if (code != C18N_OK)
        return code;
    return c18n_reply_record(rq, c18n_print(rq, "/users/%s/roles", id), users_role_fields, roles);
}

int users_get_roles(c18n_request *rq, void *module)
{
    (void)module;
    return reply_roles(rq, c18n_path(rq, "user"));
}

int users_set_roles(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "user");
    const c18n_doc *body = c18n_body(rq), *had;
    int code = get_roles(rq, id, &had);
    if (code != C18N_OK || (code = c18n_if_match(rq, had)) != C18N_OK)
        return code;
    if (!holds(body, "admin") && (code = users_spare_last_admin(rq, id)) != C18N_OK)
        return code;
    code = record_roles(rq, id, had, body);
    return code == C18N_OK ? reply_roles(rq, id) : code;
}
