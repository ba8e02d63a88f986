#include "live/read.h"

#include "base/json.h"
#include "base/log.h"
#include "data/data.h"
#include "loader/loader.h"

#include <stdlib.h>
#include <string.h>

enum { READ_ARENA_MOST = 16 << 20, FRAME_HEAD = 10 };

/* --- frames --- */

int live_message_of(c18n_out *frame, struct ws_message **ret_message)
{
    size_t length;
    struct out *out = (struct out *)(void *)frame;
    const char *text = out ? json_out_finish_text(out, &length) : NULL;
    if (!text)
        return out ? out->failed : C18N_NO_MEMORY;
    if (length > LIVE_FRAME_MOST)
        return C18N_TOO_LARGE;
    struct ws_message *message = ws_message_new(WS_TEXT, text, length);
    if (!message)
        return C18N_NO_MEMORY;
    *ret_message = message;
    return C18N_OK;
}

static bool enough(const struct live_frames *frames)
{
    return frames->count == LIVE_BATCH_MOST || frames->bytes >= LIVE_BATCH_BYTES;
}

static int add(struct live_frames *frames, uint64_t number, c18n_out *frame)
{
    if (number != frames->next || enough(frames))
        return C18N_INVALID;
    int code = live_message_of(frame, &frames->messages[frames->count]);
    if (code != C18N_OK)
        return code;
    frames->bytes += frames->messages[frames->count++]->length + FRAME_HEAD;
    frames->next++;
    return C18N_OK;
}

int live_add_frame(c18n_frames *pub, uint64_t number, c18n_out *frame)
{
    struct live_frames *frames = (struct live_frames *)(void *)pub;
    int code = add(frames, number, frame);
    if (code != C18N_OK) {
        frames->failed = code;
        return code;
    }
    return enough(frames) ? C18N_AGAIN : C18N_OK;
}

/* --- on the pool --- */

static int ask_module(struct live_read *read)
{
    struct request *request = &read->request;
    const struct module *module = loader_of(read->module);
    c18n_self *before = request_lend(request, read->module, "catch_up", NULL);
    int code = module->descriptor->catch_up(request_pub(request), read->channel, read->after, &read->frames.pub,
                                            read->module->state);
    request_return(request, before);
    return code == C18N_OK ? read->frames.failed : code;
}

/* The person is asked about as for any request; and a module that takes a failed read for "no more" isn't believed. */
static int read_log(struct live_read *read, struct data_reader *reader)
{
    struct request *request = &read->request;
    int code = data_read_begin(reader, request);
    if (code != C18N_OK)
        return code;
    code = auth_person(request->server->auth, request, true);
    if (code == C18N_OK)
        code = ask_module(read);
    else if (code == C18N_FORBIDDEN || code == C18N_NOT_FOUND)
        code = C18N_UNAUTHENTICATED;               /* that is for the module alone to say */
    int fault = data_read_fault(request, C18N_OK); /* a "may not" may come of no memory, too, and would be for good */
    data_read_end(reader, request);
    return fault == C18N_OK ? code : fault;
}

static struct live_read *read_of(struct task *task)
{
    return (struct live_read *)(void *)((char *)task - offsetof(struct live_read, task));
}

static void at_lane(struct task *task, void *context)
{
    (void)context;
    struct live_read *read = read_of(task);
    read->back(read);
}

static void at_pool(struct task *task, void *context)
{
    struct live_read *read = read_of(task);
    read->code = read_log(read, context);
    read->ended = !enough(&read->frames);
    task->run = at_lane;
    loop_post(read->lane->loop, task);
}

/* --- life --- */

static bool prepare(struct live_read *read, const struct live_channel *channel)
{
    read->arena = arena_new(READ_ARENA_MOST);
    if (!read->arena)
        return false;
    read->channel = arena_copy(read->arena, channel->name, strlen(channel->name));
    return read->channel && live_request_init(&read->request, read->socket, read->arena, channel->module) == C18N_OK;
}

struct live_read *live_read_new(struct live_socket *socket, const struct live_subscription *subscription,
                                void (*back)(struct live_read *read))
{
    const struct live_channel *channel = subscription->channel;
    struct live_read *read = calloc(1, sizeof *read);
    if (!read)
        return NULL;
    read->back = back;
    read->lane = socket->lane;
    read->socket = live_socket_ref(socket);
    read->generation = subscription->generation;
    read->after = live_member_of(subscription)->last;
    read->newest = channel->newest;
    read->module = channel->module;
    read->frames.pub.host = &socket->lane->live->server->host;
    read->frames.next = read->after + 1;
    if (prepare(read, channel))
        return read;
    live_read_free(read);
    return NULL;
}

bool live_read_submit(struct live_read *read)
{
    read->task.run = at_pool;
    return pool_submit(read->lane->live->server->reads, &read->task);
}

void live_read_free(struct live_read *read)
{
    for (uint32_t i = 0; i < read->frames.count; i++)
        ws_message_unref(read->frames.messages[i]);
    arena_free(read->arena);
    live_socket_unref(read->socket);
    free(read);
}
