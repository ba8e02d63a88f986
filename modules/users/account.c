/* account.c: an account begins and ends here, whoever asks for it: the API, a batch, an import, c18nctl. */
#include "users.h"

#include <string.h>

static const char *const profile_members[] = {"name", "display_name", "location", "bio", "avatar", "tags"};

void users_out_profile(c18n_out *out, const c18n_doc *profile)
{
    for (size_t i = 0; profile && i < sizeof profile_members / sizeof *profile_members; i++)
        c18n_out_raw(out, profile_members[i], c18n_raw(profile, profile_members[i]));
}

bool users_has_profile(const c18n_doc *profile)
{
    bool has = false;
    for (size_t i = 0; !has && i < sizeof profile_members / sizeof *profile_members; i++)
        has = c18n_has(profile, profile_members[i]);
    return has;
}

int users_find(c18n_request *rq, const char *index, const char *name, const c18n_doc **ret_user)
{
    const char *const match[] = {name, NULL};
    return c18n_find(rq, "users", index, match, ret_user);
}

/* Deactivated people keep their names, so that nobody else can pose as them. */
static int refuse_taken(c18n_request *rq, const char *index, const char *field, const char *name)
{
    const c18n_doc *holder;
    int code = name ? users_find(rq, index, name, &holder) : C18N_NOT_FOUND;
    if (code == C18N_NOT_FOUND)
        return C18N_OK;
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    return c18n_fail_field(rq, C18N_CONFLICT, field, "is taken");
}

static int refuse_taken_names(c18n_request *rq, const struct users_account *account)
{
    int email = refuse_taken(rq, USERS_BY_EMAIL, "email", account->email);
    int username = refuse_taken(rq, USERS_BY_USERNAME, "username", account->username); /* name both at once */
    return email != C18N_OK ? email : username;
}

/* Adds "user admin" as an array. A role is at most 20 characters, see users.c. */
static void out_roles(c18n_out *out, const char *roles)
{
    c18n_out_begin(out, "roles", '[');
    for (const char *at = roles; *at;) {
        char role[24];
        size_t length = strcspn(at, " ");
        if (length > 0 && length < sizeof role) {
            memcpy(role, at, length);
            role[length] = 0;
            c18n_out_text(out, NULL, role);
        }
        at += length + strspn(at + length, " ");
    }
    c18n_out_end(out);
}

/* All that the record will need stands in the event. Hooks see the same, and so no password. */
static const c18n_doc *account_data(c18n_request *rq, const struct users_account *account)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "username", account->username);
    if (account->email)
        c18n_out_text(out, "email", account->email);
    users_out_profile(out, account->profile);
    c18n_out_text(out, "name", account->username); /* unless the profile had one: the first stays */
    c18n_out_begin(out, "tags", '[');
    c18n_out_end(out);
    out_roles(out, account->roles);
    return c18n_out_finish(out);
}

/* The credential is a resource of its own: the hash must not come up in the person's history. */
static int store_password(c18n_request *rq, const char *user, const char *hash)
{
    char credential[C18N_ID_SIZE];
    c18n_new_id(C18N_HOST_OF(rq), 0, credential);
    c18n_out *data = c18n_out_new(rq);
    c18n_out_text(data, "user", user);
    c18n_out_text(data, "password", hash);
    return c18n_emit(rq, "users.password_set", credential, user, data);
}

static int record_account(c18n_request *rq, const struct users_account *account, const c18n_doc *data,
                          char ret_id[C18N_ID_SIZE])
{
    char id[C18N_ID_SIZE];
    int64_t created_on = account->profile ? c18n_integer(account->profile, "created_on", 0) : 0; /* imports have it */
    c18n_new_id(C18N_HOST_OF(rq), created_on > 0 ? created_on * 1000 : 0, id);
    c18n_out *out = c18n_out_new(rq);
    c18n_out_doc(out, data, NULL);
    int code = c18n_emit(rq, "users.created", id, NULL, out);
    if (code == C18N_OK && account->hash)
        code = store_password(rq, id, account->hash);
    if (code == C18N_OK)
        memcpy(ret_id, id, sizeof id);
    return code;
}

static int judge_account(c18n_request *rq, const struct users_account *account, const c18n_doc **ret_data)
{
    int code = refuse_taken_names(rq, account);
    if (code != C18N_OK)
        return code;
    const c18n_doc *data = account_data(rq, account);
    if (!data)
        return C18N_NO_MEMORY;
    *ret_data = data;
    return C18N_OK;
}

/** Creates a person, inside a transaction: names are taken or free as of now. C18N_CONFLICT names the fields. */
int users_create(c18n_request *rq, const struct users_account *account, char ret_id[C18N_ID_SIZE])
{
    const c18n_doc *data, *user;
    char id[C18N_ID_SIZE];
    int code = judge_account(rq, account, &data);
    if (code != C18N_OK || (code = c18n_run_hooks(rq, "users.before_create", data)) != C18N_OK ||
        (code = record_account(rq, account, data, id)) != C18N_OK ||
        (code = c18n_get(rq, "users", id, &user)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "users.after_create", user)) != C18N_OK)
        return code;
    memcpy(ret_id, id, sizeof id);
    return C18N_OK;
}

/** The same for an import. No hooks run: a hook may refuse what people do, not what an operator brings along. */
int users_take_in(c18n_request *rq, const struct users_account *account, char ret_id[C18N_ID_SIZE])
{
    const c18n_doc *data;
    int code = judge_account(rq, account, &data);
    return code == C18N_OK ? record_account(rq, account, data, ret_id) : code;
}

/* Hashing takes its time on purpose, so it is done before the writer has the request. */
int users_prepare_new(c18n_request *rq, void *module)
{
    const struct users *users = module;
    char *hash = c18n_alloc(rq, USERS_HASH_SIZE);
    if (!hash)
        return C18N_NO_MEMORY;
    c18n_keep(rq, hash);
    return users_hash_password(users->self, c18n_text(c18n_body(rq), "password"), hash);
}

int users_new(c18n_request *rq, void *module)
{
    (void)module;
    const c18n_doc *body = c18n_body(rq), *user;
    const struct users_account account = {.username = c18n_text(body, "username"),
                                          .email = c18n_text(body, "email"),
                                          .hash = c18n_kept(rq),
                                          .roles = "user",
                                          .profile = body};
    char id[C18N_ID_SIZE];
    c18n_token token;
    int code = users_create(rq, &account, id);
    if (code != C18N_OK || (code = c18n_get(rq, "users", id, &user)) != C18N_OK ||
        (code = c18n_issue_token(rq, id, c18n_integer(user, "generation", 0), 0, &token)) != C18N_OK)
        return code;
    c18n_out *out = c18n_out_new(rq);
    users_out_session(out, user, &token);
    const c18n_doc *answer = c18n_out_finish(out);
    if (!answer)
        return C18N_NO_MEMORY;
    return c18n_reply_record(rq, c18n_print(rq, "/users/%s", id), users_session_fields, answer);
}

/* Soft: the record and all that the person made stay, but no token of theirs is taken any more. */
int users_deactivate(c18n_request *rq, void *module)
{
    (void)module;
    const char *id = c18n_path(rq, "user");
    const c18n_doc *user;
    int code = c18n_get(rq, "users", id, &user);
    if (code != C18N_OK || (code = users_spare_last_admin(rq, id)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "users.before_delete", user)) != C18N_OK ||
        (code = c18n_emit(rq, "users.deactivated", id, NULL, NULL)) != C18N_OK ||
        (code = c18n_run_hooks(rq, "users.after_delete", user)) != C18N_OK)
        return code;
    return c18n_reply_empty(rq);
}
