/* Hooks: order, veto, whose code runs, and what stops the start. */
#include "support.h"

#include "api/hooks.h"

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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
