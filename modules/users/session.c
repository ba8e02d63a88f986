/* session.c: logging in, staying in, and out. The host signs tokens; this file says for whom. */
#include "users.h"

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
    return users_find(rq, email ? USERS_BY_EMAIL : USERS_BY_USERNAME, email ? email : username, ret_user);
}

/* Dummy and imported people have no credential: no password is theirs. */
static const char *hash_of(c18n_request *rq, const char *user)
{
    const c18n_doc *credential;
    return c18n_get(rq, "credentials", user, &credential) == C18N_OK ? c18n_text(credential, "password") : NULL;
}

/* The same words for a wrong password, an unknown name and a closed account. */
static int refuse(c18n_request *rq, const char *user)
{
    c18n_audit(rq, "login_failed", user ? user : "unknown", "wrong name or password");
    return c18n_fail(rq, C18N_UNAUTHENTICATED, "bad_credentials", "The name or the password is wrong.");
}

/* One argon2id is worked through whoever is asked for, so that time does not tell who has an account. A
 * wrong password ends here, on the pool: guesses never get in the writer's way. */
int users_prepare_login(c18n_request *rq, void *module)
{
    const struct users *users = module;
    const c18n_doc *body = c18n_body(rq), *user = NULL;
    int code = find_named(rq, body, &user);
    if (code != C18N_OK && code != C18N_NOT_FOUND && code != C18N_GONE)
        return code;
    const char *id = code == C18N_OK && user ? c18n_text(user, "_id") : NULL;
    const char *hash = id ? hash_of(rq, id) : NULL;
    bool same = users_verify_password(hash ? hash : users->nobodys_hash, c18n_text(body, "password"));
    if (!same || !hash)
        return refuse(rq, id);
    c18n_keep(rq, (void *)(uintptr_t)id);
    return C18N_OK;
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
    const char *id = c18n_kept(rq);
    const c18n_doc *user;
    if (c18n_get(rq, "users", id, &user) != C18N_OK) /* deactivated since */
        return refuse(rq, id);
    int code = c18n_run_hooks(rq, "users.before_login", user);
    if (code != C18N_OK)
        return code;
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "address", c18n_address(rq));
    code = c18n_emit(rq, "auth.logged_in", id, NULL, data);
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
    if (code != C18N_OK || (code = c18n_run_hooks(rq, "users.before_refresh", user)) != C18N_OK ||
        (code = c18n_revoke_session(rq)) != C18N_OK ||
        (code = c18n_emit(rq, "auth.refreshed", id, NULL, NULL)) != C18N_OK)
        return code;
    return reply_session(rq, user);
}

/* Anonymous callers get one too: a log-in must not be forged either. */
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
