/* profile.c: what a person says of themselves, and who sees how much of it. */
#include "users.h"

#include <string.h>

/* exp, iat, sub and token are those of the token that was presented: nobody else's can be had. */
static void out_presented_token(c18n_out *out, const c18n_caller *who, const c18n_doc *user)
{
    c18n_out_integer(out, "exp", who->expires);
    c18n_out_integer(out, "iat", who->issued);
    c18n_out_text(out, "sub", who->user);
    c18n_out_text(out, "token", who->token);
    c18n_out_integer(out, "ver", c18n_integer(user, "generation", 0));
}

/* Not to be stored by anybody on the way: it has a token in it. */
int users_own(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_caller *who = c18n_who(rq);
    const c18n_doc *user;
    int code = c18n_get(rq, "users", who->user, &user);
    if (code != C18N_OK)
        return code;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_record(rq, out, users_full_fields, user);
    out_presented_token(out, who, user);
    return c18n_reply_json(rq, 200, out);
}

static bool sees_all(const c18n_caller *who, const char *user)
{
    return who->admin || strcmp(who->user, user) == 0;
}

/* Which table answers decides what is seen; the record is one. */
static int reply_user(c18n_request *rq, const char *id, const c18n_doc *user)
{
    c18n_table fields = sees_all(c18n_who(rq), id) ? users_full_fields : users_public_fields;
    return c18n_reply_record(rq, c18n_print(rq, "/users/%s", id), fields, user);
}

int users_get(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "user");
    const c18n_doc *user;
    int code = c18n_get(rq, "users", id, &user);
    return code == C18N_OK ? reply_user(rq, id, user) : code;
}

/* The body's table holds just what may be changed, so the changes are the body. */
static int record_changes(c18n_request *rq, const char *id, const c18n_doc *changes)
{
    if (!users_has_profile(changes))
        return C18N_OK; /* no change, no event */
    const c18n_doc *user;
    c18n_out *data = c18n_out_new(rq);
    users_out_profile(data, changes);
    int code = c18n_run_hooks(rq, "users.before_update", changes);
    if (code != C18N_OK || (code = c18n_emit(rq, "users.updated", id, NULL, data)) != C18N_OK ||
        (code = c18n_get(rq, "users", id, &user)) != C18N_OK)
        return code;
    return c18n_run_hooks(rq, "users.after_update", user);
}

int users_patch(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "user");
    const c18n_doc *user;
    int code = c18n_get(rq, "users", id, &user);
    if (code != C18N_OK || (code = c18n_if_match(rq, user)) != C18N_OK ||
        (code = record_changes(rq, id, c18n_body(rq))) != C18N_OK ||
        (code = c18n_get(rq, "users", id, &user)) != C18N_OK)
        return code;
    return reply_user(rq, id, user);
}

/* A deactivated person's history stays readable for an admin. */
int users_history(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "user");
    const c18n_doc *user;
    int code = c18n_get(rq, "users", id, &user);
    return code == C18N_OK || code == C18N_GONE ? c18n_reply_history(rq, id) : code;
}
