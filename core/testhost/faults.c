/* faults.c: counts the calls that modules make into the host, and says which one fails. */
#include "base/crumb.h"
#include "testhost/inside.h"

#include <string.h>

static struct {
    _Atomic uint64_t calls, nth;
    atomic_int code;
    const char *_Atomic failed;
    const char *in; /* whose calls count; set while nothing runs */
} faults;

void faults_count_in(const char *module)
{
    faults.in = module;
}

static bool is_counted(void)
{
    struct crumb crumb;
    return !faults.in || (crumb_current(&crumb) && crumb.module && strcmp(crumb.module, faults.in) == 0);
}

void faults_set(uint64_t nth, int code)
{
    atomic_store(&faults.nth, 0); /* so that no call is counted against the new number before all is set */
    atomic_store(&faults.calls, 0);
    atomic_store(&faults.failed, NULL);
    atomic_store(&faults.code, code);
    atomic_store(&faults.nth, nth);
}

bool faults_hit(const char *function)
{
    if (!is_counted())
        return false;
    if (atomic_fetch_add(&faults.calls, 1) + 1 != atomic_load(&faults.nth))
        return false;
    atomic_store(&faults.failed, function);
    return true;
}

int faults_code(void)
{
    return atomic_load(&faults.code);
}

void c18n_test_fail(c18n_test *test, uint64_t nth, int code)
{
    (void)test;
    faults_set(nth, code);
}

uint64_t c18n_test_calls(c18n_test *test)
{
    (void)test;
    return atomic_load(&faults.calls);
}

const char *c18n_test_failed(c18n_test *test)
{
    (void)test;
    return atomic_load(&faults.failed);
}
