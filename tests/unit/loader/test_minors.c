/* Modules and hosts of different minors: an older module on this host, and a module of today on an older host. An
 * older host is this loader with the table that its ABI had: its minor, and families that end where they ended then. */
#include "workshop.h"

static struct text said; /* what modules log */

static void host_log(c18n_self *self, int level, const char *format, va_list values)
{
    char words[256];
    (void)level;
    vsnprintf(words, sizeof words, format, values);
    text_print(&said, "%s %s\n", self->id, words);
}

static const c18n_log_family logging = {.family = {sizeof logging, C18N_ABI_MINOR}, .line = host_log};
static struct {
    c18n_log_family log;
    c18n_config_family config;
    c18n_services_family services;
} old;

static const void *query(const c18n_host *host, const char *name, uint16_t need_minor)
{
    static const c18n_family none;
    const struct {
        const char *name;
        const c18n_family *family;
    } families[] = {
        {"c18n.log", &host->log->family},
        {"c18n.config", &host->config->family},
        {"c18n.services", &host->services->family},
        {"c18n.sockets", host->minor < 3 ? &none : &host->sockets->family},
    };
    for (size_t i = 0; i < LENGTH_OF(families); i++)
        if (strcmp(families[i].name, name) == 0 && families[i].family->minor >= need_minor)
            return families[i].family;
    return NULL;
}

static c18n_host host_of_today(void)
{
    static const c18n_sockets_family sockets = {.family = {sizeof sockets, C18N_ABI_MINOR}};
    c18n_host host = workshop_host(&logging);
    host.sockets = &sockets;
    host.query = query;
    return host;
}

/* What the minor did not have is filled with a pattern: who follows it crashes. */
static c18n_host host_of(uint16_t minor)
{
    size_t services = minor == 1 ? offsetof(c18n_services_family, as) : sizeof old.services;
    memset(&old, 0xa5, sizeof old);
    old.log = (c18n_log_family){.family = {sizeof old.log, minor}, .line = host_log};
    memcpy(&old.config, &config_family, sizeof old.config);
    old.config.family.minor = minor;
    memcpy(&old.services, &services_family, services);
    old.services.family = (c18n_family){(uint32_t)services, minor};
    c18n_host host = host_of_today();
    host.size = offsetof(c18n_host, sockets);
    memset((char *)&host + host.size, 0xa5, sizeof host - host.size);
    host.minor = minor;
    host.log = &old.log;
    host.config = &old.config;
    host.services = &old.services;
    return host;
}

/* Begins a source with the headers of an older ABI, as they were. */
static const char *with_headers_of(int minor, char *ret_source, size_t room, const char *rest)
{
    static const char self[] = "tests/unit/loader/test_minors.c";
    int tree = (int)(strlen(__FILE__) - strlen(self));
    snprintf(ret_source, room, "#include \"%.*splugin-api/abi/0.%d/include/c18n/module.h\"\n%s", tree, __FILE__, minor,
             rest);
    return ret_source;
}

#define TODAY "#include <c18n/module.h>\n"
#define NEEDS_0_1                                                                                                      \
    "#define C18N_MINOR_NEEDED 1\n" TODAY "static int init(c18n_self *self)\n{\n"                                      \
    "    const c18n_host *host = self->host;\n"                                                                        \
    "    c18n_log(self, C18N_LOG_NOTICE, \"host %d, services %d, as %d, sockets %d\", host->minor,\n"                  \
    "             host->query(host, \"c18n.services\", 1) != 0, host->query(host, \"c18n.services\", 2) != 0,\n"       \
    "             host->query(host, \"c18n.sockets\", 3) != 0);\n"                                                     \
    "    return c18n_provide(self, \"x.v1\", 0);\n}\n"                                                                 \
    "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\", .init = init)"

/* A row of each table that a module can have, so that each is met at the size that 0.1 gave it. */
#define ALL_TABLES                                                                                                     \
    "static int handle(c18n_request *rq, void *module) { return C18N_OK; }\n"                                          \
    "static int consume(c18n_request *rq, const c18n_event *event, void *module) { return C18N_OK; }\n"                \
    "static int hook(c18n_request *rq, const c18n_doc *subject, void *module) { return C18N_OK; }\n"                   \
    "static int take(c18n_request *rq, char ret_id[37], void *module) { return C18N_OK; }\n"                           \
    "static int give(c18n_request *rq, const c18n_event *event, c18n_out *line, void *module) { return C18N_OK; }\n"   \
    "static const c18n_setting settings[] = {{\"s\", C18N_SETTING_INTEGER, .otherwise = \"7\"}};\n"                    \
    "static const c18n_policy policies[] = {{\"x_p\", handle}};\n"                                                     \
    "static const c18n_route routes[] = {{\"GET\", \"/x\", handle, .allow = \"public\"}};\n"                           \
    "static const c18n_event_type events[] = {{\"x.done\", \"posts\"}};\n"                                             \
    "static const c18n_view views[] = {{\"x\", .version = 1}};\n"                                                      \
    "static const c18n_consumer consumers[] = {{\"c\", \"posts\", consume}};\n"                                        \
    "static const c18n_point points[] = {{\"x.a\"}, {\"x.b\"}};\n"                                                     \
    "static const c18n_hook hooks[] = {{\"x.a\", 5, hook}, {\"x.b\", 6, hook}};\n"                                     \
    "static const c18n_timer timers[] = {{\"t\", 1000, handle}};\n"                                                    \
    "static const c18n_metric metrics[] = {{\"m\"}};\n"                                                                \
    "static const c18n_import imports[] = {{\"x\", .take = take}};\n"                                                  \
    "static const c18n_export exports[] = {{\"x.done\", give}};\n"                                                     \
    "static int init(c18n_self *self)\n{\n"                                                                            \
    "    c18n_log(self, C18N_LOG_NOTICE, \"s is %d\", (int)c18n_setting_integer(self, \"s\"));\n"                      \
    "    return C18N_OK;\n}\n"                                                                                         \
    "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides:\", .settings = C18N_ALL(settings), .policies = C18N_ALL(policies),"  \
    ".routes = C18N_ALL(routes), .events = C18N_ALL(events), .views = C18N_ALL(views),"                                \
    ".consumers = C18N_ALL(consumers), .points = C18N_ALL(points), .hooks = C18N_ALL(hooks),"                          \
    ".timers = C18N_ALL(timers), .metrics = C18N_ALL(metrics), .imports = C18N_ALL(imports),"                          \
    ".exports = C18N_ALL(exports), .init = init)"

static void try_on(struct workshop *shop, const c18n_host *host, const char *source)
{
    text_init(&said, NULL, 0);
    workshop_make(shop);
    workshop_build(shop, "x", source);
    workshop_ask(shop, 10, "x", "");
    workshop_load_with(shop, host);
}

static void end(struct workshop *shop)
{
    workshop_end(shop);
    text_free(&said);
}

static void one_of_today_is_refused_by_an_older_host(void **state)
{
    (void)state;
    struct workshop shop;
    char expected[512];
    for (uint16_t minor = 1; minor < C18N_ABI_MINOR; minor++) {
        const c18n_host host = host_of(minor);
        try_on(&shop, &host, TODAY "C18N_MODULE(x, \"1.2.3\", \"X\", \"provides: x.v1\")");
        assert_int_equal(shop.code, 78);
        snprintf(expected, sizeof expected,
                 "%s/x.so: refused\n"
                 "  it has and needs: x 1.2.3, ABI 0.%d, needs at least 0.%d; provides x.v1\n"
                 "  the host has:     ABI 0.%d\n"
                 "  the broken rule:  it must not need a newer ABI minor than the host's\n"
                 "  what to do:       install a c18nd of that ABI, or a module that was built for this one\n",
                 shop.modules, C18N_ABI_MINOR, C18N_ABI_MINOR, minor);
        assert_string_equal(workshop_why(&shop), expected);
        end(&shop);
    }
}

static void one_that_needs_less_runs_and_finds_out(void **state)
{
    (void)state;
    struct workshop shop;
    char expected[64];
    for (uint16_t minor = 1; minor <= C18N_ABI_MINOR; minor++) {
        const c18n_host host = minor < C18N_ABI_MINOR ? host_of(minor) : host_of_today();
        try_on(&shop, &host, NEEDS_0_1);
        assert_string_equal(workshop_why(&shop), "");
        assert_int_equal(loader_init(shop.loader, &shop.why), 0);
        snprintf(expected, sizeof expected, "x host %d, services 1, as %d, sockets %d\n", minor, minor >= 2,
                 minor >= 3);
        assert_string_equal(text_end(&said), expected);
        assert_non_null(loader_service(shop.loader, "x.v1"));
        end(&shop);
    }
}

/* Its rows are shorter than ours: what it does not have reads as nothing. */
static void meet_one_of(int minor)
{
    struct workshop shop;
    const c18n_host host = host_of_today();
    char source[8192];
    try_on(&shop, &host, with_headers_of(minor, source, sizeof source, ALL_TABLES));
    assert_string_equal(workshop_why(&shop), "");
    assert_int_equal(loader_init(shop.loader, &shop.why), 0);
    assert_string_equal(text_end(&said), "x s is 7\n");
    const struct module *module = workshop_find(&shop, "x");
    c18n_hook hook;
    c18n_point point;
    loader_item(&module->descriptor->hooks, 1, &hook, sizeof hook);
    loader_item(&module->descriptor->points, 1, &point, sizeof point);
    assert_string_equal(hook.point, "x.b");
    assert_int_equal(hook.priority, 6);
    assert_null(hook.render);
    assert_null(hook.route);
    assert_int_equal(hook.fields.count, 0);
    assert_string_equal(point.name, "x.b");
    assert_int_equal(point.renders.count, 0);
    assert_int_equal(module->descriptor->sockets.count, 0);
    assert_int_equal(module->descriptor->verbs.count, 0);
    assert_null(module->descriptor->catch_up);
    end(&shop);
}

static void an_older_one_is_met_at_its_own_sizes(void **state)
{
    (void)state;
    for (int minor = 1; minor < C18N_ABI_MINOR; minor++)
        meet_one_of(minor);
}

#define VERBS                                                                                                          \
    TODAY "static int handle(c18n_request *rq, void *module) { return C18N_OK; }\n"                                    \
          "static const c18n_verb verbs[] = {%s};\n"                                                                   \
          "C18N_MODULE(x, \"1.2.3\", \"X\", \"\", .verbs = %s)"

/* What 0.3 brought is judged as the older tables are. */
static void tables_of_verbs_are_judged(void **state)
{
    (void)state;
    static const struct {
        const char *row, *table, *rule;
    } tries[] = {
        {"{\"k\", \"/s\", handle}", "C18N_ALL(verbs)", ""},
        {"{\"k\", \"/s\"}", "C18N_ALL(verbs)", "each row of its table verbs must have kind, sockets and handle"},
        {"{\"k\", \"/s\", handle}", "{verbs, 1, 8}",
         "its table verbs must have rows of at least ABI 0.3's size, 4,096 at most"},
    };
    const c18n_host host = host_of_today();
    for (size_t i = 0; i < LENGTH_OF(tries); i++) {
        struct workshop shop;
        char source[1024];
        snprintf(source, sizeof source, VERBS, tries[i].row, tries[i].table);
        try_on(&shop, &host, source);
        assert_int_equal(shop.code, *tries[i].rule ? 78 : 0);
        workshop_expect_words(workshop_why(&shop), tries[i].rule);
        end(&shop);
    }
}

/* Its descriptor and rows are longer than ours, and its note says more: what it needs is what counts. */
static void a_newer_one_that_needs_less_is_taken(void **state)
{
    (void)state;
    struct workshop shop;
    const c18n_host host = host_of_today();
    text_init(&said, NULL, 0);
    workshop_make(&shop);
    snprintf(shop.flags, sizeof shop.flags, "-fms-extensions"); /* structs that begin with another's members */
    workshop_build(&shop, "x",
                   TODAY "#undef C18N_ABI_MINOR\n#define C18N_ABI_MINOR 77\n"
                         "#undef C18N_MINOR_NEEDED\n#define C18N_MINOR_NEEDED 2\n"
                         "typedef struct { c18n_module; void (*newer)(void); } module_of_77;\n"
                         "#define c18n_module module_of_77\n"
                         "typedef struct { c18n_timer; int newer; } timer_of_77;\n"
                         "static int turn(c18n_request *rq, void *module) { return C18N_OK; }\n"
                         "static const timer_of_77 timers[] = {{\"a\", 10, turn, .newer = 1}, {\"b\", 20, turn}};\n"
                         "C18N_MODULE(x, \"1.2.3\", \"X\", \"newer_word: y.v1; provides: x.v1\",\n"
                         "            .timers = C18N_ALL(timers), .newer = (void (*)(void))turn)");
    workshop_ask(&shop, 10, "x", "");
    workshop_load_with(&shop, &host);
    assert_string_equal(workshop_why(&shop), "");
    const c18n_module *descriptor = workshop_find(&shop, "x")->descriptor;
    assert_int_equal(descriptor->minor_built, 77);
    assert_true(descriptor->size > sizeof *descriptor);
    c18n_timer timer;
    assert_int_equal(descriptor->timers.count, 2);
    loader_item(&descriptor->timers, 1, &timer, sizeof timer);
    assert_string_equal(timer.name, "b");
    assert_int_equal(loader_init(shop.loader, &shop.why), 0);
    end(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_of_today_is_refused_by_an_older_host),
        cmocka_unit_test(one_that_needs_less_runs_and_finds_out),
        cmocka_unit_test(an_older_one_is_met_at_its_own_sizes),
        cmocka_unit_test(a_newer_one_that_needs_less_is_taken),
        cmocka_unit_test(tables_of_verbs_are_judged),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
