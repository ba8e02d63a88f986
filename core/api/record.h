/**
 * record.h: what an answer shows of a record, by a field table.
 *
 * Members are spliced from the record's text as they stand there; nothing is parsed into a tree. A member
 * that the record lacks is left out, or null when its field is C18N_NULLABLE. C18N_SECRET fields are
 * never shown. Then come the members that hooks on the table's render point add; they may fail.
 */
#ifndef API_RECORD_H
#define API_RECORD_H

#include "request/request.h"

/** Appends the object. The thread that has the request. A hook's code, or C18N_OK. */
int record_add(struct request *request, struct text *text, const c18n_table *fields, const c18n_doc *record)
    __attribute__((warn_unused_result));
/** Writes the members into an object that is open; a hook's failure sticks in it. */
void record_out(struct request *request, c18n_out *out, const c18n_table *fields, const c18n_doc *record);

#endif
