/* apply.c: the views of this module as a pure function of its events. */
#include "users.h"

#include <string.h>

static int on_created(const c18n_event *event, c18n_changes *changes)
{
    int64_t now = event->time_ms / 1000;
    c18n_out *user = c18n_put(changes, "users", event->resource);
    c18n_out_doc(user, event->data, NULL);
    c18n_out_integer(user, "created_on", now);
    c18n_out_integer(user, "updated_on", now);
    c18n_out *roles = c18n_put(changes, "roles", event->resource);
    c18n_out_raw(roles, "roles", c18n_raw(event->data, "roles"));
    return C18N_OK;
}

static int on_updated(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *user = c18n_patch(changes, "users", event->resource);
    c18n_out_doc(user, event->data, NULL);
    c18n_out_integer(user, "updated_on", event->time_ms / 1000);
    return C18N_OK;
}

/* A new generation ends every token that was handed out before. */
static int on_deactivated(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_integer(c18n_patch(changes, "users", event->resource), "deleted_on", event->time_ms / 1000);
    return c18n_add(changes, "users", event->resource, "generation", 1);
}

static int on_roles_set(const c18n_event *event, c18n_changes *changes)
{
    c18n_bytes roles = c18n_raw(event->data, "roles");
    c18n_out_raw(c18n_put(changes, "roles", event->resource), "roles", roles);
    c18n_out_raw(c18n_patch(changes, "users", event->resource), "roles", roles); /* for the profile's answer */
    bool reduced = c18n_boolean(event->data, "reduced", false);
    return reduced ? c18n_add(changes, "users", event->resource, "generation", 1) : C18N_OK;
}

/* Without the person's key there is no password any more, and so nothing that opens the account. */
static int on_password_set(const c18n_event *event, c18n_changes *changes)
{
    const char *user = c18n_text(event->data, "user"), *hash = c18n_text(event->data, "password");
    if (!user || !hash)
        return C18N_OK;
    c18n_out_text(c18n_put(changes, "credentials", user), "password", hash);
    return c18n_add(changes, "users", user, "generation", 1);
}

static const struct {
    const char *type;
    c18n_apply apply;
} steps[] = {
    {"users.created", on_created},     {"users.updated", on_updated},           {"users.deactivated", on_deactivated},
    {"users.roles_set", on_roles_set}, {"users.password_set", on_password_set},
};

int users_apply(const c18n_event *event, c18n_changes *changes)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (c18n_event_is(event, steps[i].type))
            return steps[i].apply(event, changes);
    return C18N_OK;
}
