#include "live/catch_up.h"

#include "base/log.h"
#include "base/platform.h"
#include "c18n/log.h"
#include "live/read.h"
#include "live/recent.h"

#include <assert.h>
#include <stdlib.h>

enum { /* of a socket's catching up */
       IDLE,
       PACING,     /* until the engine's queue is empty */
       WAITING,    /* in the lane's list, for its turn */
       READING,    /* the read is away */
       HOLDING,    /* the read is back, and doesn't fit into the queue yet */
       DELIVERING, /* what it brought is being sent */
       RETRYING,   /* in the lane's list, until retry_us */
};

struct live_catch_up {
    struct live_catch_up *next;
    struct live_socket *socket; /* NULL: it left */
    struct live_read *read;     /* of READING, HOLDING, DELIVERING */
    uint32_t members;           /* of the socket's: how many are catching up */
    uint32_t turn;              /* slot of the subscription where the next read is looked for */
    int state;
    unsigned failures; /* since the last read that succeeded */
    int64_t retry_us;
};

static void advance(struct live_catch_up *catch_up);
static void read_back(struct live_read *read);

static size_t queued(const struct live_socket *socket)
{
    return socket->ws ? socket->lane->live->engine->queued(socket->ws) : 0;
}

static void wait_for_queue(struct live_catch_up *catch_up, int state)
{
    catch_up->state = state;
    catch_up->socket->lane->live->engine->tell_drained(catch_up->socket->ws);
}

static void finish(struct live_catch_up *catch_up)
{
    if (catch_up->socket)
        catch_up->socket->catch_up = NULL;
    free(catch_up);
}

/* --- failures --- */

static void retry_later(struct live_catch_up *catch_up)
{
    struct live_channels *channels = catch_up->socket->lane->channels;
    int64_t wait_ms = LIVE_RETRY_MS;
    for (unsigned i = 1; i < catch_up->failures && wait_ms < LIVE_RETRY_MOST_MS; i++)
        wait_ms *= 2;
    catch_up->state = RETRYING;
    catch_up->retry_us = platform_monotonic_us() + wait_ms * 1000;
    catch_up->next = channels->retrying;
    channels->retrying = catch_up;
}

void live_listen_tick(struct live_lane *lane)
{
    if (!lane->channels)
        return;
    int64_t now_us = platform_monotonic_us();
    struct live_catch_up *catch_up = lane->channels->retrying, *next;
    lane->channels->retrying = NULL;
    for (; catch_up; catch_up = next) {
        next = catch_up->next;
        if (!catch_up->socket) {
            finish(catch_up);
        } else if (catch_up->retry_us <= now_us) {
            advance(catch_up);
        } else {
            catch_up->next = lane->channels->retrying;
            lane->channels->retrying = catch_up;
        }
    }
}

/* --- turns --- */

/* The next of its channels that is to be read, so that a busy one doesn't keep the others waiting. */
static struct live_subscription *choose(struct live_catch_up *catch_up)
{
    struct live_socket *socket = catch_up->socket;
    for (uint32_t i = 0; i < socket->subscription_count; i++) {
        struct live_subscription *subscription =
            &socket->subscriptions[(catch_up->turn + i) % socket->subscription_count];
        if ((live_member_of(subscription)->state & (LIVE_CATCHING | LIVE_MUTE)) == LIVE_CATCHING) {
            catch_up->turn = live_member_of(subscription)->slot + 1;
            return subscription;
        }
    }
    return NULL;
}

static void start_read(struct live_catch_up *catch_up)
{
    struct live_subscription *subscription = choose(catch_up);
    catch_up->state = IDLE;
    if (!subscription)
        return;
    live_member_of(subscription)->state &= ~(uint32_t)LIVE_JOINED;
    struct live_read *read = live_read_new(catch_up->socket, subscription, read_back);
    if (!read || !live_read_submit(read)) {
        if (read)
            live_read_free(read);
        catch_up->failures++;
        retry_later(catch_up);
        return;
    }
    read->owner = catch_up;
    catch_up->read = read;
    catch_up->state = READING;
    catch_up->socket->lane->channels->reads_away++;
}

static struct live_catch_up *take_waiting(struct live_channels *channels)
{
    struct live_catch_up *catch_up = channels->first_waiting;
    channels->first_waiting = catch_up->next;
    if (!channels->first_waiting)
        channels->last_waiting = &channels->first_waiting;
    catch_up->next = NULL;
    return catch_up;
}

static void start_reads(struct live_lane *lane)
{
    struct live_channels *channels = lane->channels;
    while (channels->first_waiting && channels->reads_away < LIVE_READS_MOST) {
        struct live_catch_up *catch_up = take_waiting(channels);
        if (!catch_up->socket || catch_up->members == 0)
            finish(catch_up);
        else
            start_read(catch_up);
    }
}

/* Goes on with what is missing, as soon as there is room for it. */
static void advance(struct live_catch_up *catch_up)
{
    struct live_socket *socket = catch_up->socket;
    catch_up->state = IDLE;
    if (catch_up->members == 0) {
        finish(catch_up);
    } else if (socket->closing || !socket->ws) {
        return; /* it will be closed */
    } else if (queued(socket) > LIVE_QUEUE_MOST / 2) {
        wait_for_queue(catch_up, PACING);
    } else {
        struct live_channels *channels = socket->lane->channels;
        catch_up->state = WAITING;
        catch_up->next = NULL;
        *channels->last_waiting = catch_up;
        channels->last_waiting = &catch_up->next;
        start_reads(socket->lane);
    }
}

/* --- what a read brought --- */

static struct live_subscription *subscription_of(const struct live_socket *socket, uint32_t generation)
{
    for (uint32_t i = 0; i < socket->subscription_count; i++)
        if (socket->subscriptions[i].generation == generation)
            return &socket->subscriptions[i];
    return NULL; /* it ended meanwhile, or another took its place */
}

static void send_recent(struct live_catch_up *catch_up, struct live_member *member)
{
    struct live_socket *socket = catch_up->socket;
    const struct live_channel *channel = socket->subscriptions[member->slot].channel;
    uint64_t number = member->last + 1, newest = channel->newest;
    for (member->last = newest; catch_up->socket && number <= newest; number++) {
        const struct live_heard *heard = live_recent_at(channel, number);
        if (heard->not_to != socket->number)
            live_send(socket, heard->message);
    }
}

/* All that the log had is sent. What came while it was read is kept, or it takes another read. */
static void settle(struct live_catch_up *catch_up, const struct live_read *read, struct live_member *member)
{
    const struct live_channel *channel = catch_up->socket->subscriptions[member->slot].channel;
    bool complete = read->ended && member->last >= channel->newest;
    if (!complete && live_recent_covers(channel, member->last) &&
        queued(catch_up->socket) + live_recent_bytes(channel) <= LIVE_QUEUE_MOST) {
        send_recent(catch_up, member);
        complete = true;
    }
    if (!catch_up->socket)
        return; /* closed on the way */
    bool short_log = read->ended && member->last < read->newest;
    if (short_log && catch_up->failures == 0)
        log_line(C18N_LOG_ERROR, read->module->id, "the log of channel \"%s\" ends at %llu; %llu was published",
                 read->channel, (unsigned long long)member->last, (unsigned long long)read->newest);
    catch_up->failures = short_log ? catch_up->failures + 1 : 0;
    if (complete)
        live_catch_up_end(member);
}

static void deliver(struct live_catch_up *catch_up, const struct live_read *read, struct live_member *member)
{
    struct live_socket *socket = catch_up->socket;
    const struct live_frames *frames = &read->frames;
    assert(member->last == read->after);
    member->state &= ~(uint32_t)(LIVE_UNPROVEN | LIVE_JOINED | LIVE_AGAIN);
    member->last += frames->count;
    for (uint32_t i = 0; catch_up->socket && i < frames->count; i++)
        live_send(socket, frames->messages[i]);
    if (catch_up->socket)
        settle(catch_up, read, member);
}

/* After a resume that was already old when it was heeded, the person may have joined anew, from another position: one
 * that only `opened` can find out. */
static void refused(struct live_socket *socket, struct live_member *member)
{
    if (member->state & LIVE_JOINED)
        member->state |= LIVE_AGAIN;
    else if (member->state & LIVE_AGAIN)
        live_close(socket, WS_RESTART, "come back: the channel changed", false);
    else
        live_unsubscribe(socket, member->slot);
}

static void heed(struct live_catch_up *catch_up, const struct live_read *read)
{
    const struct live_subscription *subscription = subscription_of(catch_up->socket, read->generation);
    if (!subscription)
        return;
    struct live_member *member = live_member_of(subscription);
    if (read->code == C18N_OK) {
        deliver(catch_up, read, member);
    } else if (read->code == C18N_FORBIDDEN || read->code == C18N_NOT_FOUND) {
        catch_up->failures = 0;
        refused(catch_up->socket, member);
    } else {
        if (catch_up->failures++ == 0)
            log_line(C18N_LOG_WARNING, read->module->id, "catching up in channel \"%s\" failed (%d); it is tried again",
                     read->channel, read->code);
    }
}

static void take(struct live_catch_up *catch_up)
{
    struct live_read *read = catch_up->read;
    size_t waiting = queued(catch_up->socket);
    if (waiting > 0 && waiting + read->frames.bytes > LIVE_QUEUE_MOST) {
        wait_for_queue(catch_up, HOLDING);
        return;
    }
    catch_up->state = DELIVERING;
    heed(catch_up, read);
    live_read_free(read);
    catch_up->read = NULL;
    if (!catch_up->socket)
        free(catch_up);
    else if (catch_up->failures > 0)
        retry_later(catch_up);
    else
        advance(catch_up);
}

static void read_back(struct live_read *read)
{
    struct live_lane *lane = read->lane;
    struct live_catch_up *catch_up = read->owner;
    lane->channels->reads_away--;
    if (catch_up->socket) {
        take(catch_up);
        start_reads(lane);
        return;
    }
    free(catch_up);
    start_reads(lane);
    live_read_free(read); /* with the socket's last reference the lane may go */
}

void live_listen_drained(struct live_socket *socket)
{
    struct live_catch_up *catch_up = socket->catch_up;
    if (!catch_up)
        return;
    if (catch_up->state == PACING)
        advance(catch_up);
    else if (catch_up->state == HOLDING)
        take(catch_up);
}

/* --- begin and end --- */

int live_catch_up_begin(struct live_member *member)
{
    struct live_socket *socket = member->socket;
    struct live_channel *channel = socket->subscriptions[member->slot].channel;
    if (!socket->catch_up)
        socket->catch_up = calloc(1, sizeof *socket->catch_up);
    struct live_catch_up *catch_up = socket->catch_up;
    if (!catch_up)
        return C18N_NO_MEMORY;
    catch_up->socket = socket;
    catch_up->members++;
    channel->catching++;
    member->state |= LIVE_CATCHING;
    if (catch_up->state == IDLE && !(member->state & LIVE_MUTE))
        advance(catch_up);
    return C18N_OK;
}

void live_catch_up_end(struct live_member *member)
{
    if (!(member->state & LIVE_CATCHING))
        return;
    struct live_channel *channel = member->socket->subscriptions[member->slot].channel;
    struct live_catch_up *catch_up = member->socket->catch_up;
    member->state = 0;
    if (--channel->catching == 0)
        live_recent_forget(channel);
    if (--catch_up->members == 0 && (catch_up->state == IDLE || catch_up->state == PACING))
        finish(catch_up);
}

void live_catch_up_go(struct live_socket *socket)
{
    if (socket->catch_up && socket->catch_up->state == IDLE)
        advance(socket->catch_up);
}

/* One in a list of the lane, or whose read is away, is freed where it is found next. */
void live_catch_up_leave(struct live_socket *socket)
{
    struct live_catch_up *catch_up = socket->catch_up;
    if (!catch_up)
        return;
    assert(catch_up->members == 0);
    socket->catch_up = NULL;
    catch_up->socket = NULL;
    if (catch_up->state != HOLDING)
        return;
    live_read_free(catch_up->read);
    free(catch_up);
}

void live_catch_up_close(struct live_lane *lane)
{
    struct live_channels *channels = lane->channels;
    while (channels->first_waiting) {
        struct live_catch_up *catch_up = take_waiting(channels);
        assert(!catch_up->socket);
        free(catch_up);
    }
    while (channels->retrying) {
        struct live_catch_up *catch_up = channels->retrying;
        channels->retrying = catch_up->next;
        assert(!catch_up->socket);
        free(catch_up);
    }
}
