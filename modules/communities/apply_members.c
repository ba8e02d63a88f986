/* apply_members.c: memberships, requests and invites as a pure function of events. The resource of a
 * subscription is the pair "COMMUNITY/USER", that of an invite its own id. */
#include "communities.h"

/* Handlers emit these only when they change something, so each is worth exactly one. */
static int count_users(const c18n_event *event, c18n_changes *changes, int64_t delta)
{
    const char *community = c18n_text(event->data, "community");
    return community ? c18n_add(changes, "communities", community, "users_count", delta) : C18N_OK;
}

static int on_joined(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *membership = c18n_put(changes, "memberships", event->resource);
    c18n_out_doc(membership, event->data, NULL);
    c18n_out_text(membership, "role", "member");
    c18n_out_integer(membership, "created_on", event->time_ms / 1000);
    c18n_out_text(membership, "joined_by", event->event_id);
    int code = c18n_remove(changes, "join_requests", event->resource);
    return code == C18N_OK ? count_users(event, changes, 1) : code;
}

static int on_left(const c18n_event *event, c18n_changes *changes)
{
    int code = c18n_remove(changes, "memberships", event->resource);
    return code == C18N_OK ? count_users(event, changes, -1) : code;
}

static int on_requested(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *request = c18n_put(changes, "join_requests", event->resource);
    c18n_out_doc(request, event->data, NULL);
    c18n_out_integer(request, "created_on", event->time_ms / 1000);
    return C18N_OK;
}

/* Taken back or refused: the history knows which, the view only that it is over. */
static int on_request_ended(const c18n_event *event, c18n_changes *changes)
{
    return c18n_remove(changes, "join_requests", event->resource);
}

static int on_invited(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *invite = c18n_put(changes, "invites", event->resource);
    c18n_out_doc(invite, event->data, NULL);
    c18n_out_text(invite, "status", "pending");
    c18n_out_integer(invite, "created_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_invite_accepted(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_text(c18n_patch(changes, "invites", event->resource), "status", "accepted");
    return C18N_OK;
}

static int on_invite_declined(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_text(c18n_patch(changes, "invites", event->resource), "status", "declined");
    return C18N_OK;
}

static int on_invite_withdrawn(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_integer(c18n_patch(changes, "invites", event->resource), "deleted_on", event->time_ms / 1000);
    return C18N_OK;
}

static const struct {
    const char *type;
    c18n_apply apply;
} steps[] = {
    {"subscriptions.joined", on_joined},          {"subscriptions.left", on_left},
    {"subscriptions.requested", on_requested},    {"subscriptions.withdrawn", on_request_ended},
    {"subscriptions.declined", on_request_ended}, {"invites.created", on_invited},
    {"invites.accepted", on_invite_accepted},     {"invites.declined", on_invite_declined},
    {"invites.withdrawn", on_invite_withdrawn},
};

int communities_apply_members(const c18n_event *event, c18n_changes *changes)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (c18n_event_is(event, steps[i].type))
            return steps[i].apply(event, changes);
    return C18N_OK;
}
