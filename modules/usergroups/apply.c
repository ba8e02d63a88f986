/* apply.c: groups and who runs them, as a pure function of events. Joining: apply_members.c. */
#include "usergroups.h"

#include <stdio.h>
#include <string.h>

struct pair {
    char text[2 * C18N_ID_SIZE];
};

/* The id of a record about a person in the event's group. */
static struct pair pair_of(const c18n_event *event, const char *member)
{
    struct pair pair;
    const char *user = c18n_text(event->data, member);
    snprintf(pair.text, sizeof pair.text, "%s/%s", event->resource, user ? user : "");
    return pair;
}

/* Seconds are too coarse to order by: what happened in the same one is ordered by its place in the history. */
static void put_activity(const c18n_event *event, c18n_out *group)
{
    c18n_out_integer(group, "active_on", event->time_ms / 1000);
    c18n_out_integer(group, "activity", (int64_t)event->position);
}

/* Who makes a group owns it and is a member, by the same event. Of an imported one it says what they are in it now. */
static int put_founder(const c18n_event *event, c18n_changes *changes)
{
    const char *role = c18n_text(event->data, "role");
    if (usergroups_same(role, "none"))
        return C18N_OK;
    c18n_out *founder = c18n_put(changes, "group_members", pair_of(event, "created_by").text);
    c18n_out_text(founder, "group", event->resource);
    c18n_out_raw(founder, "community", c18n_raw(event->data, "community"));
    c18n_out_raw(founder, "user", c18n_raw(event->data, "created_by"));
    c18n_out_text(founder, "role", role ? role : "owner");
    c18n_out_integer(founder, "created_on", event->time_ms / 1000);
    c18n_out_text(founder, "joined_by", event->event_id);
    return c18n_add(changes, "usergroups", event->resource, "users_count", 1);
}

static int on_created(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *group = c18n_put(changes, "usergroups", event->resource);
    c18n_out_doc(group, event->data, "role");
    c18n_out_integer(group, "created_on", event->time_ms / 1000);
    c18n_out_integer(group, "updated_on", event->time_ms / 1000);
    put_activity(event, group);
    return put_founder(event, changes);
}

static int on_updated(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *group = c18n_patch(changes, "usergroups", event->resource);
    c18n_out_doc(group, event->data, NULL);
    c18n_out_integer(group, "updated_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_deleted(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_integer(c18n_patch(changes, "usergroups", event->resource), "deleted_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_archived(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_integer(c18n_patch(changes, "usergroups", event->resource), "archived_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_unarchived(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_null(c18n_patch(changes, "usergroups", event->resource), "archived_on");
    return C18N_OK;
}

static int set_role(const c18n_event *event, c18n_changes *changes, const char *member, const char *role)
{
    c18n_out_text(c18n_patch(changes, "group_members", pair_of(event, member).text), "role", role);
    return C18N_OK;
}

static int on_admin_added(const c18n_event *event, c18n_changes *changes)
{
    return set_role(event, changes, "user", "admin");
}

/* Losing the office is not leaving: they stay a member. */
static int on_admin_removed(const c18n_event *event, c18n_changes *changes)
{
    return set_role(event, changes, "user", "member");
}

/* Without `previous` the owner was gone before. */
static int on_owner_set(const c18n_event *event, c18n_changes *changes)
{
    int code = c18n_has(event->data, "previous") ? set_role(event, changes, "previous", "admin") : C18N_OK;
    return code == C18N_OK ? set_role(event, changes, "user", "owner") : code;
}

/* Somebody wrote in a group. Messaging says `active` only when another group of the community was ahead: a busy group
 * is then not written anew with each message, and the order is right all the same. */
static int on_message(const c18n_event *event, c18n_changes *changes)
{
    const char *group = c18n_text(event->data, "group");
    if (group && c18n_boolean(event->data, "active", false))
        put_activity(event, c18n_patch(changes, "usergroups", group));
    return C18N_OK;
}

static const struct {
    const char *type;
    c18n_apply apply;
} steps[] = {
    {"messages.created", on_message},           {"usergroups.created", on_created},
    {"usergroups.updated", on_updated},         {"usergroups.deleted", on_deleted},
    {"usergroups.archived", on_archived},       {"usergroups.unarchived", on_unarchived},
    {"usergroups.admin_added", on_admin_added}, {"usergroups.admin_removed", on_admin_removed},
    {"usergroups.owner_set", on_owner_set},
};

int usergroups_apply(const c18n_event *event, c18n_changes *changes)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (c18n_event_is(event, steps[i].type))
            return steps[i].apply(event, changes);
    return usergroups_apply_members(event, changes);
}
