/** splice.h: a record's text changed by copying the parts that stay. No tree, no parsing twice. */
#ifndef DATA_SPLICE_H
#define DATA_SPLICE_H

#include "base/text.h"
#include "c18n/json.h"

/**
 * Members of `patch` take the place of the record's own or are added at the end; null takes one away.
 * `_id` stays; `_rev` becomes `revision` (0: stays). Appended to ret_text, whose `failed` tells.
 */
void splice_patch(const c18n_doc *record, const c18n_doc *patch, uint64_t revision, struct text *ret_text);
/** Adds to an integer member; absent counts as 0. C18N_INVALID: no integer, or it would overflow. */
int splice_add(const c18n_doc *record, const char *counter, int64_t delta, struct text *ret_text);

#endif
