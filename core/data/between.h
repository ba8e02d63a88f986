/** between.h: walks the records of a view themselves, in the order of their ids. Any thread that has a scope. */
#ifndef DATA_BETWEEN_H
#define DATA_BETWEEN_H

#include "data/parts.h"

/** Of views_family: c18n_each_between. */
int views_each_between(c18n_request *rq, const char *view, const char *from, const char *until, bool reverse,
                       int (*item)(c18n_request *rq, const c18n_doc *record, void *arg), void *arg);

#endif
