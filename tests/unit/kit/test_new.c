/* Tests of core/kit/kit_new.c: what a module may be called; the template is copied whole or not at all. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/exits.h"
#include "base/platform.h"
#include "c18n/abi.h"
#include "kit/kit.h"
#include "kit/kit_new.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* A template of two files, one of them in a folder, and an empty folder `made` for what is made of it. */
struct place {
    char top[64], source[96], made[96];
    struct text say, why;
};

static const char *in(const char *folder, const char *name)
{
    static char path[512];
    snprintf(path, sizeof path, "%s/%s", folder, name);
    return path;
}

static void put(const char *folder, const char *name, const char *words)
{
    assert_int_equal(platform_replace_file(in(folder, name), words, strlen(words), 0600), C18N_OK);
}

static void assert_holds(const char *folder, const char *name, const char *words)
{
    char *bytes;
    size_t length;
    assert_int_equal(platform_read_file(in(folder, name), 1000, &bytes, &length), C18N_OK);
    assert_string_equal(bytes, words);
    free(bytes);
}

static bool is_there(const char *folder, const char *name)
{
    struct stat status;
    return lstat(in(folder, name), &status) == 0;
}

static int setup(void **state)
{
    struct place *place = calloc(1, sizeof *place);
    assert_non_null(place);
    snprintf(place->top, sizeof place->top, "/tmp/c18n-kit-XXXXXX");
    assert_non_null(mkdtemp(place->top));
    snprintf(place->source, sizeof place->source, "%s/template", place->top);
    snprintf(place->made, sizeof place->made, "%s/made", place->top);
    assert_int_equal(mkdir(place->source, 0700), 0);
    assert_int_equal(mkdir(place->made, 0700), 0);
    assert_int_equal(mkdir(in(place->source, "tests"), 0700), 0);
    put(place->source, "NAME.c", "C18N_MODULE(NAME, \"NAMENAME\") NAM E");
    put(place->source, "tests/test_NAME.c", "");
    text_init(&place->say, NULL, 0);
    text_init(&place->why, NULL, 0);
    *state = place;
    return 0;
}

static int teardown(void **state)
{
    struct place *place = *state;
    char command[128];
    platform = &platform_system;
    text_free(&place->say);
    text_free(&place->why);
    snprintf(command, sizeof command, "rm -r %s", place->top);
    int code = system(command);
    free(place);
    return code;
}

static int make(struct place *place, const char *name, const char *at)
{
    place->why.length = 0;
    return kit_new_from(place->source, name, at, &place->say, &place->why);
}

static void assert_why(struct place *place, const char *words)
{
    if (!strstr(text_end(&place->why), words))
        fail_msg("\"%s\" is not in: %s", words, text_end(&place->why));
}

static void names(void **state)
{
    struct place *place = *state;
    static const char *const good[] = {
        "a", "polls", "my_polls2", "a_", "forum", "corei", "user", "abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrstu"};
    static const struct {
        const char *name, *why;
    } bad[] = {
        {"", "small letters"},
        {"Polls", "small letters"},
        {"2polls", "small letters"},
        {"_polls", "small letters"},
        {"po-lls", "small"},
        {"po lls", "small"},
        {"../polls", "small"},
        {"p\xc3\xb6lls", "small"},
        {"for", "a word of C"},
        {"bool", "a word of C"},
        {"linux", "compilers"},
        {"class", "compilers"},
        {"all", "CMake"},
        {"test", "CMake"},
        {"core", "part of c18n"},
        {"users", "part of c18n"},
        {"storage_sqlite", "part"},
        {"abcdefghijklmnopqrstuvwxyz_abcdefghijklmnopqrstuv", "too long"},
    };
    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        assert_true(kit_name_judge(good[i], &place->why));
    assert_int_equal(place->why.length, 0);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        assert_int_equal(make(place, bad[i].name, place->made), EXIT_USAGE);
        assert_why(place, bad[i].why);
    }
    assert_int_equal(rmdir(place->made), 0); /* nothing was made in it */
}

static void the_name_is_put_in_everywhere(void **state)
{
    struct place *place = *state;
    assert_int_equal(make(place, "polls", place->made), 0);
    assert_holds(place->made, "polls/polls.c", "C18N_MODULE(polls, \"pollspolls\") NAM E");
    assert_holds(place->made, "polls/tests/test_polls.c", "");
    assert_int_equal(place->why.length, 0);
    assert_non_null(strstr(text_end(&place->say), "made/polls\n"));
}

static void what_is_made_has_the_user_s_umask(void **state)
{
    struct place *place = *state;
    struct stat status;
    mode_t before = umask(027);
    int code = make(place, "polls", place->made);
    umask(before);
    assert_int_equal(code, 0);
    assert_int_equal(stat(in(place->made, "polls/polls.c"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0640);
    assert_int_equal(stat(in(place->made, "polls"), &status), 0);
    assert_int_equal(status.st_mode & 07777, 0750);
}

static void a_template_of_symbolic_links_will_do(void **state)
{
    struct place *place = *state;
    char links[128];
    snprintf(links, sizeof links, "%s/links", place->top);
    assert_int_equal(symlink(place->source, links), 0);
    assert_int_equal(kit_new_from(links, "polls", place->made, &place->say, &place->why), 0);
    assert_holds(place->made, "polls/tests/test_polls.c", "");
}

static void a_taken_folder_is_left_alone(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkdir(in(place->made, "polls"), 0700), 0); /* even an empty one */
    assert_int_equal(make(place, "polls", place->made), EXIT_SYSTEM_IO);
    assert_why(place, "made/polls: File exists");
    assert_false(is_there(place->made, "polls/polls.c"));
    put(place->made, "likes", "mine");
    assert_int_equal(make(place, "likes", place->made), EXIT_SYSTEM_IO);
    assert_holds(place->made, "likes", "mine");
    assert_int_equal(symlink("/nowhere", in(place->made, "shares")), 0);
    assert_int_equal(make(place, "shares", place->made), EXIT_SYSTEM_IO);
    assert_why(place, "File exists");
}

static void what_is_missing_is_named(void **state)
{
    struct place *place = *state;
    char nowhere[128];
    snprintf(nowhere, sizeof nowhere, "%s/nowhere", place->top);
    assert_int_equal(make(place, "polls", nowhere), EXIT_SYSTEM_IO);
    assert_why(place, "/nowhere: no such folder");
    assert_int_equal(make(place, "polls", in(place->source, "NAME.c")), EXIT_SYSTEM_IO);
    assert_why(place, "/NAME.c: no such folder");
    place->why.length = 0;
    assert_int_equal(kit_new_from(nowhere, "polls", place->made, &place->say, &place->why), EXIT_SYSTEM_IO);
    assert_why(place, "/nowhere: the template isn't there");
    assert_int_equal(rmdir(place->made), 0);
}

static void a_template_that_is_none_makes_nothing(void **state)
{
    struct place *place = *state;
    assert_int_equal(mkfifo(in(place->source, "zzz"), 0600), 0); /* what is no file would be waited for */
    assert_int_equal(make(place, "polls", place->made), EXIT_SYSTEM_IO);
    assert_why(place, "/zzz: ");
    assert_int_equal(unlink(in(place->source, "zzz")), 0);
    assert_int_equal(truncate(in(place->source, "NAME.c"), 1 << 20), 0);
    assert_int_equal(make(place, "polls", place->made), EXIT_SYSTEM_IO);
    assert_why(place, "/NAME.c: ");
    assert_int_equal(rmdir(place->made), 0);
}

/* --- a disk that fails at its nth call --- */

static unsigned calls_left;

static bool fails_now(void)
{
    if (calls_left == 0 || --calls_left > 0)
        return false;
    errno = ENOSPC;
    return true;
}
static int failing_open(const char *path, int flags, mode_t mode)
{
    return fails_now() ? -1 : platform_system.open(path, flags, mode);
}
static ssize_t failing_read(int fd, void *bytes, size_t count)
{
    return fails_now() ? -1 : platform_system.read(fd, bytes, count);
}
static ssize_t failing_write(int fd, const void *bytes, size_t count)
{
    return fails_now() ? -1 : platform_system.write(fd, bytes, count);
}
static int failing_sync(int fd)
{
    return fails_now() ? -1 : platform_system.sync(fd);
}
static int failing_rename(const char *from, const char *to)
{
    return fails_now() ? -1 : platform_system.rename(from, to);
}

static void whatever_fails_nothing_is_left(void **state)
{
    struct place *place = *state;
    struct platform failing = platform_system;
    failing.open = failing_open;
    failing.read = failing_read;
    failing.write = failing_write;
    failing.sync = failing_sync;
    failing.rename = failing_rename;
    platform = &failing;
    unsigned number = 1;
    for (;; number++) {
        calls_left = number;
        int code = make(place, "polls", place->made);
        if (calls_left > 0) { /* not reached: there were fewer calls */
            assert_int_equal(code, 0);
            break;
        }
        assert_int_equal(code, EXIT_SYSTEM_IO);
        assert_why(place, "Nothing was made.");
        assert_false(is_there(place->made, "polls"));
    }
    platform = &platform_system;
    assert_in_range(number, 10, 100);
    assert_holds(place->made, "polls/tests/test_polls.c", "");
}

/* --- the command line --- */

static int module(struct place *place, int argc, const char *const *words)
{
    char *argv[8] = {NULL};
    place->say.length = place->why.length = 0;
    for (int i = 0; i < argc; i++)
        argv[i] = strdup(words[i]);
    int code = kit_module(argc, argv, &place->say, &place->why);
    for (int i = 0; i < argc; i++)
        free(argv[i]); /* getopt only moves them */
    return code;
}

static void the_command_line(void **state)
{
    struct place *place = *state;
    assert_int_equal(module(place, 1, (const char *[]){"module"}), EXIT_USAGE);
    assert_why(place, "a command is missing");
    assert_int_equal(module(place, 2, (const char *[]){"module", "nwe"}), EXIT_USAGE);
    assert_why(place, "is it \"new\"?");
    assert_int_equal(module(place, 2, (const char *[]){"module", "frobnicate"}), EXIT_USAGE);
    assert_why(place, "unknown command: frobnicate\n");
    assert_int_equal(module(place, 2, (const char *[]){"module", "--help"}), 0);
    assert_non_null(strstr(text_end(&place->say), "module new NAME [--at DIR]"));
    assert_int_equal(place->why.length, 0);
    static const char *const wrong[][5] = {{"module", "new"},
                                           {"module", "new", "a", "b"},
                                           {"module", "new", "a", "--at"},
                                           {"module", "new", "a", "--to", "b"}};
    static const int counts[] = {2, 4, 4, 5};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        assert_int_equal(module(place, counts[i], wrong[i]), EXIT_USAGE);
        assert_why(place, "Usage: c18nctl module new NAME");
    }
    /* This program stands in no tree, so there is no template beside it. */
    assert_int_equal(module(place, 5, (const char *[]){"module", "new", "--at", place->made, "polls"}), EXIT_SYSTEM_IO);
    assert_why(place, "share/c18n/template: the template isn't there");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(names, setup, teardown),
        cmocka_unit_test_setup_teardown(the_name_is_put_in_everywhere, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_made_has_the_user_s_umask, setup, teardown),
        cmocka_unit_test_setup_teardown(a_template_of_symbolic_links_will_do, setup, teardown),
        cmocka_unit_test_setup_teardown(a_taken_folder_is_left_alone, setup, teardown),
        cmocka_unit_test_setup_teardown(what_is_missing_is_named, setup, teardown),
        cmocka_unit_test_setup_teardown(a_template_that_is_none_makes_nothing, setup, teardown),
        cmocka_unit_test_setup_teardown(whatever_fails_nothing_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(the_command_line, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
