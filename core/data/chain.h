/**
 * chain.h: makes tampering with history visible.
 *
 * Each record's hash is BLAKE2b-256 of the hash before it and of every stored column, each with its
 * length, so that no two records encode alike. The ciphertext is hashed, not what it hides: erasing a
 * person leaves the chain whole. A cut-off end can't be seen in the chain itself; for that,
 * STATE_DIR/checkpoint says how far the history has been, signed with a key derived from master.key.
 */
#ifndef DATA_CHAIN_H
#define DATA_CHAIN_H

#include "base/log.h"
#include "c18n/providers/storage.h"

enum { CHAIN_HASH = 32 };

struct chain_point {
    uint64_t position; /* 0: before the first record */
    uint8_t hash[CHAIN_HASH];
};

/** The hash of a record that follows one with hash `before`. */
void chain_hash(const uint8_t before[CHAIN_HASH], const c18n_record *record, uint8_t ret_hash[CHAIN_HASH]);

int checkpoint_write(const char *state_dir, const struct secret *key, const struct chain_point *point);
/** C18N_NOT_FOUND: there is none. C18N_CORRUPT: not signed by this server's key. */
int checkpoint_read(const char *state_dir, const struct secret *key, struct chain_point *ret_point);

#endif
