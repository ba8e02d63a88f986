/* apply.c: the views of this module as a pure function of events: its own, and messaging's about what was sent where.
 */
#include "media.h"

#include <inttypes.h>
#include <stdio.h>

static int on_begun(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *upload = c18n_put(changes, "uploads", event->resource);
    c18n_out_doc(upload, event->data, NULL);
    c18n_out_integer(upload, "created_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_created(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *file = c18n_put(changes, "media", event->resource);
    c18n_out_doc(file, event->data, NULL);
    c18n_out_integer(file, "created_on", event->time_ms / 1000);
    return c18n_remove(changes, "uploads", event->resource);
}

static int on_abandoned(const c18n_event *event, c18n_changes *changes)
{
    return c18n_remove(changes, "uploads", event->resource);
}

/* Its name may tell of somebody; what is deleted has none. */
static int on_deleted(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *file = c18n_patch(changes, "media", event->resource);
    c18n_out_null(file, "name");
    c18n_out_integer(file, "deleted_on", event->time_ms / 1000);
    return C18N_OK;
}

/* Where it may be seen: a message in a conversation. Whether that one still stands, conversations.v1 says. */
static int on_message(const c18n_event *event, c18n_changes *changes)
{
    const char *const *ids, *conversation = c18n_text(event->data, "conversation");
    int64_t seq = c18n_integer(event->data, "seq", 0);
    size_t count = c18n_texts(event->data, "media", &ids);
    for (size_t i = 0; i < count && conversation; i++) {
        char id[160];
        int length = snprintf(id, sizeof id, "%s/%s/%012" PRId64, ids[i], conversation, seq);
        if (length < 0 || (size_t)length >= sizeof id) /* no ids of ours */
            continue;
        c18n_out *place = c18n_put(changes, "media_places", id);
        c18n_out_text(place, "media", ids[i]);
        c18n_out_text(place, "conversation", conversation);
        c18n_out_integer(place, "seq", seq);
    }
    return C18N_OK;
}

static const struct {
    const char *type;
    c18n_apply apply;
} steps[] = {
    {"media.begun", on_begun},     {"media.created", on_created},    {"media.abandoned", on_abandoned},
    {"media.deleted", on_deleted}, {"messages.created", on_message},
};

int media_apply(const c18n_event *event, c18n_changes *changes)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (c18n_event_is(event, steps[i].type))
            return steps[i].apply(event, changes);
    return C18N_OK;
}
