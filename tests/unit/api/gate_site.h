/**
 * gate_site.h: the whole api around one small module, for the tests of a request's way. Included by one
 * file of each program. Threads are played by this one: a pool runs a task at once, the writer too, and a
 * loop's post as well; `trace` says what ran, in order.
 */
#ifndef TEST_API_GATE_SITE_H
#define TEST_API_GATE_SITE_H

#include "support.h"

#include "api/policy.h"
#include "api/reply.h"
#include "api/route.h"

FAKE_LOADER_ITEM
FAKE_FIND_HEADER

static struct world world;
static struct module module;
static c18n_module descriptor;
static struct text why;
static char trace[512]; /* what ran, in order */

static void ran(const char *what)
{
    strcat(strcat(trace, what), " ");
}

/* --- settings --- */

size_t conf_list(const struct conf_section *section, const char *key, const char *const **ret_items)
{
    static const char *const origins[] = {"https://app.example"};
    (void)section;
    assert_string_equal(key, "origins");
    *ret_items = origins;
    return 1;
}

/* --- what a test sets --- */

static struct {
    int identify, person, person_on_pool, rate, csrf, login_rate, policy, policy_at_writer, prepare, handle, submit,
        commit;
    bool pool_full, handler_is_mute, not_in_cache;
    int read_fault; /* of the storage, which the module took for something else */
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
int data_read_fault(const struct request *request, int code)
{
    (void)request, (void)code;
    return play.read_fault;
}
int data_cached_begin(struct data *data, struct request *request)
{
    (void)data;
    ran("cache");
    request->scope = (struct data_scope *)(void *)&scope_stand_in;
    return C18N_OK;
}
bool data_cached_end(struct request *request)
{
    ran(play.not_in_cache ? "missed" : "end");
    request->scope = NULL;
    return !play.not_in_cache;
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
void data_note_read(struct request *request, const char *view, const char *id)
{
    (void)request, (void)view, (void)id;
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
int api_each_module(struct api *api, api_module_step each, struct text *ret_why)
{
    return each(api, &module, ret_why);
}

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
    {"GET", "/thing", handle, "member", .flags = C18N_ROUTE_BY_ID},
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
    module = (struct module){.descriptor = &descriptor,
                             .self = {.host = &world.server.host, .id = "things", .state = &module}};
    world.server.reads = (struct pool *)(void *)&world.server.reads;
    world.server.blocking = (struct pool *)(void *)&world.server.blocking;
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

static void known(void)
{
    world_header(&world, "authorization", "Bearer x");
}

static void answered(int status, const char *expected_trace)
{
    assert_string_equal(trace, expected_trace);
    assert_int_equal(sent.status, status);
}

static bool has(const char *header)
{
    return strstr(sent.headers, header) != NULL;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
