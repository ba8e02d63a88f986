/* The files of conf.d that belong to the core hold every setting, at its default. */
#include "folder.h"

/* This file is tests/unit/conf/test_shipped.c of the tree. */
static void shipped_folder(char *ret_path, size_t room)
{
    static const char self[] = "tests/unit/conf/test_shipped.c";
    size_t length = strlen(__FILE__) - strlen(self);
    assert_string_equal(&__FILE__[length], self);
    snprintf(ret_path, room, "%.*sconf.d", (int)length, __FILE__);
}

static void same_setting(const struct conf_section *shipped, const struct conf_section *bare,
                         const c18n_setting *setting)
{
    const char *const *shipped_items, *const *bare_items;
    size_t count;
    assert_string_not_equal(conf_origin(shipped, setting->name), "default"); /* it stands in the file */
    switch (setting->type) {
    case C18N_SETTING_TEXT:
        assert_string_equal(conf_text(shipped, setting->name), conf_text(bare, setting->name));
        break;
    case C18N_SETTING_INTEGER:
        assert_int_equal(conf_integer(shipped, setting->name), conf_integer(bare, setting->name));
        break;
    case C18N_SETTING_BOOLEAN:
        assert_int_equal(conf_boolean(shipped, setting->name), conf_boolean(bare, setting->name));
        break;
    default:
        count = conf_list(shipped, setting->name, &shipped_items);
        assert_int_equal(count, conf_list(bare, setting->name, &bare_items));
        for (size_t i = 0; i < count; i++)
            assert_string_equal(shipped_items[i], bare_items[i]);
    }
}

static void shipped_files_hold_the_defaults(void **state)
{
    (void)state;
    const struct {
        const char *section;
        const c18n_table *table;
    } sections[] = {{"core", &conf_core_settings}, {"auth", &conf_auth_settings}};
    char path[1024];
    shipped_folder(path, sizeof path);
    struct conf *shipped = conf_new(), *bare = conf_new();
    struct text faults;
    conf_read(shipped, path, NULL, 0);
    for (size_t i = 0; i < COUNT(sections); i++) {
        const struct conf_section *with = conf_bind(shipped, sections[i].section, sections[i].table);
        const struct conf_section *without = conf_bind(bare, sections[i].section, sections[i].table);
        const c18n_setting *settings = sections[i].table->at;
        for (size_t j = 0; j < sections[i].table->count; j++)
            same_setting(with, without, &settings[j]);
    }
    text_init(&faults, NULL, 0);
    conf_faults(shipped, &faults);
    assert_string_equal(text_end(&faults), "");
    text_free(&faults);
    conf_free(shipped);
    conf_free(bare);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(shipped_files_hold_the_defaults)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
