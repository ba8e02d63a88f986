/** formats.h: shapes of text that a field table can ask for by name. Pure functions, any thread. */
#ifndef API_FORMATS_H
#define API_FORMATS_H

#include <stdbool.h>
#include <stddef.h>

bool format_known(const char *name);
/** NULL: the text has that shape; else what it must be, for people. `name` must be known. */
const char *format_fault(const char *name, const char *text);
/** Characters that no text may hold: C0 (with `multiline`: but line feed, return and tab), DEL and C1. */
bool format_has_control(const char *text, bool multiline);
/** Nothing that a reader would see: no character at all, or only spaces, joiners, marks of direction. */
bool format_is_invisible(const char *text);

#endif
