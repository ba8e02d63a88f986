/**
 * services.h: how modules find each other.
 *
 * A service's functions run in the caller's request, in the caller's name: they may read, but only the
 * calling module's events can be emitted there.
 *
 * A service is an id with a version, such as "communities.v1" or "storage.v1", and a table of
 * functions. The loader orders modules by the ids that they provide and need, so that a needed
 * service is there when `init` of the needing module runs.
 */
#ifndef C18N_SERVICES_H
#define C18N_SERVICES_H

#include "abi.h"

typedef struct c18n_service {
    const void *functions; /**< NULL: the service is only a name to depend on */
    c18n_self *provider;   /**< first argument of each of its functions */
} c18n_service;

typedef struct c18n_services_family {
    c18n_family family;
    int (*provide)(c18n_self *self, const char *service, const void *functions);
    const c18n_service *(*find)(c18n_self *self, const char *service);
} c18n_services_family;

/**
 * Offers a service that the descriptor's facts name under `provides`. In `init` only; `functions`
 * must live as long as the process (a const table); NULL: the service is a name only. Control thread.
 * C18N_INVALID: not in `init`, or not among the facts. C18N_EXISTS: it is provided already. Since 0.1.
 */
C18N_MUST_USE static inline int c18n_provide(c18n_self *self, const char *service, const void *functions)
{
    return self->host->services->provide(self, service, functions);
}
/** Finds a service. Any thread, from `init` on (another's only from its own `init` on, so name it under `needs` or
 *  `wants`); lives as long as the process. NULL: nobody provides it. Since 0.1. */
static inline const c18n_service *c18n_find_service(c18n_self *self, const char *service)
{
    return self->host->services->find(self, service);
}

#endif
