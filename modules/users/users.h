/**
 * users.h: what the files of this module share.
 *
 * users.c has every table and is the place to begin; each other file has one concept. The names below
 * are the module's own: nothing of them is seen outside of users.so. Handlers run where their route's
 * class says, see c18n/http.h.
 */
#ifndef USERS_USERS_H
#define USERS_USERS_H

#include <c18n/module.h>

#define USERS_HASH_SIZE   128 /* an argon2id text with its NUL: crypto_pwhash_STRBYTES, checked in password.c */
#define USERS_BATCH_LIMIT 100000

/* Indexes, as users.c declares them. */
#define USERS_BY_EMAIL    "unique email nocase"
#define USERS_BY_USERNAME "unique username nocase"
#define ROLES_BY_ROLE     "roles"

/** The module's state: written in init and start, read by all threads after that. */
struct users {
    c18n_self *self;
    char nobodys_hash[USERS_HASH_SIZE]; /* verified when there is no such person, so that it takes as long */
};

/** A person to be created. Texts are the caller's. */
struct users_account {
    const char *username;    /* never NULL */
    const char *email;       /* NULL: has none yet (imported) */
    const char *hash;        /* NULL: no password opens the account until one is set */
    const char *roles;       /* "user admin", separated by spaces */
    const c18n_doc *profile; /* name, display_name and the like; NULL: none */
};

/* Field tables that more than one file answers with. */
extern const c18n_table users_full_fields, users_public_fields, users_hit_fields;
extern const c18n_table users_role_fields, users_session_fields;

/* account.c */
int users_create(c18n_request *rq, const struct users_account *account, char ret_id[C18N_ID_SIZE]) C18N_MUST_USE;
int users_take_in(c18n_request *rq, const struct users_account *account, char ret_id[C18N_ID_SIZE]) C18N_MUST_USE;
int users_find(c18n_request *rq, const char *index, const char *name, const c18n_doc **ret_user) C18N_MUST_USE;
void users_out_profile(c18n_out *out, const c18n_doc *profile);
bool users_has_profile(const c18n_doc *profile); /* any member of it */
int users_prepare_new(c18n_request *rq, void *module);
int users_new(c18n_request *rq, void *module);
int users_deactivate(c18n_request *rq, void *module);

/* profile.c */
int users_own(c18n_request *rq, void *module);
int users_get(c18n_request *rq, void *module);
int users_patch(c18n_request *rq, void *module);
int users_history(c18n_request *rq, void *module);

/* search.c */
int users_search(c18n_request *rq, void *module);

/* roles.c */
const char *users_roles_text(c18n_request *rq, const char *user);
int users_spare_last_admin(c18n_request *rq, const char *user) C18N_MUST_USE;
int users_get_roles(c18n_request *rq, void *module);
int users_set_roles(c18n_request *rq, void *module);

/* session.c */
int users_prepare_login(c18n_request *rq, void *module);
int users_login(c18n_request *rq, void *module);
int users_logout(c18n_request *rq, void *module);
int users_refresh(c18n_request *rq, void *module);
int users_csrf(c18n_request *rq, void *module);
void users_out_session(c18n_out *out, const c18n_doc *user, const c18n_token *token);

/* password.c */
int users_hash_password(c18n_self *self, const char *password, char ret_hash[USERS_HASH_SIZE]) C18N_MUST_USE;
bool users_verify_password(const char *hash, const char *password);
int users_prepare_passwords(struct users *users) C18N_MUST_USE;

/* batch.c */
int users_batch(c18n_request *rq, void *module);

/* identity.c */
extern const c18n_identity users_identity;

/* transfer.c */
int users_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module);
int users_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module);

/* apply.c */
int users_apply(const c18n_event *event, c18n_changes *changes);

#endif
