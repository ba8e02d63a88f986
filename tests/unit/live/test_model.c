/* Any interleaving, by a random walk: people come, go, join, leave, publish, resume; transactions are undone, reads
 * fail or take long, queues fill. Each number that a client hears is judged by a record of its own, which knows of the
 * subject only what a module may know: what was committed, and what the lane was told when. */
#include "site.h"

enum { USERS = 6, ROOMS = 5, PAIRS = 4, LOGS = ROOMS + PAIRS, CLIENTS_MOST = 24, WALKS = 40, STEPS = 6000 };

/* --- what a client has to expect of a log --- */

struct view {
    bool subscribed;
    bool proven;    /* by a resume, until something is heard: the module may refuse it */
    bool left;      /* while opening */
    uint64_t next;  /* 0: whatever comes first */
    bool barred;    /* a leave was told, and at its commit there had been so many joins */
    uint64_t joins; /* see barred */
};

struct model {
    unsigned user;
    size_t lane;
    struct view views[LOGS];
    bool noted[LOGS]; /* what `opened` found */
    bool has_read;
};

struct own { /* a number that a socket published itself, and doesn't get */
    uint64_t socket, number;
    uint32_t log;
};

static struct client *clients[CLIENTS_MOST];
static uint64_t joins[USERS][LOGS];
static struct own owns[STEPS];
static size_t own_count, resume_count;
static uint64_t random_state, heard_messages, heard_passing;

static unsigned random_below(unsigned limit)
{
    random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (unsigned)((random_state >> 33) % limit);
}

static bool is_pair(size_t log)
{
    return log >= ROOMS;
}

static unsigned pair_user(size_t log)
{
    return (unsigned)(log - ROOMS) % USERS;
}

static bool is_own(uint64_t socket, uint32_t log, uint64_t number)
{
    for (size_t i = own_count; i-- > 0;)
        if (owns[i].socket == socket && owns[i].log == log && owns[i].number == number)
            return true;
    return false;
}

static void judge(struct client *client, char what, uint32_t log, uint64_t number)
{
    struct model *model = client->model;
    struct view *view = &model->views[log];
    assert_null(client->opening);
    if (is_pair(log)) {
        assert_int_equal(model->user, pair_user(log));
        if (!view->subscribed)
            *view = (struct view){.subscribed = true, .proven = true, .next = number};
    }
    assert_true(view->subscribed);
    if (view->barred) /* W8 */
        assert_true(joins[model->user][log] > view->joins);
    view->proven = true;
    heard_passing += what == 't';
    if (what == 't')
        return;
    while (view->next > 0 && view->next < number && is_own(client->socket->number, log, view->next))
        view->next++;
    if (view->next > 0)
        assert_int_equal(number, view->next);
    view->next = number + 1;
    heard_messages++;
}

/* --- what lanes are told: a marker follows each notice, and moves the expectations --- */

struct marker {
    struct data_sequel sequel;
    struct task tasks[LANES];
    char what; /* 'j' join, 'l' leave, 'p' of a pair */
    unsigned user;
    uint32_t log;
    uint64_t number;
    uint64_t joins;
    unsigned left; /* lanes that have not seen it */
};

static void mark_client(struct client *client, const struct marker *marker)
{
    struct model *model = client->model;
    struct view *view = &model->views[marker->log];
    if (model->user != marker->user || !client->socket)
        return;
    if (marker->what == 'l') {
        *view = (struct view){.left = client->opening != NULL, .barred = true, .joins = marker->joins};
        return;
    }
    view->left = view->barred = false;
    if (view->subscribed)
        return;
    view->subscribed = view->proven = true;
    view->next = marker->what == 'p' ? marker->number : marker->number + 1; /* LIVE_NO_POSITION: 0 */
}

static void marker_unref(struct marker *marker)
{
    if (--marker->left == 0)
        free(marker);
}

static void mark(struct task *task, void *context)
{
    size_t lane = (size_t)((struct loop *)context - site.loops);
    struct marker *marker = (struct marker *)(void *)((char *)(task - lane) - offsetof(struct marker, tasks));
    for (size_t i = 0; i < CLIENTS_MOST; i++)
        if (clients[i] && ((struct model *)clients[i]->model)->lane == lane)
            mark_client(clients[i], marker);
    marker_unref(marker);
}

/* A lane where nobody listens is not told. */
static void marker_happens(struct data_sequel *sequel)
{
    struct marker *marker = (struct marker *)(void *)sequel;
    marker->left = 1;
    for (size_t i = 0; i < LANES; i++) {
        if (atomic_load(&site.lanes[i].listening) == 0)
            continue;
        marker->left++;
        marker->tasks[i].run = mark;
        loop_post(&site.loops[i], &marker->tasks[i]);
    }
    marker_unref(marker);
}

static void marker_drops(struct data_sequel *sequel)
{
    free(sequel);
}

static void mark_after(char what, unsigned user, uint32_t log, uint64_t number)
{
    struct marker *marker = calloc(1, sizeof *marker);
    *marker = (struct marker){.what = what, .user = user, .log = log, .number = number, .joins = joins[user][log]};
    marker->sequel = (struct data_sequel){.happen = marker_happens, .drop = marker_drops};
    assert_int_equal(data_after_commit(site.writing, &marker->sequel), C18N_OK);
}

static bool is_marker(const struct task *task)
{
    return task && task->run == mark;
}

/* A notice and its marker are one. */
static void tell_one(void)
{
    do
        (void)write_tell_one();
    while (site.committed && site.committed->happen == marker_happens);
}

/* The resume of somebody who may not is refused by the module, at a time that only the subject knows. */
static void look_for_refusals(size_t lane)
{
    for (size_t i = 0; i < CLIENTS_MOST; i++) {
        struct model *model = clients[i] ? clients[i]->model : NULL;
        if (!model || model->lane != lane || !clients[i]->socket)
            continue;
        for (size_t log = 0; log < LOGS; log++) {
            const char *name = site.logs[log].name;
            const struct live_channel_name channel = {&site.module.self, name,
                                                      live_channel_hash(&site.live, &site.module.self, name)};
            if (model->views[log].subscribed && !model->views[log].proven)
                model->views[log].subscribed = live_subscription_named(clients[i]->socket, &channel) != NULL;
        }
    }
}

static void lane_runs(size_t lane)
{
    do {
        look_for_refusals(lane);
        (void)lane_step(lane);
    } while (is_marker(site.loops[lane].mail.first));
}

/* --- what happens --- */

static const char *user_text(unsigned user)
{
    static char text[8];
    snprintf(text, sizeof text, "u%u", user);
    return text;
}

static struct client *any_client(void)
{
    struct client *client = clients[random_below(CLIENTS_MOST)];
    return client && client->socket && !client->socket->closing ? client : NULL;
}

static void act_connect(void)
{
    size_t place = random_below(CLIENTS_MOST);
    struct model *model = clients[place] ? NULL : calloc(1, sizeof *model);
    if (!model)
        return;
    model->user = random_below(USERS);
    model->lane = random_below(LANES);
    clients[place] = client_connect_to(&site.delivers, user_text(model->user), model->lane);
    clients[place]->model = model;
}

static void act_open(void)
{
    struct client *client = any_client();
    struct model *model = client ? client->model : NULL;
    if (!model || !client->opening)
        return;
    if (!model->has_read) {
        client_reads(client);
        model->has_read = true;
        for (size_t log = 0; log < LOGS; log++)
            model->noted[log] = may_read(&site.logs[log], user_text(model->user));
        return;
    }
    client_opened(client);
    for (size_t log = 0; log < LOGS; log++) {
        if (model->noted[log] && !model->views[log].left && !model->views[log].subscribed)
            model->views[log] = (struct view){.subscribed = true, .proven = true};
        model->views[log].left = false;
    }
}

static void act_disconnect(void)
{
    size_t place = random_below(CLIENTS_MOST);
    if (!clients[place] || (!clients[place]->closed_with && random_below(4) > 0))
        return;
    free(clients[place]->model);
    client_free(clients[place]);
    clients[place] = NULL;
}

static void act_resume(void)
{
    struct client *client = any_client();
    unsigned log = random_below(LOGS);
    struct model *model = client ? client->model : NULL;
    if (!model || client->opening || !may_read(&site.logs[log], user_text(model->user)))
        return;
    /* The verb has seen that. What follows happens when it is back; meanwhile the lane was told this or that. */
    for (unsigned i = random_below(6); i > 0; i--) {
        tell_one();
        lane_runs(model->lane);
    }
    if (!client->socket || client->socket->closing)
        return;
    uint64_t after = random_below((unsigned)site.logs[log].end + 1);
    struct view *view = &model->views[log];
    client_resume(client, &site.logs[log], after);
    *view = (struct view){.subscribed = true, .next = after + 1, .barred = view->barred, .joins = view->joins};
    resume_count++;
}

static void write_message(c18n_request *rq, uint32_t log, struct client *sender, struct own *own)
{
    struct log *of = &site.logs[log];
    bool skips = sender && random_below(2);
    if (is_pair(log)) {
        const c18n_publication publication = {
            .size = sizeof publication, .channel = of->name, .user = user_text(pair_user(log)), .number = ++of->end};
        assert_int_equal(c18n_publish(rq, &publication, frame_of(rq, "m", of, of->end)), C18N_OK);
        mark_after('p', pair_user(log), log, of->end);
        return;
    }
    log_publish(rq, of, skips ? C18N_NOT_TO_SENDER : 0);
    if (skips)
        *own = (struct own){sender->socket->number, of->end, log};
}

static void write_membership(c18n_request *rq, uint32_t log)
{
    unsigned user = random_below(USERS);
    struct log *of = &site.logs[log];
    if (is_pair(log))
        return;
    if (of->members[user]) {
        of->members[user] = false;
        assert_int_equal(c18n_leave(rq, user_text(user), of->name, random_below(8) == 0), C18N_OK);
        mark_after('l', user, log, 0);
        return;
    }
    const uint64_t positions[] = {LIVE_NO_POSITION, of->end, random_below((unsigned)of->end + 1)};
    uint64_t after = positions[random_below(3)];
    of->members[user] = true;
    joins[user][log]++;
    assert_int_equal(c18n_join(rq, user_text(user), of->name, after), C18N_OK);
    mark_after('j', user, log, after);
}

static void act_write(void)
{
    static struct log logs[LOGS];
    static uint64_t joins_before[USERS][LOGS];
    struct client *sender = any_client();
    c18n_request *rq = write_begin(sender);
    memcpy(logs, site.logs, sizeof logs);
    memcpy(joins_before, joins, sizeof joins);
    struct own own[3] = {0};
    for (size_t i = 0; i <= random_below(3); i++) {
        uint32_t log = random_below(LOGS);
        if (random_below(5) == 0)
            write_membership(rq, log);
        else
            write_message(rq, log, sender, &own[i]);
    }
    if (random_below(6) == 0) {
        write_undo();
        memcpy(site.logs, logs, sizeof logs);
        memcpy(joins, joins_before, sizeof joins);
        return;
    }
    write_commit();
    for (size_t i = 0; i < 3 && own_count < STEPS; i++)
        if (own[i].socket)
            owns[own_count++] = own[i];
}

static void act_type(void)
{
    const struct log *log = &site.logs[random_below(ROOMS)];
    struct request *request = request_new(NULL, NULL);
    const c18n_publication publication = {.size = sizeof publication, .channel = log->name};
    site.holds_reads = false;
    assert_int_equal(c18n_publish(request_pub(request), &publication, frame_of(request_pub(request), "t", log, 0)),
                     C18N_OK);
    site.holds_reads = true;
    request_free(request);
}

static void act_drain(void)
{
    struct client *client = any_client();
    if (client)
        client_drain(client);
}

static void act_lane(void)
{
    lane_runs(random_below(LANES));
}

static void act_pool(void)
{
    static const int codes[] = {C18N_OK, C18N_OK, C18N_OK, C18N_OK, C18N_OK, C18N_UNAVAILABLE};
    site.catch_up_code = codes[random_below(6)];
    site.pool.full = random_below(20) == 0;
    (void)pool_step();
}

static void act_land(void)
{
    (void)site_land();
}

static void act_tell(void)
{
    tell_one();
}

static void act_sweep(void)
{
    site.now_us += 100000;
    for (size_t i = 0; i < LANES; i++)
        live_listen_tick(&site.lanes[i]);
}

/* --- a walk --- */

static void come_to_rest(void)
{
    site.catch_up_code = C18N_OK;
    site.pool.full = false;
    for (int round = 0; round < 200; round++) {
        while (site.committed)
            tell_one();
        for (size_t i = 0; i < LANES; i++)
            while (site.loops[i].mail.first)
                lane_runs(i);
        while (pool_step() || site_land())
            ;
        for (size_t i = 0; i < CLIENTS_MOST; i++)
            if (clients[i] && clients[i]->socket)
                client_drain(clients[i]);
        site.now_us += LIVE_RETRY_MOST_MS * INT64_C(1000);
        for (size_t i = 0; i < LANES; i++)
            live_listen_tick(&site.lanes[i]);
    }
}

/* Everybody who may listen gets all there is, and one more; nobody else. */
static void judge_the_end(void)
{
    for (uint32_t log = 0; log < LOGS; log++) {
        c18n_request *rq = write_begin(NULL);
        write_message(rq, log, NULL, NULL);
        write_commit();
    }
    come_to_rest();
    for (size_t i = 0; i < CLIENTS_MOST; i++) {
        struct model *model = clients[i] ? clients[i]->model : NULL;
        if (!model || clients[i]->closed_with || clients[i]->opening)
            continue;
        assert_null(clients[i]->socket->catch_up);
        for (size_t log = 0; log < LOGS; log++)
            if (may_read(&site.logs[log], user_text(model->user)))
                assert_int_equal(model->views[log].next, site.logs[log].end + 1);
            else if (model->views[log].proven)
                assert_false(model->views[log].subscribed);
    }
}

static void open_logs(void)
{
    for (unsigned i = 0; i < LOGS; i++) {
        char name[16];
        snprintf(name, sizeof name, is_pair(i) ? "u%u>x%u" : "room-%u%.0u", is_pair(i) ? pair_user(i) : i, i);
        struct log *log = log_new(name);
        for (unsigned user = 0; user < USERS; user++)
            log->members[user] = is_pair(i) ? user == pair_user(i) : random_below(2) == 0;
    }
}

static void walk(uint64_t seed)
{
    static void (*const acts[])(void) = {act_connect, act_open,  act_open, act_resume, act_write, act_write, act_write,
                                         act_type,    act_drain, act_lane, act_lane,   act_lane,  act_lane,  act_pool,
                                         act_pool,    act_land,  act_land, act_tell,   act_tell,  act_tell,  act_sweep};
    random_state = seed * 2 + 1;
    own_count = 0;
    memset(joins, 0, sizeof joins);
    open_logs();
    site.judge = judge;
    site.holds_reads = true;
    for (int step = 0; step < STEPS; step++) {
        if (random_below(60) == 0)
            act_disconnect();
        acts[random_below(sizeof acts / sizeof *acts)]();
    }
    come_to_rest();
    while (random_below(20) > 0)
        act_open();
    judge_the_end();
    for (size_t i = 0; i < CLIENTS_MOST; i++) {
        if (!clients[i])
            continue;
        free(clients[i]->model);
        client_free(clients[i]);
        clients[i] = NULL;
    }
}

static void any_interleaving(void **state)
{
    const char *one = getenv("SEED");
    heard_messages = heard_passing = 0;
    for (uint64_t seed = one ? strtoull(one, NULL, 10) : 1; seed <= WALKS || one; seed++) {
        print_message("walk %llu: %llu messages heard, %llu without a number, %zu resumes\n", (unsigned long long)seed,
                      (unsigned long long)heard_messages, (unsigned long long)heard_passing, resume_count);
        site_open(state);
        walk(seed);
        site_close(state);
        if (one)
            break;
    }
    assert_true(one || (heard_messages > 10000 && heard_passing > 1000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(any_interleaving)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
