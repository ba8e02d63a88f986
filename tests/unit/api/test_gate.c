/* The whole way of a request: the gate's order, the classes, and the answer's headers. Threads are
 * played by this one: a pool runs a task at once, the writer too, and a loop's post as well. */
#include "support.h"

#include "api/policy.h"
#include "api/reply.h"
#include "api/route.h"

#include <jansson.h>

FAKE_LOADER_ITEM
FAKE_FIND_HEADER

static struct world world;
static struct module module;
static c18n_module descriptor;
static struct text why;
static char trace[512]; /* what ran, in order */

static void ran(const char *what) { strcat(strcat(trace, what), " "); }

/* --- what a test sets --- */

static struct {
    int identify, person, person_on_pool, rate, csrf, login_rate, policy, policy_at_writer, prepare, handle, submit, commit;
    bool pool_full, handler_is_mute;
    int handler_status;
    const char *roles;
} play;

/* --- auth --- */

int auth_identify(struct auth *auth, struct request *request)
{
    (void)auth;
    ran("identify");
    const char *token = http_find_header(request->http, "authorization");
    if (play.identify == C18N_OK && token) {
        request->caller.user = ID_A;
        request->caller.session = ID_B;
    }
    return play.identify;
}
int auth_person(struct auth *auth, struct request *request, bool may_read)
{
    (void)auth;
    ran(may_read ? request->scope ? "person-scope" : "person-read" : "person");
    request->caller.roles = play.roles;
    return may_read ? play.person_on_pool : play.person;
}
int auth_rate(struct auth *auth, struct request *request, struct auth_limit *ret_limit)
{
    (void)auth, (void)request;
    ran("rate");
    *ret_limit = (struct auth_limit){60, 59, 30};
    return play.rate;
}
int auth_login_rate(struct auth *auth, struct request *request, const char *account, struct auth_limit *ret_limit)
{
    (void)auth, (void)request;
    ran("login-rate");
    ran(account);
    *ret_limit = (struct auth_limit){5, 0, 17};
    return play.login_rate;
}
int auth_csrf_check(struct auth *auth, struct request *request)
{
    (void)auth;
    ran("csrf");
    if (play.csrf != C18N_OK)
        request->problem_word = "csrf";
    return play.csrf;
}

/* --- threads and data --- */

static int scope_stand_in;
static bool on_pool, on_writer;

void loop_post(struct loop *loop, struct task *task)
{
    (void)loop;
    bool pool = on_pool, writer = on_writer;
    on_pool = on_writer = false;
    task->run(task, NULL);
    on_pool = pool, on_writer = writer;
}
bool pool_submit(struct pool *pool, struct task *task)
{
    if (play.pool_full)
        return false;
    ran(pool == world.server.blocking ? "[blocking" : "[reads");
    on_pool = true;
    task->run(task, &scope_stand_in);
    on_pool = false;
    return true;
}
int data_read_begin(struct data_reader *reader, struct request *request)
{
    (void)reader;
    ran("snapshot");
    request->scope = (struct data_scope *)(void *)&scope_stand_in;
    return C18N_OK;
}
void data_read_end(struct data_reader *reader, struct request *request)
{
    (void)reader;
    ran("end]");
    request->scope = NULL;
}
int data_submit(struct data *data, struct data_item *item)
{
    (void)data;
    if (play.submit != C18N_OK)
        return play.submit;
    ran("[writer");
    on_writer = true;
    item->request->scope = (struct data_scope *)(void *)&scope_stand_in;
    int code = item->run(item);
    item->request->scope = NULL;
    ran(code == C18N_OK ? "commit]" : "undo]");
    item->done(item, code == C18N_OK ? play.commit : code);
    on_writer = false;
    return C18N_OK;
}
int data_host_get(struct request *request, const char *table, const char *key, c18n_bytes *ret_value)
{
    (void)request, (void)table, (void)key, (void)ret_value;
    return C18N_NOT_FOUND;
}
int data_host_put(struct request *request, const char *table, const char *key, c18n_bytes value)
{
    (void)request, (void)table, (void)key, (void)value;
    return C18N_OK;
}
int data_host_remove(struct request *request, const char *table, const char *key)
{
    (void)request, (void)table, (void)key;
    return C18N_OK;
}
int data_host_scan(struct request *request, const char *table, c18n_store_row row, void *arg)
{
    (void)request, (void)table, (void)row, (void)arg;
    return C18N_OK;
}
void data_note_access(struct data *data, const char *user, const char *view, const char *id)
{
    (void)data, (void)user, (void)view, (void)id;
}

/* --- http --- */

static struct {
    int count, status;
    char body[2048], headers[4096], route[128];
} sent;

void http_answer(struct http_request *request, const struct http_answer *answer)
{
    (void)request;
    assert_false(on_pool);
    assert_false(on_writer);
    sent.count++;
    sent.status = answer->status;
    snprintf(sent.body, sizeof sent.body, "%.*s", (int)answer->body_length, answer->body ? answer->body : "");
    snprintf(sent.route, sizeof sent.route, "%s", answer->route);
    sent.headers[0] = '\0';
    for (size_t i = 0; i < answer->header_count; i++) {
        strcat(strcat(sent.headers, answer->headers[i].name), ": ");
        strcat(strcat(sent.headers, answer->headers[i].value), "\n");
    }
}
void http_stream_end(struct http_request *request, bool complete)
{
    (void)request, (void)complete;
}

/* --- the module --- */

static const c18n_route no_documents[1];
const c18n_table documents_routes = {no_documents, 0, sizeof(c18n_route)};
int api_each_module(struct api *api, api_module_step each, struct text *ret_why) { return each(api, &module, ret_why); }

static int member(c18n_request *rq, void *state)
{
    (void)state;
    assert_non_null(request_of(rq)->scope); /* a module's policy may read views */
    ran("policy");
    return on_writer ? play.policy_at_writer : play.policy;
}
static int handle(c18n_request *rq, void *state)
{
    assert_ptr_equal(state, &module);
    ran("handle");
    if (play.handle != C18N_OK)
        return play.handle;
    if (play.handler_is_mute)
        return C18N_OK;
    struct request *request = request_of(rq);
    assert_int_equal(reply_header(request, "X-Made", "yes"), C18N_OK);
    reply_body(request, play.handler_status, "{}", 2);
    return C18N_OK;
}
static int prepare(c18n_request *rq, void *state)
{
    (void)rq, (void)state;
    ran("prepare");
    return play.prepare;
}

static const c18n_field body[] = {C18N_TEXT("name", C18N_REQUIRED)};
static const c18n_field login_body[] = {C18N_TEXT("email", C18N_REQUIRED)};
static const c18n_policy policies[] = {{"member", member, "members"}};
static const c18n_route routes[] = {
    {"GET", "/open", handle, "public", .run = C18N_CLASS_INLINE},
    {"GET", "/things", handle, "member", .flags = C18N_ROUTE_PAGE},
    {"GET", "/mine", handle, "user"},
    {"POST", "/things/new", handle, "member", .body = C18N_ALL(body)},
    {"POST", "/slow", handle, "member", .prepare = prepare},
    {"POST", "/batch", handle, "admin", .run = C18N_CLASS_BLOCKING, .body = C18N_ALL(body)},
    {"POST", "/login", handle, "public", .flags = C18N_ROUTE_LOGIN | C18N_ROUTE_SESSION, .body = C18N_ALL(login_body)},
};

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    memset(&play, 0, sizeof play);
    memset(&sent, 0, sizeof sent);
    play.handler_status = 200;
    play.roles = " user ";
    trace[0] = '\0';
    descriptor = (c18n_module){.id = "things", .routes = C18N_ALL(routes), .policies = C18N_ALL(policies)};
    module = (struct module){.descriptor = &descriptor, .self = {.host = &world.server.host, .id = "things", .state = &module}};
    world.server.reads = (struct pool *)(void *)&world.server.reads;
    world.server.blocking = (struct pool *)(void *)&world.server.blocking;
    world.api.origins[0] = "https://app.example";
    world.api.origin_count = 1;
    text_init(&why, world.api.arena, 0);
    assert_int_equal(policies_compile(&world.api, &why), 0);
    assert_int_equal(routes_compile(&world.api, &why), 0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static void request(const char *method, const char *path, const char *json)
{
    world.http.method = method;
    world.http.path = path;
    world.http.body = json ? json : "";
    world.http.body_length = strlen(world.http.body);
    if (json)
        world_header(&world, "content-type", "application/json");
    trace[0] = '\0';
    sent.count = 0;
    api_request(&world.server, &world.http);
    assert_int_equal(sent.count, 1);
}

static void known(void) { world_header(&world, "authorization", "Bearer x"); }

static void answered(int status, const char *expected_trace)
{
    assert_string_equal(trace, expected_trace);
    assert_int_equal(sent.status, status);
}

static bool has(const char *header) { return strstr(sent.headers, header) != NULL; }

/* --- the classes --- */

static void inline_stays_on_the_loop(void **state)
{
    (void)state;
    request("GET", "/api/v1/open", NULL);
    answered(200, "identify rate handle ");
    assert_string_equal(sent.route, "/open");
    assert_true(has("X-Made: yes\n"));
    assert_true(has("Cache-Control: no-cache\n"));
    assert_true(has("Vary: Origin\n"));
    assert_true(has("RateLimit-Limit: 60\nRateLimit-Remaining: 59\nRateLimit-Reset: 30\n"));
    assert_false(has("Access-Control"));
}

static void read_has_a_snapshot(void **state)
{
    (void)state;
    known();
    request("GET", "/api/v1/things?x", NULL);
    assert_int_equal(sent.status, 404); /* the path is without the query */
    request("GET", "/api/v1/things", NULL);
    answered(200, "identify person rate [reads snapshot policy handle end] ");
    assert_true(has("Cache-Control: private, no-cache\n"));
    request("HEAD", "/api/v1/things", NULL);
    answered(200, "identify person rate [reads snapshot policy handle end] ");
}

static void write_asks_inside_the_transaction(void **state)
{
    (void)state;
    known();
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(200, "identify person rate csrf [writer person-scope policy handle commit] ");
}

static void prepare_runs_before_on_the_blocking_pool(void **state)
{
    (void)state;
    known();
    request("POST", "/api/v1/slow", NULL);
    answered(200, "identify person rate csrf [blocking snapshot policy prepare end] [writer person-scope policy handle commit] ");
    play.prepare = C18N_CONFLICT;
    request("POST", "/api/v1/slow", NULL);
    answered(409, "identify person rate csrf [blocking snapshot policy prepare end] ");
    play.prepare = C18N_OK;
    play.policy = C18N_NOT_FOUND; /* nobody else's slow work */
    request("POST", "/api/v1/slow", NULL);
    answered(404, "identify person rate csrf [blocking snapshot policy end] ");
}

static void blocking_has_its_own_pool(void **state)
{
    (void)state;
    known();
    request("POST", "/api/v1/batch", "{\"name\":\"a\"}");
    answered(403, "identify person rate csrf ");
    play.roles = " admin ";
    request("POST", "/api/v1/batch", "{\"name\":\"a\"}");
    answered(200, "identify person rate csrf [blocking snapshot handle end] ");
    request("POST", "/api/v1/batch", "{}");
    answered(422, "identify person rate csrf ");
}

/* --- the gate's order --- */

static void token_first(void **state)
{
    (void)state;
    play.rate = C18N_LIMITED;
    play.csrf = C18N_FORBIDDEN;
    request("POST", "/api/v1/things/new", "{}");
    answered(401, "identify ");
    assert_true(has("WWW-Authenticate: Bearer\n"));
    assert_true(has("Cache-Control: no-store\n"));
    known();
    play.identify = C18N_UNAUTHENTICATED;
    request("POST", "/api/v1/things/new", "{}");
    answered(401, "identify ");
}

static void then_rate_then_csrf(void **state)
{
    (void)state;
    known();
    play.rate = C18N_LIMITED;
    play.csrf = C18N_FORBIDDEN;
    request("POST", "/api/v1/things/new", "{}");
    answered(429, "identify person rate ");
    assert_true(has("Retry-After: 30\n"));
    play.rate = C18N_OK;
    request("POST", "/api/v1/things/new", "{}");
    answered(403, "identify person rate csrf ");
    assert_non_null(strstr(sent.body, "\"code\":\"csrf\""));
}

static void policy_before_the_body(void **state)
{
    (void)state;
    known();
    play.policy = C18N_NOT_FOUND; /* nobody learns from a 422 what they may not know of */
    request("POST", "/api/v1/things/new", "{\"nam\":1}");
    answered(404, "identify person rate csrf [reads snapshot policy end] ");
    assert_null(strstr(sent.body, "errors"));
    play.policy = C18N_OK;
    request("POST", "/api/v1/things/new", "{\"nam\":1}");
    answered(422, "identify person rate csrf [reads snapshot policy end] ");
    assert_non_null(strstr(sent.body, "unknown_or_readonly_field"));
    assert_non_null(strstr(sent.body, "\"field\":\"nam\""));
    request("POST", "/api/v1/batch", "{\"nam\":1}"); /* decided from the caller alone: no hop */
    answered(403, "identify person rate csrf ");
}

static void a_right_lost_meanwhile_is_lost(void **state)
{
    (void)state;
    known();
    play.policy_at_writer = C18N_FORBIDDEN;
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(403, "identify person rate csrf [writer person-scope policy undo] ");
    play.policy_at_writer = C18N_OK;
    play.person_on_pool = C18N_UNAUTHENTICATED; /* deactivated while the item waited */
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(401, "identify person rate csrf [writer person-scope undo] ");
}

static void who_is_not_cached_is_asked_on_the_pool(void **state)
{
    (void)state;
    known();
    play.person = C18N_AGAIN;
    request("GET", "/api/v1/mine", NULL);
    answered(200, "identify person [reads snapshot person-scope end] rate [reads snapshot handle end] ");
    play.person_on_pool = C18N_UNAUTHENTICATED;
    request("GET", "/api/v1/mine", NULL);
    answered(401, "identify person [reads snapshot person-scope end] ");
}

static void a_stale_cookie_does_not_lock_out(void **state)
{
    (void)state;
    play.identify = C18N_UNAUTHENTICATED;
    request("GET", "/api/v1/open", NULL);
    answered(200, "identify rate handle ");
    known(); /* a bad Authorization header was meant */
    request("GET", "/api/v1/open", NULL);
    answered(401, "identify ");
}

static void logins_are_counted(void **state)
{
    (void)state;
    request("POST", "/api/v1/login", "{\"email\":\"a@b.org\"}");
    answered(200, "identify rate csrf login-rate a@b.org [writer handle commit] ");
    assert_true(has("Cache-Control: no-store\n"));
    play.login_rate = C18N_LIMITED;
    request("POST", "/api/v1/login", "{\"email\":\"a@b.org\"}");
    answered(429, "identify rate csrf login-rate a@b.org ");
    assert_true(has("Retry-After: 17\n"));
}

/* --- what goes wrong behind the gate --- */

static void full_queues_are_503(void **state)
{
    (void)state;
    known();
    play.pool_full = true;
    request("GET", "/api/v1/things", NULL);
    answered(503, "identify person rate ");
    assert_true(has("Retry-After: 1\n"));
    play.pool_full = false;
    play.submit = C18N_AGAIN;
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(503, "identify person rate csrf ");
}

static void a_failed_commit_is_no_success(void **state)
{
    (void)state;
    known();
    play.commit = C18N_NO_SPACE;
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    assert_int_equal(sent.status, 507);
    assert_false(has("X-Made"));
}

static void a_reply_of_400_undoes(void **state)
{
    (void)state;
    known();
    play.handler_status = 409;
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(409, "identify person rate csrf [writer person-scope policy handle undo] ");
    assert_string_equal(sent.body, "{}");
}

static void a_mute_handler_is_our_fault(void **state)
{
    (void)state;
    known();
    play.handler_is_mute = true;
    request("GET", "/api/v1/things", NULL);
    assert_int_equal(sent.status, 500);
    request("POST", "/api/v1/things/new", "{\"name\":\"a\"}");
    answered(500, "identify person rate csrf [writer person-scope policy handle undo] ");
}

static void large_bodies_are_judged_on_the_pool(void **state)
{
    (void)state;
    char *json = arena_alloc(world.api.arena, 40000);
    known();
    strcpy(json, "{\"name\":\"");
    memset(json + 9, 'a', 30000);
    strcpy(json + 30009, "\"}");
    request("POST", "/api/v1/things/new", json);
    answered(200, "identify person rate csrf [reads [writer person-scope policy handle commit] ");
}

/* --- paths, methods, origins --- */

static void paths_and_methods(void **state)
{
    (void)state;
    request("GET", "/api/v1/nothing", NULL);
    answered(404, "");
    assert_non_null(strstr(sent.body, "\"code\":\"not_found\""));
    request("DELETE", "/api/v1/things", NULL);
    answered(405, "");
    assert_true(has("Allow: OPTIONS, GET, HEAD\n"));
    request("GET", "/api/v1/things/%2e%2e", NULL);
    answered(400, "");
    request("OPTIONS", "/api/v1/nothing", NULL);
    answered(404, "");
    request("OPTIONS", "/api/v1/things", NULL);
    answered(204, "");
    assert_true(has("Allow: OPTIONS, GET, HEAD\n"));
    assert_false(has("Access-Control"));
}

static void preflights(void **state)
{
    (void)state;
    world_header(&world, "origin", "https://evil.example");
    world_header(&world, "access-control-request-method", "POST");
    request("OPTIONS", "/api/v1/things/new", NULL);
    answered(204, "");
    assert_false(has("Access-Control"));
    assert_true(has("Vary: Origin\n"));
    static const char *const foreign[] = {"null", "https://app.example.evil", "http://app.example", "https://app.example:444", ""};
    for (size_t i = 0; i < 5; i++) {
        world.headers[0].value = foreign[i];
        request("OPTIONS", "/api/v1/things/new", NULL);
        assert_false(has("Access-Control"));
    }
    world.headers[0].value = "https://app.example";
    request("OPTIONS", "/api/v1/things/new", NULL);
    assert_true(has("Access-Control-Allow-Origin: https://app.example\n"));
    assert_true(has("Access-Control-Allow-Credentials: true\n"));
    assert_true(has("Access-Control-Allow-Methods: OPTIONS, POST\n"));
    assert_true(has("X-CSRF-Token"));
    request("GET", "/api/v1/open", NULL); /* also on plain answers and on problems */
    assert_true(has("Access-Control-Allow-Origin: https://app.example\n"));
    request("GET", "/api/v1/nothing", NULL);
    assert_true(has("Access-Control-Allow-Origin: https://app.example\n"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(inline_stays_on_the_loop), TEST(read_has_a_snapshot), TEST(write_asks_inside_the_transaction),
        TEST(prepare_runs_before_on_the_blocking_pool), TEST(blocking_has_its_own_pool), TEST(token_first),
        TEST(then_rate_then_csrf), TEST(policy_before_the_body), TEST(a_right_lost_meanwhile_is_lost),
        TEST(who_is_not_cached_is_asked_on_the_pool), TEST(a_stale_cookie_does_not_lock_out), TEST(logins_are_counted),
        TEST(full_queues_are_503), TEST(a_failed_commit_is_no_success), TEST(a_reply_of_400_undoes),
        TEST(a_mute_handler_is_our_fault), TEST(large_bodies_are_judged_on_the_pool), TEST(paths_and_methods), TEST(preflights),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
