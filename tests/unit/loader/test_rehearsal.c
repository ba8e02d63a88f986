/* What crashes, hangs, exits or fails in check_config and init does so in a child: it is refused, the rest goes on. */
#include "workshop.h"

#include "base/log.h"

#include <sys/wait.h>

static void host_log(c18n_self *self, int level, const char *format, va_list values)
{
    log_vline(level, self->id, format, values);
}

static const c18n_log_family log_family = {.family = {sizeof log_family, C18N_ABI_MINOR}, .line = host_log};
static c18n_host host;
static int entered; /* in this process */

static int make_host(void **state)
{
    (void)state;
    host = workshop_host(&log_family);
    return 0;
}

#define HEAD                                                                                                           \
    "#include <c18n/module.h>\n#include <assert.h>\n#include <signal.h>\n#include <stdio.h>\n#include <stdlib.h>\n"    \
    "#include <unistd.h>\n"
#define STAGE(lines) HEAD "static int stage(c18n_self *self) {" lines " return C18N_OK; }\n"

/* What a stage may do that no module should, and what is said of it. */
static const struct bad {
    const char *source, *words;
} bads[] = {
    {STAGE("*(volatile int *)8 = 1;"), "must not crash: Segmentation fault"},
    {STAGE("assert(self == 0);"), "must not crash: Aborted; the last that it wrote: "},
    {STAGE("for (;;) sleep(1);"), "must end: it still ran after 500 ms"},
    {STAGE("exit(0);"), "must not end the process: it exited with 0"},
    {STAGE("puts(\"bye\"); fflush(stdout); _exit(7);"),
     "must not end the process: it exited with 7; the last that it wrote: bye"},
    {STAGE("for (int fd = 3; fd < 64; fd++) close(fd); for (;;) sleep(1);"), "must end: it still ran after 500 ms"},
    {STAGE("if (fork() == 0) { sleep(1); _exit(0); } raise(SIGILL);"), "must not crash: Illegal instruction"},
    {STAGE("static char many[1 << 20]; for (;;) if (fwrite(many, sizeof many, 1, stderr) != 1) _exit(3);"),
     "must not end the process: it exited with 3"},
};

static void load(struct workshop *shop, const char *lines)
{
    workshop_ask(shop, 10, "bad", lines);
    workshop_load_with(shop, &host);
}

static void expect_bad(struct workshop *shop, const char *rule)
{
    load(shop, "");
    assert_int_equal(shop->code, 78);
    workshop_expect_words(workshop_why(shop), rule);
    assert_int_equal(workshop_find(shop, "good")->state, MODULE_LOADED);
    workshop_unload(shop);
    load(shop, "optional = true");
    assert_int_equal(shop->code, 0);
    assert_string_equal(workshop_why(shop), "");
    assert_int_equal(workshop_find(shop, "bad")->state, MODULE_LEFT_OUT);
    workshop_expect_words(workshop_find(shop, "bad")->detail, rule);
    assert_int_equal(loader_init(shop->loader, &shop->why), 0); /* of the rest; the bad one isn't called */
    assert_int_equal(workshop_find(shop, "good")->state, MODULE_READY);
}

/* A folder of its own for each: what was opened once stays in this process under its path. */
static void try_bad(const struct bad *bad, const char *stage)
{
    struct workshop shop;
    char source[4096], rule[512];
    workshop_make(&shop);
    snprintf(source, sizeof source, "%sC18N_MODULE(bad, \"1.0.0\", \"X\", \"provides: bad.v1\", .%s = stage)",
             bad->source, stage);
    snprintf(rule, sizeof rule, "its stage %s %s", stage, bad->words);
    workshop_build(&shop, "bad", source);
    workshop_build(&shop, "good", STAGE("") "C18N_MODULE(good, \"1.0.0\", \"X\", \"\", .init = stage)");
    workshop_ask(&shop, 20, "good", "");
    if (strstr(bad->words, "500 ms"))
        shop.stage_ms = 500;
    expect_bad(&shop, rule);
    workshop_end(&shop);
}

static void bad_stages_are_refused_and_the_rest_goes_on(void **state)
{
    (void)state;
    for (size_t i = 0; i < LENGTH_OF(bads); i++) {
        try_bad(&bads[i], "init");
        try_bad(&bads[i], "check_config");
    }
}

/* Each of several is found, by one rehearsal after another, and what needs one goes with it. */
static void all_bad_ones_are_found(void **state)
{
    (void)state;
    struct workshop shop;
    workshop_make(&shop);
    workshop_build(&shop, "a", STAGE("abort();") "C18N_MODULE(a, \"1.0.0\", \"X\", \"provides: a.v1\", .init = stage)");
    workshop_build(&shop, "b", HEAD "C18N_MODULE(b, \"1.0.0\", \"X\", \"provides: cache.v1\")");
    workshop_build(&shop, "c",
                   STAGE("c18n_log(self, C18N_LOG_ERROR, \"no luck\"); return C18N_INVALID;") "C18N_MODULE(c, "
                                                                                              "\"1.0.0\", \"X\", "
                                                                                              "\"\", .init = stage)");
    workshop_build(&shop, "d", HEAD "C18N_MODULE(d, \"1.0.0\", \"X\", \"needs: a.v1\")");
    for (int i = 0; i < 4; i++)
        workshop_ask(&shop, i, (const char *[]){"a", "b", "c", "d"}[i], "");
    workshop_load_with(&shop, &host);
    assert_int_equal(shop.code, 78);
    workshop_expect_words(workshop_why(&shop), "a.so: refused");
    workshop_expect_words(workshop_why(&shop), "its stage init must not crash: Aborted\n");
    workshop_expect_words(workshop_why(&shop), "its init must provide cache.v1, as its facts say\n");
    workshop_expect_words(workshop_why(&shop), "its stage init must succeed: it gave C18N_INVALID (-3); the last that "
                                               "it wrote: ");
    workshop_expect_words(workshop_why(&shop), "no luck\n");
    workshop_expect_words(workshop_why(&shop), "a, which provides a.v1 but can't be loaded itself");
    workshop_end(&shop);
}

static void enter(void *arg)
{
    entered++;
    snprintf(arg, 64, "entered");
}

/* Nothing that a rehearsal does is seen here: no state, no service, no output, no fault. */
static void a_rehearsal_leaves_no_trace(void **state)
{
    (void)state;
    struct workshop shop;
    char note[64] = "", where[128];
    workshop_make(&shop);
    workshop_build(&shop, "x",
                   HEAD "static int init(c18n_self *self) {\n"
                        "    printf(\"said\"); fprintf(stderr, \"said\"); c18n_log(self, C18N_LOG_ERROR, \"said\");\n"
                        "    int *count = self->state;\n"
                        "    if (++*count != 1) abort();\n"
                        "    return c18n_provide(self, \"x.v1\", self); }\n"
                        "static int check(c18n_self *self) { ((int *)self->state)[1]++; return C18N_OK; }\n"
                        "C18N_MODULE(x, \"1.0.0\", \"X\", \"provides: x.v1\", .state_size = 8, .init = init, "
                        ".check_config = check)");
    workshop_ask(&shop, 10, "x", "");
    snprintf(where, sizeof where, "%s/printed", shop.path);
    FILE *printed = fopen(where, "w+");
    int before = dup(STDERR_FILENO);
    shop.enter = enter;
    shop.enter_arg = note;
    fflush(NULL);
    dup2(fileno(printed), STDERR_FILENO);
    workshop_load_with(&shop, &host);
    dup2(before, STDERR_FILENO);
    close(before);
    assert_int_equal(lseek(fileno(printed), 0, SEEK_END), 0);
    fclose(printed);
    assert_int_equal(shop.code, 0);
    assert_int_equal(entered, 0);
    assert_string_equal(note, "");
    assert_null(loader_service(shop.loader, "x.v1"));
    assert_int_equal(workshop_find(&shop, "x")->state, MODULE_LOADED);
    assert_int_equal(((int *)workshop_find(&shop, "x")->self.state)[0], 0);
    assert_int_equal(((int *)workshop_find(&shop, "x")->self.state)[1], 1); /* the real check_config */
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);                       /* no child is left */
    workshop_end(&shop);
}

/* With wrong settings no init is called, also not in the rehearsal: check_config guards it. */
static void init_is_not_rehearsed_with_wrong_settings(void **state)
{
    (void)state;
    struct workshop shop;
    workshop_make(&shop);
    workshop_build(&shop, "x",
                   HEAD "static const c18n_setting settings[] = {{ \"size\", .otherwise = \"1\" }};\n"
                        "static int check(c18n_self *self) { c18n_complain(self, \"size\", \"is odd\"); return -3; }\n"
                        "static int init(c18n_self *self) { abort(); }\n"
                        "C18N_MODULE(x, \"1.0.0\", \"X\", \"\", .settings = C18N_ALL(settings), .check_config = check,"
                        " .init = init)");
    workshop_ask(&shop, 10, "x", "size = 3");
    workshop_load_with(&shop, &host);
    assert_int_equal(shop.code, 0);
    assert_int_equal(conf_fault_count(shop.conf), 1); /* told once */
    workshop_end(&shop);
}

/* The host's part of a rehearsal runs in the child. */
static void die(void *arg)
{
    (void)arg;
    abort();
}

static void what_the_host_prepares_is_in_the_child(void **state)
{
    (void)state;
    struct workshop shop;
    workshop_make(&shop);
    workshop_build(&shop, "x", HEAD "C18N_MODULE(x, \"1.0.0\", \"X\", \"\")");
    workshop_ask(&shop, 10, "x", "");
    shop.enter = die;
    workshop_load_with(&shop, &host);
    assert_int_equal(shop.code, 78); /* and this process lives */
    workshop_end(&shop);
}

static void a_host_may_do_without(void **state)
{
    (void)state;
    struct workshop shop;
    workshop_make(&shop);
    workshop_build(&shop, "x", STAGE("return C18N_IO;") "C18N_MODULE(x, \"1.0.0\", \"X\", \"\", .init = stage)");
    workshop_ask(&shop, 10, "x", "");
    shop.enter = die;
    shop.unrehearsed = true;
    workshop_load_with(&shop, &host);
    assert_int_equal(shop.code, 0);
    assert_int_equal(loader_init(shop.loader, &shop.why), 78);
    workshop_end(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(bad_stages_are_refused_and_the_rest_goes_on),
        cmocka_unit_test(all_bad_ones_are_found),
        cmocka_unit_test(a_rehearsal_leaves_no_trace),
        cmocka_unit_test(init_is_not_rehearsed_with_wrong_settings),
        cmocka_unit_test(what_the_host_prepares_is_in_the_child),
        cmocka_unit_test(a_host_may_do_without),
    };
    return cmocka_run_group_tests(tests, make_host, NULL);
}
