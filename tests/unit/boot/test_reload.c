/* A whole server in this process, with the modules of the build, reloaded a thousand times: it costs nothing. */
#include "boot/reload.h"
#include "boot/server.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h> /* after c18n/http.h: it makes a macro of the word fail */

#include "conf/store.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { RELOADS = 1000, VALUES = 5, PATH_ROOM = 256 };

struct site {
    struct server server;
    struct text why;
    char folder[64], conf_dir[PATH_ROOM], modules[PATH_MAX], state[PATH_ROOM];
};

static void write_conf(const struct site *site, const char *name, const char *words)
{
    char path[2 * PATH_ROOM];
    snprintf(path, sizeof path, "%s/%s", site->conf_dir, name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(words, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

/* BUILD/tests/unit/THIS → BUILD/modules */
static void find_modules(struct site *site)
{
    ssize_t length = readlink("/proc/self/exe", site->modules, sizeof site->modules - 32);
    assert_true(length > 0);
    site->modules[length] = '\0';
    for (int up = 0; up < 3; up++)
        *strrchr(site->modules, '/') = '\0';
    strcat(site->modules, "/modules");
}

static int begin(void **state)
{
    static const char *const names[] = {"core", "auth", "storage_sqlite", "bus_local", "cache_memory", "users"};
    char name[64], words[64], sets[4][PATH_MAX + 32];
    struct site *site = calloc(1, sizeof *site);
    *site = (struct site){.folder = "/tmp/c18n-boot-XXXXXX"};
    assert_non_null(mkdtemp(site->folder));
    snprintf(site->conf_dir, sizeof site->conf_dir, "%s/conf.d", site->folder);
    snprintf(site->state, sizeof site->state, "%s/data", site->folder);
    assert_int_equal(mkdir(site->conf_dir, 0700), 0);
    find_modules(site);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        snprintf(name, sizeof name, "%zu0-%s.conf", i + 1, names[i]);
        snprintf(words, sizeof words, "%s {\n}\n", names[i]);
        write_conf(site, name, words);
    }
    snprintf(sets[0], sizeof sets[0], "core.module_dir=%s", site->modules);
    snprintf(sets[1], sizeof sets[1], "core.state_dir=%s", site->state);
    snprintf(sets[2], sizeof sets[2], "core.listen=127.0.0.1:0");
    snprintf(sets[3], sizeof sets[3], "core.operator_listen=");
    const char *const set[] = {sets[0], sets[1], sets[2], sets[3]};
    text_init(&site->why, NULL, 0);
    int code = server_load(
        &site->server, &(struct server_options){.conf_dir = site->conf_dir, .sets = set, .set_count = 4}, &site->why);
    if (code == 0)
        code = server_open(&site->server, &site->why);
    if (code == 0)
        code = server_listen(&site->server, &site->why);
    if (code != 0)
        print_error("%s", text_end(&site->why));
    *state = site;
    return code;
}

static int end(void **state)
{
    struct site *site = *state;
    char command[128];
    server_close(&site->server, 1000);
    text_free(&site->why);
    snprintf(command, sizeof command, "rm -r %s", site->folder);
    int code = system(command);
    free(site);
    return code;
}

static void set_values(const struct site *site, int number)
{
    char words[512];
    snprintf(words, sizeof words,
             "core {\n max_body = %d\n frontends = {\"127.0.0.0/8\", \"10.%d.0.0/16\"}\n hosts = {host%d}\n"
             " origins = {\"https://o%d.example.org\"}\n rate_limit = %d\n log_level = error\n}\n",
             2048 + number, number, number, number, 1000 + number);
    write_conf(site, "10-core.local.conf", words);
    snprintf(words, sizeof words, "cache_memory {\n size = %dM\n}\n", 4 + number);
    write_conf(site, "50-cache_memory.local.conf", words);
}

static void reload(struct site *site, int expected)
{
    struct text why;
    text_init(&why, NULL, 0);
    int code = server_reload(&site->server, &why);
    if (code != expected)
        print_error("%s", text_end(&why));
    assert_int_equal(code, expected);
    assert_int_equal(why.length == 0, code == 0);
    text_free(&why);
}

static void a_thousand_reloads_cost_nothing(void **state)
{
    struct site *site = *state;
    size_t used = 0;
    for (int i = 0; i < RELOADS; i++) {
        set_values(site, i % VALUES);
        reload(site, 0);
        assert_int_equal(conf_integer(site->server.core_settings, "max_body"), 2048 + i % VALUES);
        if (i == VALUES)
            used = arena_used(site->server.conf->arena);
    }
    assert_int_equal(arena_used(site->server.conf->arena), used);
}

/* Every second one is refused by a part that prepares after others have: the listener has, auth says no. */
static void refused_reloads_cost_nothing_and_change_nothing(void **state)
{
    struct site *site = *state;
    char words[PATH_ROOM * 2];
    set_values(site, 0);
    reload(site, 0);
    snprintf(words, sizeof words, "auth {\n secret_file = \"%s/nowhere/secret\"\n}\n", site->folder);
    for (int i = 0; i < RELOADS / 10; i++) {
        set_values(site, 1);
        write_conf(site, "20-auth.local.conf", words);
        reload(site, EXIT_CONFIG);
        assert_int_equal(conf_integer(site->server.core_settings, "max_body"), 2048);
        assert_string_equal(conf_text(site->server.auth_settings, "secret_file"), "");
    }
    write_conf(site, "20-auth.local.conf", "auth {\n}\n");
    reload(site, 0);
    assert_int_equal(conf_integer(site->server.core_settings, "max_body"), 2049);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(a_thousand_reloads_cost_nothing, begin, end),
        cmocka_unit_test_setup_teardown(refused_reloads_cost_nothing_and_change_nothing, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
