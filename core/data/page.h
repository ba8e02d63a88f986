/** page.h: reads records, one or along an index. Any thread that has a scope. */
#ifndef DATA_PAGE_H
#define DATA_PAGE_H

#include "data/parts.h"

/** The view that a module names. C18N_INVALID, or C18N_ERROR where nothing can be read; the log says why. */
int record_view(struct request *request, const char *name, const struct view **ret_view);
/** Reads a record into the request's arena. C18N_NOT_FOUND, or C18N_GONE with *ret_record set. */
int record_read(struct request *request, const struct view *view, c18n_bytes id, const c18n_doc **ret_record);

#endif
