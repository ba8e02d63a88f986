/**
 * fields.h: judging an object by a field table.
 *
 * Faults are collected, not returned one by one: each becomes an entry of request->errors, and the
 * problem's word is noted. Works in the request's arena, on the thread that has the request.
 */
#ifndef API_FIELDS_H
#define API_FIELDS_H

#include "request/request.h"

enum { FIELDS_MAX = 64 }; /* of one table; more is refused at start */

enum fields_source {
    FIELDS_JSON,
    FIELDS_TEXT, /* forms and queries: every value is a text, numbers and booleans are parsed from it */
};

/** At start: what is wrong with a table, in words; NULL: nothing. */
const char *fields_fault(const c18n_table *table);

/** As api_validate, for both sources. C18N_INVALID with faults noted. */
int fields_judge(struct request *request, const c18n_table *fields, const c18n_doc *input, const char *allow_extra,
                 enum fields_source source, const c18n_doc **ret_doc) __attribute__((warn_unused_result));

#endif
