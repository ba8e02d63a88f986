/* close.c: what leaves for a client, and how a socket ends. */
#include "live/inside.h"

#include "base/crumb.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

void live_socket_unref(struct live_socket *socket)
{
    assert(socket->magic == LIVE_SOCKET_MAGIC && socket->references > 0);
    if (--socket->references > 0)
        return;
    assert(!socket->ws);
    socket->magic = 0;
    free(socket->token);
    free(socket->address);
    free(socket);
}

/* --- sending --- */

bool live_expired(struct live_socket *socket)
{
    if (live_now_s(socket->lane) < socket->claims.expires)
        return false;
    live_close(socket, WS_EXPIRED, "the token has expired", true);
    return true;
}

void live_send(struct live_socket *socket, struct ws_message *message)
{
    struct live *live = socket->lane->live;
    if (!socket->ws || socket->closing || live_expired(socket))
        return;
    int code = live->engine->send(socket->ws, message);
    if (code == C18N_OK)
        live_count_one(live, LIVE_FRAMES_OUT);
    else if (code != C18N_GONE)
        live_close(socket, WS_TRY_LATER, "it reads too slowly", true);
}

/* --- closing --- */

/* The client's own close frame has to be read, so that a socket that waits for it is not paused. What is ending with
 * all that is queued can still be ended at once. */
void live_close(struct live_socket *socket, int code, const char *reason, bool now)
{
    const struct ws_engine *engine = socket->lane->live->engine;
    if (!socket->ws || socket->expired || (socket->closing && !now))
        return;
    socket->closing = true;
    socket->expired = now;
    if (socket->paused)
        engine->pause(socket->ws, false);
    socket->paused = false;
    engine->close(socket->ws, code, reason, now);
}

void live_close_for(struct live_socket *socket, int code)
{
    static const struct {
        int code, close;
        const char *reason;
    } known[] = {
        {C18N_UNAUTHENTICATED, WS_EXPIRED, "the session is over"},
        {C18N_FORBIDDEN, WS_FORBIDDEN, "not allowed any more"},
        {C18N_NOT_FOUND, WS_FORBIDDEN, "not allowed any more"},
        {C18N_ERROR, WS_FAILED, "the server made a mistake"},
        {C18N_INVALID, WS_FAILED, "the server made a mistake"},
        {C18N_CORRUPT, WS_FAILED, "the server made a mistake"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == code) {
            live_close(socket, known[i].close, known[i].reason, true);
            return;
        }
    live_close(socket, WS_TRY_LATER, "the server is busy", true);
}

void live_flow(struct live_socket *socket)
{
    const struct live_lane *lane = socket->lane;
    if (!socket->ws || socket->closing)
        return;
    if (lane->draining && socket->in_flight == 0) {
        live_close(socket, WS_RESTART, "the server stops", false);
        return;
    }
    bool full = socket->in_flight >= (socket->paused ? LIVE_IN_FLIGHT_MAX / 2 : LIVE_IN_FLIGHT_MAX) ||
                live_upload_pieces(socket) >= LIVE_PIECES_MAX;
    bool pause = full || !socket->greeted || lane->draining;
    if (pause == socket->paused)
        return;
    socket->paused = pause;
    lane->live->engine->pause(socket->ws, pause);
}

/* --- the end --- */

void live_leave(struct live_socket *socket)
{
    const struct live_path *path = socket->path;
    uint32_t left = live_tally_leave(socket->lane->live->tally, &socket->claims, path->number);
    if (!socket->opened || !path->declared.closed)
        return;
    crumb_enter(path->module->self.id, "closed", path->route.called);
    path->declared.closed(&path->module->self, socket->claims.user, left);
    crumb_leave();
}

static void unlink_from_lane(struct live_socket *socket)
{
    struct live_lane *lane = socket->lane;
    if (socket->previous)
        socket->previous->next = socket->next;
    else
        lane->sockets = socket->next;
    if (socket->next)
        socket->next->previous = socket->previous;
    socket->next = socket->previous = NULL;
    atomic_fetch_sub_explicit(&lane->count, 1, memory_order_relaxed);
}

void live_closed(void *user, int code)
{
    struct live_socket *socket = user;
    assert(socket->magic == LIVE_SOCKET_MAGIC && socket->ws);
    socket->ws = NULL;
    socket->closing = true;
    log_line(C18N_LOG_DEBUG, "live", "socket %llu of %s on %s is closed with %d", (unsigned long long)socket->number,
             socket->claims.user, socket->path->declared.path, code);
    live_count_closed(socket->lane->live, code);
    live_listen_end(socket);
    live_upload_end(socket);
    unlink_from_lane(socket);
    if (!socket->greeting) /* else when `opened` is back */
        live_leave(socket);
    live_socket_unref(socket);
}

void live_control(void *user)
{
    (void)live_flood(user);
}
