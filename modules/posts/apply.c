/* apply.c: the views of this module as a pure function of events: its own, and the host's about reading. */
#include "posts.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int count_post(const c18n_event *event, c18n_changes *changes, int64_t delta)
{
    const char *community = c18n_text(event->data, "community");
    return community ? c18n_add(changes, "communities", community, "posts_count", delta) : C18N_OK;
}

/* What the pace is counted from. It stays when the post goes, so that deleting gives nothing back. An import is not
 * its author's doing. */
static void put_time(const c18n_event *event, c18n_changes *changes)
{
    const char *author = c18n_text(event->data, "created_by");
    if (!author || strcmp(author, event->actor) != 0)
        return;
    c18n_out *time = c18n_put(changes, "post_times", event->resource);
    c18n_out_raw(time, "community", c18n_raw(event->data, "community"));
    c18n_out_text(time, "created_by", author);
    c18n_out_integer(time, "created_on", event->time_ms / 1000);
}

static int on_created(const c18n_event *event, c18n_changes *changes)
{
    int64_t now = event->time_ms / 1000;
    const char *status = c18n_text(event->data, "status");
    bool waits = status && strcmp(status, "pending") == 0;
    c18n_out *post = c18n_put(changes, "posts", event->resource);
    c18n_out_doc(post, event->data, NULL);
    c18n_out_integer(post, "created_on", now);
    c18n_out_integer(post, "updated_on", now);
    c18n_out_integer(post, "active_on", now);
    c18n_out_begin(post, "shared_with", '[');
    c18n_out_end(post);
    if (waits) /* which is what puts it into the index of the queue */
        c18n_out_raw(post, "waiting_in", c18n_raw(event->data, "community"));
    put_time(event, changes);
    return waits ? C18N_OK : count_post(event, changes, 1);
}

static int on_updated(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *post = c18n_patch(changes, "posts", event->resource);
    c18n_out_raw(post, "content", c18n_raw(event->data, "content"));
    c18n_out_integer(post, "updated_on", event->time_ms / 1000);
    return C18N_OK;
}

static int on_deleted(const c18n_event *event, c18n_changes *changes)
{
    c18n_out_integer(c18n_patch(changes, "posts", event->resource), "deleted_on", event->time_ms / 1000);
    return c18n_boolean(event->data, "counted", true) ? count_post(event, changes, -1) : C18N_OK;
}

/* It keeps its time of creation, so it takes its place among the others of that hour. */
static int on_approved(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *post = c18n_patch(changes, "posts", event->resource);
    c18n_out_text(post, "status", "published");
    c18n_out_null(post, "waiting_in");
    return count_post(event, changes, 1);
}

/* Deleted in the same step. That it was never published keeps it unknown to others: see access.c. */
static int on_rejected(const c18n_event *event, c18n_changes *changes)
{
    c18n_out *post = c18n_patch(changes, "posts", event->resource);
    c18n_out_text(post, "status", "rejected");
    c18n_out_null(post, "waiting_in");
    c18n_out_integer(post, "deleted_on", event->time_ms / 1000);
    return C18N_OK;
}

/* One of "VIEW ID USER SECONDS", as the host writes down who read what. */
static void mark_read(c18n_changes *changes, const char *text)
{
    char view[32], post[C18N_ID_SIZE], user[C18N_ID_SIZE], id[2 * C18N_ID_SIZE];
    int64_t read_on;
    if (sscanf(text, "%31s %36s %36s %" SCNd64, view, post, user, &read_on) != 4 || strcmp(view, "posts") != 0)
        return;
    snprintf(id, sizeof id, "%s/%s", post, user);
    c18n_out *mark = c18n_put(changes, "post_reads", id);
    c18n_out_text(mark, "post", post);
    c18n_out_text(mark, "user", user);
    c18n_out_integer(mark, "read_on", read_on);
}

static int on_read(const c18n_event *event, c18n_changes *changes)
{
    const char *const *reads;
    size_t count = c18n_texts(event->data, "reads", &reads);
    for (size_t i = 0; i < count; i++)
        mark_read(changes, reads[i]);
    return C18N_OK;
}

static const struct {
    const char *type;
    c18n_apply apply;
} steps[] = {
    {"posts.created", on_created},   {"posts.updated", on_updated},   {"posts.deleted", on_deleted},
    {"posts.approved", on_approved}, {"posts.rejected", on_rejected}, {"access.read", on_read},
};

int posts_apply(const c18n_event *event, c18n_changes *changes)
{
    for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
        if (c18n_event_is(event, steps[i].type))
            return steps[i].apply(event, changes);
    return C18N_OK;
}

/* 256 times the binary logarithm, in integers: every machine must compute the same rank. */
static int64_t log2_in_256ths(uint64_t value)
{
    int64_t whole = 63 - __builtin_clzll(value);
    uint64_t mantissa = value << (63 - whole); /* 1.0 to 2.0, with 63 bits after the point */
    int64_t result = whole;
    for (int bit = 0; bit < 8; bit++) {
        uint64_t half = mantissa >> 32;
        uint64_t square = half * half; /* 1.0 to 4.0, with 62 bits */
        bool above = square >> 63;
        mantissa = above ? square : square << 1;
        result = result * 2 + above;
    }
    return result;
}

/** Hot: newer is hotter, and ten times the likes make up for 12.5 hours. No clock in it, so a post's rank
 *  changes only when its likes do. */
void posts_derive(const c18n_doc *post, c18n_out *out)
{
    int64_t score = c18n_integer(post, "likes", 0) - c18n_integer(post, "dislikes", 0);
    int64_t lift = log2_in_256ths((uint64_t)(score < 0 ? -score : score) + 1) * 13546 / 256; /* 45,000 s x log10(2) */
    c18n_out_integer(out, "hot", c18n_integer(post, "created_on", 0) + (score < 0 ? -lift : lift));
}
