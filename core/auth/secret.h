/**
 * secret.h: the file that holds the server's keys: lines of 32 to 64 bytes in hexadecimal, mode 0600.
 *
 * The first line signs; those below it only verify. So a key is changed without logging anybody out: put a new line
 * above, reload, and take the old one away when what it signed has run out; or at once, when it has leaked.
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
enum { AUTH_KEYS_MOST = 4 };

struct auth_keys {
    size_t count;
    struct secret key[AUTH_KEYS_MOST]; /* the first signs, each verifies */
};

/** Reads the file, making it when absent. C18N_INVALID: the operator must act. C18N_IO. */
int auth_secret_open(const char *path, struct auth_keys *ret_keys, struct text *ret_why);
void auth_keys_wipe(struct auth_keys *keys);

#endif
