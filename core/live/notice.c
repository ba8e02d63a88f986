/* notice.c: a notice from the thread that publishes to the lanes. */
#include "live/deliver.h"

#include "request/server.h"

#include <stdlib.h>
#include <string.h>

/* --- life: one block of memory, however many lanes and channels --- */

static char *place_text(char **at, const char *text)
{
    size_t size = strlen(text) + 1;
    char *placed = memcpy(*at, text, size);
    *at += size;
    return placed;
}

static size_t text_size(const char *user, const char *const *channels, size_t count)
{
    size_t size = user ? strlen(user) + 1 : 0;
    for (size_t i = 0; i < count; i++)
        size += strlen(channels[i]) + 1;
    return size;
}

static void place_names(struct live_notice *notice, char *at, const char *user, const char *const *channels)
{
    if (user)
        notice->user = place_text(&at, user);
    for (size_t i = 0; i < notice->channel_count; i++) {
        struct live_channel_name *name = &notice->channels[i];
        name->module = notice->module;
        name->name = place_text(&at, channels[i]);
        name->hash = live_channel_hash(notice->live, name->module, name->name);
    }
}

struct live_notice *live_notice_new(struct live *live, c18n_self *module, const char *user, const char *const *channels)
{
    size_t lanes = atomic_load(&live->lane_count), count = 0;
    while (channels && channels[count])
        count++;
    size_t size = sizeof(struct live_notice) + lanes * sizeof(struct live_errand);
    struct live_notice *notice =
        malloc(size + count * sizeof(struct live_channel_name) + text_size(user, channels, count));
    if (!notice)
        return NULL;
    *notice = (struct live_notice){.live = live, .module = module, .channel_count = count, .lane_count = lanes};
    atomic_init(&notice->references, 1);
    notice->channels = (struct live_channel_name *)(void *)&notice->errands[lanes];
    place_names(notice, (char *)&notice->channels[count], user, channels);
    return notice;
}

void live_notice_unref(struct live_notice *notice)
{
    if (atomic_fetch_sub_explicit(&notice->references, 1, memory_order_acq_rel) > 1)
        return;
    ws_message_unref(notice->message);
    free(notice);
}

/* --- to the lanes --- */

static void arrive(struct task *task, void *context)
{
    (void)context;
    struct live_errand *errand = (struct live_errand *)(void *)task;
    if (errand->lane->channels) /* else it is closed: the server stops */
        errand->notice->apply(errand->lane, errand->notice);
    live_notice_unref(errand->notice);
}

/* A lane without listeners is passed over. Whoever begins to listen there after this look, reads what he may listen to
 * after the commit, and has to catch up in nothing. */
static void spread(struct live_notice *notice)
{
    struct live *live = notice->live;
    size_t lanes = atomic_load(&live->lane_count);
    if (lanes > notice->lane_count)
        lanes = notice->lane_count; /* those that came since have no listeners yet */
    for (size_t i = 0; i < lanes; i++) {
        struct live_lane *lane = &live->lanes[i];
        if (atomic_load(&lane->listening) == 0)
            continue;
        notice->errands[i] = (struct live_errand){.task.run = arrive, .notice = notice, .lane = lane};
        atomic_fetch_add_explicit(&notice->references, 1, memory_order_relaxed);
        loop_post(lane->loop, &notice->errands[i].task);
    }
    live_notice_unref(notice);
}

static struct live_notice *notice_of(struct data_sequel *sequel)
{
    return (struct live_notice *)(void *)sequel;
}

static void happen(struct data_sequel *sequel)
{
    spread(notice_of(sequel));
}

/* After a commit of which nobody knows whether it was one (docs/internals/durability.md), the event may be history. */
static void drop(struct data_sequel *sequel)
{
    struct live_notice *notice = notice_of(sequel);
    const char *why;
    int state = notice->doubt ? data_state(notice->live->server->data, &why) : C18N_OK;
    if (state == C18N_OK || state == C18N_NO_SPACE) {
        live_notice_unref(notice);
        return;
    }
    notice->apply = notice->doubt;
    spread(notice);
}

int live_notice_send(struct live_notice *notice, struct request *request, bool at_once)
{
    notice->sequel = (struct data_sequel){.happen = happen, .drop = drop};
    int code = data_after_commit(request, &notice->sequel);
    if (code == C18N_OK)
        return C18N_OK;
    if (at_once)
        spread(notice);
    else
        live_notice_unref(notice);
    return at_once ? C18N_OK : C18N_INVALID;
}
