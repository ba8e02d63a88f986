/** body.h: from the bytes of a body to the object that a handler reads. */
#ifndef API_BODY_H
#define API_BODY_H

#include "request/request.h"

/** Judges the body of an HTTP request by its route's table and sets request->body. C18N_UNSUPPORTED (415),
 *  _TOO_LARGE, _BAD_REQUEST, _INVALID with the problem noted. The thread that has the request. */
int body_judge(struct request *request) __attribute__((warn_unused_result));

#endif
