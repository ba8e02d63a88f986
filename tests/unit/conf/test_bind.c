/* How one section is judged by a table: types, ranges, units, choices, secrets, near names. */
#include "folder.h"

static const c18n_setting settings[] = {
    {.name = "count", .type = C18N_SETTING_INTEGER, .otherwise = "10", .min = 1, .max = 1024},
    {.name = "room",
     .type = C18N_SETTING_INTEGER,
     .otherwise = "1M",
     .min = 1024,
     .max = INT64_C(1) << 40,
     .unit = "bytes"},
    {.name = "wait", .type = C18N_SETTING_INTEGER, .otherwise = "7d", .unit = "seconds"},
    {.name = "on", .type = C18N_SETTING_BOOLEAN, .otherwise = "true"},
    {.name = "level", .type = C18N_SETTING_TEXT, .otherwise = "notice", .choices = "error warning notice"},
    {.name = "name", .type = C18N_SETTING_TEXT, .otherwise = "", .max = 5},
    {.name = "password",
     .type = C18N_SETTING_TEXT,
     .flags = C18N_SETTING_SECRET,
     .otherwise = "one",
     .choices = "one two"},
    {.name = "nets", .type = C18N_SETTING_LIST, .otherwise = "127.0.0.0/8, ::1", .max = 20},
};
static const c18n_table table = C18N_ALL(settings);

static const struct judged {
    const char *line, *fault; /* fault NULL: it is right */
} judged[] = {
    {"count = 1", NULL},
    {"count = 1024", NULL},
    {"count = \"12\"", NULL},
    {"count = 0", "count: \"0\" is out of range, 1 to 1024"},
    {"count = 1025", "count: \"1025\" is out of range, 1 to 1024"},
    {"count = 1K", "count: \"1K\" is not a whole number"},
    {"count = 1.5", "count: \"1.5\" is not a whole number"},
    {"count = \"\"", "count: \"\" is not a whole number"},
    {"count = 99999999999999999999", "count: \"99999999999999999999\" is not a whole number"},
    {"count = {1, 2}", "count: takes one value, not a list of 2"},
    {"count = {}", "count: takes one value, not a list of 0"},
    {"room = 64K", NULL},
    {"room = 1023", "room: \"1023\" is out of range, 1024 to 1099511627776"},
    {"room = 9h", "room: \"9h\" is not a whole number of bytes (4096, 64K, 1M, 2G)"},
    {"room = K", "room: \"K\" is not a whole number of bytes (4096, 64K, 1M, 2G)"},
    {"room = 9223372036854775807G",
     "room: \"9223372036854775807G\" is not a whole number of bytes (4096, 64K, 1M, 2G)"},
    {"wait = soon", "wait: \"soon\" is not a whole number of seconds (90, 15m, 12h, 7d)"},
    {"wait = 15m", NULL},
    {"on = no", NULL},
    {"on = maybe", "on: \"maybe\" is not true or false"},
    {"level = error", NULL},
    {"level = warnign", "level: \"warnign\" is none of: error warning notice, did you mean warning?"},
    {"name = \"äöüßé\"", NULL},
    {"name = \"sixsix\"", "name: has 6 characters, must have 0 to 5"},
    {"password = \"hunter2\"", "password: the value is none of: one two"},
    {"nets = 10.0.0.0/8", NULL},
    {"nets = {\"10.0.0.0/8\", \"\"}", "nets: item 2 is empty"},
    {"nets = {\"10.0.0.0/8\", \"0123456789012345678901\"}", "nets: has 22 characters, must have 0 to 20"},
    {"cuont = 1", "cuont: is no setting of box, did you mean count?"},
    {"enabeld = true", "enabeld: is no setting of box, did you mean enabled?"},
    {"zzzzzz = true", "zzzzzz: is no setting of box"},
    {"enabled = perhaps", "enabled: \"perhaps\" is not true or false"},
    {"optional = 2", "optional: \"2\" is not true or false"},
};

static void each_line_is_judged(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(judged); i++) {
        struct folder folder;
        char words[256], expected[256] = "";
        folder_make(&folder);
        snprintf(words, sizeof words, "# a comment\nbox {\n%s\n}\n", judged[i].line);
        if (judged[i].fault)
            snprintf(expected, sizeof expected, "DIR/10-box.conf:3: %s\n", judged[i].fault);
        folder_write(&folder, "10-box.conf", words);
        folder_read_with(&folder, NULL, 0);
        conf_bind(folder.conf, "box", &table);
        folder_expect(&folder, expected);
        folder_end(&folder);
    }
}

static void units_multiply(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-box.conf", "box { room = 3G\n on = off }\n");
    folder_read_with(&folder, NULL, 0);
    const struct conf_section *box = conf_bind(folder.conf, "box", &table);
    assert_true(conf_integer(box, "room") == INT64_C(3) << 30);
    assert_int_equal(conf_integer(box, "wait"), 7 * 86400);
    assert_false(conf_boolean(box, "on"));
    folder_end(&folder);
}

/* A wrong value never holds: what was right before it does. */
static void wrong_values_leave_the_earlier_one(void **state)
{
    (void)state;
    static const char *const sets[] = {"box.count=none"};
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-box.conf", "box { count = 20 }\n");
    folder_read_with(&folder, sets, COUNT(sets));
    assert_int_equal(conf_integer(conf_bind(folder.conf, "box", &table), "count"), 20);
    assert_int_equal(conf_fault_count(folder.conf), 1);
    folder_end(&folder);
}

static void unbound_sections_are_complained_of_once(void **state)
{
    (void)state;
    static const char *const known[] = {"users", "posts", "core"};
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-box.conf", "box { }\n");
    folder_write(&folder, "20-usrs.conf", "\nusrs { }\n");
    folder_write(&folder, "30-off.conf", "off { enabled = false }\n");
    folder_write(&folder, "40-extra.conf", "extra { optional = true }\n");
    folder_read_with(&folder, NULL, 0);
    conf_bind(folder.conf, "box", &table);
    conf_unbound(folder.conf, "/modules", known, COUNT(known));
    conf_unbound(folder.conf, "/modules", known, COUNT(known));
    folder_expect(&folder, "DIR/20-usrs.conf:2: usrs: there is no such module in /modules, did you mean users?\n");
    folder_end(&folder);
}

/* Tables are walked by their own stride: rows of an older or newer module are as good. */
static void tables_are_walked_by_stride(void **state)
{
    (void)state;
    struct {
        c18n_setting row;
        int newer[4];
    } longer[] = {{settings[0], {1, 2, 3, 4}}, {settings[3], {5, 6, 7, 8}}};
    struct {
        const char *name;
        uint32_t type, flags;
        const char *otherwise;
    } shorter[] = {{"a", C18N_SETTING_TEXT, 0, "x"}, {"b", C18N_SETTING_BOOLEAN, 0, "true"}};
    const c18n_table rows = C18N_ALL(shorter), long_rows = C18N_ALL(longer);
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-box.conf", "box { a = y }\n");
    folder_write(&folder, "20-newer.conf", "newer { count = 3\n on = off }\n");
    folder_read_with(&folder, NULL, 0);
    const struct conf_section *box = conf_bind(folder.conf, "box", &rows);
    const struct conf_section *newer = conf_bind(folder.conf, "newer", &long_rows);
    folder_expect(&folder, "");
    assert_string_equal(conf_text(box, "a"), "y");
    assert_int_equal(conf_integer(newer, "count"), 3);
    assert_false(conf_boolean(newer, "on"));
    assert_true(conf_boolean(box, "b"));
    folder_end(&folder);
}

static void wrong_defaults_are_the_modules_fault(void **state)
{
    (void)state;
    static const c18n_setting broken[] = {{.name = "n", .type = C18N_SETTING_INTEGER, .otherwise = "ten"},
                                          {.name = "m", .type = 77, .otherwise = ""}};
    const c18n_table rows = C18N_ALL(broken);
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-box.conf", "box { }\n");
    folder_read_with(&folder, NULL, 0);
    conf_bind(folder.conf, "box", &rows);
    folder_expect(
        &folder,
        "DIR/10-box.conf:1: n: the module's own default is wrong: \"ten\" is not a whole number\n"
        "DIR/10-box.conf:1: m: the module's own default is wrong: is of a type that this host doesn't know (77)\n");
    folder_end(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_line_is_judged),
        cmocka_unit_test(units_multiply),
        cmocka_unit_test(wrong_values_leave_the_earlier_one),
        cmocka_unit_test(unbound_sections_are_complained_of_once),
        cmocka_unit_test(tables_are_walked_by_stride),
        cmocka_unit_test(wrong_defaults_are_the_modules_fault),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
