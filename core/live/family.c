/* family.c: the family c18n.sockets: what modules call. */
#include "base/log.h"
#include "live/deliver.h"
#include "live/listen.h"
#include "live/people.h"
#include "live/read.h"
#include "loader/loader.h"

#include <string.h>

/* --- what a request listens to: notes, heeded on the lane when it is over --- */

static bool is_opened(const struct request *request)
{
    return request->socket && request->route == &request->socket->path->route;
}

static bool is_verb(const struct request *request, uint32_t run)
{
    return request->socket && request->route && !is_opened(request) && request->route->run == run;
}

static int note_channel(struct request *request, const char *channel, uint64_t after)
{
    struct live_notes *notes = request->live;
    if (!notes) {
        notes = arena_alloc(request->arena, sizeof *notes);
        if (!notes)
            return C18N_NO_MEMORY;
        notes->last = &notes->first;
        request->live = notes;
    }
    if (notes->count >= LIVE_CHANNELS_MOST)
        return C18N_LIMITED;
    struct live_note *note = arena_alloc(request->arena, sizeof *note);
    char *name = arena_copy(request->arena, channel, strlen(channel));
    if (!note || !name)
        return C18N_NO_MEMORY;
    c18n_self *module = request->head.self;
    note->name = (struct live_channel_name){module, name, live_channel_hash(request->server->live, module, name)};
    note->after = after;
    *notes->last = note;
    notes->last = &note->next;
    notes->count++;
    return C18N_OK;
}

static int subscribe(c18n_request *rq, const char *channel, uint64_t after)
{
    struct request *request = request_of(rq);
    if (!is_opened(request) || !live_delivers(request->socket))
        return C18N_INVALID;
    return note_channel(request, channel, after);
}

static bool reads_logs(const c18n_self *module)
{
    if (loader_of(module)->descriptor->catch_up)
        return true;
    log_line(C18N_LOG_ERROR, module->id, "numbers and positions are for modules with `catch_up`");
    return false;
}

static int resume(c18n_request *rq, const char *channel, uint64_t after)
{
    struct request *request = request_of(rq);
    if (!is_verb(request, C18N_CLASS_READ) || !live_delivers(request->socket) || after == LIVE_NO_POSITION ||
        !reads_logs(request->head.self))
        return C18N_INVALID;
    return note_channel(request, channel, after);
}

static bool subscribed(c18n_request *rq, const char *channel)
{
    struct request *request = request_of(rq);
    if (!is_verb(request, C18N_CLASS_INLINE) || !request->socket->listening)
        return false;
    c18n_self *module = request->head.self;
    const struct live_channel_name name = {module, channel, live_channel_hash(request->server->live, module, channel)};
    return live_subscription_named(request->socket, &name) != NULL;
}

/* --- what a request tells others --- */

/* NULL: nobody can be connected: the server starts, stops, or is c18nctl. */
static struct live *live_of(const struct server *server)
{
    struct live *live = server->live;
    return live && atomic_load(&live->lane_count) > 0 ? live : NULL;
}

static int change(c18n_request *rq, const char *user, const char *channel, uint64_t after, bool lost,
                  void (*apply)(struct live_lane *lane, const struct live_notice *notice))
{
    struct request *request = request_of(rq);
    const char *const channels[] = {channel, NULL};
    struct live *live = live_of(request->server);
    if (!live)
        return C18N_OK;
    struct live_notice *notice = live_notice_new(live, request->head.self, user, channels);
    if (!notice)
        return C18N_NO_MEMORY;
    notice->number = after;
    notice->lost = lost;
    notice->apply = apply;
    notice->doubt = live_apply_doubt;
    return live_notice_send(notice, request, false);
}

static int join(c18n_request *rq, const char *user, const char *channel, uint64_t after)
{
    if (after != LIVE_NO_POSITION && !reads_logs(request_of(rq)->head.self))
        return C18N_INVALID;
    return change(rq, user, channel, after, false, live_apply_join);
}

static int leave(c18n_request *rq, const char *user, const char *channel, bool lost)
{
    return change(rq, user, channel, 0, lost, live_apply_leave);
}

static bool makes_sense(const struct request *request, const c18n_publication *publication)
{
    bool each = publication->flags & C18N_TO_EACH_ONCE;
    if (each ? !publication->channels || publication->number > 0 : !publication->channel && !publication->user)
        return false;
    if (publication->number == 0)
        return true;
    return publication->channel && publication->number != LIVE_NO_POSITION && reads_logs(request->head.self);
}

static struct live_notice *notice_of(const struct request *request, struct live *live,
                                     const c18n_publication *publication)
{
    const char *const one[] = {publication->channel, NULL};
    bool each = publication->flags & C18N_TO_EACH_ONCE;
    struct live_notice *notice =
        live_notice_new(live, request->head.self, each ? NULL : publication->user, each ? publication->channels : one);
    if (!notice)
        return NULL;
    notice->number = publication->number;
    if (publication->flags & C18N_NOT_TO_SENDER && request->socket)
        notice->sender = request->socket->number;
    if (each) {
        notice->once = atomic_fetch_add(&live->last_once, 1) + 1;
        notice->apply = live_apply_to_each;
    } else if (!publication->user) {
        notice->apply = live_apply_publication;
    } else {
        notice->apply = publication->channel ? live_apply_to_person_in_channel : live_apply_to_person;
    }
    return notice;
}

/* The declared part of a struct that may be of an older, shorter kind. */
static c18n_publication publication_of(const c18n_publication *given)
{
    c18n_publication publication = {0};
    memcpy(&publication, given, given->size < sizeof publication ? given->size : sizeof publication);
    return publication;
}

static int publish(c18n_request *rq, const c18n_publication *given, c18n_out *frame)
{
    struct request *request = request_of(rq);
    const c18n_publication publication = publication_of(given);
    struct ws_message *message;
    if (!makes_sense(request, &publication))
        return C18N_INVALID;
    int code = live_message_of(frame, &message);
    if (code != C18N_OK)
        return code;
    struct live *live = live_of(request->server);
    struct live_notice *notice = live ? notice_of(request, live, &publication) : NULL;
    if (!notice) {
        ws_message_unref(message);
        return live ? C18N_NO_MEMORY : C18N_OK;
    }
    notice->message = message;
    return live_notice_send(notice, request, publication.number == 0);
}

/* --- the rest --- */

static uint32_t count(c18n_self *self, const char *user)
{
    const struct live *live = live_of((const struct server *)(const void *)self->host);
    return live ? live_presence_count(live->presence, live, user) : 0;
}

static const char *epoch(c18n_request *rq)
{
    const struct live *live = request_of(rq)->server->live;
    return live ? live->epoch : "";
}

const c18n_sockets_family sockets_family = {
    .family = {sizeof sockets_family, C18N_ABI_MINOR},
    .subscribe = subscribe,
    .resume = resume,
    .subscribed = subscribed,
    .join = join,
    .leave = leave,
    .publish = publish,
    .add_frame = live_add_frame,
    .expect_bytes = live_expect_bytes,
    .count = count,
    .epoch = epoch,
};
