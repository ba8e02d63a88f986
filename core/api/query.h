/** query.h: the parameters after the '?': only those that the route declares. */
#ifndef API_QUERY_H
#define API_QUERY_H

#include "request/request.h"

enum { PAGE_LIMIT_DEFAULT = 10, PAGE_LIMIT_MAX = 100 }; /* no setting can raise the maximum */

/** Parses into request->query and judges. C18N_BAD_REQUEST with the problem noted. A token in the query is
 *  an unknown parameter like any other: nobody reads it. */
int query_judge(struct request *request) __attribute__((warn_unused_result));
/** A parameter's value; NULL: absent. */
const char *query_find(const struct request *request, const char *name);
/** The page's size. C18N_BAD_REQUEST `limit_out_of_range`. */
int query_limit(struct request *request, size_t *ret_limit) __attribute__((warn_unused_result));

#endif
