/* apply.c: communities and who runs them, as a pure function of events. Joining: apply_members.c. */
#include "communities.h"

#include <stdio.h>

struct pair {
    char text[2 * C18N_ID_SIZE];
};

/* The id of a record about a person in the event's community. */
static struct pair pair_of(const c18n_event *event, const char *member)
{
    struct pair pair;
    const char *user = c18n_text(event->data, member);
    snprintf(pair.text, sizeof pair.text, "%s/%s", event->resource, user ? user : "");
    return pair;
}

/* Who founds a community owns it and is a member, by the same event. */
static void put_owner(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *owner = c18n_put(changes, "memberships", pair_of(event, "created_by").text);
    c18n_out_text(owner, "community", event->resource);
    c18n_out_raw(owner, "user", c18n_raw(event->data, "created_by"));
    c18n_out_text(owner, "role", "owner");
    c18n_out_integer(owner, "created_on", event->time_ms / 1000);
    c18n_out_text(owner, "joined_by", event->event_id);
}

static int on_created(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *community = c18n_put(changes, "communities", event->resource);
    c18n_out_doc(community, event->data, NULL);
    c18n_out_raw(community, "owner", c18n_raw(event->data, "created_by"));
    c18n_out_integer(community, "created_on", event->time_ms / 1000);
    c18n_out_integer(community, "updated_on", event->time_ms / 1000);
    c18n_out_integer(community, "posts_per_day", 0);
    c18n_out_boolean(community, "approval_queue", false);
    c18n_out_integer(community, "slow_mode", 0);
    put_owner(event, changes);
    return c18n_add(changes, "communities", event->resource, "users_count", 1);
}

/* Settings too: they are members of the record, and their table kept everything else out of the event. */
static int on_updated(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *community = c18n_patch(changes, "communities", event->resource);
    c18n_out_doc(community, event->data, NULL);
    c18n_out_integer(community, "updated_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_deleted(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_integer(c18n_patch(changes, "communities", event->resource), "deleted_on", event->time_ms / 1000);
    return C18N_OK;
}

static int set_role(const c18n_event *event, c18n_changes *changes, const char *member, const char *role)
{
    c18n_out_text(c18n_patch(changes, "memberships", pair_of(event, member).text), "role", role);
    return C18N_OK;
}

static int on_moderator_added(const c18n_event *event, c18n_changes *changes)
{
    return set_role(event, changes, "user", "moderator");
}

/* Losing the office is not leaving: they stay a member. */
static int on_moderator_removed(const c18n_event *event, c18n_changes *changes)
{
    return set_role(event, changes, "user", "member");
}

static int on_owner_set(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_raw(c18n_patch(changes, "communities", event->resource), "owner", c18n_raw(event->data, "user"));
    int code = set_role(event, changes, "previous", "moderator");
    return code == C18N_OK ? set_role(event, changes, "user", "owner") : code;
}

static int on_banned(const c18n_event *event, c18n_changes *changes)
{
    struct pair pair = pair_of(event, "user");
    c18n_out *ban = c18n_put(changes, "bans", pair.text);
    c18n_out_text(ban, "community", event->resource);
    c18n_out_doc(ban, event->data, "was_member");
    c18n_out_text(ban, "created_by", event->actor);
    c18n_out_integer(ban, "created_on", event->time_ms / 1000);
    int code = c18n_remove(changes, "join_requests", pair.text);
    if (code != C18N_OK || !c18n_boolean(event->data, "was_member", false))
        return code;
    code = c18n_remove(changes, "memberships", pair.text);
    return code == C18N_OK ? c18n_add(changes, "communities", event->resource, "users_count", -1) : code;
}

static int on_unbanned(const c18n_event *event, c18n_changes *changes)
{
    return c18n_remove(changes, "bans", pair_of(event, "user").text);
}

static const struct {
    const char *type;
    c18n_apply apply;
} steps[] = {
    {"communities.created", on_created},
    {"communities.updated", on_updated},
    {"communities.settings_set", on_updated},
    {"communities.deleted", on_deleted},
    {"communities.moderator_added", on_moderator_added},
    {"communities.moderator_removed", on_moderator_removed},
    {"communities.owner_set", on_owner_set},
    {"communities.banned", on_banned},
    {"communities.unbanned", on_unbanned},
};

int communities_apply(const c18n_event *event, c18n_changes *changes)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (c18n_event_is(event, steps[i].type))
            return steps[i].apply(event, changes);
    return communities_apply_members(event, changes);
}
