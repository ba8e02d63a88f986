/* The route tables of modules: what they compile to, what is refused, and what a path means. */
#include "support.h"

#include "api/documents.h"
#include "api/policy.h"
#include "api/route.h"

FAKE_LOADER_ITEM

static int done(c18n_request *rq, void *module)
{
    (void)rq, (void)module;
    return C18N_OK;
}

static const c18n_route no_documents[1];
const c18n_table documents_routes = {no_documents, 0, sizeof(c18n_route)};

/* Two modules at most; the tests fill their tables. */
static struct module modules[2];
static c18n_module descriptors[2];
static size_t module_count;

int api_each_module(struct api *api, api_module_step each, struct text *ret_why)
{
    int worst = 0;
    for (size_t i = 0; i < module_count; i++) {
        int code = each(api, &modules[i], ret_why);
        worst = code != 0 ? code : worst;
    }
    return worst;
}

static struct world world;
static struct text why;

static int setup(void **state)
{
    (void)state;
    world_open(&world);
    text_init(&why, world.api.arena, 0);
    memset(modules, 0, sizeof modules);
    memset(descriptors, 0, sizeof descriptors);
    descriptors[0].id = "first";
    descriptors[1].id = "second";
    for (size_t i = 0; i < 2; i++)
        modules[i].descriptor = &descriptors[i];
    module_count = 0;
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static int compile(void)
{
    int policies = policies_compile(&world.api, &why);
    int routes = routes_compile(&world.api, &why);
    return policies != 0 ? policies : routes;
}

static void declare(size_t number, const c18n_route *routes, uint32_t count)
{
    descriptors[number].routes = (c18n_table){routes, count, sizeof *routes};
    module_count = number + 1;
}

static enum route_found find(const char *method, const char *path, struct route_match *match)
{
    *match = (struct route_match){.route = NULL};
    return route_find(&world.api, world.api.arena, method, path, match);
}

static const c18n_route things[] = {
    {"GET", "/things/", done, "user"},
    {"POST", "/things/new", done, "user"},
    {"GET", "/things/search", done, "public"},
    {"GET", "/things/{thing}", done, "user"},
    {"PATCH", "/things/{item}", done, "self"},
    {"GET", "/things/{thing}/parts/{part}", done, "user"},
    {"GET", "/auth/{provider:text}/start", done, "public"},
};

static void finds_what_was_declared(void **state)
{
    (void)state;
    struct route_match match;
    declare(0, things, 7);
    assert_int_equal(compile(), 0);
    assert_int_equal(find("GET", "/api/v1/things", &match), ROUTE_FOUND);
    assert_string_equal(match.route->declared.path, "/things/");
    assert_int_equal(match.route->run, C18N_CLASS_READ);
    assert_int_equal(find("GET", "/api/v1/things/", &match), ROUTE_FOUND);
    assert_int_equal(find("POST", "/api/v1/things/new/", &match), ROUTE_FOUND);
    assert_int_equal(match.route->run, C18N_CLASS_WRITE);
    assert_int_equal(find("GET", "/api/v1/things/" ID_A "/parts/" ID_B, &match), ROUTE_FOUND);
    assert_int_equal(match.param_count, 2);
    assert_string_equal(match.params[0].name, "thing");
    assert_string_equal(match.params[0].value, ID_A);
    assert_string_equal(match.params[1].name, "part");
    assert_string_equal(match.params[1].value, ID_B);
}

static void a_literal_wins_over_a_parameter(void **state)
{
    (void)state;
    struct route_match match;
    declare(0, things, 7);
    assert_int_equal(compile(), 0);
    assert_int_equal(find("GET", "/api/v1/things/search", &match), ROUTE_FOUND);
    assert_string_equal(match.route->declared.path, "/things/search");
    assert_int_equal(match.param_count, 0);
    /* and the tree comes back for the parameter when the literal leads nowhere */
    assert_int_equal(find("GET", "/api/v1/things/search/parts/" ID_B, &match), ROUTE_NONE);
    assert_int_equal(find("PATCH", "/api/v1/things/" ID_A, &match), ROUTE_FOUND);
    assert_string_equal(match.params[0].name, "item");
}

static void tells_404_from_405(void **state)
{
    (void)state;
    struct route_match match;
    declare(0, things, 7);
    assert_int_equal(compile(), 0);
    assert_int_equal(find("DELETE", "/api/v1/things/" ID_A, &match), ROUTE_NO_METHOD);
    assert_string_equal(match.allow, "OPTIONS, GET, HEAD, PATCH");
    assert_int_equal(find("GET", "/api/v1/things/new", &match), ROUTE_NO_METHOD);
    assert_string_equal(match.allow, "OPTIONS, POST");
    assert_int_equal(find("GET", "/api/v1/nothing", &match), ROUTE_NONE);
    assert_int_equal(find("GET", "/api/v1", &match), ROUTE_NONE);
    assert_int_equal(find("GET", "/api/v1x/things", &match), ROUTE_NONE);
    assert_int_equal(find("GET", "/things", &match), ROUTE_NONE);
    assert_int_equal(find("GET", "/api/v1//things", &match), ROUTE_NONE);
    assert_int_equal(find("HEAD", "/api/v1/things", &match), ROUTE_FOUND);
    assert_string_equal(match.route->declared.method, "GET");
}

static void an_id_is_a_uuid(void **state)
{
    (void)state;
    struct route_match match;
    declare(0, things, 7);
    assert_int_equal(compile(), 0);
    assert_int_equal(find("GET", "/api/v1/things/42", &match), ROUTE_NONE);
    assert_int_equal(find("GET", "/api/v1/things/0190A5C0-0000-7000-8000-00000000000A", &match), ROUTE_NONE);
    assert_int_equal(find("GET", "/api/v1/things/" ID_A "x", &match), ROUTE_NONE);
    assert_int_equal(find("GET", "/api/v1/auth/okta/start", &match), ROUTE_FOUND);
    assert_string_equal(match.params[0].name, "provider");
    assert_string_equal(match.params[0].value, "okta");
    assert_string_equal(match.route->declared.path, "/auth/{provider}/start");
    assert_false(api_param_is_id(match.route, "provider"));
    assert_int_equal(find("GET", "/api/v1/things/" ID_A, &match), ROUTE_FOUND);
    assert_true(api_param_is_id(match.route, "thing"));
}

static void refuses_paths_that_others_may_read_differently(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "/api/v1/things/%2e%2e/users", "/api/v1/things/..",  "/api/v1/./things", "/api/v1/things%2fnew",
        "/api/v1/things/%00",          "/api/v1/things/%zz", "/api/v1/%ff",      "/api/v1/things/%c0%ae",
        "/api/v1/things/a%5cb",        "/api/v1/things/%0a",
    };
    struct route_match match;
    declare(0, things, 7);
    assert_int_equal(compile(), 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        assert_int_equal(find("GET", bad[i], &match), ROUTE_BAD_PATH);
    assert_int_equal(find("GET", "/api/v1/thin%67s", &match), ROUTE_FOUND);
}

static void depth_is_bounded(void **state)
{
    (void)state;
    struct route_match match;
    char path[2048] = "/api/v1";
    declare(0, things, 7);
    assert_int_equal(compile(), 0);
    for (size_t i = 0; i < 200; i++)
        strncat(path, "/things", sizeof path - strlen(path) - 1);
    assert_int_equal(find("GET", path, &match), ROUTE_NONE);
}

/* --- what stops the start --- */

static void refused(const c18n_route *routes, uint32_t count, const char *words)
{
    declare(0, routes, count);
    assert_int_equal(compile(), 78);
    assert_non_null(strstr(text_end(&why), words));
    assert_non_null(strstr(text_end(&why), "first: route"));
}

static void without_a_policy(void **state)
{
    (void)state;
    static const c18n_route routes[] = {{"GET", "/open", done, NULL}};
    refused(routes, 1, "no policy");
}

static void with_an_unknown_policy(void **state)
{
    (void)state;
    static const c18n_route routes[] = {{"GET", "/open", done, "admn"}};
    refused(routes, 1, "did you mean \"admin\"?");
}

static void twice_the_same(void **state)
{
    (void)state;
    static const c18n_route one[] = {{"GET", "/a/{x}", done, "user"}};
    static const c18n_route other[] = {{"GET", "/a/{y}/", done, "user"}};
    declare(0, one, 1);
    declare(1, other, 1);
    assert_int_equal(compile(), 78);
    assert_non_null(strstr(text_end(&why), "second: route GET /a/{y}/: first has the same route"));
}

static void all_faults_at_once(void **state)
{
    (void)state;
    static const c18n_route routes[] = {
        {"GET", "/a", done, NULL},   {"TRACE", "/b", done, "user"}, {"GET", "c", done, "user"},
        {"GET", "/d", NULL, "user"}, {"GET", "/{x", done, "user"},  {"GET", "/a//b", done, "user"},
    };
    declare(0, routes, 6);
    assert_int_equal(compile(), 78);
    const char *words = text_end(&why);
    size_t lines = 0;
    for (const char *at = words; (at = strchr(at, '\n')); at++)
        lines++;
    assert_int_equal(lines, 6);
}

static void classes_that_cannot_work(void **state)
{
    (void)state;
    static const c18n_route get_write[] = {{"GET", "/a", done, "user", .run = C18N_CLASS_WRITE}};
    static const c18n_route stream[] = {{"POST", "/b", done, "user", .flags = C18N_ROUTE_STREAM}};
    static const c18n_route blob[] = {{"DELETE", "/e", done, "user", .flags = C18N_ROUTE_BLOB}};
    static const c18n_route prepared[] = {{"GET", "/c", done, "user", .prepare = done}};
    static const c18n_field fields[] = {{.name = "x", .type = 99}};
    static const c18n_route field[] = {{"POST", "/d", done, "user", .body = C18N_ALL(fields)}};
    refused(get_write, 1, "can't be a WRITE");
    refused(stream, 1, "must be BLOCKING");
    refused(blob, 1, "can be a BLOB");
    refused(prepared, 1, "has a prepare");
    refused(field, 1, "unknown type");
}

static void an_inline_route_reads_no_views(void **state)
{
    (void)state;
    static const c18n_policy policies[] = {{"member", done, "members"}};
    static const c18n_route routes[] = {{"GET", "/a", done, "member", .run = C18N_CLASS_INLINE}};
    descriptors[0].policies = (c18n_table)C18N_ALL(policies);
    refused(routes, 1, "reads views");
}

static void a_policy_of_another_name(void **state)
{
    (void)state;
    static const c18n_policy policies[] = {{"admin", done, "not really"}};
    descriptors[0].policies = (c18n_table)C18N_ALL(policies);
    module_count = 1;
    assert_int_equal(compile(), 78);
    assert_non_null(strstr(text_end(&why), "declared by core already"));
}

/* --- policies --- */

static int ask(const char *name, const char *user, const char *roles, uint32_t admin)
{
    const struct policy *policy = policy_find(&world.api, name);
    assert_non_null(policy);
    world.request.caller.user = user;
    world.request.caller.roles = roles;
    world.request.caller.admin = admin;
    world.request.params[0] = (struct request_param){"user", ID_A};
    world.request.param_count = 1;
    return policy_ask(policy, &world.request);
}

static void built_in_policies(void **state)
{
    (void)state;
    assert_int_equal(compile(), 0);
    assert_int_equal(ask("public", "", " ", 0), C18N_OK);
    assert_int_equal(ask("user", "", " ", 0), C18N_UNAUTHENTICATED);
    assert_int_equal(ask("user", ID_B, " user ", 0), C18N_OK);
    assert_int_equal(ask("admin", "", " ", 0), C18N_UNAUTHENTICATED);
    assert_int_equal(ask("admin", ID_B, " user ", 0), C18N_FORBIDDEN);
    assert_int_equal(ask("admin", ID_B, " administrator ", 0), C18N_FORBIDDEN);
    assert_int_equal(ask("admin", ID_B, " admin user ", 1), C18N_OK);
    assert_int_equal(ask("self", ID_A, " user ", 0), C18N_OK);
    assert_int_equal(ask("self", ID_B, " user ", 0), C18N_FORBIDDEN);
    assert_int_equal(ask("self", ID_B, " admin ", 1), C18N_OK);
    assert_int_equal(ask("moderator_role", ID_B, " moderator ", 0), C18N_OK);
    assert_int_equal(ask("moderator_role", ID_B, " user ", 0), C18N_FORBIDDEN);
    assert_int_equal(ask("analytics_role", ID_B, " analytics ", 0), C18N_OK);
    assert_int_equal(ask("analytics_role", ID_B, " moderator ", 0), C18N_FORBIDDEN);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(finds_what_was_declared),
        TEST(a_literal_wins_over_a_parameter),
        TEST(tells_404_from_405),
        TEST(an_id_is_a_uuid),
        TEST(refuses_paths_that_others_may_read_differently),
        TEST(depth_is_bounded),
        TEST(without_a_policy),
        TEST(with_an_unknown_policy),
        TEST(twice_the_same),
        TEST(all_faults_at_once),
        TEST(classes_that_cannot_work),
        TEST(an_inline_route_reads_no_views),
        TEST(a_policy_of_another_name),
        TEST(built_in_policies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
