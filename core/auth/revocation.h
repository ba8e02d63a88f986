/** revocation.h: ends the session of a request's token, in a WRITE request; see revocation.c. */
#ifndef AUTH_REVOCATION_H
#define AUTH_REVOCATION_H

#include "auth/auth.h"

/** C18N_UNAUTHENTICATED: the request has no session. */
int auth_revoke(struct auth *auth, struct request *request);
/** C18N_OK, or C18N_UNAUTHENTICATED when the session of the request's token has ended. On the writer the transaction is
 * asked too: an item before this one may have ended the session without being committed yet. */
int auth_session_state(struct auth *auth, struct request *request);

#endif
