/** digest.h: a fingerprint of tables, to tell whether two builds of the views are the same bytes. */
#ifndef DATA_DIGEST_H
#define DATA_DIGEST_H

#include "data/scope.h"

enum { DIGEST = 32 };

/** Of the rows of one table, in order. */
int digest_table(struct data_scope *scope, unsigned slot, uint8_t ret_digest[DIGEST]);
/** The first key at which two tables differ, in the arena (an empty text: none). The scopes share a connection. */
int digest_first_difference(struct data_scope *a, struct data_scope *b, unsigned slot, struct arena *arena,
                            c18n_bytes *ret_key, c18n_bytes *ret_value);

#endif
