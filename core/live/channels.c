#include "live/channels.h"

#include "base/codec.h"
#include "live/catch_up.h"
#include "live/people.h"
#include "live/recent.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

enum { ROOM_AT_FIRST = 4 };

uint64_t live_channel_hash(const struct live *live, const c18n_self *module, const char *name)
{
    return codec_hash(name, strlen(name), live->hash_seed ^ (uint64_t)(uintptr_t)module);
}

/* By half: most of a server's memory for idle sockets is in these arrays. */
static uint32_t larger(uint32_t room)
{
    return room < ROOM_AT_FIRST ? ROOM_AT_FIRST : room + room / 2;
}

/* --- channels --- */

struct live_channel *live_channel_find(struct live_lane *lane, const struct live_channel_name *name)
{
    struct live_entry *entry = live_table_first(&lane->channels->table, name->hash);
    for (; entry; entry = live_table_next(entry->next, name->hash)) {
        struct live_channel *channel = (struct live_channel *)(void *)entry;
        if (channel->module == name->module && strcmp(channel->name, name->name) == 0)
            return channel;
    }
    return NULL;
}

static struct live_channel *channel_new(struct live_lane *lane, const struct live_channel_name *name)
{
    size_t length = strlen(name->name);
    struct live_channel *channel = calloc(1, sizeof *channel + length + 1);
    if (!channel)
        return NULL;
    channel->entry.hash = name->hash;
    channel->module = name->module;
    memcpy(channel->name, name->name, length);
    live_table_add(&lane->channels->table, &channel->entry);
    return channel;
}

static void channel_free_if_unused(struct live_lane *lane, struct live_channel *channel)
{
    if (channel->count > 0 || channel->holds > 0)
        return;
    live_table_remove(&lane->channels->table, &channel->entry);
    live_recent_forget(channel);
    free(channel->members);
    free(channel);
}

void live_channel_release(struct live_lane *lane, struct live_channel *channel)
{
    channel->holds--;
    channel_free_if_unused(lane, channel);
}

/* --- who listens --- */

static bool member_room(struct live_channel *channel)
{
    if (channel->count < channel->room)
        return true;
    uint32_t room = larger(channel->room);
    struct live_member *members = realloc(channel->members, room * sizeof *members);
    if (!members)
        return false;
    channel->members = members;
    channel->room = room;
    return true;
}

static bool subscription_room(struct live_socket *socket)
{
    if (socket->subscription_count < socket->subscription_room)
        return true;
    uint32_t room = larger(socket->subscription_room);
    struct live_subscription *subscriptions = realloc(socket->subscriptions, room * sizeof *subscriptions);
    if (!subscriptions)
        return false;
    socket->subscriptions = subscriptions;
    socket->subscription_room = room;
    return true;
}

int live_subscribe(struct live_socket *socket, const struct live_channel_name *name, uint64_t after, uint32_t state)
{
    struct live_lane *lane = socket->lane;
    if (socket->subscription_count >= LIVE_CHANNELS_MOST)
        return C18N_LIMITED;
    struct live_channel *channel = live_channel_find(lane, name);
    if (!channel)
        channel = channel_new(lane, name);
    if (!channel)
        return C18N_NO_MEMORY;
    if (!member_room(channel) || !subscription_room(socket)) {
        channel_free_if_unused(lane, channel);
        return C18N_NO_MEMORY;
    }
    uint32_t slot = socket->subscription_count++, index = channel->count++;
    channel->members[index] = (struct live_member){socket, after, slot, state & ~(uint32_t)LIVE_CATCHING};
    socket->subscriptions[slot] = (struct live_subscription){channel, index, ++lane->channels->last_generation};
    return state & LIVE_CATCHING ? live_catch_up_begin(&channel->members[index]) : C18N_OK;
}

static void leave_channel(struct live_channel *channel, uint32_t index)
{
    struct live_member *moved = &channel->members[--channel->count];
    if (index == channel->count)
        return;
    channel->members[index] = *moved;
    moved->socket->subscriptions[moved->slot].index = index;
}

static void leave_socket(struct live_socket *socket, uint32_t slot)
{
    const struct live_subscription *moved = &socket->subscriptions[--socket->subscription_count];
    if (slot == socket->subscription_count)
        return;
    socket->subscriptions[slot] = *moved;
    live_member_of(moved)->slot = slot;
}

void live_unsubscribe(struct live_socket *socket, uint32_t slot)
{
    assert(slot < socket->subscription_count);
    struct live_channel *channel = socket->subscriptions[slot].channel;
    uint32_t index = socket->subscriptions[slot].index;
    live_catch_up_end(&channel->members[index]);
    leave_socket(socket, slot);
    leave_channel(channel, index);
    channel_free_if_unused(socket->lane, channel);
}

struct live_subscription *live_subscription_find(struct live_socket *socket, const struct live_channel *channel)
{
    for (uint32_t i = 0; i < socket->subscription_count; i++)
        if (socket->subscriptions[i].channel == channel)
            return &socket->subscriptions[i];
    return NULL;
}

struct live_subscription *live_subscription_named(struct live_socket *socket, const struct live_channel_name *name)
{
    struct live_channel *channel = live_channel_find(socket->lane, name);
    return channel ? live_subscription_find(socket, channel) : NULL;
}

/* --- of a lane --- */

int live_channels_open(struct live_lane *lane)
{
    struct live_channels *channels = calloc(1, sizeof *channels);
    if (!channels)
        return C18N_NO_MEMORY;
    channels->last_waiting = &channels->first_waiting;
    if (!live_table_new(&channels->table) || live_people_open(lane) != C18N_OK) {
        live_table_free(&channels->table);
        free(channels);
        return C18N_NO_MEMORY;
    }
    lane->channels = channels;
    return C18N_OK;
}

void live_channels_close(struct live_lane *lane)
{
    struct live_channels *channels = lane->channels;
    if (!channels)
        return;
    live_catch_up_close(lane);
    assert(channels->table.count == 0 && channels->reads_away == 0);
    live_table_free(&channels->table);
    live_people_close(lane);
    free(channels);
    lane->channels = NULL;
}
