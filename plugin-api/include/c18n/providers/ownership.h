/**
 * providers/ownership.h: what "ownership.v1" must do: which server owns a conversation. One such module serves.
 *
 * With one server it owns all. With several, whoever owns a conversation's partition; others pass on what they are
 * sent.
 */
#ifndef C18N_PROVIDERS_OWNERSHIP_H
#define C18N_PROVIDERS_OWNERSHIP_H

#include "../abi.h"

/** The functions of the service "ownership.v1". Since 0.3. */
typedef struct c18n_ownership {
    uint32_t size;
    /** Whose is it? `ret_url` gets the owner's advertised address, "" for this server itself.
     *  Thread: any; does not block. Owner: caller. Errors: C18N_UNAVAILABLE (nobody owns it now), C18N_TOO_LARGE (the
     *  address has no room). Since 0.3. */
    int (*owner)(c18n_self *self, const char *conversation, char *ret_url, size_t room);
} c18n_ownership;

#endif
