/* password.c: argon2id by libsodium. Slow on purpose: runs in `prepare`, on the pool for blocking work. */
#include "users.h"

#include <sodium.h>

#include <assert.h>
#include <string.h>

static_assert(USERS_HASH_SIZE == crypto_pwhash_STRBYTES, "a hash must fit");

int users_hash_password(c18n_self *self, const char *password, char ret_hash[USERS_HASH_SIZE])
{
    unsigned long long passes = (unsigned long long)c18n_setting_integer(self, "password_passes");
    size_t memory = (size_t)c18n_setting_integer(self, "password_memory") << 20;
    char hash[USERS_HASH_SIZE];
    if (crypto_pwhash_str_alg(hash, password, strlen(password), passes, memory, crypto_pwhash_ALG_ARGON2ID13) != 0)
        return C18N_NO_MEMORY; /* its only failure */
    memcpy(ret_hash, hash, sizeof hash);
    return C18N_OK;
}

/** Reads passes and memory from the hash itself: old hashes stay good when the settings change. */
bool users_verify_password(const char *hash, const char *password)
{
    return crypto_pwhash_str_verify(hash, password, strlen(password)) == 0;
}

/** Makes the hash that is checked when nobody has the name: of a password that nobody knows. */
int users_prepare_passwords(struct users *users)
{
    unsigned char secret[32];
    char password[2 * sizeof secret + 1];
    c18n_random(users->self->host, secret, sizeof secret);
    sodium_bin2hex(password, sizeof password, secret, sizeof secret);
    int code = users_hash_password(users->self, password, users->nobodys_hash);
    sodium_memzero(password, sizeof password);
    sodium_memzero(secret, sizeof secret);
    return code;
}
