/* upgrade.c: from a handshake that the gate has judged to an open socket.
 *
 *   draining 503 → Origin 403 → handshake 400, 426 → sub-protocol 400 → all sockets 503 → the person's 429
 *   → the descriptor leaves HTTP → the engine's 101 → greet.c
 *
 * What is refused is a problem like any other, on a connection that goes on. */
#include "live/inside.h"

#include "api/problem.h"
#include "base/log.h"
#include "base/platform.h"
#include "conf/conf.h"
#include "ws/handshake.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const char *const protocols[] = {"c18n.v1.ndjson", "c18n.v1.json", NULL};

/* --- refusing --- */

static void add_header(struct request *request, const char *name, const char *value)
{
    struct request_reply *reply = &request->reply;
    reply->headers[reply->header_count++] = (struct http_header){name, value};
}

/* Gives false, so that a judge can end with it. */
static bool refuse(struct request *request, int status, const char *word, const char *detail)
{
    problem_reply(request, status, word, detail);
    if (status == 426) {
        add_header(request, "Upgrade", "websocket");
        add_header(request, "Sec-WebSocket-Version", "13");
    }
    if (status == 429)
        add_header(request, "Retry-After", "5");
    return false;
}

static bool refuse_code(struct request *request, int code)
{
    api_problem(request, code);
    return false;
}

/* --- judging --- */

static bool judge_handshake(struct request *request, struct ws_handshake *ret_handshake)
{
    const char *detail = NULL;
    int code = auth_origin_check(request->server->auth, request);
    if (code != C18N_OK)
        return refuse_code(request, code);
    int status = ws_handshake(request->http, protocols, ret_handshake, &detail);
    if (status != 0)
        return refuse(request, status, status == 426 ? NULL : "bad_handshake", detail);
    if (!ret_handshake->protocol)
        return refuse(request, 400, "no_subprotocol", "Offer the sub-protocol c18n.v1.json or c18n.v1.ndjson.");
    return true;
}

/* HTTP's connections and sockets are all descriptors of one process. */
static bool judge_room(struct request *request, const struct live *live)
{
    const struct server *server = request->server;
    size_t most = (size_t)conf_integer(server->core_settings, "max_connections");
    size_t open = live_count(live) + (server->http ? http_connections(server->http) : 0);
    return open <= most || refuse(request, 503, "too_many_sockets", "The server has no room for more sockets.");
}

/* Also counts it: whoever goes on from here must live_leave. */
static bool judge_person(struct request *request, struct live *live, unsigned path)
{
    unsigned most = (unsigned)conf_integer(request->server->core_settings, "sockets_per_user");
    int code = live_tally_enter(live->tally, auth_claims_of(request), path, most);
    if (code == C18N_LIMITED)
        return refuse(request, 429, "too_many_sockets", "You have as many sockets as one person may have at a time.");
    return code == C18N_OK || refuse_code(request, code);
}

/* --- making --- */

static struct live_socket *socket_new(struct live_lane *lane, const struct live_path *path,
                                      const struct request *request)
{
    struct live_socket *socket = calloc(1, sizeof *socket);
    if (!socket)
        return NULL;
    *socket = (struct live_socket){
        .magic = LIVE_SOCKET_MAGIC,
        .references = 1,
        .lane = lane,
        .path = path,
        .claims = *auth_claims_of(request),
        .token = strdup(request->caller.token),
        .address = strdup(request_address(request)),
        .number = atomic_fetch_add(&lane->live->last_number, 1) + 1,
        .tokens = 1e9, /* as many as a burst has */
        .tokens_us = platform_monotonic_us(),
    };
    if (socket->token && socket->address)
        return socket;
    live_socket_unref(socket);
    return NULL;
}

/* From here on the socket is the lane's, and ends by live_closed. */
static void put_on_lane(struct live_socket *socket)
{
    struct live_lane *lane = socket->lane;
    socket->next = lane->sockets;
    if (socket->next)
        socket->next->previous = socket;
    lane->sockets = socket;
    atomic_fetch_add_explicit(&lane->count, 1, memory_order_relaxed);
    live_count_one(lane->live, LIVE_OPENED);
    live_watch(socket);
    live_flow(socket); /* nothing is read before hello */
    live_greet(socket);
}

/* --- handing over --- */

static int hand_over(struct request *request, struct live_socket *socket, const struct ws_handshake *handshake)
{
    struct live *live = socket->lane->live;
    struct ws_opening opening = {.deflate = handshake->deflate && live->deflate,
                                 .lines = handshake->protocol == protocols[0],
                                 .protocol = handshake->protocol,
                                 .user = socket};
    char accept[sizeof handshake->accept];
    char *early = NULL;
    const struct http_answer logged = {
        .status = 101, .route = request->route->declared.path, .user = socket->claims.user};
    memcpy(accept, handshake->accept, sizeof accept); /* the request ends with the hand-over */
    opening.accept = accept;
    int code = http_hand_over(request->http, &logged, &opening.fd, &early, &opening.early_length);
    if (code != C18N_OK)
        return code;
    opening.early = early;
    socket->lines = opening.lines;
    code = live->engine->open(socket->lane->ws, &opening, &socket->ws);
    free(early);
    if (code == C18N_OK) {
        put_on_lane(socket);
        return C18N_OK;
    }
    log_line(C18N_LOG_WARNING, "live", "a socket could not be opened: code %d", code);
    live_leave(socket);
    live_socket_unref(socket);
    return C18N_OK; /* the client is gone, and there is nobody left to answer */
}

static struct live_lane *lane_of(struct live *live, const struct http_request *http)
{
    for (size_t i = 0; i < live->lane_count; i++)
        if (live->lanes[i].loop == http->loop)
            return &live->lanes[i];
    return NULL;
}

static bool go_over(struct request *request, struct live_lane *lane, const struct live_path *path,
                    const struct ws_handshake *handshake)
{
    struct live_socket *socket = socket_new(lane, path, request);
    int code = socket ? hand_over(request, socket, handshake) : C18N_NO_MEMORY;
    if (code == C18N_OK)
        return true;
    live_tally_leave(lane->live->tally, auth_claims_of(request), path->number);
    if (socket)
        live_socket_unref(socket);
    return refuse_code(request, code == C18N_CONFLICT ? C18N_AGAIN : code);
}

void live_upgrade(struct request *request)
{
    struct live *live = request->server->live;
    struct live_lane *lane = live ? lane_of(live, request->http) : NULL;
    struct ws_handshake handshake;
    bool taken = false;
    if (!lane || lane->draining) {
        refuse(request, 503, "stopping", "The server stops, or has not started yet. Try again later.");
    } else if (judge_handshake(request, &handshake) && judge_room(request, live)) {
        const struct live_path *path = &live->paths[request->route->number];
        taken = judge_person(request, live, path->number) && go_over(request, lane, path, &handshake);
    }
    if (taken)
        return;
    if (live)
        live_count_one(live, LIVE_REFUSED);
    api_answer(request);
}
