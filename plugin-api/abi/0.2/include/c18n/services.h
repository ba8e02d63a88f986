/**
 * services.h: how modules find each other.
 *
 * A service's functions run in the caller's request, in the caller's name: they may read, but only the
 * calling module's events can be emitted there. One that writes does it by c18n_as.
 *
 * A service is an id with a version, such as "communities.v1" or "storage.v1", and a table of
 * functions. The loader orders modules by the ids that they provide and need, so that a needed
 * service is there when `init` of the needing module runs.
 */
#ifndef C18N_SERVICES_H
#define C18N_SERVICES_H

#include "abi.h"

/** A service, as it is found. */
typedef struct c18n_service {
    const void *functions; /**< NULL: the service is only a name to depend on */
    c18n_self *provider;   /**< first argument of each of its functions */
} c18n_service;

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_services_family {
    c18n_family family;
    int (*provide)(c18n_self *self, const char *service, const void *functions);
    const c18n_service *(*find)(c18n_self *self, const char *service);
    int (*as)(c18n_self *self, c18n_request *rq, int (*work)(c18n_request *rq, void *arg), void *arg); /* since 0.2 */
} c18n_services_family;

/** Offers a service that the descriptor's facts name under `provides`. `functions` NULL: the service is a name only.
 *  Thread: control, in `init`. Owner: module: `functions` is a const table. Errors: C18N_INVALID (not in `init`, or not
 *  among the facts), C18N_EXISTS (it is provided already). Since 0.1. */
C18N_MUST_USE static inline int c18n_provide(c18n_self *self, const char *service, const void *functions)
{
    return self->host->services->provide(self, service, functions);
}
/** Finds a service. Another's is there only from its own `init` on, so name it under `needs` or `wants`.
 *  Thread: any, from `init` on. Owner: process. Errors: NULL (nobody provides it). Since 0.1. */
static inline const c18n_service *c18n_find_service(c18n_self *self, const char *service)
{
    return self->host->services->find(self, service);
}
/** Runs `work` at once in the same request and transaction, but in this module's name: it may emit this module's events
 *  and run its points. For the functions of a service, whose first argument is `self`.
 *  Thread: request's. Owner: caller; `arg` is passed on. Errors: what `work` gave. Since 0.2. */
C18N_MUST_USE static inline int c18n_as(c18n_self *self, c18n_request *rq, int (*work)(c18n_request *rq, void *arg),
                                        void *arg)
{
    return self->host->services->as(self, rq, work, arg);
}

#endif
