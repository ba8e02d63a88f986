/** revocation.h: ends the session of a request's token, in a WRITE request; see revocation.c. */
#ifndef AUTH_REVOCATION_H
#define AUTH_REVOCATION_H

#include "auth/auth.h"

/** C18N_UNAUTHENTICATED: the request has no session. */
int auth_revoke(struct auth *auth, struct request *request);

#endif
