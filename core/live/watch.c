/* watch.c: what ends a socket without its doing: the token's time, a session or person that is good no more, a flood.
 *
 * A sweep every 250 ms, and at the very moment when the next token expires. A commit that concerns somebody who is
 * connected comes by the mailbox of each lane. */
#include "live/inside.h"

#include "base/platform.h"
#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

enum { SWEEP_MS = 250, BURST = 3 /* seconds' worth of frames at once */ };

struct live_watch {
    uv_timer_t timer;
    struct live_lane *lane;
    uint64_t turn;        /* of the loop, in which `now_s` was taken */
    int64_t now_s;        /* wall clock */
    int64_t next_s;       /* when the next token expires; INT64_MAX: none does */
    int64_t rate;         /* core.socket_rate */
    bool ticking;         /* the timer is set */
    bool rechecks;        /* some socket's person could not be asked */
    atomic_bool distrust; /* a commit could not be told: everybody's person is asked about */
};

/* --- the clock --- */

/* Once a turn of the loop. Where no loop runs (a test host's) time moves as it likes. */
int64_t live_now_s(struct live_lane *lane)
{
    struct live_watch *watch = lane->watch;
    uint64_t turn = uv_now(loop_uv(lane->loop));
    if (turn != watch->turn || !loop_here()) {
        watch->turn = turn;
        watch->now_s = platform_wall_ms() / 1000;
    }
    return watch->now_s;
}

/* --- is the person still good? --- */

void live_watch_recheck(struct live_socket *socket)
{
    socket->recheck = socket->lane->watch->rechecks = true;
}

static void rechecked(struct live_turn *turn)
{
    struct live_socket *socket = turn->socket;
    if (turn->code == C18N_UNAUTHENTICATED)
        live_close_for(socket, turn->code);
    else if (turn->code != C18N_OK && socket->ws)
        live_watch_recheck(socket);
    live_turn_free(turn);
}

static void recheck(struct live_socket *socket)
{
    struct live_turn *turn = socket->expired ? NULL : live_turn_new(socket, NULL);
    socket->recheck = false;
    if (turn) {
        turn->end = rechecked;
        live_turn_inline(turn);
    } else if (!socket->expired) {
        live_watch_recheck(socket);
    }
}

/* None of these walks is disturbed by what it finds: a socket that is to be closed leaves its lists later. */

static void recheck_all(struct live_lane *lane)
{
    for (struct live_socket *socket = lane->sockets; socket; socket = socket->next)
        recheck(socket);
}

static void recheck_person(struct live_lane *lane, const char *user)
{
    for (struct live_socket *socket = live_people_find(lane, user); socket; socket = socket->same_person)
        recheck(socket);
}

static void recheck_named(struct live_lane *lane, const char *id)
{
    for (struct live_socket *socket = lane->sockets; socket; socket = socket->next)
        if (strcmp(socket->claims.session, id) == 0 || strcmp(socket->claims.on_behalf_of, id) == 0)
            recheck(socket);
}

/* --- the sweep --- */

static void tick(struct live_watch *watch);

static void close_expired(struct live_watch *watch)
{
    struct live_lane *lane = watch->lane;
    if (live_now_s(lane) < watch->next_s)
        return;
    watch->next_s = INT64_MAX;
    for (struct live_socket *socket = lane->sockets; socket; socket = socket->next)
        if (!socket->expired && !live_expired(socket) && socket->claims.expires < watch->next_s)
            watch->next_s = socket->claims.expires;
}

static void recheck_again(struct live_watch *watch)
{
    if (atomic_exchange(&watch->distrust, false))
        recheck_all(watch->lane);
    if (!watch->rechecks)
        return;
    watch->rechecks = false;
    for (struct live_socket *socket = watch->lane->sockets; socket; socket = socket->next)
        if (socket->recheck)
            recheck(socket);
}

static void take_settings(struct live_watch *watch)
{
    watch->rate = conf_integer(watch->lane->live->server->core_settings, "socket_rate");
}

static void sweep(uv_timer_t *timer)
{
    struct live_watch *watch = timer->data;
    watch->ticking = false;
    watch->turn = 0;
    take_settings(watch);
    close_expired(watch);
    recheck_again(watch);
    live_listen_tick(watch->lane);
    if (watch->lane->sockets)
        tick(watch);
}

/* The timer counts from the loop's own time, which may be a little behind: then it comes early, and once more. */
static void tick(struct live_watch *watch)
{
    int64_t wait_ms = SWEEP_MS;
    if (watch->next_s != INT64_MAX) {
        int64_t left_ms = watch->next_s * 1000 - platform_wall_ms();
        wait_ms = left_ms < 1 ? 1 : left_ms < SWEEP_MS ? left_ms : SWEEP_MS;
    }
    watch->ticking = uv_timer_start(&watch->timer, sweep, (uint64_t)wait_ms, 0) == 0;
}

void live_sweep(struct live_lane *lane)
{
    sweep(&lane->watch->timer);
}

void live_watch(struct live_socket *socket)
{
    struct live_watch *watch = socket->lane->watch;
    bool sooner = socket->claims.expires < watch->next_s;
    if (sooner)
        watch->next_s = socket->claims.expires;
    if (sooner || !watch->ticking)
        tick(watch);
}

int live_watch_open(struct live_lane *lane)
{
    struct live_watch *watch = calloc(1, sizeof *watch);
    if (!watch)
        return C18N_NO_MEMORY;
    watch->lane = lane;
    watch->next_s = INT64_MAX;
    watch->timer.data = watch;
    uv_timer_init(loop_uv(lane->loop), &watch->timer);
    lane->watch = watch;
    take_settings(watch);
    return C18N_OK;
}

static void closed(uv_handle_t *handle)
{
    free(handle->data);
}

void live_watch_close(struct live_lane *lane)
{
    struct live_watch *watch = lane->watch;
    lane->watch = NULL;
    if (watch)
        uv_close((uv_handle_t *)&watch->timer, closed);
}

/* --- commits --- */

struct notice {
    struct task task;
    struct live_lane *lane;
    unsigned known; /* LIVE_KNOWN_… */
    char id[37];
};

static void notice_came(struct task *task, void *context)
{
    struct notice *notice = (struct notice *)task;
    (void)context;
    if (notice->known & LIVE_KNOWN_PERSON)
        recheck_person(notice->lane, notice->id);
    if (notice->known & (LIVE_KNOWN_SESSION | LIVE_KNOWN_ACTOR))
        recheck_named(notice->lane, notice->id);
    free(notice);
}

static void tell(struct live_lane *lane, unsigned known, const char *id)
{
    size_t length = strlen(id);
    struct notice *notice = calloc(1, sizeof *notice);
    if (!notice || length >= sizeof notice->id) {
        free(notice);
        atomic_store(&lane->watch->distrust, true);
        return;
    }
    *notice = (struct notice){.task = {.run = notice_came}, .lane = lane, .known = known};
    memcpy(notice->id, id, length + 1);
    loop_post(lane->loop, &notice->task);
}

void live_on_commit(void *arg, const char *topic, const char *type, const char *resource)
{
    struct live *live = arg;
    bool concerns_people = strcmp(topic, "users") == 0 || strcmp(type, "auth.revoked") == 0;
    unsigned known = concerns_people ? live_tally_knows(live->tally, resource) : 0;
    for (size_t i = 0; known && i < live->lane_count; i++)
        tell(&live->lanes[i], known, resource);
}

/* --- floods --- */

bool live_flood(struct live_socket *socket)
{
    static const char nack[] =
        "{\"kind\":\"nack\",\"code\":\"flood\",\"detail\":\"Too many frames. Connect again, and send fewer.\"}";
    double rate = (double)socket->lane->watch->rate;
    int64_t now_us = platform_monotonic_us();
    double tokens = socket->tokens + (double)(now_us - socket->tokens_us) * rate / 1e6;
    if (rate <= 0 || socket->closing)
        return !socket->closing;
    socket->tokens = tokens < rate * BURST ? tokens : rate * BURST;
    socket->tokens_us = now_us;
    if (socket->tokens >= 1) {
        socket->tokens -= 1;
        return true;
    }
    live_count_one(socket->lane->live, LIVE_NACKS);
    live_answer_text(socket, nack, sizeof nack - 1);
    live_close(socket, WS_FLOOD, "too many frames", false);
    return false;
}
