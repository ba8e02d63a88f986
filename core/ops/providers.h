/** providers.h: how the modules behind storage.v1, bus.v1, cache.v1 and index.v1 are. Any thread; does not block. */
#ifndef OPS_PROVIDERS_H
#define OPS_PROVIDERS_H

#include "data/data.h"
#include "loader/loader.h"
#include "request/server.h"

enum { PROVIDER_COUNT = 4 };

struct provider_state {
    const char *name;   /* "storage" */
    const char *module; /* NULL: nobody provides it */
    int code;           /* C18N_OK: it serves */
    const char *detail; /* a few words; never NULL */
    bool needed;        /* without it the server is not ready */
};

struct provider_state provider_state(struct server *server, size_t number);

#endif
