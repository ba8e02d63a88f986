/* check_drain.c: the module is drained and stopped while requests are under way, and nothing of it may stay: no request
 * without an answer, no thread, no open descriptor. */
#include "kit/check_steps.h"
#include "kit/check_talk.h"

#include "api/api.h"
#include "auth/auth.h"
#include "auth/csrf.h"
#include "base/uuid.h"
#include "http/limits.h"
#include "run/task.h"

#include <dirent.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FLIGHTS_MOST = 64, CYCLES = 3 };

/* One request that nobody waits for. */
struct flight {
    struct http_request http; /* must stay first */
    struct task task;
    struct server *server;
    struct http_header headers[3];
    char line[512];
    atomic_int status; /* 0: no answer yet */
};

struct flights {
    struct flight at[FLIGHTS_MOST];
    size_t count;
    struct arena *arena;
};

/* --- answers, on the loop's thread --- */

static void take_answer(struct http_request *http, const struct http_answer *answer)
{
    atomic_store(&((struct flight *)(void *)http)->status, answer->status);
}

static void take_piece(struct http_request *http, const void *bytes, size_t length)
{
    (void)http, (void)bytes, (void)length;
}

static void take_end(struct http_request *http, bool complete)
{
    (void)complete;
    struct flight *flight = (struct flight *)(void *)http;
    if (atomic_load(&flight->status) == 0)
        atomic_store(&flight->status, 200);
}

static void take_stream(struct http_request *http, const struct http_answer *answer)
{
    (void)http, (void)answer; /* its end is the answer */
}

static const struct http_outlet outlet = {take_answer, take_stream, take_piece, take_end};

/* --- taking off --- */

static void fly(struct task *task, void *context)
{
    (void)context;
    struct flight *flight = (struct flight *)(void *)((char *)task - offsetof(struct flight, task));
    api_request(flight->server, &flight->http);
}

static void add_headers(struct flight *flight, struct arena *arena, const char *token)
{
    struct auth_claims claims;
    const char *reason;
    size_t count = 0;
    flight->headers[count++] = (struct http_header){"content-type", "application/json"};
    flight->headers[count++] = (struct http_header){"authorization", arena_print(arena, "Bearer %s", token)};
    if (auth_verify(flight->server->auth, token, &claims, &reason) == C18N_OK)
        flight->headers[count++] =
            (struct http_header){"x-csrf-token", auth_csrf_of_session(flight->server->auth, arena, claims.session)};
    flight->http.header_count = count;
}

static void take_off(struct flights *flights, struct plan *plan, const struct plan_row *row)
{
    struct world *world = plan->world;
    struct flight *flight = &flights->at[flights->count++];
    struct question question = plan_question(plan, row);
    const char *path = world_path(world, &question);
    char *query = strchr(path, '?');
    *flight = (struct flight){.server = world->server};
    flight->http = (struct http_request){.arena = arena_new(HTTP_ARENA_LIMIT),
                                         .loop = world->server->loops[0],
                                         .method = row->route->declared.method,
                                         .host = "localhost",
                                         .address = "192.0.2.1",
                                         .headers = flight->headers,
                                         .query = query ? query + 1 : "",
                                         .body = question.body ? question.body : "",
                                         .outlet = &outlet};
    snprintf(flight->line, sizeof flight->line, "/api/v1%.*s", (int)strcspn(path, "?"), path);
    flight->http.path = flight->line;
    flight->http.body_length = strlen(flight->http.body);
    uuid_new_text(0, flight->http.request_id);
    add_headers(flight, flights->arena, world->people[question.who].token);
    flight->task.run = fly;
    loop_post(flight->http.loop, &flight->task);
}

/* --- all are in the air: in the pools' and the writer's queues, or answered --- */

struct marker {
    struct task task;
    sem_t passed;
};

static void pass_marker(struct task *task, void *context)
{
    (void)context;
    sem_post(&((struct marker *)(void *)task)->passed);
}

static void wait_until_begun(struct world *world)
{
    struct marker marker = {.task = {.run = pass_marker}};
    sem_init(&marker.passed, 0, 0);
    loop_post(world->server->loops[0], &marker.task);
    while (sem_wait(&marker.passed) < 0)
        ;
    sem_destroy(&marker.passed);
}

static bool may_fly(const struct plan_row *row)
{
    return row->judged && row->served && row->who != NOBODY && !(row->route->declared.flags & C18N_ROUTE_SESSION);
}

static void take_all_off(struct flights *flights, struct plan *plan)
{
    size_t before;
    do {
        before = flights->count;
        for (size_t i = 0; i < plan->count && flights->count < FLIGHTS_MOST; i++)
            if (may_fly(&plan->rows[i]) && !plan_is(&plan->rows[i], "DELETE"))
                take_off(flights, plan, &plan->rows[i]);
    } while (flights->count > before && flights->count < FLIGHTS_MOST);
    wait_until_begun(plan->world);
}

/* Sockets are closed with verbs of all classes under way: on the loop, at the pool and at the writer. To connect waits
 * for what is under way, so all are connected first. */
static size_t send_frames(struct world *world)
{
    struct talk *talk = talk_new(world);
    size_t count = talk ? talk->count : 0, sent = 0;
    for (size_t i = 0; i < 2 * count; i++)
        for (unsigned who = ADA; talk->rows[i % count].judged && who < WHOS; who++)
            if (i < count)
                (void)talk_socket(talk, talk->rows[i].path, (enum who)who);
            else
                sent += talk_send_at_once(talk, &talk->rows[i - count], (enum who)who);
    return sent;
}

static void judge_flights(struct check *check, struct flights *flights)
{
    for (size_t i = 0; i < flights->count; i++) {
        struct flight *flight = &flights->at[i];
        int status = atomic_load(&flight->status);
        if (status == 0 || (status >= 500 && status != 503))
            check_fail(check, CHECK_DRAIN, "%s %s was under way, and its answer is %d", flight->http.method,
                       flight->line, status);
        arena_free(flight->http.arena);
    }
}

/* --- what stays --- */

static size_t count_entries(const char *folder)
{
    DIR *entries = opendir(folder);
    size_t count = 0;
    while (entries && readdir(entries))
        count++;
    if (entries)
        closedir(entries);
    return count;
}

struct left {
    size_t threads, descriptors;
};

static bool cycle(struct check *check, int number, struct left *ret_left, size_t *ret_flights)
{
    static struct world world;
    struct flights *flights = calloc(1, sizeof *flights);
    struct plan *plan = check_world_made(check, CHECK_DRAIN, &world);
    if (!flights || !plan)
        return false;
    flights->arena = arena_new(0);
    check_doing(check, "putting requests under way");
    size_t frames = send_frames(&world);
    take_all_off(flights, plan);
    struct arena *bodies = world.source.arena; /* the requests' bodies and paths lie there */
    check_doing(check, "drain and stop with %zu requests and %zu frames under way, time %d", flights->count, frames,
                number + 1);
    c18n_test_close(world.test);
    check_doing(check, "looking at what is left");
    judge_flights(check, flights);
    *ret_flights = flights->count;
    arena_free(flights->arena);
    arena_free(bodies);
    free(flights);
    *ret_left = (struct left){count_entries("/proc/self/task"), count_entries("/proc/self/fd")};
    return true;
}

/* What is opened once and kept, such as a library's own descriptor, is there after the first cycle. What grows with
 * each one is a leak. */
void check_drain(struct check *check, void *arg)
{
    struct left left[CYCLES];
    size_t flights = 0;
    (void)arg;
    check_begin(check, CHECK_DRAIN);
    for (int i = 0; i < CYCLES; i++)
        if (!cycle(check, i, &left[i], &flights))
            return;
    if (left[2].threads > left[1].threads && left[1].threads > left[0].threads)
        check_fail(check, CHECK_DRAIN, "each start leaves %zu threads behind", left[2].threads - left[1].threads);
    if (left[2].descriptors > left[1].descriptors && left[1].descriptors > left[0].descriptors)
        check_fail(check, CHECK_DRAIN, "each start leaves %zu open descriptors behind",
                   left[2].descriptors - left[1].descriptors);
    check_end(check, CHECK_DRAIN, "%s; %zu requests were under way", check_rules[CHECK_DRAIN].kept, flights);
}
