/* settle.c: waiting until nothing is under way that a request left behind. */
#include "testhost/inside.h"

#include "c18n/providers/bus.h"

#include <stdio.h>
#include <time.h>

enum { STEP_US = 100, INDEX_MS = 100 };

static int64_t real_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * INT64_C(1000) + now.tv_nsec / 1000000;
}

/* --- consumers --- */

static int take_position(void *arg, const c18n_record *record)
{
    *(uint64_t *)arg = record->position;
    return C18N_AGAIN;
}

/* Has the bus anything for it after its offset, that it is not trying in vain? What can't be read is taken as no. */
static bool waits(struct c18n_test *test, const struct module *module, const c18n_consumer *consumer, bool endlessly)
{
    const c18n_service *service = loader_service(test->server.loader, "bus.v1");
    const c18n_bus *bus = service->functions;
    char name[96]; /* as core/data/consumers.c calls it */
    uint64_t after = 0, next = 0;
    snprintf(name, sizeof name, "%s.%s", module->self.id, consumer->name);
    if (bus->offset(service->provider, test->store, name, &after) == C18N_OK)
        (void)bus->fetch(service->provider, test->store, name, consumer->topics, after, take_position, &next);
    return next > 0 && (endlessly || !retries_are_endless(name, next));
}

static bool consumers_wait(struct c18n_test *test, bool endlessly)
{
    const c18n_storage *storage = loader_service(test->server.loader, "storage.v1")->functions;
    bool found = false;
    if (storage->begin(test->store) != C18N_OK)
        return false;
    for (size_t i = 0; i < loader_count(test->server.loader) && !found; i++) {
        const struct module *module = loader_at(test->server.loader, i);
        for (uint32_t j = 0; module->state != MODULE_LEFT_OUT && j < module->descriptor->consumers.count && !found;
             j++) {
            c18n_consumer consumer;
            loader_item(&module->descriptor->consumers, j, &consumer, sizeof consumer);
            found = waits(test, module, &consumer, endlessly);
        }
    }
    storage->rollback(test->store);
    return found;
}

/* --- waiting --- */

static bool is_busy(struct c18n_test *test, bool endlessly)
{
    return atomic_load(&test->pending) > 0 || consumers_wait(test, endlessly) || atomic_load(&test->pending) > 0;
}

static void check_patience(int64_t since_ms, const char *what)
{
    if (real_ms() - since_ms > TESTHOST_PATIENCE_S * INT64_C(1000))
        testhost_die("%s for %d s; with .log = 1 the modules may say why", what, TESTHOST_PATIENCE_S);
}

/* What sockets are waited for may set consumers off, and the other way round. */
static void wait_while_busy(struct c18n_test *test, bool endlessly)
{
    const struct timespec step = {.tv_nsec = STEP_US * 1000};
    int64_t since_ms = real_ms();
    while (is_busy(test, endlessly) || clients_are_busy(test) || is_busy(test, endlessly)) {
        check_patience(since_ms, "a consumer, submitted work or a socket's verb does not come to an end");
        nanosleep(&step, NULL);
    }
}

void settle(struct c18n_test *test)
{
    wait_while_busy(test, false);
}

void c18n_test_settle(c18n_test *test)
{
    int64_t since_ms = real_ms();
    if (test->bare) {
        timers_run_wanted(test);
        return;
    }
    wait_while_busy(test, true);
    while (data_index_wait(test->server.data, data_position(test->server.data), INDEX_MS) == C18N_TIMEOUT)
        check_patience(since_ms, "the search index does not come to the end of the history");
}
