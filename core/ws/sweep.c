/* Time-outs and heartbeats: one timer a lane looks over all its sockets. */
#include "ws/native.h"

#include "base/platform.h"

enum { SWEEP_LEAST_MS = 10, SWEEP_MOST_MS = 500, SWEEP_PARTS = 8 };

static bool is_over(int64_t since_us, int64_t now_us, int64_t limit_ms)
{
    return now_us - since_us >= limit_ms * 1000;
}

/* Only who is read from can be silent. */
static void check_silence(struct ws_socket *socket, int64_t now_us)
{
    const struct ws_options *options = &socket->lane->options;
    if (!(socket->watched & UV_READABLE))
        return;
    if (is_over(socket->seen_us, now_us, options->silence_ms)) {
        ws_socket_lose(socket);
    } else if (!socket->pinged && is_over(socket->seen_us, now_us, options->ping_ms)) {
        socket->pinged = true;
        ws_output_control(socket, WS_PING, NULL, 0);
    }
}

static void check(struct ws_socket *socket, int64_t now_us)
{
    if (socket->deadline_us && now_us >= socket->deadline_us)
        ws_socket_lose(socket);
    else if (socket->blocked && is_over(socket->write_us, now_us, socket->lane->options.write_ms))
        ws_socket_lose(socket);
    else if (!socket->closing)
        check_silence(socket, now_us);
}

static void on_sweep(uv_timer_t *timer)
{
    struct ws_lane *lane = timer->data;
    int64_t now_us = platform_monotonic_us();
    for (struct ws_socket *socket = lane->sockets, *next; socket; socket = next) {
        next = socket->next;
        check(socket, now_us);
    }
}

void ws_sweep_begin(struct ws_lane *lane)
{
    const struct ws_options *options = &lane->options;
    const int64_t limits[] = {options->ping_ms, options->silence_ms, options->write_ms, options->close_ms};
    int64_t tick = SWEEP_MOST_MS;
    for (size_t i = 0; i < sizeof limits / sizeof *limits; i++)
        if (limits[i] / SWEEP_PARTS < tick)
            tick = limits[i] / SWEEP_PARTS;
    if (tick < SWEEP_LEAST_MS)
        tick = SWEEP_LEAST_MS;
    uv_timer_start(&lane->sweep, on_sweep, (uint64_t)tick, (uint64_t)tick);
}
