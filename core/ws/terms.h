/** terms.h: lists in header fields: `a, b; c="1"` (RFC 9110 5.6), taken apart without copying. Pure. */
#ifndef WS_TERMS_H
#define WS_TERMS_H

#include "http/http.h"

struct ws_term { /* a piece of a header's value, not NUL-terminated */
    const char *at;
    size_t length;
};

/** All lines of a header as one list, in the request's arena. False: absent, or no memory. */
bool ws_term_of_header(const struct http_request *request, const char *lower_name, struct ws_term *ret_all);
/** Cuts what stands before the next `mark` outside of quotes off *rest, without blanks around it. False: nothing is
 *  left. */
bool ws_term_cut(struct ws_term *rest, char mark, struct ws_term *ret_part);
bool ws_term_is(const struct ws_term *term, const char *word); /* of any case */
bool ws_term_is_token(const struct ws_term *term);
/** Is `word` one of the items? */
bool ws_term_lists(struct ws_term list, const char *word);

#endif
