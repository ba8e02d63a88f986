/**
 * form.h: `a=1&b=2`, from a query or an application/x-www-form-urlencoded body.
 */
#ifndef API_FORM_H
#define API_FORM_H

#include "request/request.h"

/** Splits and decodes. The texts are in the arena, valid UTF-8 without NUL. C18N_BAD_REQUEST with
 *  *ret_why: not well formed, or more than `room` pairs. C18N_NO_MEMORY. */
int form_parse(struct arena *arena, const char *text, size_t length, struct request_param *ret_pairs, size_t room,
               size_t *ret_count, const char **ret_why) __attribute__((warn_unused_result));
/** The pairs as an object of texts for fields_judge. A repeated name becomes a list when its field is a
 *  TEXTS, else a fault in request->errors. */
int form_doc(struct request *request, const c18n_table *fields, const struct request_param *pairs, size_t count,
             const c18n_doc **ret_doc) __attribute__((warn_unused_result));

#endif
