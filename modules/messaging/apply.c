/* apply.c: messages and what people think of them as a pure function of events. An event about a message has the
 * message's id as its resource; where it stands in its log, the data say. */
#include "messaging.h"

#include <inttypes.h>
#include <stdio.h>

enum { RECORD_SIZE = 128 };

/* What only the views beside the log need to know. */
#define BESIDE "group user active first stranger accepts"

/* "CONVERSATION/SEQ", as conversation.c writes it; "" when the event has none. */
static const char *record_of(const c18n_event *event, char room[RECORD_SIZE])
{
    const char *conversation = c18n_text(event->data, "conversation");
    int64_t seq = c18n_integer(event->data, "seq", 0);
    if (!conversation || seq <= 0)
        return "";
    snprintf(room, RECORD_SIZE, "%s/%012" PRId64, conversation, seq);
    return room;
}

static int on_created(const c18n_event *event, c18n_changes *changes)
{
    char room[RECORD_SIZE];
    c18n_out *message = c18n_put(changes, "messages", record_of(event, room));
    c18n_out_text(message, "message", event->resource);
    c18n_out_doc(message, event->data, BESIDE);
    c18n_out_text(message, "content", ""); /* of an author who was erased */
    c18n_out_integer(message, "created_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_edited(const c18n_event *event, c18n_changes *changes)
{
    char room[RECORD_SIZE];
    c18n_out *message = c18n_patch(changes, "messages", record_of(event, room));
    c18n_out_raw(message, "content", c18n_raw(event->data, "content"));
    c18n_out_integer(message, "edited_on", event->time_ms / 1000);
    return C18N_OK;
}

/* Its place in the log stays, empty. */
static int on_deleted(const c18n_event *event, c18n_changes *changes)
{
    char room[RECORD_SIZE];
    c18n_out *message = c18n_patch(changes, "messages", record_of(event, room));
    c18n_out_text(message, "content", "");
    c18n_out_begin(message, "media", '[');
    c18n_out_end(message);
    c18n_out_boolean(message, "deleted", true);
    c18n_out_integer(message, "deleted_on", event->time_ms / 1000);
    return C18N_OK;
}

static const char *counter_of(int64_t value)
{
    return value > 0 ? "likes" : "dislikes";
}

static int on_liked(const c18n_event *event, c18n_changes *changes)
{
    char room[RECORD_SIZE], id[RECORD_SIZE];
    int64_t value = c18n_integer(event->data, "value", 0), previous = c18n_integer(event->data, "previous", 0);
    const char *user = c18n_text(event->data, "user"), *record = record_of(event, room);
    snprintf(id, sizeof id, "%s/%s", event->resource, user ? user : "");
    int code = C18N_OK;
    if (value == 0) {
        code = c18n_remove(changes, "message_likes", id);
    } else {
        c18n_out *like = c18n_put(changes, "message_likes", id);
        c18n_out_text(like, "message", event->resource);
        c18n_out_text(like, "user", user);
        c18n_out_integer(like, "value", value);
        c18n_out_integer(like, "created_on", event->time_ms / 1000);
    }
    if (code == C18N_OK && previous != 0)
        code = c18n_add(changes, "messages", record, counter_of(previous), -1);
    if (code == C18N_OK && value != 0)
        code = c18n_add(changes, "messages", record, counter_of(value), 1);
    return code;
}

static const struct {
    const char *type;
    c18n_apply apply;
} steps[] = {
    {"messages.created", on_created},
    {"messages.edited", on_edited},
    {"messages.deleted", on_deleted},
    {"messages.liked", on_liked},
};

int messaging_apply(const c18n_event *event, c18n_changes *changes)
{
    int code = C18N_OK;
    for (size_t i = 0; code == C18N_OK && i < sizeof steps / sizeof *steps; i++)
        if (c18n_event_is(event, steps[i].type))
            code = steps[i].apply(event, changes);
    return code == C18N_OK ? messaging_apply_people(event, changes) : code;
}
