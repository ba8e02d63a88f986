/** answer.h: from a reply to an http_answer: the headers that every answer has. Loop's thread. */
#ifndef API_ANSWER_H
#define API_ANSWER_H

#include "api/call.h"

/** Fills an answer, with its headers in call->headers. */
void answer_fill(struct call *call, struct http_answer *ret_answer);
/** Sends the reply, or ends the stream that was begun. The call ends here. */
void answer_send(struct call *call);

#endif
