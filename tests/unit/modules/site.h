/**
 * site.h: a test host for a whole program, and short names for what its tests say in every line.
 *
 * SITE_MODULES is defined before it is included.
 */
#ifndef TESTS_SITE_H
#define TESTS_SITE_H

#include <c18n/testhost.h> /* before cmocka, which has a macro `fail` */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

static c18n_test *test;

#define ask(...)    c18n_test_ask(test, __VA_ARGS__)
#define json(...)   c18n_test_json(test, __VA_ARGS__)
#define record(...) c18n_test_record(test, __VA_ARGS__)

#define expect(wanted, answer) assert_int_equal((answer).status, wanted)

/** For cmocka_run_group_tests. */
static inline int site_open(void **state)
{
    (void)state;
    const char *settings = "users {\npassword_memory = 8\npassword_passes = 1\n}\n";
    test = c18n_test_open(&(c18n_test_options){.modules = SITE_MODULES, .settings = settings}, NULL);
    return test ? 0 : 1;
}

static inline int site_close(void **state)
{
    (void)state;
    c18n_test_close(test);
    return 0;
}

#endif
