/** probe_site.h: a test host with the module `probe`, one a test. */
#ifndef TESTS_PROBE_SITE_H
#define TESTS_PROBE_SITE_H

#include <c18n/testhost.h> /* before cmocka, which has a macro `fail` */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static c18n_test *test;
static c18n_test_person ada;

static inline int probe_open(void **state)
{
    (void)state;
    test = c18n_test_open(&(c18n_test_options){.modules = PROBE_FILE, .seed = 7}, NULL);
    if (!test)
        return 1;
    ada = c18n_test_person_new(test, "ada", "user");
    return 0;
}

static inline int probe_close(void **state)
{
    (void)state;
    c18n_test_close(test);
    test = NULL;
    return 0;
}

static inline c18n_test_answer probe_note(const char *text)
{
    return c18n_test_ask(test, &ada, c18n_test_json(test, "{'text':'%s'}", text), "POST /notes/new");
}

#define PROBE(name) cmocka_unit_test_setup_teardown(name, probe_open, probe_close)

#endif
