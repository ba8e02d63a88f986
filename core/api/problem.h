/**
 * problem.h: what goes wrong, as RFC 9457 application/problem+json. The one place that knows which
 * C18N_ code is which HTTP status, and the words of both.
 */
#ifndef API_PROBLEM_H
#define API_PROBLEM_H

#include "api/api.h"

enum { PROBLEM_ERRORS_MAX = 32 }; /* entries of errors[]; the rest would only fill the line */

/** Puts a problem of any status into request->reply, taking the place of what was there. `word` and
 *  `detail` NULL: the usual ones of the status. */
void problem_reply(struct request *request, int status, const char *word, const char *detail);

/** Adds an entry to errors[]. Both texts are copied. Beyond PROBLEM_ERRORS_MAX it is dropped. */
void problem_add_error(struct request *request, const char *field, const char *detail);
/** Notes word and detail for api_problem; NULL: the usual ones. Returns `code`. The texts are copied. */
int problem_note(struct request *request, int code, const char *word, const char *detail);
/** What was noted and added so far isn't why. */
void problem_forget(struct request *request);

/** `code` and `detail` of what api_problem would answer: for who answers otherwise, a socket's verb. A C18N_INVALID
 * that names nothing is a bug of the module's, is logged, and has the words of C18N_ERROR. */
void problem_words(const struct request *request, int code, const char **ret_word, const char **ret_detail);
/** Writes `[{"field":…,"detail":…},…]`. */
void problem_write_errors(struct text *text, const struct request_error *errors);

/** The words of an HTTP status ("Not Found"). */
const char *problem_title(int status);
/** Writes a problem's JSON. `errors` may be NULL. */
void problem_write(struct text *text, int status, const char *word, const char *detail, const char *request_id,
                   const struct request_error *errors);

#endif
