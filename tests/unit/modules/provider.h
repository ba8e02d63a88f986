/**
 * provider.h: a provider alone on a bare test host: started, stopped, and started again in the same folder.
 */
#ifndef TESTS_PROVIDER_H
#define TESTS_PROVIDER_H

#include <c18n/testhost.h> /* before cmocka, which has a macro `fail` */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct provider {
    c18n_test *test; /* NULL: stopped */
    char folder[64];
    const char *settings; /* of the next start; NULL: defaults */
};

static inline c18n_bytes text(const char *words)
{
    return (c18n_bytes){words, strlen(words)};
}

static inline void provider_make(struct provider *provider)
{
    snprintf(provider->folder, sizeof provider->folder, "/tmp/c18n-provider-XXXXXX");
    assert_non_null(mkdtemp(provider->folder));
}

static inline void provider_start(struct provider *provider, const char *modules)
{
    const c18n_test_options options = {
        .modules = modules, .settings = provider->settings, .folder = provider->folder, .bare = 1};
    provider->test = c18n_test_open(&options, NULL);
    assert_non_null(provider->test);
}

static inline void provider_stop(struct provider *provider)
{
    c18n_test_close(provider->test);
    provider->test = NULL;
}

static inline void provider_remove(struct provider *provider)
{
    char command[128];
    provider_stop(provider);
    snprintf(command, sizeof command, "rm -rf %s", provider->folder);
    assert_int_equal(system(command), 0);
}

#endif
