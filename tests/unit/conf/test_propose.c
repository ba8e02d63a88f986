/* A reload as conf sees it: what may change, what is seen by whom and when, and that it costs no memory for ever. */
#include "folder.h"

#include "conf/store.h"

#include <pthread.h>

static const c18n_setting settings[] = {
    {.name = "size",
     .type = C18N_SETTING_INTEGER,
     .flags = C18N_SETTING_RELOADABLE,
     .otherwise = "1M",
     .min = 1,
     .max = 1 << 30,
     .unit = "bytes"},
    {.name = "name", .type = C18N_SETTING_TEXT, .flags = C18N_SETTING_RELOADABLE, .otherwise = "old"},
    {.name = "nets", .type = C18N_SETTING_LIST, .flags = C18N_SETTING_RELOADABLE, .otherwise = "a, b"},
    {.name = "door", .type = C18N_SETTING_INTEGER, .otherwise = "80"},
};
static const c18n_table table = C18N_ALL(settings);
static struct conf_section *box;

static void begin(struct folder *folder, const char *words)
{
    folder_make(folder);
    folder_write(folder, "10-box.conf", words);
    folder_write(folder, "20-hat.conf", "hat { }\n");
    folder_write(folder, "30-off.conf", "off {\n enabled = false\n}\n");
    folder_read_with(folder, NULL, 0);
    box = conf_bind(folder->conf, "box", &table);
    conf_bind(folder->conf, "hat", &table);
    assert_int_equal(conf_fault_count(folder->conf), 0);
}

/* The folder as `fresh`, whose conf is the one that is read anew. */
static struct folder propose(const struct folder *folder)
{
    struct folder fresh = *folder;
    folder_read_with(&fresh, NULL, 0);
    conf_propose(folder->conf, fresh.conf);
    return fresh;
}

static void expect_faults(const struct folder *folder, const char *expected)
{
    struct folder fresh = propose(folder);
    folder_expect(&fresh, expected);
    conf_give_up(folder->conf);
    conf_free(fresh.conf);
}

static void only_who_tries_sees_what_is_proposed(void **state)
{
    (void)state;
    struct folder folder;
    const char *const *items;
    begin(&folder, "box { }\n");
    const char *before = conf_text(box, "name");
    folder_write(&folder, "10-box.conf", "box {\n\n size = 2M\n name = new\n nets = {c}\n}\n");
    struct folder fresh = propose(&folder);
    folder_expect(&fresh, "");
    assert_int_equal(conf_integer(box, "size"), 1 << 20);
    conf_try(folder.conf, true);
    assert_int_equal(conf_integer(box, "size"), 2 << 20);
    assert_string_equal(conf_text(box, "name"), "new");
    assert_int_equal(conf_list(box, "nets", &items), 1);
    conf_try(folder.conf, false);
    assert_string_equal(conf_text(box, "name"), "old");
    struct text changed;
    text_init(&changed, NULL, 0);
    assert_int_equal(conf_take(folder.conf, &changed), 3);
    assert_string_equal(text_end(&changed), "box.size, box.name, box.nets");
    text_free(&changed);
    conf_free(fresh.conf); /* nothing of it is in use any more */
    assert_string_equal(conf_text(box, "name"), "new");
    assert_int_equal(conf_list(box, "nets", &items), 1);
    assert_string_equal(items[0], "c");
    assert_non_null(strstr(conf_origin(box, "size"), "10-box.conf:3"));
    assert_string_equal(before, "old"); /* what was given out stays */
    folder_end(&folder);
}

static void what_is_given_up_has_changed_nothing(void **state)
{
    (void)state;
    struct folder folder;
    begin(&folder, "box { name = one }\n");
    folder_write(&folder, "10-box.conf", "box { name = two }\n");
    struct folder fresh = propose(&folder);
    conf_try(folder.conf, true);
    conf_complain(folder.conf, "box", "name", "is too loud"); /* of a module that is asked */
    assert_int_equal(conf_fault_count(folder.conf), 1);
    conf_try(folder.conf, false);
    assert_int_equal(conf_fault_count(folder.conf), 0);
    folder_expect(&fresh, "DIR/10-box.conf:1: name: is too loud\n");
    conf_give_up(folder.conf);
    conf_free(fresh.conf);
    conf_try(folder.conf, true);
    assert_string_equal(conf_text(box, "name"), "one");
    conf_try(folder.conf, false);
    assert_non_null(strstr(conf_origin(box, "name"), "10-box.conf:1"));
    folder_end(&folder);
}

#define NEVER "while the server runs; restart it\n"

static const struct {
    const char *file, *words; /* words NULL: it is taken away */
    const char *faults;
} wrongs[] = {
    {"10-box.conf", "box {\n door = 81\n}\n", "DIR/10-box.conf:2: door: can't change " NEVER},
    {"10-box.conf", "box {\n name = x\n size = big\n door = 81\n}\n",
     "DIR/10-box.conf:3: size: \"big\" is not a whole number of bytes (4096, 64K, 1M, 2G)\n"
     "DIR/10-box.conf:4: door: can't change " NEVER},
    {"10-box.conf", "box {\n name = x\n}\n", "DIR/10-box.conf:1: box.door: can't change " NEVER}, /* its line is gone */
    {"10-box.conf", "box {\n door = 79\n nam = x\n}\n",
     "DIR/10-box.conf:3: nam: is no setting of box, did you mean name?\n"},
    {"10-box.conf", "box {\n door = 79\n name = x",
     "DIR/10-box.conf:1: the section that begins here never ends: } is missing\n"},
    {"10-box.conf", NULL, "DIR: box: a module can't be removed or disabled " NEVER},
    {"20-hat.conf", "hat {\n enabled = false\n}\n",
     "DIR/20-hat.conf:2: enabled: a module can't be removed or disabled " NEVER},
    {"30-off.conf", "off {\n enabled = true\n}\n",
     "DIR/30-off.conf:2: enabled: a module can't be added or enabled " NEVER},
    {"40-new.conf", "\nnew {\n}\n", "DIR/40-new.conf:2: new: a module can't be added or enabled " NEVER},
    {"20-hat.conf", "hat {\n optional = true\n}\n",
     "DIR/20-hat.conf:2: optional: a module can't become optional, or needed, " NEVER},
    {"30-off.conf", NULL, ""},                                      /* it was off, and is */
    {"10-box.conf", "box {\n name = new\n door = \"79\"\n}\n", ""}, /* the same, written otherwise */
};

static void what_cant_change_is_named_with_its_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(wrongs); i++) {
        struct folder folder;
        char path[256];
        begin(&folder, "box { door = 79 }\n");
        if (wrongs[i].words) {
            folder_write(&folder, wrongs[i].file, wrongs[i].words);
        } else {
            snprintf(path, sizeof path, "%s/%s", folder.path, wrongs[i].file);
            assert_int_equal(unlink(path), 0);
        }
        expect_faults(&folder, wrongs[i].faults);
        assert_string_equal(conf_text(box, "name"), "old");
        folder_end(&folder);
    }
}

static void a_section_of_an_owner_who_knows_of_no_reload_is_fixed(void **state)
{
    (void)state;
    struct folder folder;
    begin(&folder, "box { }\n");
    assert_true(conf_reloadable(box, "name"));
    assert_false(conf_reloadable(box, "door"));
    conf_fix(box);
    assert_false(conf_reloadable(box, "name"));
    folder_write(&folder, "10-box.conf", "box {\n name = new\n}\n");
    expect_faults(&folder, "DIR/10-box.conf:2: name: can't change " NEVER);
    folder_end(&folder);
}

/* --- a thousand reloads while threads read --- */

enum { RELOADS = 1000, READERS = 3, VALUES = 4 };
static atomic_bool over;

static void *read_on(void *arg)
{
    const char *const *items;
    size_t *ret_wrong = arg;
    while (!atomic_load(&over)) {
        size_t count = conf_list(box, "nets", &items);
        const char *name = conf_text(box, "name");
        bool known = strcmp(name, "old") == 0 || strncmp(name, "name", 4) == 0;
        *ret_wrong += !known || count < 1 || count > 2 || strlen(items[count - 1]) < 1 || !*conf_origin(box, "size");
        *ret_wrong += conf_integer(box, "size") < 1;
    }
    return NULL;
}

static void reload_once(struct folder *folder, int number)
{
    char words[128];
    snprintf(words, sizeof words, "box {\n%.*s size = %d\n name = name%d\n nets = {net%d, b}\n}\n", number % VALUES,
             "\n\n\n\n", number % VALUES + 1, number % VALUES, number % VALUES);
    folder_write(folder, "10-box.conf", words);
    struct folder fresh = propose(folder);
    struct text changed;
    text_init(&changed, NULL, 0);
    assert_int_equal(conf_fault_count(fresh.conf), 0);
    assert_true(conf_take(folder->conf, &changed) > 0);
    text_free(&changed);
    conf_free(fresh.conf);
}

static void reloads_cost_memory_by_the_number_of_values(void **state)
{
    (void)state;
    struct folder folder;
    pthread_t readers[READERS];
    size_t wrong[READERS] = {0}, used = 0;
    begin(&folder, "box { }\n");
    atomic_store(&over, false);
    for (int i = 0; i < READERS; i++)
        assert_int_equal(pthread_create(&readers[i], NULL, read_on, &wrong[i]), 0);
    for (int i = 0; i < RELOADS; i++) {
        reload_once(&folder, i);
        if (i == 2 * VALUES)
            used = arena_used(folder.conf->arena);
    }
    assert_int_equal(arena_used(folder.conf->arena), used);
    atomic_store(&over, true);
    for (int i = 0; i < READERS; i++) {
        pthread_join(readers[i], NULL);
        assert_int_equal(wrong[i], 0);
    }
    folder_end(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_who_tries_sees_what_is_proposed),
        cmocka_unit_test(what_is_given_up_has_changed_nothing),
        cmocka_unit_test(what_cant_change_is_named_with_its_line),
        cmocka_unit_test(a_section_of_an_owner_who_knows_of_no_reload_is_fixed),
        cmocka_unit_test(reloads_cost_memory_by_the_number_of_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
