/** disposition.h: Content-Disposition (RFC 6266), with any name at all. */
#ifndef API_DISPOSITION_H
#define API_DISPOSITION_H

#include "base/arena.h"

#include <stdbool.h>

/** `attachment` or `inline`, with the name in both forms; `name` NULL or "": none. What could do harm where it is saved
 *  (separators, control characters, marks that turn the direction of writing, a leading dot) is replaced, and a long
 *  name is cut before its ending. NULL: no memory. */
const char *disposition_make(struct arena *arena, bool attachment, const char *name);

#endif
