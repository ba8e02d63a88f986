/* apply_members.c: memberships of groups and invites as a pure function of events. The resource of joining and leaving
 * is the pair "GROUP/USER", that of an invite its own id. */
#include "usergroups.h"

/* Handlers emit these only when they change something, so each is worth exactly one. */
static int count_users(const c18n_event *event, c18n_changes *changes, int64_t delta)
{
    const char *group = c18n_text(event->data, "group");
    return group ? c18n_add(changes, "usergroups", group, "users_count", delta) : C18N_OK;
}

static int on_joined(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *membership = c18n_put(changes, "group_members", event->resource);
    c18n_out_doc(membership, event->data, NULL);
    c18n_out_integer(membership, "created_on", event->time_ms / 1000);
    c18n_out_text(membership, "joined_by", event->event_id);
    return count_users(event, changes, 1);
}

static int on_left(const c18n_event *event, c18n_changes *changes)
{
    int code = c18n_remove(changes, "group_members", event->resource);
    return code == C18N_OK ? count_users(event, changes, -1) : code;
}

static int on_invited(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *invite = c18n_put(changes, "group_invites", event->resource);
    c18n_out_doc(invite, event->data, NULL);
    c18n_out_text(invite, "status", "pending");
    c18n_out_integer(invite, "created_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_invite_accepted(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_text(c18n_patch(changes, "group_invites", event->resource), "status", "accepted");
    return C18N_OK;
}

static int on_invite_declined(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_text(c18n_patch(changes, "group_invites", event->resource), "status", "declined");
    return C18N_OK;
}

static int on_invite_withdrawn(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_integer(c18n_patch(changes, "group_invites", event->resource), "deleted_on", event->time_ms / 1000);
    return C18N_OK;
}

static const struct {
    const char *type;
    c18n_apply apply;
} steps[] = {
    {"usergroups.joined", on_joined},
    {"usergroups.left", on_left},
    {"usergroups.invited", on_invited},
    {"usergroups.invite_accepted", on_invite_accepted},
    {"usergroups.invite_declined", on_invite_declined},
    {"usergroups.invite_withdrawn", on_invite_withdrawn},
};

int usergroups_apply_members(const c18n_event *event, c18n_changes *changes)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (c18n_event_is(event, steps[i].type))
            return steps[i].apply(event, changes);
    return C18N_OK;
}
