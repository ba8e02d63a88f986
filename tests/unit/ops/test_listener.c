/* Tests of core/ops/listener.c, reports.c and providers.c: the four pages, and what makes a server ready. */
#include "fakes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdlib.h>

static int store_code;
static const char *store_detail;
static int store_state(c18n_self *self, const char **ret_detail)
{
    assert_string_equal(self->id, "storage_x");
    *ret_detail = store_detail;
    return store_code;
}

static int cache_code;
static int cache_state(c18n_self *self, const char **ret_detail)
{
    return (void)self, (void)ret_detail, cache_code;
}

static const c18n_storage storage = {.size = sizeof storage, .state = store_state};
static const c18n_bus bus = {.size = offsetof(c18n_bus, state)}; /* of an older minor, without `state` */
static const c18n_cache cache = {.size = sizeof cache, .state = cache_state};

static const c18n_route routes[] = {{.method = "GET", .path = "/polls/", .allow = "user"}};
static const c18n_hook hooks[] = {{"posts.before_create", -5, NULL}};
static const c18n_event_type events[] = {
    {.name = "polls.opened", .topic = "posts"},
    {.name = "polls.closed", .topic = "posts"},
    {.name = "polls.voted", .topic = "likes"},
};
static const c18n_consumer consumers[] = {{"count", "comments posts", NULL}};
static const c18n_setting settings[] = {
    {.name = "text", .type = C18N_SETTING_TEXT},
    {.name = "number", .type = C18N_SETTING_INTEGER},
    {.name = "flag", .type = C18N_SETTING_BOOLEAN},
    {.name = "list", .type = C18N_SETTING_LIST},
    {.name = "password", .type = C18N_SETTING_TEXT, .flags = C18N_SETTING_SECRET},
};
static const c18n_module descriptor = {
    .major = 0,
    .minor_built = 1,
    .id = "polls",
    .version = "1.2.3",
    .summary = "Polls",
    .routes = C18N_ALL(routes),
    .hooks = C18N_ALL(hooks),
    .events = C18N_ALL(events),
    .consumers = C18N_ALL(consumers),
    .settings = C18N_ALL(settings),
};
static const c18n_module provider = {.id = "storage_x", .version = "2"};
static struct server server;

static int begin(void **state)
{
    (void)state;
    server = (struct server){.loader = (struct loader *)(void *)&server, .data = (struct data *)(void *)&server};
    store_code = cache_code = fake_data_code = fake_start_code = C18N_OK;
    store_detail = fake_data_detail = NULL;
    fake_modules[0] = (struct module){
        .self = {.host = &server.host, .id = "storage_x"},
        .descriptor = &provider,
        .file = "x.so",
        .reason = "first",
        .state = MODULE_STARTED,
        .provides = {"storage.v1", "bus.v1", "cache.v1"},
    };
    c18n_self *self = &fake_modules[0].self;
    fake_modules[0].provided[0] = (struct provided){"storage.v1", {&storage, self}};
    fake_modules[0].provided[1] = (struct provided){"bus.v1", {&bus, self}};
    fake_modules[0].provided[2] = (struct provided){"cache.v1", {&cache, self}};
    fake_modules[1] = (struct module){
        .self = {.host = &server.host, .id = "polls"},
        .descriptor = &descriptor,
        .file = "/m/polls.so",
        .reason = "needs storage.v1 (storage_x)",
        .needs = {"storage.v1"},
        .state = MODULE_STARTED,
        .settings = (struct conf_section *)(void *)&server,
    };
    fake_modules[2] = (struct module){
        .self = {.host = &server.host, .id = "extra"},
        .state = MODULE_LEFT_OUT,
        .optional = true,
        .detail = "no such file",
    };
    fake_module_count = 3;
    fake_routes[0] = (struct route){.module = &fake_modules[1], .declared = routes[0], .run = C18N_CLASS_READ};
    fake_route_count = 1;
    struct text why;
    text_init(&why, NULL, 0);
    return ops_listen(&server, "127.0.0.1:0", &why);
}

static int end(void **state)
{
    (void)state;
    int stops = fake_stops;
    ops_close(&server);
    ops_close(&server); /* nothing is left to close */
    return fake_stops == stops + 1 && !server.operators && !server.operators_loop ? 0 : -1;
}

static struct arena *arena;

/* The answer's JSON; NULL when it is none. */
static json_t *ask(const char *method, const char *path)
{
    arena_free(arena);
    arena = arena_new(0);
    struct http_request request = {.arena = arena, .method = method, .path = path, .request_id = "rid"};
    fake_answer = (struct http_answer){0};
    fake_http.request(fake_http.arg, &request);
    assert_string_equal(fake_answer.body + fake_answer.body_length, "");
    return json_loadb(fake_answer.body, fake_answer.body_length, 0, NULL);
}

static const char *text_at(json_t *json, const char *outer, const char *middle, const char *inner)
{
    json_t *at = json_object_get(json_object_get(json, outer), middle);
    return json_string_value(json_object_get(at, inner));
}

static void it_is_alive(void **state)
{
    (void)state;
    json_t *json = ask("GET", "/healthz");
    assert_int_equal(fake_answer.status, 200);
    assert_string_equal(fake_answer.body, "{\"status\":\"ok\"}");
    json_decref(json);
    json_decref(ask("HEAD", "/healthz/"));
    assert_int_equal(fake_answer.status, 200);
}

static bool is_ready(void)
{
    json_t *json = ask("GET", "/readyz");
    bool ready = json_is_true(json_object_get(json, "ready"));
    assert_non_null(json);
    assert_int_equal(fake_answer.status, ready ? 200 : 503);
    json_decref(json);
    return ready;
}

static void it_is_ready_when_all_that_is_needed_serves(void **state)
{
    (void)state;
    json_t *json = ask("GET", "/readyz");
    assert_int_equal(fake_answer.status, 200);
    assert_string_equal(fake_answer.content_type, "application/json");
    assert_string_equal(text_at(json, "providers", "storage", "module"), "storage_x");
    assert_string_equal(text_at(json, "providers", "storage", "state"), "ok");
    assert_string_equal(text_at(json, "providers", "bus", "state"), "ok");
    assert_string_equal(text_at(json, "providers", "index", "state"), "absent");
    assert_string_equal(text_at(json, "modules", "polls", "state"), "started");
    assert_string_equal(text_at(json, "modules", "extra", "state"), "left_out");
    assert_string_equal(text_at(json, "modules", "extra", "detail"), "no such file");
    json_decref(json);
}

static void a_storage_that_is_down_is_told(void **state)
{
    (void)state;
    store_code = C18N_UNAVAILABLE;
    store_detail = "disk \"gone\"";
    json_t *json = ask("GET", "/readyz");
    assert_int_equal(fake_answer.status, 503);
    assert_true(json_is_false(json_object_get(json, "ready")));
    assert_string_equal(text_at(json, "providers", "storage", "state"), "unavailable");
    assert_string_equal(text_at(json, "providers", "storage", "detail"), "disk \"gone\"");
    json_decref(json);
}

static void a_full_disk_is_told_by_the_data(void **state)
{
    (void)state;
    fake_data_code = C18N_NO_SPACE;
    fake_data_detail = "no space";
    json_t *json = ask("GET", "/readyz");
    assert_int_equal(fake_answer.status, 503);
    assert_string_equal(text_at(json, "providers", "storage", "detail"), "no space");
    json_decref(json);
}

static void readiness_follows_what_is_needed(void **state)
{
    (void)state;
    cache_code = C18N_UNAVAILABLE; /* a cache is a help, no need */
    assert_true(is_ready());
    fake_modules[1].state = MODULE_READY;
    assert_false(is_ready());
    fake_modules[1].state = MODULE_STARTED;
    fake_modules[2].optional = false;
    assert_false(is_ready());
    fake_modules[2].optional = true;
    assert_true(is_ready());
    server.stopping = true;
    assert_false(is_ready());
    server.stopping = false;
    fake_modules[0].provided[1].service = NULL; /* no bus */
    assert_false(is_ready());
}

/* A list's JSON, made compact, item `number` of it. */
static void expect_item(const char *path, size_t count, size_t number, const char *expected)
{
    json_t *json = ask("GET", path);
    assert_int_equal(fake_answer.status, 200);
    assert_string_equal(fake_answer.content_type, "application/json");
    assert_int_equal(json_array_size(json), count);
    char *dumped = json_dumps(json_array_get(json, number), JSON_COMPACT);
    assert_string_equal(dumped, expected);
    assert_null(strstr(fake_answer.body, "hunter2"));
    free(dumped);
    json_decref(json);
}

#define SETTING(name, type, value, reloadable)                                                                         \
    "{\"name\":\"" name "\"," value ",\"type\":\"" type                                                                \
    "\",\"default\":null,\"from\":\"default\",\"reloadable\":" reloadable ",\"help\":null}"

#define POLLS_SETTINGS                                                                                                 \
    "\"settings\":[" SETTING("text", "text", "\"value\":\"plain\"", "false") "," SETTING(                              \
        "number", "integer", "\"value\":42",                                                                           \
        "true") "," SETTING("flag", "boolean", "\"value\":true",                                                       \
                            "false") "," SETTING("list", "list", "\"value\":[\"a\",\"b\"]",                            \
                                                 "false") "," SETTING("password", "text", "\"secret\":true",           \
                                                                      "false") "]"

static void modules_are_described_without_their_secrets(void **state)
{
    (void)state;
    expect_item("/modules", 3, 1,
                "{\"id\":\"polls\",\"state\":\"loaded\",\"version\":\"1.2.3\",\"summary\":\"Polls\",\"file\":\"/m/"
                "polls.so\",\"abi\":\"0.1\",\"provides\":[],"
                "\"requires\":[\"storage.v1\"],\"reason\":\"needs storage.v1 (storage_x)\","
                "\"routes\":[{\"method\":\"GET\",\"path\":\"/polls/\",\"policy\":\"user\",\"class\":\"read\",\"does\":"
                "null}],"
                "\"hooks\":[{\"point\":\"posts.before_create\",\"priority\":-5}],\"topics\":[\"posts\",\"likes\"]"
                "," POLLS_SETTINGS "}");
    expect_item(
        "/modules/", 3, 2,
        "{\"id\":\"extra\",\"state\":\"left_out\",\"version\":null,\"detail\":\"no such file\",\"advice\":\"\"}");
}

static void each_list_has_a_page_of_its_own(void **state)
{
    (void)state;
    expect_item("/modules/graph", 3, 1,
                "{\"id\":\"polls\",\"version\":\"1.2.3\",\"provides\":[],\"for_host\":[],\"edges\":["
                "{\"verb\":\"needs\",\"name\":\"storage.v1\",\"of\":\"storage_x\"},"
                "{\"verb\":\"hooks\",\"name\":\"posts.before_create\",\"of\":null}]}");
    expect_item("/modules/routes", 1, 0,
                "{\"module\":\"polls\",\"method\":\"GET\",\"path\":\"/polls/\",\"policy\":\"user\",\"class\":\"read\","
                "\"does\":null}");
    expect_item("/modules/hooks", 2, 0,
                "{\"point\":\"core.before_route\",\"declared\":true,\"renders\":false,\"help\":\"Before a handler\","
                "\"hooks\":[{\"module\":\"polls\",\"priority\":3,\"route\":\"GET /polls/\"}]}");
    expect_item("/modules/hooks", 2, 1,
                "{\"point\":\"posts.before_create\",\"declared\":false,\"help\":null,"
                "\"hooks\":[{\"module\":\"polls\",\"priority\":-5}]}");
    expect_item("/modules/topics", 4, 1,
                "{\"topic\":\"posts\",\"events\":["
                "{\"type\":\"polls.opened\",\"version\":1,\"module\":\"polls\",\"personal\":null,\"help\":null},"
                "{\"type\":\"polls.closed\",\"version\":1,\"module\":\"polls\",\"personal\":null,\"help\":null}],"
                "\"consumers\":[{\"module\":\"polls\",\"name\":\"count\"}]}");
    json_decref(ask("GET", "/modules/nonsense"));
    assert_int_equal(fake_answer.status, 404);
    json_decref(ask("GET", "/modulesroutes"));
    assert_int_equal(fake_answer.status, 404);
}

static void metrics_have_their_type(void **state)
{
    (void)state;
    assert_int_equal(metrics_new(&server, &server.metrics), C18N_OK);
    json_decref(ask("GET", "/metrics"));
    assert_int_equal(fake_answer.status, 200);
    assert_string_equal(fake_answer.content_type, "application/openmetrics-text; version=1.0.0; charset=utf-8");
    assert_non_null(strstr(fake_answer.body, "\nc18n_provider_up{service=\"storage\",module=\"storage_x\"} 1\n"));
    assert_string_equal(fake_answer.body + fake_answer.body_length - 6, "# EOF\n");
    metrics_free(server.metrics);
}

static void other_paths_and_methods_are_refused(void **state)
{
    (void)state;
    static const char *const unknown[] = {"/", "/health", "/healthzz", "/metrics/x", "//healthz", "/Healthz", ""};
    for (size_t i = 0; i < sizeof unknown / sizeof *unknown; i++) {
        json_t *json = ask("GET", unknown[i]);
        assert_int_equal(fake_answer.status, 404);
        assert_string_equal(fake_answer.content_type, "application/problem+json");
        assert_string_equal(json_string_value(json_object_get(json, "code")), "not_found");
        assert_string_equal(json_string_value(json_object_get(json, "request_id")), "rid");
        json_decref(json);
    }
    json_decref(ask("POST", "/readyz"));
    assert_int_equal(fake_answer.status, 405);
    assert_string_equal(fake_answer.headers[0].name, "Allow");
    assert_string_equal(fake_answer.headers[0].value, "GET, HEAD");
    json_decref(ask("POST", "/nothing"));
    assert_int_equal(fake_answer.status, 404);
}

static void a_refused_request_has_words(void **state)
{
    (void)state;
    struct http_request request = {.arena = arena, .request_id = "rid"};
    struct http_answer answer = {0};
    fake_http.refuse(fake_http.arg, &request, 431, "too_many_headers", "There are more than 100.", &answer);
    assert_int_equal(answer.status, 431);
    assert_non_null(strstr(answer.body, "\"code\":\"too_many_headers\""));
}

static void an_address_that_is_taken_is_told(void **state)
{
    (void)state;
    struct server other = {0};
    struct text why;
    text_init(&why, NULL, 0);
    fake_start_code = C18N_IO;
    assert_int_equal(ops_listen(&other, "127.0.0.1:1", &why), C18N_IO);
    assert_string_equal(text_end(&why), "core.operator_listen: 127.0.0.1:1: taken\n");
    fake_start_code = C18N_OK;
    ops_close(&other);
    assert_int_equal(ops_listen(&other, "", &why), C18N_OK); /* nowhere */
    assert_null(other.operators);
    ops_close(&other);
    text_free(&why);
}

static int free_arena(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(it_is_alive, begin, end),
        cmocka_unit_test_setup_teardown(it_is_ready_when_all_that_is_needed_serves, begin, end),
        cmocka_unit_test_setup_teardown(a_storage_that_is_down_is_told, begin, end),
        cmocka_unit_test_setup_teardown(a_full_disk_is_told_by_the_data, begin, end),
        cmocka_unit_test_setup_teardown(readiness_follows_what_is_needed, begin, end),
        cmocka_unit_test_setup_teardown(modules_are_described_without_their_secrets, begin, end),
        cmocka_unit_test_setup_teardown(each_list_has_a_page_of_its_own, begin, end),
        cmocka_unit_test_setup_teardown(metrics_have_their_type, begin, end),
        cmocka_unit_test_setup_teardown(other_paths_and_methods_are_refused, begin, end),
        cmocka_unit_test_setup_teardown(a_refused_request_has_words, begin, end),
        cmocka_unit_test(an_address_that_is_taken_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, free_arena);
}
