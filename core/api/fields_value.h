/** fields_value.h: one value against one field: the part of fields.c that knows the types. */
#ifndef API_FIELDS_VALUE_H
#define API_FIELDS_VALUE_H

#include "api/fields.h"
#include "base/text.h"

/** Appends the value's canonical JSON to `out`. NULL: it is good; else what is wrong, in the arena or
 *  static (`out` may then hold a part of it). `value` is JSON, a string for FIELDS_TEXT; never null. */
const char *fields_value(struct arena *arena, const c18n_field *field, enum fields_source source, const char *value,
                         size_t length, struct text *out);

#endif
