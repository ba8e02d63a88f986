/* A lane's life, and the two moments of each turn of the loop at which answers leave. */
#include "http/server.h"

#include "base/platform.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Resuming a connection may make it dirty again; each round sends at least one answer, so this ends. */
static void flush(struct http_lane *lane)
{
    struct http_connection *connection;
    while ((connection = lane->dirty) || lane->gone) {
        http_output_tell_gone(lane);
        if (!connection)
            continue;
        lane->dirty = connection->dirty_next;
        connection->dirty = false;
        if (!connection->closing)
            http_output_flush(connection);
    }
}

static void on_prepare(uv_prepare_t *prepare)
{
    flush(prepare->data);
}
static void on_check(uv_check_t *check)
{
    flush(check->data);
}

static void lane_begin(struct task *task, void *context)
{
    struct http_lane *lane = (struct http_lane *)((char *)task - offsetof(struct http_lane, start));
    (void)context;
    lane->uv = loop_uv(lane->loop);
    uv_timer_init(lane->uv, &lane->sweep);
    uv_check_init(lane->uv, &lane->check);
    uv_prepare_init(lane->uv, &lane->prepare);
    lane->sweep.data = lane->check.data = lane->prepare.data = lane;
    lane->handles = 3;
    uv_check_start(&lane->check, on_check);
    uv_prepare_start(&lane->prepare, on_prepare);
    http_sweep_begin(lane);
    http_listener_begin(lane);
}

void http_lane_drain(struct http_lane *lane)
{
    lane->draining = true;
    http_listener_end(lane);
    for (struct http_connection *connection = lane->connections, *next; connection; connection = next) {
        next = connection->next;
        http_connection_drain(connection);
    }
}

void http_lane_handle_closed(struct http_lane *lane)
{
    if (--lane->handles == 0 && lane->stopping)
        lane->when_closed(lane->when_closed_arg);
}

static void on_closed(uv_handle_t *handle)
{
    http_lane_handle_closed(handle->data);
}

void http_lane_stop(struct http_lane *lane, void (*closed)(void *arg), void *arg)
{
    lane->stopping = lane->draining = true;
    lane->when_closed = closed;
    lane->when_closed_arg = arg;
    http_listener_end(lane);
    flush(lane); /* what is answered leaves; afterwards no dirty connection may be closed */
    while (lane->connections)
        http_connection_abort(lane->connections);
    http_output_tell_gone(lane);
    uv_close((uv_handle_t *)&lane->sweep, on_closed);
    uv_close((uv_handle_t *)&lane->check, on_closed);
    uv_close((uv_handle_t *)&lane->prepare, on_closed);
}

struct http_lane *http_lane_new(struct http_server *server, struct loop *loop, const int *fds, size_t count)
{
    struct http_lane *lane = calloc(1, sizeof *lane);
    if (!lane)
        return NULL;
    lane->listeners = calloc(count, sizeof *lane->listeners);
    if (!lane->listeners) {
        free(lane);
        return NULL;
    }
    for (size_t i = 0; i < count; i++)
        lane->listeners[i].fd = fds[i];
    lane->listener_count = count;
    lane->server = server;
    lane->terms = server->terms;
    lane->loop = loop;
    lane->reserve_fd = -1;
    lane->date_second = -1;
    lane->start.run = lane_begin;
    return lane;
}

/* Requests that were never answered end here: whoever had them is gone by now. */
void http_lane_free(struct http_lane *lane)
{
    struct http_exchange *exchange;
    if (!lane)
        return;
    while ((exchange = lane->live)) {
        lane->live = exchange->live_next;
        http_exchange_destroy(exchange);
    }
    while ((exchange = lane->spare)) {
        lane->spare = exchange->next;
        http_exchange_destroy(exchange);
    }
    http_gzip_free(lane->gzip);
    free(lane->listeners);
    free(lane);
}

const char *http_lane_date(struct http_lane *lane, size_t *ret_length)
{
    time_t now = (time_t)(platform_wall_ms() / 1000);
    struct tm parts;
    if (now != lane->date_second && gmtime_r(&now, &parts)) {
        strftime(lane->date, sizeof lane->date, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n", &parts);
        lane->date_second = now;
    }
    *ret_length = strlen(lane->date);
    return lane->date;
}
