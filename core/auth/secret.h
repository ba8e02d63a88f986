/**
 * secret.h: the file that holds the server's secret: 32 to 64 bytes in hexadecimal, mode 0600.
 *
 * Whoever can read it can sign in as anybody, so a file that others may read is refused, not fixed:
 * the secret may have been read already, and only the operator can judge that.
 */
#ifndef AUTH_SECRET_H
#define AUTH_SECRET_H

#include "base/log.h"
#include "base/text.h"

/** Looks at the file without reading it. Absent is fine: it will be made. C18N_INVALID, with words. */
int auth_secret_check(const char *path, struct text *ret_why);
/** Reads the file, making it when absent. C18N_INVALID: the operator must act. C18N_IO. */
int auth_secret_open(const char *path, struct secret *ret_key, struct text *ret_why);

#endif
