/* live.c: a lane for each event thread: made, drained, stopped. */
#include "live/inside.h"

#include "conf/conf.h"

#include <stdlib.h>
#include <string.h>

enum { LIVE_MEMORY_MAX = 16 << 20 /* of the compiled tables */ };

/* --- the tables --- */

/* "https://host/" is reached by "wss://host/api/v1/socket". */
static const char *socket_url(struct arena *arena, const char *public_url)
{
    bool http = strncmp(public_url, "http", 4) == 0;
    return arena_print(arena, "%s%s/api/v1/socket", http ? "ws" : "", public_url + (http ? 4 : 0));
}

static int check_engine(const struct server *server, struct text *ret_why)
{
    const char *name = conf_text(server->core_settings, "socket_engine");
    if (ws_engine_find(name))
        return 0;
    text_print(ret_why, "core.socket_engine: this server was built without %s; set it to native\n", name);
    return EXIT_CONFIG;
}

int live_new(struct server *server, struct live **ret_live, struct text *ret_why)
{
    struct arena *arena = arena_new(LIVE_MEMORY_MAX);
    struct live *live = arena ? arena_alloc(arena, sizeof *live) : NULL;
    if (!live) {
        arena_free(arena);
        return EXIT_INTERNAL;
    }
    live->magic = LIVE_MAGIC;
    live->server = server;
    live->arena = arena;
    live->counts = live_counts_new(arena);
    live->tally = live_tally_new();
    live->url = socket_url(arena, server->public_url);
    pthread_mutex_init(&live->lock, NULL);
    pthread_cond_init(&live->changed, NULL);
    int code = live->counts && live->tally && live->url ? live_compile(live, ret_why) : EXIT_INTERNAL;
    if (code == 0)
        code = check_engine(server, ret_why);
    if (code == 0)
        *ret_live = live;
    else
        live_free(live);
    return code;
}

void live_free(struct live *live)
{
    if (!live)
        return;
    assert(live->magic == LIVE_MAGIC);
    live_listen_free(live);
    live_tally_free(live->tally);
    free(live->lanes);
    pthread_cond_destroy(&live->changed);
    pthread_mutex_destroy(&live->lock);
    arena_free(live->arena);
}

/* --- asking all lanes, and waiting until each has said that it is done --- */

static void lane_done(void *arg)
{
    struct live *live = arg;
    pthread_mutex_lock(&live->lock);
    if (--live->lanes_away == 0)
        pthread_cond_signal(&live->changed);
    pthread_mutex_unlock(&live->lock);
}

static struct live_lane *lane_of_task(struct task *task)
{
    return (struct live_lane *)(void *)((char *)task - offsetof(struct live_lane, task));
}

static void ask_all(struct live *live, size_t count, void (*run)(struct task *task, void *context))
{
    pthread_mutex_lock(&live->lock);
    live->lanes_away = count;
    pthread_mutex_unlock(&live->lock);
    for (size_t i = 0; i < count; i++) {
        live->lanes[i].task.run = run;
        loop_post(live->lanes[i].loop, &live->lanes[i].task);
    }
    pthread_mutex_lock(&live->lock);
    while (live->lanes_away > 0)
        pthread_cond_wait(&live->changed, &live->lock);
    pthread_mutex_unlock(&live->lock);
}

/* --- start --- */

static void drained(void *user)
{
    live_listen_drained(user);
}

static const struct ws_options options = {
    .max_message = LIVE_MESSAGE_MAX,
    .max_queue = LIVE_QUEUE_MOST,
    .ping_ms = 30000,
    .silence_ms = 75000,
    .write_ms = 30000,
    .close_ms = 2000,
    .message = live_message,
    .control = live_control,
    .drained = drained,
    .closed = live_closed,
};

static int lane_open(struct live_lane *lane)
{
    int code = live_watch_open(lane);
    if (code == C18N_OK)
        code = live_channels_open(lane);
    return code == C18N_OK ? lane->live->engine->lane_new(lane->loop, &options, &lane->ws) : code;
}

static void open_one(struct task *task, void *context)
{
    struct live_lane *lane = lane_of_task(task);
    (void)context;
    int code = lane_open(lane);
    pthread_mutex_lock(&lane->live->lock);
    if (code != C18N_OK)
        lane->live->lane_code = code;
    pthread_mutex_unlock(&lane->live->lock);
    lane_done(lane->live);
}

int live_start(struct live *live, const struct ws_engine *engine)
{
    const struct server *server = live->server;
    live->deflate = conf_boolean(server->core_settings, "socket_deflate");
    live->engine = engine ? engine : ws_engine_find(conf_text(server->core_settings, "socket_engine"));
    live->lanes = calloc(server->loop_count, sizeof *live->lanes);
    if (!live->engine)
        return C18N_UNSUPPORTED;
    int code = live->lanes ? live_listen_new(live) : C18N_NO_MEMORY;
    if (code == C18N_OK)
        code = live_epoch_open(live);
    if (code != C18N_OK)
        return code;
    for (size_t i = 0; i < server->loop_count; i++)
        live->lanes[i] = (struct live_lane){.live = live, .loop = server->loops[i]};
    ask_all(live, server->loop_count, open_one);
    live->lane_count = server->loop_count; /* also when one has failed: live_stop closes what is there */
    if (live->lane_code == C18N_OK)
        api_on_upgrade(server->api, live_upgrade);
    return live->lane_code;
}

/* --- the end --- */

/* A socket with verbs on their way is closed when the last one is answered: live_flow. */
static void drain_one(struct task *task, void *context)
{
    struct live_lane *lane = lane_of_task(task);
    (void)context;
    lane->draining = true;
    for (struct live_socket *socket = lane->sockets; socket; socket = socket->next)
        live_flow(socket);
    lane_done(lane->live);
}

void live_drain(struct live *live)
{
    ask_all(live, live->lane_count, drain_one);
}

static void lane_freed(void *arg)
{
    struct live_lane *lane = arg;
    lane->ws = NULL;
    live_channels_close(lane);
    live_watch_close(lane);
    lane_done(lane->live);
}

/* The engine calls nobody back for what it closes now. A socket whose turns are away is freed by the last of them. */
static void stop_one(struct task *task, void *context)
{
    struct live_lane *lane = lane_of_task(task);
    (void)context;
    lane->draining = true;
    while (lane->sockets)
        live_closed(lane->sockets, WS_GONE);
    if (lane->ws)
        lane->live->engine->lane_close(lane->ws, lane_freed, lane);
    else
        lane_freed(lane);
}

void live_stop(struct live *live)
{
    ask_all(live, live->lane_count, stop_one);
    live->lane_count = 0;
}
