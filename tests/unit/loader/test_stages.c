/* Loaded modules through their stages: order, state, services, settings, failures. */
#include "workshop.h"

#include <sys/wait.h>

static struct text said; /* what modules log, in order */

static void host_log(c18n_self *self, int level, const char *format, va_list values)
{
    char words[256];
    (void)level;
    vsnprintf(words, sizeof words, format, values);
    text_print(&said, "%s %s\n", self->id, words);
}

static const c18n_log_family log_family = {.family = {sizeof log_family, C18N_ABI_MINOR}, .line = host_log};

static c18n_host host;

static int make_host(void **state)
{
    (void)state;
    host = workshop_host(&log_family);
    return 0;
}

/* A module that says each of its stages. FAIL is the stage that fails. */
#define STAGES                                                                                                         \
    "#include <c18n/module.h>\n#include <unistd.h>\n"                                                                  \
    "static int start(c18n_self *s) { c18n_log(s, 0, \"start\"); return C18N_OK; }\n"                                  \
    "static void drain(c18n_self *s) { c18n_log(s, 0, \"drain\"); }\n"                                                 \
    "static void stop(c18n_self *s) { c18n_log(s, 0, \"stop\"); }\n"
#define PLAIN_INIT "static int init(c18n_self *s) { c18n_log(s, 0, \"init\"); return C18N_OK; }\n"
#define ALL_STAGES ".init = init, .start = start, .drain = drain, .stop = stop"

static void begin(struct workshop *shop)
{
    text_init(&said, NULL, 0);
    workshop_make(shop);
}

static void end(struct workshop *shop)
{
    workshop_end(shop);
    text_free(&said);
}

static void stages_go_in_order_and_back(void **state)
{
    (void)state;
    struct workshop shop;
    begin(&shop);
    workshop_build(&shop, "late",
                   STAGES PLAIN_INIT "C18N_MODULE(late, \"1.0.0\", \"X\", \"needs: early.v1\", " ALL_STAGES ")");
    workshop_build(&shop, "early",
                   STAGES PLAIN_INIT "C18N_MODULE(early, \"1.0.0\", \"X\", \"provides: early.v1\", " ALL_STAGES ")");
    workshop_ask(&shop, 10, "late", "");
    workshop_ask(&shop, 20, "early", "");
    workshop_load_with(&shop, &host);
    assert_string_equal(workshop_why(&shop), "");
    assert_int_equal(loader_init(shop.loader, &shop.why), 0);
    assert_int_equal(workshop_find(&shop, "late")->state, MODULE_READY);
    assert_int_equal(loader_start(shop.loader, &shop.why), 0);
    assert_int_equal(workshop_find(&shop, "late")->state, MODULE_STARTED);
    assert_string_equal(workshop_find(&shop, "late")->reason, "needs early.v1 (early)");
    assert_non_null(loader_service(shop.loader, "early.v1"));
    assert_null(loader_service(shop.loader, "late.v1"));
    loader_drain(shop.loader);
    loader_stop(shop.loader);
    loader_stop(shop.loader); /* once is enough */
    assert_string_equal(
        text_end(&said),
        "early init\nlate init\nearly start\nlate start\nlate drain\nearly drain\nlate stop\nearly stop\n");
    end(&shop);
}

static void state_services_and_settings(void **state)
{
    (void)state;
    struct workshop shop;
    begin(&shop);
    workshop_build(&shop, "adder",
                   "#include <c18n/module.h>\n"
                   "struct adder { int (*add)(c18n_self *, int); };\n"
                   "static int add(c18n_self *s, int n) { return *(int *)s->state += n; }\n"
                   "static const struct adder functions = { add };\n"
                   "static int init(c18n_self *s) {\n"
                   "  if ((size_t)s->state % 64 || ((char *)s->state)[99]) return C18N_ERROR;\n"
                   "  c18n_log(s, 0, \"other %d\", c18n_provide(s, \"other.v1\", &functions));\n"
                   "  c18n_log(s, 0, \"own %d\", c18n_provide(s, \"adder.v1\", &functions));\n"
                   "  c18n_log(s, 0, \"again %d\", c18n_provide(s, \"adder.v1\", &functions));\n"
                   "  return C18N_OK; }\n"
                   "static int start(c18n_self *s) { c18n_log(s, 0, \"late %d\", c18n_provide(s, \"adder.v1\", "
                   "&functions)); return 0; }\n"
                   "C18N_MODULE(adder, \"1.0.0\", \"X\", \"provides: adder.v1\", .state_size = 100, .init = init, "
                   ".start = start)");
    workshop_build(
        &shop, "user",
        "#include <c18n/module.h>\n"
        "struct adder { int (*add)(c18n_self *, int); };\n"
        "static const c18n_setting settings[] = { { .name = \"step\", .type = C18N_SETTING_INTEGER, .otherwise = \"1\" "
        "},"
        "  { .name = \"word\", .otherwise = \"w\" }, { .name = \"on\", .type = C18N_SETTING_BOOLEAN, .otherwise = "
        "\"true\" },"
        "  { .name = \"list\", .type = C18N_SETTING_LIST, .otherwise = \"a,b\" } };\n"
        "static int init(c18n_self *s) {\n"
        "  const c18n_service *adder = c18n_find_service(s, \"adder.v1\"); const char *const *items;\n"
        "  const struct adder *f = adder->functions;\n"
        "  f->add(adder->provider, (int)c18n_setting_integer(s, \"step\"));\n"
        "  c18n_log(s, 0, \"%d %s %d %d %s\", f->add(adder->provider, 1), c18n_setting_text(s, \"word\"),\n"
        "    c18n_setting_boolean(s, \"on\"), (int)c18n_setting_list(s, \"list\", &items), c18n_state_path(s));\n"
        "  return c18n_find_service(s, \"nobody.v1\") ? C18N_ERROR : C18N_OK; }\n"
        "C18N_MODULE(user, \"1.0.0\", \"X\", \"needs: adder.v1\", .settings = C18N_ALL(settings), .init = init)");
    workshop_ask(&shop, 0, "core", "state_dir = \"/var/lib/some\"");
    workshop_ask(&shop, 10, "user", "step = 41");
    workshop_ask(&shop, 20, "adder", "");
    workshop_load_with(&shop, &host);
    assert_int_equal(loader_init(shop.loader, &shop.why), 0);
    assert_int_equal(loader_start(shop.loader, &shop.why), 0);
    assert_string_equal(workshop_why(&shop), "");
    assert_string_equal(text_end(&said),
                        "adder other -3\nadder own 0\nadder again -15\nuser 42 w 1 2 /var/lib/some\nadder late -3\n");
    end(&shop);
}

static void wrong_settings_are_found_in_all_modules(void **state)
{
    (void)state;
    static const char source[] =
        "#include <c18n/module.h>\n"
        "static const c18n_setting settings[] = {{ .name = \"size\", .otherwise = \"\" }};\n"
        "static int check(c18n_self *s) { c18n_complain(s, \"size\", \"is odd\"); return C18N_INVALID; }\n"
        "C18N_MODULE(%s, \"1.0.0\", \"X\", \"\", .settings = C18N_ALL(settings), .check_config = check)";
    struct workshop shop;
    struct text faults;
    char words[1024];
    begin(&shop);
    for (size_t i = 0; i < 2; i++) {
        snprintf(words, sizeof words, source, i ? "two" : "one");
        workshop_build(&shop, i ? "two" : "one", words);
        workshop_ask(&shop, (int)i, i ? "two" : "one", "size = x\nsice = y");
    }
    workshop_load_with(&shop, &host);
    text_init(&faults, NULL, 0);
    conf_faults(shop.conf, &faults);
    workshop_expect_words(text_end(&faults), "/00-one.conf:2: size: is odd\n");
    workshop_expect_words(text_end(&faults), "/00-one.conf:3: sice: is no setting of one, did you mean size?\n");
    workshop_expect_words(text_end(&faults), "/01-two.conf:2: size: is odd\n");
    assert_int_equal(conf_fault_count(shop.conf), 4);
    text_free(&faults);
    end(&shop);
}

/* Fails when asked by the environment, so that it may be well in the rehearsal and fail in the server. */
#define MOODY_INIT                                                                                                     \
    "#include <stdlib.h>\n"                                                                                            \
    "static int init(c18n_self *s) { c18n_log(s, 0, \"init\"); return getenv(\"C18N_TEST_FAIL\") ? C18N_IO : 0; }\n"

static void failing_init_stops_the_start(void **state)
{
    (void)state;
    struct workshop shop;
    begin(&shop);
    workshop_build(&shop, "bad", STAGES MOODY_INIT "C18N_MODULE(bad, \"1.0.0\", \"X\", \"\", " ALL_STAGES ")");
    workshop_build(&shop, "good", STAGES PLAIN_INIT "C18N_MODULE(good, \"1.0.0\", \"X\", \"\", " ALL_STAGES ")");
    workshop_ask(&shop, 10, "bad", "");
    workshop_ask(&shop, 20, "good", "");
    workshop_load_with(&shop, &host);
    assert_int_equal(shop.code, 0);
    assert_int_equal(setenv("C18N_TEST_FAIL", "1", 1), 0);
    assert_int_equal(loader_init(shop.loader, &shop.why), 78);
    workshop_expect_words(workshop_why(&shop), "its stage init must succeed: it gave C18N_IO (-18)");
    loader_stop(shop.loader);
    assert_string_equal(text_end(&said), "bad init\nbad stop\n");
    workshop_unload(&shop);
    text_free(&said);
    text_init(&said, NULL, 0);
    workshop_load_with(&shop, &host); /* now it fails in the rehearsal */
    assert_int_equal(unsetenv("C18N_TEST_FAIL"), 0);
    assert_int_equal(shop.code, 78);
    workshop_expect_words(workshop_why(&shop), "its stage init must succeed: it gave C18N_IO (-18)");
    assert_string_equal(text_end(&said), ""); /* nothing of it has run here */
    end(&shop);
}

static void optional_ones_that_fail_are_left_out(void **state)
{
    (void)state;
    struct workshop shop;
    begin(&shop);
    workshop_build(&shop, "bad",
                   STAGES MOODY_INIT
                   "static int turn(c18n_request *rq, void *m) { return 0; }"
                   "static const c18n_timer timers[] = {{ \"t\", 10, turn }};"
                   "C18N_MODULE(bad, \"1.0.0\", \"X\", \"provides: bad.v1\", .timers = C18N_ALL(timers), " ALL_STAGES
                   ")");
    workshop_build(&shop, "needy",
                   STAGES PLAIN_INIT "C18N_MODULE(needy, \"1.0.0\", \"X\", \"needs: bad.v1\", " ALL_STAGES ")");
    workshop_build(&shop, "good", STAGES PLAIN_INIT "C18N_MODULE(good, \"1.0.0\", \"X\", \"\", " ALL_STAGES ")");
    workshop_ask(&shop, 10, "bad", "optional = true");
    workshop_ask(&shop, 20, "needy", "optional = true");
    workshop_ask(&shop, 30, "good", "");
    workshop_load_with(&shop, &host);
    assert_int_equal(setenv("C18N_TEST_FAIL", "1", 1), 0);
    assert_int_equal(loader_init(shop.loader, &shop.why), 0);
    assert_int_equal(unsetenv("C18N_TEST_FAIL"), 0);
    assert_int_equal(loader_start(shop.loader, &shop.why), 0);
    assert_int_equal(workshop_find(&shop, "bad")->state, MODULE_LEFT_OUT);
    assert_int_equal(workshop_find(&shop, "bad")->descriptor->timers.count, 0); /* nobody may run them */
    assert_string_equal(workshop_find(&shop, "needy")->detail, "bad.v1, which it needs, must have come up");
    assert_int_equal(workshop_find(&shop, "good")->state, MODULE_STARTED);
    loader_drain(shop.loader);
    loader_stop(shop.loader);
    assert_string_equal(text_end(&said), "bad init\ngood init\ngood start\ngood drain\ngood stop\nbad stop\n");
    end(&shop);
}

/* On request, such as in quarantine: only what is optional, and what nobody needs who is not. */
static void left_out_on_request(void **state)
{
    (void)state;
    static const struct {
        const char *asked, *lines, *needy_lines;
        bool is_out;
    } rows[] = {{"x", "optional = true", "optional = true", true},
                {"x", "optional = true", "", false},
                {"x", "", "optional = true", false},
                {"y", "optional = true", "optional = true", false},
                {"vital", "optional = true", "optional = true", false}};
    struct workshop shop;
    begin(&shop);
    workshop_build(&shop, "x", STAGES PLAIN_INIT "C18N_MODULE(x, \"1.0.0\", \"X\", \"provides: x.v1\")");
    workshop_build(&shop, "needy", STAGES PLAIN_INIT "C18N_MODULE(needy, \"1.0.0\", \"X\", \"needs: x.v1\")");
    workshop_build(&shop, "vital", STAGES PLAIN_INIT "C18N_MODULE(vital, \"1.0.0\", \"X\", \"provides: audit.v1\")");
    workshop_ask(&shop, 30, "vital", "optional = true");
    for (size_t i = 0; i < LENGTH_OF(rows); i++) {
        workshop_ask(&shop, 10, "x", rows[i].lines);
        workshop_ask(&shop, 20, "needy", rows[i].needy_lines);
        shop.leave_out = rows[i].asked;
        workshop_load_with(&shop, &host);
        assert_int_equal(shop.code, 0);
        assert_string_equal(workshop_why(&shop), "");
        assert_int_equal(workshop_find(&shop, "x")->state, rows[i].is_out ? MODULE_LEFT_OUT : MODULE_LOADED);
        assert_int_equal(workshop_find(&shop, "needy")->state, rows[i].is_out ? MODULE_LEFT_OUT : MODULE_LOADED);
        assert_int_equal(workshop_find(&shop, "vital")->state, MODULE_LOADED);
        assert_string_equal(workshop_find(&shop, "x")->detail, rows[i].is_out ? "left out for the test" : "");
        workshop_unload(&shop);
    }
    text_init(&shop.why, NULL, 0);
    end(&shop);
}

static void promised_functions_must_come(void **state)
{
    (void)state;
    struct workshop shop;
    begin(&shop);
    workshop_build(&shop, "empty",
                   "#include <c18n/module.h>\nC18N_MODULE(empty, \"1.0.0\", \"X\", \"provides: cache.v1\")");
    workshop_ask(&shop, 10, "empty", "");
    workshop_load_with(&shop, &host);
    assert_int_equal(shop.code, 78);
    workshop_expect_words(workshop_why(&shop), "its init must provide cache.v1, as its facts say");
    end(&shop);
}

/* One that hangs in the server itself ends the process; so the process is a child, and its words come by a pipe. */
static void hanging_stage_is_named(void **state)
{
    (void)state;
    struct workshop shop;
    int ends[2], status;
    char words[512] = "";
    begin(&shop);
    workshop_build(&shop, "slow",
                   "#include <c18n/module.h>\n#include <stdlib.h>\n#include <unistd.h>\n"
                   "static int init(c18n_self *s) { while (getenv(\"C18N_TEST_FAIL\")) sleep(1); return 0; }\n"
                   "C18N_MODULE(slow, \"1.0.0\", \"X\", \"\", .init = init)");
    workshop_ask(&shop, 10, "slow", "");
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        dup2(ends[1], STDERR_FILENO);
        workshop_load_with(&shop, &host);
        shop.loader->stage_ms = 300;
        setenv("C18N_TEST_FAIL", "1", 1);
        loader_init(shop.loader, &shop.why);
        _exit(0);
    }
    close(ends[1]);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(read(ends[0], words, sizeof words - 1) > 0);
    close(ends[0]);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 78);
    assert_string_equal(words, "slow: init did not return within 300 ms; the start stops\n");
    text_init(&shop.why, NULL, 0);
    end(&shop);
}

static void tables_are_walked_by_stride(void **state)
{
    (void)state;
    const struct {
        c18n_point point;
        int newer;
    } longer[] = {{{"one", "1"}, 1}, {{"two", "2"}, 2}};
    const struct {
        const char *name;
    } shorter[] = {{"one"}, {"two"}};
    const c18n_table long_table = C18N_ALL(longer), short_table = C18N_ALL(shorter);
    c18n_point point;
    loader_item(&long_table, 1, &point, sizeof point);
    assert_string_equal(point.help, "2");
    loader_item(&short_table, 1, &point, sizeof point);
    assert_string_equal(point.name, "two");
    assert_null(point.help);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stages_go_in_order_and_back),
        cmocka_unit_test(state_services_and_settings),
        cmocka_unit_test(wrong_settings_are_found_in_all_modules),
        cmocka_unit_test(failing_init_stops_the_start),
        cmocka_unit_test(optional_ones_that_fail_are_left_out),
        cmocka_unit_test(left_out_on_request),
        cmocka_unit_test(promised_functions_must_come),
        cmocka_unit_test(hanging_stage_is_named),
        cmocka_unit_test(tables_are_walked_by_stride),
    };
    return cmocka_run_group_tests(tests, make_host, NULL);
}
