/** uuid.h: UUIDv7 that never goes back, also when the clock does and across threads. */
#ifndef BASE_UUID_H
#define BASE_UUID_H

#include <stdint.h>

void uuid_new(int64_t at_ms, uint8_t ret_id[16]); /* at_ms 0: now. Any thread. */
void uuid_new_text(int64_t at_ms, char ret_text[37]);
/** Forgets what was made before: for a test whose clock and randomness begin anew. No other thread makes ids. */
void uuid_begin_anew(void);

#endif
