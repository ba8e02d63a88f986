/* deliver.c: what a lane does with a notice. The first function is where a busy room spends its time. */
#include "live/deliver.h"

#include "live/catch_up.h"
#include "live/listen.h"
#include "live/people.h"
#include "live/recent.h"

/* --- one listener --- */

static void send_unless_sender(struct live_socket *socket, const struct live_notice *notice)
{
    if (socket->number != notice->sender)
        live_send(socket, notice->message);
}

/* Whatever is not simply the next number. */
static void deliver_odd(struct live_member *member, const struct live_notice *notice)
{
    if (member->state & (LIVE_CATCHING | LIVE_MUTE))
        return; /* a read brings it, or the missed one was before hello */
    if (member->last == LIVE_NO_POSITION) {
        member->last = notice->number;
        send_unless_sender(member->socket, notice);
    } else if (notice->number > member->last && live_catch_up_begin(member) != C18N_OK) {
        live_close(member->socket, WS_TRY_LATER, "out of memory", false);
    }
}

static inline void deliver_number(struct live_member *member, const struct live_notice *notice)
{
    if (member->last + 1 != notice->number || member->state != 0) {
        deliver_odd(member, notice);
        return;
    }
    member->last = notice->number;
    send_unless_sender(member->socket, notice);
}

/* Without a number: now, or not at all. */
static inline void deliver_passing(const struct live_member *member, const struct live_notice *notice)
{
    if (!(member->state & (LIVE_UNPROVEN | LIVE_MUTE)))
        send_unless_sender(member->socket, notice);
}

/* --- a channel --- */

static void hear(struct live_channel *channel, const struct live_notice *notice, bool everybody)
{
    if (notice->number <= channel->newest)
        return;
    channel->newest = notice->number;
    if (everybody && channel->catching > 0)
        live_recent_add(channel, notice->number, notice->message, notice->sender);
}

void live_apply_publication(struct live_lane *lane, const struct live_notice *notice)
{
    struct live_channel *channel = live_channel_find(lane, notice->channels);
    if (!channel)
        return;
    live_channel_hold(channel);
    if (notice->number > 0)
        hear(channel, notice, true);
    for (uint32_t i = channel->count; i-- > 0;) { /* channels.h says why so */
        if (notice->number > 0)
            deliver_number(&channel->members[i], notice);
        else
            deliver_passing(&channel->members[i], notice);
    }
    live_channel_release(lane, channel);
}

static void deliver_once(const struct live_member *member, const struct live_notice *notice)
{
    if (member->socket->last_once == notice->once)
        return;
    if (member->state & (LIVE_UNPROVEN | LIVE_MUTE))
        return; /* it may be that the next channel lets it through */
    member->socket->last_once = notice->once;
    send_unless_sender(member->socket, notice);
}

void live_apply_to_each(struct live_lane *lane, const struct live_notice *notice)
{
    for (size_t i = 0; i < notice->channel_count; i++) {
        struct live_channel *channel = live_channel_find(lane, &notice->channels[i]);
        if (!channel)
            continue;
        live_channel_hold(channel);
        for (uint32_t j = channel->count; j-- > 0;)
            deliver_once(&channel->members[j], notice);
        live_channel_release(lane, channel);
    }
}

/* --- a person --- */

void live_apply_to_person(struct live_lane *lane, const struct live_notice *notice)
{
    for (struct live_socket *socket = live_people_find(lane, notice->user), *next; socket; socket = next) {
        next = socket->same_person; /* it may be closed on the way */
        if (live_delivers(socket) && !socket->opening)
            send_unless_sender(socket, notice);
    }
}

/* Who listens to as much as a socket can is told all the same, without listening: else anybody who writes to them for
 * the first time would cut them off. */
static bool listens_to_no_more(struct live_socket *socket, const struct live_channel_name *name)
{
    return socket->subscription_count == LIVE_CHANNELS_MOST && !live_subscription_named(socket, name);
}

static void to_socket_in_channel(struct live_socket *socket, const struct live_notice *notice)
{
    if (listens_to_no_more(socket, notice->channels)) {
        send_unless_sender(socket, notice);
        return;
    }
    uint64_t after = notice->number > 0 ? notice->number - 1 : LIVE_NO_POSITION;
    struct live_member *member = live_listen(socket, notice->channels, after);
    if (!member)
        return;
    if (notice->number == 0) {
        deliver_passing(member, notice);
        return;
    }
    hear(socket->subscriptions[member->slot].channel, notice, false);
    deliver_number(member, notice);
}

void live_apply_to_person_in_channel(struct live_lane *lane, const struct live_notice *notice)
{
    for (struct live_socket *socket = live_people_find(lane, notice->user), *next; socket; socket = next) {
        next = socket->same_person;
        if (live_delivers(socket))
            to_socket_in_channel(socket, notice);
    }
}

/* --- joins and leaves --- */

void live_apply_join(struct live_lane *lane, const struct live_notice *notice)
{
    live_listen_join(lane, notice->user, notice->channels, notice->number);
}

void live_apply_leave(struct live_lane *lane, const struct live_notice *notice)
{
    live_listen_leave(lane, notice->user, notice->channels, notice->lost);
}

void live_apply_doubt(struct live_lane *lane, const struct live_notice *notice)
{
    live_listen_unsettle(lane, notice->user);
}
