/* test_open.c: which modules are loaded from where, and what is left when a host is closed. */
#include "probe_site.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/c18n-probe-XXXXXX");
    return mkdtemp(folder) ? 0 : 1;
}

static int remove_folder(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    return system(command);
}

/* --- what is left --- */

static void test_what_it_writes_goes_with_it(void **state)
{
    (void)state;
    test = c18n_test_open(&(c18n_test_options){.modules = PROBE_FILE}, NULL);
    char *data = strdup(c18n_test_folder(test));
    assert_int_equal(access(data, F_OK), 0);
    c18n_test_close(test);
    for (int level = 0; level < 3; level++) { /* the data, the host's folder, the process's with the modules' copies */
        assert_int_not_equal(access(data, F_OK), 0);
        *strrchr(data, '/') = '\0';
    }
    assert_int_equal(access(data, F_OK), 0);
    free(data);
}

static void test_a_given_folder_is_kept(void **state)
{
    char path[128];
    (void)state;
    test = c18n_test_open(&(c18n_test_options){.modules = PROBE_FILE, .folder = folder}, NULL);
    assert_string_equal(c18n_test_folder(test), folder);
    c18n_test_close(test);
    snprintf(path, sizeof path, "%s/auth.secret", folder);
    assert_int_equal(access(path, F_OK), 0);
}

static void test_a_storage_that_keeps_goes_on(void **state)
{
    const c18n_test_options options = {.modules = PROBE_FILE " storage_sqlite", .folder = folder};
    (void)state;
    test = c18n_test_open(&options, NULL);
    ada = c18n_test_person_new(test, "ada", "user");
    c18n_test_answer answer = probe_note("kept");
    char *id = strdup(c18n_text(answer.doc, "_id"));
    size_t events = c18n_test_events(test, NULL);
    c18n_test_close(test);
    test = c18n_test_open(&options, NULL);
    assert_int_equal(c18n_test_events(test, NULL), events);
    c18n_test_person_sign(test, &ada);
    answer = c18n_test_ask(test, &ada, NULL, "GET /notes/%s", id);
    assert_string_equal(c18n_text(answer.doc, "text"), "kept");
    assert_int_equal(probe_note("more").status, 200);
    c18n_test_close(test);
    free(id);
}

/* --- which modules --- */

static const char *provider_of(const char *service)
{
    const c18n_service *found = c18n_test_service(test, service);
    return found ? found->provider->id : "nobody";
}

static void test_providers_come_where_none_is_named(void **state)
{
    (void)state;
    test = c18n_test_open(&(c18n_test_options){.modules = PROBE_FILE}, NULL);
    assert_string_equal(provider_of("storage.v1"), "storage_memory");
    assert_string_equal(provider_of("bus.v1"), "bus_local");
    assert_string_equal(provider_of("cache.v1"), "cache_memory");
    assert_string_equal(provider_of("identity.v1"), "people_memory");
    assert_string_equal(provider_of("index.v1"), "nobody");
    c18n_test_close(test);
    test = c18n_test_open(&(c18n_test_options){.modules = "users  storage_sqlite index_fts\n" PROBE_FILE}, NULL);
    assert_string_equal(provider_of("storage.v1"), "storage_sqlite");
    assert_string_equal(provider_of("identity.v1"), "users");
    assert_string_equal(provider_of("index.v1"), "index_fts");
    ada = c18n_test_person_new(test, "ada", "user");
    assert_int_equal(probe_note("x").status, 200);
    c18n_test_settle(test); /* the index has come to the end, too */
    c18n_test_answer answer = c18n_test_ask(test, &ada, NULL, "GET /users/search?q=ada");
    assert_int_equal(answer.status, 200);
    assert_int_equal(c18n_test_count(&answer), 1);
    assert_string_equal(c18n_text(c18n_test_item(&answer, 0), "_id"), ada.id);
    c18n_test_close(test);
}

static void copy_probe(const char *path)
{
    char command[512];
    snprintf(command, sizeof command, "cp '%s' '%s'", PROBE_FILE, path);
    assert_int_equal(system(command), 0);
}

/* Code stays loaded, and is known by its path: what is built anew must not be taken for it. */
static void test_a_file_that_has_changed_is_loaded_anew(void **state)
{
    char path[128];
    const c18n_module *before;
    (void)state;
    snprintf(path, sizeof path, "%s/probe.so", folder);
    copy_probe(path);
    const c18n_test_options options = {.modules = path};
    int (*check[3])(c18n_self * self);
    for (int i = 0; i < 3; i++) {
        test = c18n_test_open(&options, NULL);
        before = c18n_test_descriptor(test, "probe");
        check[i] = before->check_config;
        c18n_test_close(test);
        if (i == 1) {
            assert_int_equal(unlink(path), 0);
            copy_probe(path);
        }
    }
    assert_true(check[0] == check[1]);
    assert_true(check[1] != check[2]);
}

static void test_a_bare_host_runs_timers_when_it_is_told_to(void **state)
{
    (void)state;
    test = c18n_test_open(&(c18n_test_options){.modules = PROBE_FILE " people_memory", .bare = 1}, NULL);
    c18n_self *self = c18n_test_self(test, "probe");
    const int64_t *turns = self->state;
    assert_int_equal(c18n_timer_now(self, "nothing"), C18N_NOT_FOUND);
    assert_int_equal(c18n_timer_now(self, "tick"), C18N_OK);
    assert_int_equal(*turns, 0);
    c18n_test_settle(test);
    assert_int_equal(*turns, 1);
    c18n_test_settle(test);
    assert_int_equal(*turns, 1);
    assert_int_equal(c18n_test_timer(test, "probe", "tick"), C18N_OK);
    assert_int_equal(*turns, 2);
    c18n_test_move(test, 10);
    assert_int_equal(c18n_test_now(test), 1800000010);
    c18n_test_close(test);
}

#define IN_FOLDER(name) cmocka_unit_test_setup_teardown(name, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_what_it_writes_goes_with_it),
        IN_FOLDER(test_a_given_folder_is_kept),
        IN_FOLDER(test_a_storage_that_keeps_goes_on),
        cmocka_unit_test(test_providers_come_where_none_is_named),
        IN_FOLDER(test_a_file_that_has_changed_is_loaded_anew),
        cmocka_unit_test(test_a_bare_host_runs_timers_when_it_is_told_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
