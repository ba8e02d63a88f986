/* What is read from a folder: syntax, lines, order, overriding files, --set. */
#include "folder.h"

static const c18n_setting settings[] = {
    {.name = "color", .type = C18N_SETTING_TEXT, .otherwise = "red"},
    {.name = "names", .type = C18N_SETTING_LIST, .otherwise = "a, b"},
    {.name = "size", .type = C18N_SETTING_INTEGER, .otherwise = "5"},
};
static const c18n_table table = C18N_ALL(settings);

/* A file's text and the faults of reading it and binding section "paint". */
static void one_file(const char *words, const char *faults)
{
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-paint.conf", words);
    folder_read_with(&folder, NULL, 0);
    conf_bind(folder.conf, "paint", &table);
    folder_expect(&folder, faults);
    folder_end(&folder);
}

static void syntax_faults_name_their_line(void **state)
{
    (void)state;
    one_file("paint {\n  color = \n}\n", "DIR/10-paint.conf:3: unexpected token '}'\n");
    one_file("paint {\n  color \"red\"\n}\n", "DIR/10-paint.conf:2: missing equal sign after option 'color'\n");
    one_file("paint\n  color = red\n}\n", "DIR/10-paint.conf:2: missing opening brace for section 'paint'\n");
    one_file("paint { }\n}\n", "DIR/10-paint.conf:2: unexpected closing brace\n");
    one_file("paint {\n  size = 1 2\n}\n", "DIR/10-paint.conf:3: missing equal sign after option '2'\n");
    one_file("\npaint {\n  color = \"red\n}\n", "DIR/10-paint.conf:5: premature end of file\n");
    one_file("# two\n# lines\npaint {\n  size = 1\n",
             "DIR/10-paint.conf:3: the section that begins here never ends: } is missing\n");
    one_file("paint { names = {a, b c} }\n", "DIR/10-paint.conf:1: unexpected token 'c'\n");
    one_file("Paint { }\n", "DIR/10-paint.conf:1: Paint: is no name of a section: a-z, then a-z, 0-9 and _\n");
    one_file("paint { size = 1 }\n\xff", "DIR/10-paint.conf: is not UTF-8 text\n");
}

static void lines_are_right_in_spite_of_comments(void **state)
{
    (void)state;
    one_file("# one\n/* two\n three */ // four\npaint { # five\n\n  wrong = 1 # six\n  /* x */ color = \"# red // not "
             "/* comments */\"\n"
             "  bad = 2\n}\n",
             "DIR/10-paint.conf:6: wrong: is no setting of paint\n"
             "DIR/10-paint.conf:8: bad: is no setting of paint\n");
    one_file("paint {\n names = {\"a\n\",\n 'b\\\n'}\n wrong = 1 }\n",
             "DIR/10-paint.conf:6: wrong: is no setting of paint\n");
}

static void all_faults_come_at_once_in_order(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "20-b.conf", "b {\n  size = many\n  colour = blue\n}\n");
    folder_write(&folder, "10-a.conf", "a {\n  size = 1\n  size = 2\n}\na { }\n");
    folder_write(&folder, "30-c.conf", "c { size = }\n");
    folder_write(&folder, "40-a.conf", "a { size = 3 }\n");
    folder_write(&folder, "5-five.conf", "five { }\n");
    folder_write(&folder, "README.md", "not read {{{");
    folder_read_with(&folder, NULL, 0);
    conf_bind(folder.conf, "b", &table);
    conf_bind(folder.conf, "a", &table);
    folder_expect(&folder, "DIR/10-a.conf:3: size: is set twice, the first time in line 2\n"
                           "DIR/10-a.conf:5: a: stands already in DIR/10-a.conf:1\n"
                           "DIR/20-b.conf:2: size: \"many\" is not a whole number\n"
                           "DIR/20-b.conf:3: colour: is no setting of b, did you mean color?\n"
                           "DIR/30-c.conf:1: unexpected token '}'\n"
                           "DIR/40-a.conf:1: a: stands already in DIR/10-a.conf:1\n"
                           "DIR/5-five.conf: is not named NN-module.conf or NN-module.local.conf\n");
    folder_end(&folder);
}

static void values_are_read(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-paint.conf",
                 "paint {\n  color = \"dark \\\"red\\\"\"\n  names = {\"x\", y, 'z,z',}\n  size = 0\n}\n");
    folder_write(&folder, "20-plain.conf", "plain { names = {} }\n");
    folder_read_with(&folder, NULL, 0);
    const struct conf_section *paint = conf_bind(folder.conf, "paint", &table);
    const struct conf_section *plain = conf_bind(folder.conf, "plain", &table);
    const struct conf_section *absent = conf_bind(folder.conf, "absent", &table);
    folder_expect(&folder, "");
    const char *const *items;
    assert_string_equal(conf_text(paint, "color"), "dark \"red\"");
    assert_int_equal(conf_list(paint, "names", &items), 3);
    assert_string_equal(items[2], "z,z");
    assert_int_equal(conf_integer(paint, "size"), 0);
    assert_int_equal(conf_list(plain, "names", &items), 0);
    assert_int_equal(conf_list(absent, "names", &items), 2);
    assert_string_equal(items[1], "b");
    assert_string_equal(conf_origin(absent, "names"), "default");
    assert_non_null(strstr(conf_origin(paint, "names"), "/10-paint.conf:3"));
    folder_end(&folder);
}

static void sections_come_in_order_of_files(void **state)
{
    (void)state;
    static const char *const sets[] = {"off_by_set.enabled=false"};
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "30-last.conf", "last { optional = true }\n");
    folder_write(&folder, "10-first.conf", "first { }\n");
    folder_write(&folder, "20-off.conf", "off { enabled = false\n unknown = 1 }\n");
    folder_write(&folder, "25-off_by_set.conf", "off_by_set { }\n");
    folder_read_with(&folder, sets, COUNT(sets));
    const char *const *names;
    assert_int_equal(conf_sections(folder.conf, &names), 2);
    assert_string_equal(names[0], "first");
    assert_string_equal(names[1], "last");
    assert_true(conf_optional(folder.conf, "last"));
    assert_false(conf_optional(folder.conf, "first"));
    folder_expect(&folder, "");
    folder_end(&folder);
}

static void local_files_override(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-paint.conf", "paint {\n  color = red\n  size = 1\n}\n");
    folder_write(&folder, "10-paint.local.conf", "paint {\n  size = 2\n}\n");
    folder_write(&folder, "10-paint-x.txt", "");
    folder_write(&folder, "20-gone.local.conf", "gone { }\n");
    folder_write(&folder, "30-other.conf", "other { }\n");
    folder_write(&folder, "30-other.local.conf", "\npaint { size = 9 }\n");
    folder_read_with(&folder, NULL, 0);
    const struct conf_section *paint = conf_bind(folder.conf, "paint", &table);
    assert_int_equal(conf_integer(paint, "size"), 2);
    assert_string_equal(conf_text(paint, "color"), "red");
    assert_non_null(strstr(conf_origin(paint, "size"), "/10-paint.local.conf:2"));
    folder_expect(&folder,
                  "DIR/20-gone.local.conf: overrides DIR/20-gone.conf, which is not there: move this one away too, or "
                  "put that back\n"
                  "DIR/30-other.local.conf:2: paint: is not in DIR/30-other.conf, which this file overrides\n");
    folder_end(&folder);
}

static void sets_override_all(void **state)
{
    (void)state;
    static const char *const sets[] = {"paint.size=7", "paint.names=x, y ,z", "paint.color=a=b", "paint.size=8"};
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-paint.conf", "paint { size = 1 }\n");
    folder_write(&folder, "10-paint.local.conf", "paint { size = 2 }\n");
    folder_read_with(&folder, sets, COUNT(sets));
    const struct conf_section *paint = conf_bind(folder.conf, "paint", &table);
    const char *const *items;
    folder_expect(&folder, "");
    assert_int_equal(conf_integer(paint, "size"), 8);
    assert_string_equal(conf_text(paint, "color"), "a=b");
    assert_int_equal(conf_list(paint, "names", &items), 3);
    assert_string_equal(items[1], "y");
    assert_string_equal(conf_origin(paint, "size"), "--set");
    folder_end(&folder);
}

static void wrong_sets_are_named(void **state)
{
    (void)state;
    static const char *const sets[] = {"paint.sise=7", "pant.size=1",     "size=1",
                                       "paint.size",   "paint.size=many", ".x=1"};
    struct folder folder;
    folder_make(&folder);
    folder_write(&folder, "10-paint.conf", "paint { size = x }\n");
    folder_read_with(&folder, sets, COUNT(sets));
    conf_bind(folder.conf, "paint", &table);
    conf_complain(folder.conf, "paint", "size", "is odd");
    conf_complain(folder.conf, "paint", "color", "is dull");
    conf_complain(folder.conf, "paint", NULL, "has no brush");
    struct text expected;
    text_init(&expected, NULL, 0);
    text_print(&expected, "DIR/10-paint.conf:1: size: \"x\" is not a whole number\n"
                          "DIR/10-paint.conf:1: paint.color: is dull\n"
                          "DIR/10-paint.conf:1: paint: has no brush\n"
                          "--set pant.size: DIR has no section pant, did you mean paint?\n"
                          "--set size: is not of the form section.key=value\n"
                          "--set paint.size: is not of the form section.key=value\n"
                          "--set .x: is not of the form section.key=value\n"
                          "--set paint.size: \"many\" is not a whole number\n"
                          "--set paint.sise: is no setting of paint, did you mean size?\n"
                          "--set paint.size: is odd\n");
    folder_expect(&folder, text_end(&expected));
    text_free(&expected);
    folder_end(&folder);
}

static void folders_that_give_nothing(void **state)
{
    (void)state;
    struct folder folder;
    folder_make(&folder);
    folder_read_with(&folder, NULL, 0);
    folder_expect(&folder, "DIR: has no file NN-module.conf\n");
    folder_end(&folder);
    struct conf *conf = conf_new();
    struct text lines;
    text_init(&lines, NULL, 0);
    conf_read(conf, "/nowhere/at/all", NULL, 0);
    conf_faults(conf, &lines);
    assert_string_equal(text_end(&lines), "/nowhere/at/all: can't be read: No such file or directory\n");
    text_free(&lines);
    conf_free(conf);
}

/* Whatever the bytes are, reading ends and says something or nothing; the sanitizers watch. */
static void torn_files_never_crash(void **state)
{
    (void)state;
    static const char whole[] =
        "# c\npaint {\n color = \"a\\\"${HOME}b\" /* x */\n names = {'q\\'', b, ${X:-y}}\n size += 3 // d\n}\n";
    for (size_t length = 0; length + 1 < sizeof whole; length++) {
        for (size_t replaced = 0; replaced < 3; replaced++) {
            char words[sizeof whole];
            memcpy(words, whole, sizeof whole);
            words[length] = "\0}\""[replaced];
            struct folder folder;
            folder_make(&folder);
            folder_write(&folder, "10-paint.conf", words);
            folder_read_with(&folder, NULL, 0);
            conf_bind(folder.conf, "paint", &table);
            folder_end(&folder);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(syntax_faults_name_their_line),
        cmocka_unit_test(lines_are_right_in_spite_of_comments),
        cmocka_unit_test(all_faults_come_at_once_in_order),
        cmocka_unit_test(values_are_read),
        cmocka_unit_test(sections_come_in_order_of_files),
        cmocka_unit_test(local_files_override),
        cmocka_unit_test(sets_override_all),
        cmocka_unit_test(wrong_sets_are_named),
        cmocka_unit_test(folders_that_give_nothing),
        cmocka_unit_test(torn_files_never_crash),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
