/* The engines of this build. */
#include "ws/ws.h"

#include <string.h>

const struct ws_engine *ws_engine_find(const char *name)
{
    static const struct ws_engine *const engines[] = {
        &ws_native,
#ifdef C18N_LIBWEBSOCKETS
        &ws_libwebsockets,
#endif
    };
    for (size_t i = 0; i < sizeof engines / sizeof *engines; i++)
        if (strcmp(engines[i]->name, name) == 0)
            return engines[i];
    return NULL;
}
