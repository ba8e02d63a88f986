/**
 * seal.h: a key per person, so that history can forget a person and stay whole.
 *
 * STATE_DIR/master.key (0600) wraps the subjects' keys in host.keys: a row's value is nonce, wrapped
 * key and tag; an empty value says that the key was destroyed and no new one may be made. Sealed
 * members are XChaCha20-Poly1305 with the event's id as additional data, so that a ciphertext can't
 * be moved to another event.
 */
#ifndef DATA_SEAL_H
#define DATA_SEAL_H

#include "base/log.h"
#include "base/text.h"
#include "data/scope.h"

struct seal {
    struct secret wrapping;   /* of the subjects' keys */
    struct secret checkpoint; /* signs STATE_DIR/checkpoint */
};

/** Reads master.key; makes it only when `fresh` (no history yet). C18N_CORRUPT, C18N_IO with ret_why. */
int seal_open(struct seal *seal, const char *state_dir, bool fresh, struct text *ret_why);
void seal_close(struct seal *seal);

/** Seals a text for a subject, in the arena. Makes the subject's key at the first use. C18N_GONE: it was destroyed. */
int seal_text(struct data_scope *scope, struct arena *arena, const char *subject, const uint8_t event_id[16],
              c18n_bytes text, c18n_bytes *ret_sealed);
/** C18N_GONE: the key is no more. C18N_CORRUPT: these are not the bytes that were sealed. */
int seal_open_text(struct data_scope *scope, struct arena *arena, const char *subject, const uint8_t event_id[16],
                   c18n_bytes sealed, c18n_bytes *ret_text);
/** Destroys a subject's key, for good. */
int seal_destroy(struct data_scope *scope, const char *subject);

#endif
