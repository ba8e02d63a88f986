/* session.c: logging in, staying in, and out. The host signs tokens; this file says for whom. */
#include "users.h"

#include <string.h>

/* What `prepare` learned for the log-in. */
struct attempt {
    char user[C18N_ID_SIZE];
    bool right;
};

void users_out_session(c18n_out *out, const c18n_doc *user, const c18n_token *token)
{
    c18n_out_text(out, "_id", c18n_text(user, "_id"));
    c18n_out_text(out, "email", c18n_text(user, "email"));
    c18n_out_integer(out, "exp", token->expires);
    c18n_out_integer(out, "iat", token->issued);
    c18n_out_text(out, "name", c18n_text(user, "name"));
    c18n_out_text(out, "sub", c18n_text(user, "_id"));
    c18n_out_text(out, "token", token->token);
    c18n_out_integer(out, "ver", c18n_integer(user, "generation", 0));
}

static int find_named(c18n_request *rq, const c18n_doc *body, const c18n_doc **ret_user)
{
    const char *email = c18n_text(body, "email"), *username = c18n_text(body, "username");
    if (!email && !username)
        return c18n_fail_field(rq, C18N_INVALID, "email", "is needed, or else username");
    return email ? users_find(rq, USERS_BY_EMAIL, email, ret_user) : users_find(rq, USERS_BY_USERNAME, username, ret_user);
}

static const char *hash_of(c18n_request *rq, const char *user)
{
    const c18n_doc *credential;
    return c18n_get(rq, "credentials", user, &credential) == C18N_OK ? c18n_text(credential, "password") : NULL;
}

/* One argon2id is worked through whoever is asked for, so that time does not tell who has an account. */
int users_prepare_login(c18n_request *rq, void *module)
{
    const struct users *users = module;
    const c18n_doc *body = c18n_body(rq), *user;
    struct attempt *attempt = c18n_alloc(rq, sizeof *attempt);
    if (!attempt)
        return C18N_NO_MEMORY;
    int code = find_named(rq, body, &user);
    if (code != C18N_OK && code != C18N_NOT_FOUND && code != C18N_GONE)
        return code;
    const char *id = code == C18N_OK ? c18n_text(user, "_id") : NULL;
    const char *hash = id ? hash_of(rq, id) : NULL;
    bool same = users_verify_password(hash ? hash : users->nobodys_hash, c18n_text(body, "password"));
    attempt->right = same && hash;
    if (id && strlen(id) < sizeof attempt->user)
        memcpy(attempt->user, id, strlen(id) + 1);
    c18n_keep(rq, attempt);
    return C18N_OK;
}

/* The same words for a wrong password, an unknown name and a closed account. */
static int refuse(c18n_request *rq, const struct attempt *attempt)
{
    c18n_audit(rq, "login_failed", attempt->user, c18n_address(rq));
    return c18n_fail(rq, C18N_UNAUTHENTICATED, "bad_credentials", "The name or the password is wrong.");
}

static int reply_session(c18n_request *rq, const c18n_doc *user)
{
    c18n_token token;
    int code = c18n_issue_token(rq, c18n_text(user, "_id"), c18n_integer(user, "generation", 0), 0, &token);
    if (code != C18N_OK || (code = c18n_set_session_cookie(rq, &token)) != C18N_OK)
        return code;
    c18n_out *out = c18n_out_new(rq);
    users_out_session(out, user, &token);
    c18n_out_text(out, "csrf_token", token.csrf);
    return c18n_reply_json(rq, 200, out);
}

int users_login(c18n_request *rq, void *module)
{
    (void)module;
    const struct attempt *attempt = c18n_kept(rq);
    const c18n_doc *user;
    if (!attempt->right || c18n_get(rq, "users", attempt->user, &user) != C18N_OK)
        return refuse(rq, attempt);
    int code = c18n_run_hooks(rq, "users.before_login", user);
    if (code != C18N_OK)
        return code;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "address", c18n_address(rq));
    code = c18n_emit(rq, "auth.logged_in", attempt->user, NULL, data);
    return code == C18N_OK ? reply_session(rq, user) : code;
}

int users_logout(c18n_request *rq, void *module)
{
    (void)module;
    int code = c18n_revoke_session(rq);
    if (code != C18N_OK || (code = c18n_clear_session_cookie(rq)) != C18N_OK ||
        (code = c18n_emit(rq, "auth.logged_out", c18n_who(rq)->user, NULL, NULL)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}

/* The old token ends in the transaction that hands out the new one. */
int users_refresh(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_who(rq)->user;
    const c18n_doc *user;
    int code = c18n_get(rq, "users", id, &user);
    if (code != C18N_OK || (code = c18n_revoke_session(rq)) != C18N_OK ||
        (code = c18n_emit(rq, "auth.refreshed", id, NULL, NULL)) != C18N_OK)
        return code;
    return reply_session(rq, user);
}

int users_csrf(c18n_request *rq, void *module)
{
    (void)module;
    const char *token = c18n_csrf_token(rq);
    if (!token)
        return C18N_NO_MEMORY;
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "csrf_token", token);
    return c18n_reply_json(rq, 200, out);
}
