/* identity.c: the service "identity.v1": the host asks who a person is and which rights they have now. */
#include "users.h"

#include <string.h>

/* A deactivated person is known, so that the host can say "not any more" instead of "never heard of". */
static int person(c18n_self *self, c18n_request *rq, const char *user, c18n_person *ret_person)
{
    (void)self;
    const c18n_doc *record;
    int code = c18n_get(rq, "users", user, &record);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    *ret_person = (c18n_person){
        .roles = users_roles_text(rq, user),
        .generation = c18n_integer(record, "generation", 0),
        .active = code == C18N_OK,
    };
    return C18N_OK;
}

static int lookup(c18n_self *self, c18n_request *rq, const char *name, char ret_id[C18N_ID_SIZE])
{
    (void)self;
    const c18n_doc *user;
    int code = users_find(rq, USERS_BY_EMAIL, name, &user);
    if (code == C18N_NOT_FOUND)
        code = users_find(rq, USERS_BY_USERNAME, name, &user);
    if (code != C18N_OK)
        return code;
    const char *id = c18n_text(user, "_id");
    if (!id || strlen(id) >= C18N_ID_SIZE)
        return C18N_CORRUPT;
    memcpy(ret_id, id, strlen(id) + 1);
    return C18N_OK;
}

/* For the command line, where a hash in the writer's way does no harm. */
static int create(c18n_self *self, c18n_request *rq, const char *email, const char *username, const char *password,
                  const char *roles, char ret_id[C18N_ID_SIZE])
{
    char hash[USERS_HASH_SIZE];
    int code = password ? users_hash_password(self, password, hash) : C18N_OK;
    const struct users_account account = {.username = username,
                                          .email = email,
                                          .hash = password ? hash : NULL,
                                          .roles = roles && *roles ? roles : "user"};
    return code == C18N_OK ? users_create(rq, &account, ret_id) : code;
}

const c18n_identity users_identity = {sizeof users_identity, person, lookup, create};
