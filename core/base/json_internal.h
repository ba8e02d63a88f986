/**
 * json_internal.h: what json's own files share: scanning, and the functions behind the family json
 * (request/families.c), which also serve where there is no request: the operators' pages.
 */
#ifndef BASE_JSON_INTERNAL_H
#define BASE_JSON_INTERNAL_H

#include "base/json.h"

/* json_scan.c */
const char *json_skip_value(const char *at, const char *end); /* behind the value that begins at `at` */

/* json_doc.c */
const char *json_doc_text(const c18n_doc *doc, const char *name);
int64_t json_doc_integer(const c18n_doc *doc, const char *name, int64_t otherwise);
double json_doc_number(const c18n_doc *doc, const char *name, double otherwise);
bool json_doc_boolean(const c18n_doc *doc, const char *name, bool otherwise);
bool json_doc_has(const c18n_doc *doc, const char *name);
size_t json_doc_texts(const c18n_doc *doc, const char *name, const char *const **ret_items);
c18n_bytes json_doc_raw(const c18n_doc *doc, const char *name);

/* json_out.c */
void json_out_text(c18n_out *pub, const char *name, const char *value);
void json_out_integer(c18n_out *pub, const char *name, int64_t value);
void json_out_number(c18n_out *pub, const char *name, double value);
void json_out_boolean(c18n_out *pub, const char *name, bool value);
void json_out_null(c18n_out *pub, const char *name);
void json_out_raw(c18n_out *pub, const char *name, c18n_bytes json);
void json_out_doc(c18n_out *pub, const c18n_doc *doc, const char *except);
void json_out_begin(c18n_out *pub, const char *name, char kind);
void json_out_end(c18n_out *pub);
const c18n_doc *json_out_finish(c18n_out *pub);

#endif
