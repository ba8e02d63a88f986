#include "live/recent.h"

#include <assert.h>
#include <stdlib.h>

struct live_recent {
    uint64_t first; /* number of the oldest */
    uint32_t count;
    size_t bytes;
    struct live_heard heard[LIVE_RECENT_MOST]; /* a number's place is its remainder */
};

static struct live_heard *place(struct live_recent *recent, uint64_t number)
{
    return &recent->heard[number % LIVE_RECENT_MOST];
}

static void drop_oldest(struct live_recent *recent)
{
    struct ws_message *message = place(recent, recent->first)->message;
    recent->bytes -= message->length;
    ws_message_unref(message);
    recent->first++;
    recent->count--;
}

static void drop_all(struct live_recent *recent)
{
    while (recent->count > 0)
        drop_oldest(recent);
}

void live_recent_add(struct live_channel *channel, uint64_t number, struct ws_message *message, uint64_t not_to)
{
    if (!channel->recent)
        channel->recent = calloc(1, sizeof *channel->recent);
    struct live_recent *recent = channel->recent;
    if (!recent)
        return; /* then the reads have to do */
    if (number != recent->first + recent->count) {
        drop_all(recent);
        recent->first = number;
    }
    while (recent->count == LIVE_RECENT_MOST ||
           (recent->count > 0 && recent->bytes + message->length > LIVE_RECENT_BYTES))
        drop_oldest(recent);
    *place(recent, number) = (struct live_heard){ws_message_ref(message), not_to};
    recent->count++;
    recent->bytes += message->length;
}

void live_recent_forget(struct live_channel *channel)
{
    if (channel->recent)
        drop_all(channel->recent);
    free(channel->recent);
    channel->recent = NULL;
}

bool live_recent_covers(const struct live_channel *channel, uint64_t last)
{
    const struct live_recent *recent = channel->recent;
    return recent && recent->count > 0 && last + 1 >= recent->first &&
           recent->first + recent->count - 1 == channel->newest;
}

size_t live_recent_bytes(const struct live_channel *channel)
{
    const struct live_recent *recent = channel->recent;
    return recent ? recent->bytes + recent->count * sizeof recent->heard[0].message->head_room : 0;
}

const struct live_heard *live_recent_at(const struct live_channel *channel, uint64_t number)
{
    struct live_recent *recent = channel->recent;
    assert(recent && number >= recent->first && number - recent->first < recent->count);
    return place(recent, number);
}
