/**
 * record.h: what an answer shows of a record, by a field table.
 *
 * Members are spliced from the record's text as they stand there; nothing is parsed into a tree. A member
 * that the record lacks is left out, or null when its field is C18N_NULLABLE. C18N_SECRET fields are
 * never shown.
 */
#ifndef API_RECORD_H
#define API_RECORD_H

#include "request/request.h"

/** Appends the object. The thread that has the request. */
void record_add(struct request *request, struct text *text, const c18n_table *fields, const c18n_doc *record);
/** Writes the members into an object that is open. */
void record_out(struct request *request, c18n_out *out, const c18n_table *fields, const c18n_doc *record);

#endif
