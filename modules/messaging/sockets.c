/* sockets.c: who connects listens to all of their conversations; who missed something is read the log. */
#include "messaging.h"

#include <string.h>

struct listening {
    const char *me;
    size_t count;
};

/* A person of more conversations than a socket can listen to hears of the others by resuming them, and gets what is
 * written to them by others. */
static int listen_to(c18n_request *rq, struct listening *listening, const char *channel)
{
    if (!channel)
        return C18N_NO_MEMORY;
    int code = c18n_subscribe(rq, channel);
    if (code == C18N_LIMITED || (code == C18N_OK && ++listening->count == MESSAGING_LISTENED_MAX))
        return C18N_EXISTS;
    return code;
}

/* Memberships outlive a deleted group. */
static int listen_to_group(c18n_request *rq, const c18n_doc *membership, void *arg)
{
    const c18n_doc *group;
    const char *id = c18n_text(membership, "group");
    int code = messaging_group(rq, id, &group);
    if (code != C18N_OK)
        return code == C18N_GONE || code == C18N_NOT_FOUND ? C18N_OK : code;
    return listen_to(rq, arg, id);
}

static int listen_to_direct(c18n_request *rq, const c18n_doc *member, void *arg)
{
    struct listening *listening = arg;
    const char *peer = c18n_text(member, "peer");
    bool apart;
    if (!peer || !messaging_listens(member))
        return C18N_OK;
    int code = messaging_apart(rq, listening->me, peer, &apart);
    if (code != C18N_OK || apart)
        return code;
    return listen_to(rq, listening, messaging_channel(rq, listening->me, peer));
}

/** Somebody connected. */
int messaging_opened(c18n_request *rq, void *module)
{
    struct listening listening = {.me = c18n_who(rq)->user};
    const char *const match[] = {listening.me, NULL};
    int code = c18n_each(rq, "group_members", GROUPS_OF_USER, match, listen_to_group, &listening);
    if (code == C18N_OK)
        code = c18n_each(rq, "conversation_members", DIRECT_OF_USER, match, listen_to_direct, &listening);
    if (code != C18N_OK && code != C18N_EXISTS)
        return code;
    messaging_arrived(module, listening.me);
    return C18N_OK;
}

void messaging_closed(c18n_self *self, const char *user, uint32_t left)
{
    if (left == 0)
        messaging_departed(self->state, user);
}

/* --- catching up --- */

/* The conversation of a channel: a group's id, or "ME>PEER". */
static int conversation_of(c18n_request *rq, const char *channel, struct conversation *ret)
{
    const char *me = c18n_who(rq)->user, *arrow = strchr(channel, '>');
    if (!arrow)
        return messaging_find(rq, channel, me, ret);
    size_t length = (size_t)(arrow - channel);
    if (strlen(me) != length || memcmp(me, channel, length) != 0)
        return C18N_FORBIDDEN;
    return messaging_direct(rq, me, arrow + 1, ret);
}

/** May the person listen to the conversation, from behind a number on? C18N_FORBIDDEN, C18N_NOT_FOUND: no. What waits
 * to be accepted is told them as it comes, and not by its log: they would hear it twice. */
int messaging_may_listen(c18n_request *rq, const struct conversation *conversation, uint64_t *ret_begin)
{
    const c18n_doc *member;
    bool apart;
    int code;
    if (conversation->group) {
        code = messaging_take_part(rq, conversation);
        if (code == C18N_OK)
            code = messaging_begin(rq, conversation, ret_begin);
        return code == C18N_GONE ? C18N_NOT_FOUND : code;
    }
    code = messaging_member(rq, conversation, conversation->me, &member);
    if (code == C18N_OK && !messaging_listens(member))
        code = C18N_NOT_FOUND;
    if (code == C18N_OK)
        code = messaging_apart(rq, conversation->me, conversation->peer, &apart);
    if (code == C18N_OK)
        *ret_begin = 0;
    return code == C18N_OK && apart ? C18N_FORBIDDEN : code;
}

struct catching_up {
    const struct conversation *conversation;
    c18n_frames *frames;
};

static int add(c18n_request *rq, const c18n_doc *message, void *arg)
{
    struct catching_up *catching_up = arg;
    c18n_out *frame = c18n_out_new(rq);
    c18n_out_text(frame, "kind", "message");
    messaging_out(frame, catching_up->conversation, message);
    return c18n_add_frame(catching_up->frames, (uint64_t)c18n_integer(message, "seq", 0), frame);
}

/** Of the descriptor: reads a channel's log. Whether the person may is asked anew each time. */
int messaging_catch_up(c18n_request *rq, const char *channel, uint64_t after, c18n_frames *frames, void *module)
{
    (void)module;
    struct conversation conversation;
    uint64_t begin;
    int code = conversation_of(rq, channel, &conversation);
    if (code != C18N_OK || (code = messaging_may_listen(rq, &conversation, &begin)) != C18N_OK)
        return code;
    if (after < begin)
        return C18N_FORBIDDEN; /* what they ask for was there before they came */
    struct catching_up catching_up = {&conversation, frames};
    code = messaging_log(rq, conversation.id, after + 1, UINT64_MAX, false, add, &catching_up);
    return code == C18N_AGAIN ? C18N_OK : code;
}
