/**
 * cursor.h: where the next page begins, as an opaque text that only this server can have made.
 *
 * base64url(key bytes + MAC). The MAC also covers who asks, the route, the path and the query (but
 * `limit` and `after`), so a cursor is good for its own list only. The key is STATE_DIR/cursor.key, made
 * at first need: cursors outlive a restart.
 */
#ifndef API_CURSOR_H
#define API_CURSOR_H

#include "request/request.h"

struct api;

enum { CURSOR_KEY_MAX = 4096 };

/** Kinds of keys, so that one can't be taken for another. */
enum cursor_kind { CURSOR_INDEX = 'i', CURSOR_OFFSET = 'o', CURSOR_POSITION = 'p', CURSOR_KEY = 'k' };

void cursor_init(struct api *api);
void cursor_close(struct api *api);

/** Makes one. NULL: no memory. A pool thread or the writer (the first one may read or write the key's file). */
const char *cursor_seal(struct request *request, enum cursor_kind kind, c18n_bytes key);
/** Reads the query's `after`: *ret_key is {NULL, 0} when there is none. C18N_BAD_REQUEST `bad_cursor`. */
int cursor_open(struct request *request, enum cursor_kind kind, c18n_bytes *ret_key)
    __attribute__((warn_unused_result));

/** The same for a number. Absent: 0. */
const char *cursor_seal_number(struct request *request, enum cursor_kind kind, uint64_t number);
int cursor_open_number(struct request *request, enum cursor_kind kind, uint64_t *ret_number)
    __attribute__((warn_unused_result));

#endif
