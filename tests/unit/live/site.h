/**
 * site.h: a module with logs, a writer and clients, for tests that choose what happens in which order. Included by one
 * file of each program.
 */
#ifndef TEST_LIVE_SITE_H
#define TEST_LIVE_SITE_H

#include "players.h"

/* --- the module --- */

static inline unsigned user_number(const char *user)
{
    return (unsigned)strtoul(user + 1, NULL, 10);
}

static inline struct log *log_of(const char *channel)
{
    for (size_t i = 0; i < site.log_count; i++)
        if (strcmp(site.logs[i].name, channel) == 0)
            return &site.logs[i];
    return NULL;
}

static inline struct log *log_new(const char *name)
{
    assert_true(site.log_count < LOGS_MOST);
    struct log *log = &site.logs[site.log_count++];
    snprintf(log->name, sizeof log->name, "%s", name);
    return log;
}

static inline bool may_read(const struct log *log, const char *user)
{
    return log && log->members[user_number(user)];
}

static inline c18n_out *frame_of(c18n_request *rq, const char *kind, const struct log *log, uint64_t number)
{
    c18n_out *out = c18n_out_new(rq);
    c18n_out_text(out, "kind", kind);
    c18n_out_integer(out, "log", log - site.logs);
    c18n_out_integer(out, "n", (int64_t)number);
    return out;
}

static inline int play_catch_up(c18n_request *rq, const char *channel, uint64_t after, c18n_frames *frames,
                                void *module)
{
    const struct log *log = log_of(channel);
    int code = C18N_OK;
    assert_ptr_equal(module, site.module.self.state);
    assert_int_equal(request_of(rq)->body->length, 2); /* {} */
    site.reads++;
    if (site.catch_up_code != C18N_OK)
        return site.catch_up_code;
    if (!may_read(log, request_of(rq)->caller.user))
        return C18N_FORBIDDEN;
    for (uint64_t number = after + 1; code == C18N_OK && number <= log->end; number++, site.frames_read++)
        code = c18n_add_frame(frames, number, frame_of(rq, "m", log, number));
    return code == C18N_AGAIN ? C18N_OK : code;
}

/* --- requests --- */

static inline struct request *request_new(struct client *client, const struct route *route)
{
    struct arena *arena = arena_new(0);
    struct request *request = arena_alloc(arena, sizeof *request);
    request_init_internal(request, &site.server, arena, &site.module.self);
    request->socket = client ? client->socket : NULL;
    request->route = route;
    return request;
}

static inline void request_free(struct request *request)
{
    arena_free(request->arena);
}

/* --- the writer: what a test does between begin and commit is one transaction --- */

static inline c18n_request *write_begin(struct client *sender)
{
    site.writing = request_new(sender, &site.write.route);
    return request_pub(site.writing);
}

static inline struct data_sequel *running_take(void)
{
    struct data_sequel *first = NULL, *next;
    for (struct data_sequel *sequel = site.running; sequel; sequel = next) {
        next = sequel->next;
        sequel->next = first;
        first = sequel;
    }
    site.running = NULL;
    request_free(site.writing);
    site.writing = NULL;
    return first;
}

/* Readers see it from here on; the lanes hear of it by write_tell. */
static inline void write_commit(void)
{
    struct data_sequel **last = &site.committed;
    while (*last)
        last = &(*last)->next;
    *last = running_take();
}

static inline void write_undo(void)
{
    for (struct data_sequel *sequel = running_take(), *next; sequel; sequel = next) {
        next = sequel->next;
        sequel->drop(sequel);
    }
}

static inline bool write_tell_one(void)
{
    struct data_sequel *sequel = site.committed;
    if (!sequel)
        return false;
    site.committed = sequel->next;
    bool holds = site.holds_reads;
    site.holds_reads = false;
    sequel->happen(sequel);
    site.holds_reads = holds;
    return true;
}

static inline void write_tell(void)
{
    while (write_tell_one())
        ;
}

/* --- steps --- */

static inline bool lane_step(size_t lane)
{
    struct task *task = queue_take(&site.loops[lane].mail);
    if (task)
        task->run(task, &site.loops[lane]);
    return task != NULL;
}

static inline bool pool_step(void)
{
    struct task *task = queue_take(&site.pool.work);
    if (task)
        task->run(task, NULL);
    return task != NULL;
}

static inline void client_drain(struct client *client)
{
    client->queued = 0;
    if (!client->tell_drained || !client->socket || client->socket->closing)
        return;
    client->tell_drained = false;
    live_listen_drained(client->socket);
}

/* A read that is on its way comes to its lane. */
static inline bool site_land(void)
{
    struct task *task = queue_take(&site.on_its_way);
    if (task) {
        struct live_read *read = (struct live_read *)(void *)((char *)task - offsetof(struct live_read, task));
        queue_add(&read->lane->loop->mail, task);
    }
    return task != NULL;
}

static inline bool site_step(void)
{
    bool did = pool_step();
    did |= site_land();
    for (size_t i = 0; i < LANES; i++)
        did |= lane_step(i);
    return did;
}

static inline void site_settle(void)
{
    write_tell();
    while (site_step())
        ;
}

/* --- a client's life --- */

static inline struct client *client_connect_to(const struct live_path *path, const char *user, size_t lane)
{
    struct client *client = calloc(1, sizeof *client);
    struct ws_socket *ws = calloc(1, sizeof *ws);
    struct live_socket *socket = calloc(1, sizeof *socket);
    client->heard = calloc(HEARD_MOST, sizeof *client->heard);
    ws->client = client;
    *socket = (struct live_socket){.magic = LIVE_SOCKET_MAGIC,
                                   .references = 1,
                                   .lane = &site.lanes[lane],
                                   .ws = ws,
                                   .path = path,
                                   .number = atomic_fetch_add(&site.live.last_number, 1) + 1};
    snprintf(socket->claims.user, sizeof socket->claims.user, "%s", user);
    client->socket = socket;
    site.sockets++;
    assert_int_equal(live_listen_begin(socket), C18N_OK);
    client->opening = request_new(client, &path->route);
    return client;
}

/* `opened` reads what there is, on the pool. */
static inline void client_reads(struct client *client)
{
    for (size_t i = 0; i < site.log_count; i++)
        if (may_read(&site.logs[i], client->socket->claims.user))
            assert_int_equal(c18n_subscribe(request_pub(client->opening), site.logs[i].name), C18N_OK);
}

static inline void client_opened(struct client *client)
{
    live_listen_opened(client->socket, client->opening);
    request_free(client->opening);
    client->opening = NULL;
}

static inline struct client *client_connect(const char *user, size_t lane)
{
    struct client *client = client_connect_to(&site.delivers, user, lane);
    client_reads(client);
    client_opened(client);
    return client;
}

static inline void client_gone(struct client *client)
{
    struct live_socket *socket = client->socket;
    struct ws_socket *ws = socket->ws;
    socket->closing = true;
    socket->ws = NULL;
    live_listen_end(socket);
    if (client->opening)
        client_opened(client); /* it comes back to a socket that is closed */
    client->socket = NULL;
    live_socket_unref(socket);
    free(ws);
}

static inline void client_free(struct client *client)
{
    if (client->socket)
        client_gone(client);
    free(client->heard);
    free(client);
}

/* What a verb of the client resumes, and when it is acknowledged. */
static inline void client_resume(struct client *client, const struct log *log, uint64_t after)
{
    struct request *request = request_new(client, &site.read.route);
    assert_int_equal(c18n_resume(request_pub(request), log->name, after), C18N_OK);
    live_listen_resumed(client->socket, request);
    request_free(request);
}

/* What the client heard since the last time, as "m1 m2 t0": of one log; of all others nothing was heard. */
static inline const char *client_said(struct client *client, const struct log *log)
{
    static char said[65536];
    size_t length = 0;
    said[0] = '\0';
    for (size_t i = 0; i < client->count && length < sizeof said - 32; i++) {
        assert_int_equal(client->heard[i].log, log - site.logs);
        length += (size_t)snprintf(said + length, sizeof said - length, "%s%c%llu", i ? " " : "", client->heard[i].what,
                                   (unsigned long long)client->heard[i].number);
    }
    client->count = 0;
    return said;
}

/* --- what transactions do --- */

static inline void log_publish(c18n_request *rq, struct log *log, uint32_t flags)
{
    const c18n_publication publication = {
        .size = sizeof publication, .flags = flags, .channel = log->name, .number = ++log->end};
    assert_int_equal(c18n_publish(rq, &publication, frame_of(rq, "m", log, log->end)), C18N_OK);
}

/* One message, committed; the lanes are not told yet. */
static inline void log_write(struct log *log)
{
    log_publish(write_begin(NULL), log, 0);
    write_commit();
}

static inline void log_join(struct log *log, const char *user, uint64_t after)
{
    c18n_request *rq = write_begin(NULL);
    log->members[user_number(user)] = true;
    assert_int_equal(c18n_join(rq, user, log->name, after), C18N_OK);
    write_commit();
}

static inline void log_leave(struct log *log, const char *user, bool lost)
{
    c18n_request *rq = write_begin(NULL);
    log->members[user_number(user)] = false;
    assert_int_equal(c18n_leave(rq, user, log->name, lost), C18N_OK);
    write_commit();
}

/* --- open and close --- */

static inline int site_open(void **state)
{
    static struct platform table;
    (void)state;
    memset(&site, 0, sizeof site);
    table = platform_system;
    table.monotonic_us = play_monotonic_us;
    platform = &table;
    site.server.host =
        (c18n_host){.size = sizeof(c18n_host), .mem = &mem_family, .json = &json_family, .sockets = &sockets_family};
    site.server.live = &site.live;
    site.server.reads = &site.pool;
    site.live.server = &site.server;
    site.live.engine = &engine;
    site.live.lanes = site.lanes;
    site.descriptor.catch_up = play_catch_up;
    site.module = (struct module){.self = {&site.server.host, "talk", &site}, .descriptor = &site.descriptor};
    site.other = (struct module){.self = {&site.server.host, "other", NULL}, .descriptor = &site.bare};
    site.delivers.declared.flags = C18N_SOCKET_DELIVERS;
    site.write.route.run = C18N_CLASS_WRITE;
    site.read.route.run = C18N_CLASS_READ;
    site.at_once.route.run = C18N_CLASS_INLINE;
    assert_int_equal(live_listen_new(&site.live), C18N_OK);
    for (size_t i = 0; i < LANES; i++) {
        site.lanes[i].live = &site.live;
        site.lanes[i].loop = &site.loops[i];
        assert_int_equal(live_channels_open(&site.lanes[i]), C18N_OK);
    }
    atomic_store(&site.live.lane_count, LANES);
    return 0;
}

static inline int site_close(void **state)
{
    (void)state;
    site.holds_reads = false;
    site_settle();
    assert_int_equal(site.sockets, 0);
    for (size_t i = 0; i < LANES; i++)
        live_channels_close(&site.lanes[i]);
    live_listen_free(&site.live);
    platform = &platform_system;
    return 0;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, site_open, site_close)

#endif
