/* transfer.c: people in files of NDJSON. Imported people have no password until they set one. */
#include "users.h"

int users_import(c18n_request *rq, char ret_id[C18N_ID_SIZE], void *module)
{
    (void)module;
    const c18n_doc *line = c18n_body(rq);
    const struct users_account account = {
        .username = c18n_text(line, "username"), .email = c18n_text(line, "email"), .roles = "user", .profile = line};
    return users_take_in(rq, &account, ret_id);
}

/* Deactivated people are written too: what they made refers to them. */
int users_export(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module)
{
    (void)module;
    const c18n_doc *user;
    int code = c18n_get(rq, "users", event->resource, &user);
    if (code != C18N_OK && code != C18N_GONE)
        return code;
    if (!c18n_text(user, "username")) /* erased: nothing is left to write */
        return C18N_NOT_FOUND;
    c18n_out_text(line, "kind", "user");
    c18n_out_text(line, "ref", event->resource);
    c18n_out_raw(line, "username", c18n_raw(user, "username"));
    c18n_out_raw(line, "email", c18n_raw(user, "email"));
    users_out_profile(line, user);
    c18n_out_raw(line, "created_on", c18n_raw(user, "created_on"));
    return C18N_OK;
}
