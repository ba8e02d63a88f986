/** page.h: reads records, one or along an index. Any thread that has a scope. */
#ifndef DATA_PAGE_H
#define DATA_PAGE_H

#include "data/parts.h"

/** Reads a record into the request's arena. C18N_NOT_FOUND, or C18N_GONE with *ret_record set. */
int record_read(struct request *request, const struct view *view, c18n_bytes id, const c18n_doc **ret_record);

#endif
