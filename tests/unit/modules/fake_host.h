/**
 * fake_host.h: as much of a host as a provider module needs: opens its .so and runs its stages.
 *
 * Settings have the defaults of the module's table unless a test sets one; time moves when a test moves it; the newest
 * line of the log is kept. One test program uses one host; modules find each other's services in it.
 */
#ifndef TESTS_FAKE_HOST_H
#define TESTS_FAKE_HOST_H

#include <c18n/module.h> /* before cmocka, which has a macro `fail` */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

struct fake_setting {
    const char *name;
    int64_t value;
};

struct fake_host {
    c18n_host host; /* first: modules come back with a pointer to it */
    char folder[64];
    const struct fake_setting *settings; /* ends with a NULL name */
    int64_t now_us;                      /* 0: the real clock */
    char logged[512];
    int timers_asked;
    struct {
        const char *name;
        c18n_service service;
    } services[8];
    int service_count;
};

struct fake_module {
    c18n_self self; /* first */
    const c18n_module *descriptor;
    void *file;
};

/** A host with a data folder of its own under /tmp. */
void fake_host_make(struct fake_host *host);
void fake_host_remove(struct fake_host *host); /* and its folder */
/** Opens MODULE_FOLDER/ID.so and runs init and start. */
void fake_module_open(struct fake_host *host, const char *id, struct fake_module *ret_module);
void fake_module_close(struct fake_module *module); /* stop; the file stays open, as a host's does */
const void *fake_service(struct fake_host *host, const char *name);

#endif
