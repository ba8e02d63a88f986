/* The modules' share of a reload: who is asked what, in which order, and what a no undoes. */
#include "workshop.h"

#include "loader/reload.h"

static struct text said; /* what modules log, and each call's name before it */

static void host_log(c18n_self *self, int level, const char *format, va_list values)
{
    char words[256];
    (void)level;
    vsnprintf(words, sizeof words, format, values);
    text_print(&said, "%s %s; ", self->id, words);
}

static const c18n_log_family log_family = {.family = {sizeof log_family, C18N_ABI_MINOR}, .line = host_log};
static c18n_host host;

#define SAYS(stage) "static void " stage "(c18n_self *s) { c18n_log(s, 0, \"" stage " %d\", LIMIT); }\n"
#define SOURCE                                                                                                         \
    "#include <c18n/module.h>\n"                                                                                       \
    "#define LIMIT (int)c18n_setting_integer(s, \"limit\")\n"                                                          \
    "static const c18n_setting settings[] = {{\"limit\", C18N_SETTING_INTEGER, C18N_SETTING_RELOADABLE, \"1\"}};\n"    \
    "static int check(c18n_self *s) { if (LIMIT == 66) c18n_complain(s, \"limit\", \"is unlucky\");\n"                 \
    "    c18n_log(s, 0, \"check %d\", LIMIT); return LIMIT == 66 ? C18N_INVALID : C18N_OK; }\n"                        \
    "static int prepare(c18n_self *s) { c18n_log(s, 0, \"prepare %d\", LIMIT);\n"                                      \
    "    return LIMIT == 77 ? C18N_IO : C18N_OK; }\n" SAYS("commit") SAYS("abort_")
#define STAGES                                                                                                         \
    ".check_config = check, .settings = C18N_ALL(settings), .reload_prepare = prepare, .reload_commit = commit, "      \
    ".reload_abort = abort_"

static void begin(struct workshop *shop)
{
    host = workshop_host(&log_family);
    workshop_make(shop);
    workshop_build(shop, "first", SOURCE "C18N_MODULE(first, \"1.0.0\", \"X\", \"provides: first.v1\", " STAGES ")");
    workshop_build(shop, "second", SOURCE "C18N_MODULE(second, \"1.0.0\", \"X\", \"needs: first.v1\", " STAGES ")");
    workshop_ask(shop, 10, "first", "limit = 5");
    workshop_ask(shop, 20, "second", "limit = 6");
    text_init(&said, NULL, 0);
    workshop_load_with(shop, &host);
    assert_int_equal(shop->code, 0);
    assert_int_equal(loader_init(shop->loader, &shop->why), 0);
    assert_int_equal(loader_start(shop->loader, &shop->why), 0);
    said.length = 0;
}

static void end(struct workshop *shop)
{
    loader_stop(shop->loader);
    workshop_end(shop);
    text_free(&said);
}

static void note_call(void *arg, const char *id, const char *stage)
{
    (void)arg;
    if (id)
        text_print(&said, "[%s of %s] ", stage, id);
}

/* As boot/reload.c does it. Its faults go to `ret_faults`. */
static bool reload(struct workshop *shop, struct text *ret_faults)
{
    struct loader_reload reload = {.at = note_call};
    struct text changed;
    struct conf *fresh = conf_new();
    text_init(&changed, NULL, 0);
    conf_read(fresh, shop->confs, NULL, 0);
    conf_propose(shop->conf, fresh);
    conf_try(shop->conf, true);
    bool fits = loader_reload_check(shop->loader, &reload) && conf_fault_count(shop->conf) == 0 &&
                loader_reload_prepare(shop->loader, &reload);
    if (!fits)
        loader_reload_abort(shop->loader, &reload);
    conf_try(shop->conf, false);
    if (fits) {
        conf_take(shop->conf, &changed);
        loader_reload_commit(shop->loader, &reload);
    } else {
        conf_give_up(shop->conf);
    }
    conf_faults(fresh, ret_faults);
    text_free(&changed);
    conf_free(fresh);
    return fits;
}

static void expect(struct workshop *shop, bool fits, const char *faults, const char *calls)
{
    struct text lines;
    text_init(&lines, NULL, 0);
    said.length = 0;
    assert_int_equal(reload(shop, &lines), fits);
    if (*faults)
        workshop_expect_words(text_end(&lines), faults);
    else
        assert_string_equal(text_end(&lines), "");
    assert_string_equal(text_end(&said), calls);
    text_free(&lines);
}

static void all_prepare_then_all_commit(void **state)
{
    (void)state;
    struct workshop shop;
    begin(&shop);
    workshop_ask(&shop, 10, "first", "limit = 7");
    expect(&shop, true, "",
           "[check_config of first] first check 7; [check_config of second] second check 6; "
           "[reload_prepare of first] first prepare 7; [reload_prepare of second] second prepare 6; "
           "[reload_commit of first] first commit 7; [reload_commit of second] second commit 6; ");
    end(&shop);
}

static void a_no_in_the_check_is_a_fault_with_its_line(void **state)
{
    (void)state;
    struct workshop shop;
    begin(&shop);
    workshop_ask(&shop, 10, "first", "limit = 66");
    expect(&shop, false, "conf.d/10-first.conf:2: limit: is unlucky\n",
           "[check_config of first] first check 66; [check_config of second] second check 6; ");
    assert_int_equal(conf_integer(workshop_find(&shop, "first")->settings, "limit"), 5);
    end(&shop);
}

/* Who has prepared aborts, who said no doesn't; an abort sees what was proposed, since it lets go of what that made. */
static void a_no_in_prepare_undoes_what_was_prepared(void **state)
{
    (void)state;
    struct workshop shop;
    begin(&shop);
    workshop_ask(&shop, 10, "first", "limit = 8");
    workshop_ask(&shop, 20, "second", "limit = 77");
    expect(&shop, false,
           "conf.d/20-second.conf:1: second: the module does not take these settings: its reload_prepare gave",
           "[check_config of first] first check 8; [check_config of second] second check 77; "
           "[reload_prepare of first] first prepare 8; [reload_prepare of second] second prepare 77; "
           "[reload_abort of first] first abort_ 8; ");
    assert_int_equal(conf_integer(workshop_find(&shop, "first")->settings, "limit"), 5);
    assert_int_equal(conf_integer(workshop_find(&shop, "second")->settings, "limit"), 6);
    end(&shop);
}

/* A module of 0.1 knows of no reload: it isn't asked, and none of its settings may change. */
static void a_module_of_an_older_minor_is_left_alone(void **state)
{
    (void)state;
    struct workshop shop;
    begin(&shop);
    for (size_t i = 0; i < shop.loader->count; i++)
        shop.loader->candidates[i].descriptor.minor_built = 1;
    expect(&shop, true, "", "");
    end(&shop);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_prepare_then_all_commit),
        cmocka_unit_test(a_no_in_the_check_is_a_fault_with_its_line),
        cmocka_unit_test(a_no_in_prepare_undoes_what_was_prepared),
        cmocka_unit_test(a_module_of_an_older_minor_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
