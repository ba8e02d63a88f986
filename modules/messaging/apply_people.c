/* apply_people.c: how people stand in conversations, and whom they block, as a pure function of events. A record has
 * the id "CONVERSATION/USER". Of a group there is one once somebody has joined, read or muted it; of two people there
 * are both from the first message on. */
#include "messaging.h"

#include <stdio.h>

enum { RECORD_SIZE = 128 };

static const char *member_of(const char *conversation, const char *user, char room[RECORD_SIZE])
{
    snprintf(room, RECORD_SIZE, "%s/%s", conversation ? conversation : "", user ? user : "");
    return room;
}

/* --- two people --- */

static void put_direct(const c18n_event *event, c18n_changes *changes, const char *user, const char *peer,
                       const char *status)
{
    char room[RECORD_SIZE];
    const char *conversation = c18n_text(event->data, "conversation");
    c18n_out *member = c18n_put(changes, "conversation_members", member_of(conversation, user, room));
    c18n_out_text(member, "conversation", conversation);
    c18n_out_text(member, "user", user);
    c18n_out_text(member, "peer", peer);
    c18n_out_text(member, "direct_of", user); /* only these are in the index of it */
    c18n_out_text(member, "status", status);
    c18n_out_integer(member, "created_on", event->time_ms / 1000);
}

static void set_status(const c18n_event *event, c18n_changes *changes, const char *user, const char *status)
{
    char room[RECORD_SIZE];
    const char *conversation = c18n_text(event->data, "conversation");
    c18n_out_text(c18n_patch(changes, "conversation_members", member_of(conversation, user, room)), "status", status);
}

static void set_both(const c18n_event *event, c18n_changes *changes, const char *user, const char *peer)
{
    set_status(event, changes, user, "open");
    set_status(event, changes, peer, "open");
}

/* The first message between two people, or one by which somebody accepts. Messages to oneself have one side. */
static int on_created(const c18n_event *event, c18n_changes *changes)
{
    const char *by = c18n_text(event->data, "by"), *peer = c18n_text(event->data, "user");
    bool stranger = c18n_boolean(event->data, "stranger", false);
    if (!by || !peer)
        return C18N_OK;
    if (c18n_boolean(event->data, "first", false)) {
        put_direct(event, changes, by, peer, stranger ? "pending" : "open");
        if (!messaging_same(by, peer))
            put_direct(event, changes, peer, by, stranger ? "request" : "open");
    } else if (c18n_boolean(event->data, "accepts", false)) {
        set_both(event, changes, by, peer);
    }
    return C18N_OK;
}

static int on_accepted(const c18n_event *event, c18n_changes *changes)
{
    set_both(event, changes, c18n_text(event->data, "user"), c18n_text(event->data, "peer"));
    return C18N_OK;
}

static int on_declined(const c18n_event *event, c18n_changes *changes)
{
    set_status(event, changes, c18n_text(event->data, "user"), "declined");
    return C18N_OK;
}

static int on_blocked(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *block = c18n_put(changes, "blocks", event->resource);
    c18n_out_doc(block, event->data, NULL);
    c18n_out_integer(block, "created_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_unblocked(const c18n_event *event, c18n_changes *changes)
{
    return c18n_remove(changes, "blocks", event->resource);
}

/* --- anybody --- */

/* The record, new or as it is: a handler has looked which. */
static c18n_out *member(const c18n_event *event, c18n_changes *changes, bool is_new)
{
    if (!is_new)
        return c18n_patch(changes, "conversation_members", event->resource);
    c18n_out *out = c18n_put(changes, "conversation_members", event->resource);
    c18n_out_raw(out, "conversation", c18n_raw(event->data, "conversation"));
    c18n_out_raw(out, "user", c18n_raw(event->data, "user"));
    return out;
}

/* Who comes back has joined anew. */
static int on_joined(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *out = member(event, changes, true);
    c18n_out_raw(out, "joined_seq", c18n_raw(event->data, "seq"));
    c18n_out_raw(out, "read_seq", c18n_raw(event->data, "seq"));
    return C18N_OK;
}

static int on_read(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *out = member(event, changes, c18n_boolean(event->data, "new", false));
    c18n_out_raw(out, "read_seq", c18n_raw(event->data, "seq"));
    return C18N_OK;
}

static int on_muted(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *out = member(event, changes, c18n_boolean(event->data, "new", false));
    c18n_out_raw(out, "muted", c18n_raw(event->data, "muted"));
    c18n_out_integer(out, "muted_until", c18n_integer(event->data, "until", 0));
    return C18N_OK;
}

static const struct {
    const char *type;
    c18n_apply apply;
} steps[] = {
    {"messages.created", on_created}, {"messages.accepted", on_accepted},   {"messages.declined", on_declined},
    {"messages.blocked", on_blocked}, {"messages.unblocked", on_unblocked}, {"messages.joined", on_joined},
    {"messages.read", on_read},       {"messages.muted", on_muted},
};

int messaging_apply_people(const c18n_event *event, c18n_changes *changes)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (c18n_event_is(event, steps[i].type))
            return steps[i].apply(event, changes);
    return C18N_OK;
}
