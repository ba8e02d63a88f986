/* providers.c: one way to ask four kinds of provider. Each table of functions has its `state` elsewhere. */
#include "ops/providers.h"

#include "base/crumb.h"
#include "c18n/providers/bus.h"
#include "c18n/providers/cache.h"
#include "c18n/providers/index.h"
#include "c18n/providers/storage.h"

#include <string.h>

typedef int (*ask_state)(c18n_self *self, const char **ret_detail);

/* Without cache or index the rest goes on (faults.md, rows R1 and E1); without storage or bus nothing does. */
static const struct {
    const char *name, *service;
    size_t at; /* of `state` in the provider's functions */
    bool needed;
} kinds[PROVIDER_COUNT] = {
    {"storage", "storage.v1", offsetof(c18n_storage, state), true},
    {"bus", "bus.v1", offsetof(c18n_bus, state), true},
    {"cache", "cache.v1", offsetof(c18n_cache, state), false},
    {"index", "index.v1", offsetof(c18n_index, state), false},
};

/* A provider built with an older minor may have a shorter table. */
static ask_state state_of(const c18n_service *service, size_t at)
{
    uint32_t size;
    ask_state ask = NULL;
    if (!service->functions)
        return NULL;
    memcpy(&size, service->functions, sizeof size);
    if (size >= at + sizeof ask)
        memcpy(&ask, (const char *)service->functions + at, sizeof ask);
    return ask;
}

struct provider_state provider_state(struct server *server, size_t number)
{
    struct provider_state state = {
        .name = kinds[number].name,
        .code = C18N_UNAVAILABLE,
        .detail = "no module provides it",
        .needed = kinds[number].needed,
    };
    const c18n_service *service = server->loader ? loader_service(server->loader, kinds[number].service) : NULL;
    if (!service)
        return state;
    state.module = service->provider->id;
    state.code = C18N_OK;
    state.detail = "";
    ask_state ask = state_of(service, kinds[number].at);
    const char *detail = NULL;
    if (ask) {
        crumb_enter(state.module, "state", kinds[number].service);
        state.code = ask(service->provider, &detail);
        crumb_leave();
    }
    if (detail)
        state.detail = detail;
    return state;
}
