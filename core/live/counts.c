/* counts.c: what the metrics tell of sockets. Relaxed adds from any thread. */
#include "live/inside.h"

struct live_counts {
    _Atomic uint64_t of[LIVE_COUNTS];
    _Atomic uint64_t closed[LIVE_CLOSES];
};

const uint16_t live_close_codes[LIVE_CLOSES] = {
    WS_NORMAL,  1001,         WS_PROTOCOL, WS_GONE,      WS_MALFORMED, WS_TOO_LARGE,      WS_FAILED,
    WS_RESTART, WS_TRY_LATER, WS_EXPIRED,  WS_FORBIDDEN, WS_FLOOD,     0 /* any other */,
};

struct live_counts *live_counts_new(struct arena *arena)
{
    return arena_alloc(arena, sizeof(struct live_counts));
}

void live_count_one(struct live *live, enum live_count what)
{
    atomic_fetch_add_explicit(&live->counts->of[what], 1, memory_order_relaxed);
}

void live_count_closed(struct live *live, int code)
{
    size_t place = 0;
    while (place < LIVE_CLOSES - 1 && live_close_codes[place] != code)
        place++;
    atomic_fetch_add_explicit(&live->counts->closed[place], 1, memory_order_relaxed);
}

uint64_t live_counted(const struct live *live, enum live_count what)
{
    return atomic_load_explicit(&live->counts->of[what], memory_order_relaxed);
}

uint64_t live_counted_closes(const struct live *live, size_t place)
{
    return atomic_load_explicit(&live->counts->closed[place], memory_order_relaxed);
}

size_t live_count(const struct live *live)
{
    size_t count = 0;
    for (size_t i = 0; i < live->lane_count; i++)
        count += atomic_load_explicit(&live->lanes[i].count, memory_order_relaxed);
    return count;
}
