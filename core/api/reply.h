/** reply.h: putting an answer together on the request. The thread that has the request. */
#ifndef API_REPLY_H
#define API_REPLY_H

#include "request/request.h"

/** Adds a header; texts must outlive the request. C18N_INVALID: too many, or not legal. */
int reply_header(struct request *request, const char *name, const char *value) __attribute__((warn_unused_result));
/** Sets status and a JSON body that lives in the arena or longer. */
void reply_body(struct request *request, int status, const char *json, size_t length);

/* Of c18n_http_family. */
int reply_json(c18n_request *rq, int status, c18n_out *out);
int reply_record(c18n_request *rq, const char *location, const c18n_table *fields, const c18n_doc *record);
int reply_page(c18n_request *rq, const c18n_page *page);
int reply_list(c18n_request *rq, const c18n_list *list);
int reply_search(c18n_request *rq, const c18n_search *search);
int reply_history(c18n_request *rq, const char *resource);

#endif
