/* Hooks: order, veto, whose code runs, and what stops the start. */
#include "support.h"

#include "api/render.h"
#include "api/route_hooks.h"

FAKE_LOADER_ITEM

static struct module modules[3];
static c18n_module descriptors[3];
static struct world world;
static struct text why;
static char trace[128];

int api_each_module(struct api *api, api_module_step each, struct text *ret_why)
{
    int worst = 0;
    for (size_t i = 0; i < 3; i++) {
        int code = each(api, &modules[i], ret_why);
        worst = code != 0 ? code : worst;
    }
    return worst;
}

size_t loader_count(const struct loader *loader)
{
    (void)loader;
    return 3;
}

struct module *loader_at(const struct loader *loader, size_t number)
{
    (void)loader;
    return &modules[number];
}

static int setup(void **state)
{
    (void)state;
    static const char *const ids[] = {"zebra", "ant", "posts"};
    world_open(&world);
    text_init(&why, world.api.arena, 0);
    memset(modules, 0, sizeof modules);
    memset(descriptors, 0, sizeof descriptors);
    trace[0] = '\0';
    for (size_t i = 0; i < 3; i++) {
        descriptors[i].id = ids[i];
        modules[i].descriptor = &descriptors[i];
        modules[i].self = (c18n_self){.host = &world.server.host, .id = ids[i], .state = &modules[i]};
    }
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    world_close(&world);
    return 0;
}

static int note(c18n_request *rq, const c18n_doc *subject, void *module)
{
    assert_non_null(subject);
    assert_ptr_equal(request_of(rq)->head.self->state, module);
    strcat(trace, request_of(rq)->head.self->id);
    strcat(trace, " ");
    return C18N_OK;
}

static int veto(c18n_request *rq, const c18n_doc *subject, void *module)
{
    (void)note(rq, subject, module);
    return C18N_FORBIDDEN;
}

static const c18n_point points[] = {{"posts.before_create", ""}, {"posts.after_read", ""}};
static const c18n_hook late[] = {{"posts.before_create", 5, note}, {"posts.before_create", 0, note}};
static const c18n_hook early[] = {{"posts.before_create", 0, note}, {"posts.before_create", -1, note}};

static int run(const char *point)
{
    world.request.head.self = &modules[2].self;
    int code = hooks_family.run(request_pub(&world.request), point, doc_of(&world, "{}"));
    assert_ptr_equal(world.request.head.self, &modules[2].self);
    return code;
}

static void by_priority_then_by_id(void **state)
{
    (void)state;
    descriptors[0].hooks = (c18n_table)C18N_ALL(late);
    descriptors[1].hooks = (c18n_table)C18N_ALL(early);
    descriptors[2].points = (c18n_table)C18N_ALL(points);
    assert_int_equal(hooks_compile(&world.api, &why), 0);
    assert_int_equal(run("posts.before_create"), C18N_OK);
    assert_string_equal(trace, "ant ant zebra zebra ");
    assert_int_equal(run("posts.after_read"), C18N_OK);
    assert_string_equal(trace, "ant ant zebra zebra ");
}

static void the_first_no_ends_it(void **state)
{
    (void)state;
    static const c18n_hook no[] = {{"posts.before_create", 0, veto}};
    descriptors[0].hooks = (c18n_table)C18N_ALL(late);
    descriptors[1].hooks = (c18n_table)C18N_ALL(no);
    descriptors[2].points = (c18n_table)C18N_ALL(points);
    assert_int_equal(hooks_compile(&world.api, &why), 0);
    assert_int_equal(run("posts.before_create"), C18N_FORBIDDEN);
    assert_string_equal(trace, "ant ");
}

static void an_unknown_point_stops_the_start(void **state)
{
    (void)state;
    static const c18n_hook wrong[] = {{"posts.before_creat", 0, note}};
    descriptors[0].hooks = (c18n_table)C18N_ALL(wrong);
    descriptors[2].points = (c18n_table)C18N_ALL(points);
    assert_int_equal(hooks_compile(&world.api, &why), 78);
    assert_non_null(strstr(text_end(&why), "zebra: a hook on the point \"posts.before_creat\""));
    assert_non_null(strstr(text_end(&why), "did you mean \"posts.before_create\"?"));
}

/* The operator switched its module off. */
static void a_point_of_an_absent_module_is_passed_over(void **state)
{
    (void)state;
    static const c18n_hook patient[] = {{"likes.before_create", 0, note}, {"posts.before_create", 0, note}};
    descriptors[0].hooks = (c18n_table)C18N_ALL(patient);
    descriptors[2].points = (c18n_table)C18N_ALL(points);
    assert_int_equal(hooks_compile(&world.api, &why), 0);
    assert_int_equal(run("posts.before_create"), C18N_OK);
    assert_string_equal(trace, "zebra ");
    modules[2].state = MODULE_LEFT_OUT;
    descriptors[2].points = (c18n_table){NULL, 0, 0};
    world.api.point_count = 0;
    assert_int_equal(hooks_compile(&world.api, &why), 0);
}

static void a_point_has_one_owner(void **state)
{
    (void)state;
    descriptors[1].points = (c18n_table)C18N_ALL(points);
    descriptors[2].points = (c18n_table)C18N_ALL(points);
    assert_int_equal(hooks_compile(&world.api, &why), 78);
    assert_non_null(strstr(text_end(&why), "is declared by"));
}

static void only_its_owner_runs_a_point(void **state)
{
    (void)state;
    descriptors[1].points = (c18n_table)C18N_ALL(points);
    assert_int_equal(hooks_compile(&world.api, &why), 0);
    assert_int_equal(run("posts.before_create"), C18N_INVALID);
    assert_int_equal(run("nothing"), C18N_INVALID);
}

/* --- what a hook must have --- */

static int refused(int code, const char *words)
{
    const char *said = text_end(&why);
    assert_int_equal(code, 78);
    if (!strstr(said, words))
        fail_msg("\"%s\" is not in: %s", words, said);
    return 0;
}

static int add(c18n_request *rq, const c18n_doc *record, c18n_out *out, void *module)
{
    (void)out;
    return note(rq, record, module);
}

static const c18n_field shown[] = {C18N_TEXT("name", 0), C18N_TEXT("more", 0)};
static const c18n_field extra[] = {C18N_TEXT("extra", 0)};
static const c18n_point render_points[] = {{"posts.render", "", C18N_ALL(shown)}, {"posts.before_create", ""}};

static void what_its_point_calls_a_hook_must_have(void **state)
{
    (void)state;
    static const c18n_hook wrong[] = {{"posts.render", 0, note},
                                      {"posts.before_create", 0, .render = add},
                                      {"posts.before_create", 0, note, .route = "GET /things"},
                                      {"core.before_rout", 0, note}};
    descriptors[0].hooks = (c18n_table)C18N_ALL(wrong);
    descriptors[2].points = (c18n_table)C18N_ALL(render_points);
    int code = hooks_compile(&world.api, &why);
    refused(code, "zebra: its hook on the point \"posts.render\" has no `render`\n");
    refused(code, "zebra: its hook on the point \"posts.before_create\" has no `run`\n");
    refused(code, "zebra: its hook on the point \"posts.before_create\" names a route");
    refused(code, "zebra: a hook on the point \"core.before_rout\", which no loaded module declares, did you mean "
                  "\"core.before_route\"?");
}

static void compile_renders(const c18n_hook *first, size_t first_count, const c18n_hook *second, size_t second_count)
{
    descriptors[0].hooks = (c18n_table){first, (uint32_t)first_count, sizeof *first};
    descriptors[1].hooks = (c18n_table){second, (uint32_t)second_count, sizeof *second};
    assert_int_equal(hooks_compile(&world.api, &why), 0);
}

static void tables_are_known_by_their_address(void **state)
{
    (void)state;
    static const c18n_hook adds[] = {{"posts.render", 0, .fields = C18N_ALL(extra), .render = add}};
    const c18n_table table = C18N_ALL(shown), beginning = {shown, 1, sizeof *shown}, other = C18N_ALL(extra);
    descriptors[2].points = (c18n_table)C18N_ALL(render_points);
    compile_renders(NULL, 0, NULL, 0);
    assert_int_equal(render_compile(&world.api, &why), 0);
    assert_null(render_point(&world.api, &table));
    compile_renders(adds, 1, NULL, 0);
    assert_int_equal(render_compile(&world.api, &why), 0);
    assert_string_equal(render_point(&world.api, &table)->declared.name, "posts.render");
    assert_ptr_equal(render_point(&world.api, &beginning), render_point(&world.api, &table));
    assert_null(render_point(&world.api, &other));
}

static void a_member_has_one_writer(void **state)
{
    (void)state;
    static const c18n_hook adds[] = {{"posts.render", 0, .fields = C18N_ALL(extra), .render = add}};
    static const c18n_hook takes[] = {{"posts.render", 0, .fields = C18N_ALL(shown), .render = add}};
    static const c18n_hook silent[] = {{"posts.render", 0, .render = add}};
    descriptors[2].points = (c18n_table)C18N_ALL(render_points);
    compile_renders(adds, 1, adds, 1);
    refused(render_compile(&world.api, &why),
            "zebra: its hook on the point \"posts.render\" adds \"extra\", which ant has there already\n");
    compile_renders(takes, 1, silent, 1);
    int code = render_compile(&world.api, &why);
    refused(code, "zebra: its hook on the point \"posts.render\" adds \"more\", which posts has there already\n");
    refused(code, "ant: its hook on the point \"posts.render\" names no `fields`\n");
}

static void a_table_has_one_point(void **state)
{
    (void)state;
    static const c18n_point twice[] = {{"posts.render", "", C18N_ALL(shown)},
                                       {"posts.render_hit", "", {shown, 1, sizeof *shown}}};
    descriptors[2].points = (c18n_table)C18N_ALL(twice);
    compile_renders(NULL, 0, NULL, 0);
    refused(render_compile(&world.api, &why),
            "posts: the point \"posts.render_hit\" follows a table that \"posts.render\" follows already\n");
}

/* --- around routes --- */

static struct route routes[] = {
    {.declared = {.method = "GET", .path = "/things/"}},
    {.declared = {.method = "POST", .path = "/things/new"}},
};

static void with_routes(const c18n_hook *hooks, size_t count)
{
    routes[0].hooks = routes[1].hooks = NULL;
    world.api.routes = routes;
    world.api.route_count = 2;
    descriptors[0].hooks = (c18n_table){hooks, (uint32_t)count, sizeof *hooks};
    assert_int_equal(hooks_compile(&world.api, &why), 0);
}

static void a_hook_is_around_the_routes_that_it_names(void **state)
{
    (void)state;
    static const c18n_hook one[] = {{"core.before_route", 0, note, .route = "GET /things"}};
    static const c18n_hook all[] = {{"core.after_route", 0, note},
                                    {"core.before_route", 0, note, .route = "POST /things/new"}};
    with_routes(one, 1);
    assert_int_equal(route_hooks_compile(&world.api, &why), 0);
    assert_int_equal(routes[0].hooks->before_count, 1);
    assert_int_equal(routes[0].hooks->after_count, 0);
    assert_null(routes[1].hooks);
    with_routes(all, 2);
    assert_int_equal(route_hooks_compile(&world.api, &why), 0);
    assert_int_equal(routes[0].hooks->before_count, 0);
    assert_int_equal(routes[1].hooks->before_count, 1);
    assert_int_equal(routes[0].hooks->after_count + routes[1].hooks->after_count, 2);
    assert_string_equal(doc_text(&world, routes[1].hooks->asked),
                        "{\"method\":\"POST\",\"path\":\"/things/new\",\"module\":\"core\"}");
}

/* What is written by hand is misspelt by hand; but a route may also be one of a module that is switched off. */
static void a_route_that_nobody_has(void **state)
{
    (void)state;
    static const c18n_hook wrong[] = {{"core.before_route", 0, note, .route = "POST /things/nwe"}};
    with_routes(wrong, 1);
    refused(route_hooks_compile(&world.api, &why), "zebra: its hook on core.before_route names the route \"POST "
                                                   "/things/nwe\", which no loaded module has, did you mean \"POST "
                                                   "/things/new\"?");
    strcpy(modules[0].wants[0], "likes.v1");
    assert_int_equal(route_hooks_compile(&world.api, &why), 0);
    assert_null(routes[1].hooks);
    strcpy(modules[1].provides[0], "likes.v1");
    assert_int_equal(route_hooks_compile(&world.api, &why), 78);
    modules[1].state = MODULE_LEFT_OUT;
    assert_int_equal(route_hooks_compile(&world.api, &why), 0);
}

/* --- in whose name --- */

static int kept_thing;

static int meddle(c18n_request *rq, const c18n_doc *subject, void *module)
{
    request_of(rq)->kept = &trace;
    return note(rq, subject, module);
}

static void a_hook_leaves_what_was_kept(void **state)
{
    (void)state;
    static const c18n_hook hooks[] = {{"posts.before_create", 0, meddle}};
    descriptors[0].hooks = (c18n_table)C18N_ALL(hooks);
    descriptors[2].points = (c18n_table)C18N_ALL(points);
    assert_int_equal(hooks_compile(&world.api, &why), 0);
    world.request.kept = &kept_thing;
    assert_int_equal(run("posts.before_create"), C18N_OK);
    assert_ptr_equal(world.request.kept, &kept_thing);
}

static int work(c18n_request *rq, void *arg)
{
    assert_ptr_equal(arg, trace);
    assert_ptr_equal(request_of(rq)->head.self, &modules[2].self);
    return hooks_family.run(rq, "posts.before_create", doc_of(&world, "{}"));
}

static void a_service_works_in_its_own_name(void **state)
{
    (void)state;
    static const c18n_hook no[] = {{"posts.before_create", 0, veto}};
    descriptors[1].hooks = (c18n_table)C18N_ALL(no);
    descriptors[2].points = (c18n_table)C18N_ALL(points);
    assert_int_equal(hooks_compile(&world.api, &why), 0);
    world.request.head.self = &modules[0].self;
    assert_int_equal(api_as(&modules[2].self, request_pub(&world.request), work, trace), C18N_FORBIDDEN);
    assert_ptr_equal(world.request.head.self, &modules[0].self);
    assert_string_equal(trace, "ant ");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(by_priority_then_by_id),
        TEST(the_first_no_ends_it),
        TEST(an_unknown_point_stops_the_start),
        TEST(a_point_of_an_absent_module_is_passed_over),
        TEST(a_point_has_one_owner),
        TEST(only_its_owner_runs_a_point),
        TEST(what_its_point_calls_a_hook_must_have),
        TEST(tables_are_known_by_their_address),
        TEST(a_member_has_one_writer),
        TEST(a_table_has_one_point),
        TEST(a_hook_is_around_the_routes_that_it_names),
        TEST(a_route_that_nobody_has),
        TEST(a_hook_leaves_what_was_kept),
        TEST(a_service_works_in_its_own_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
