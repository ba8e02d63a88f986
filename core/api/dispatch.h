/** dispatch.h: from the gate to the handler's thread and back. See dispatch.c's first paragraph. */
#ifndef API_DISPATCH_H
#define API_DISPATCH_H

#include "api/call.h"

/** Runs the route's handler by its class. Loop's thread; the call is given away. */
void dispatch_run(struct call *call);
/** Answers: the reply, or the problem of a code. Loop's thread; the call ends. */
void dispatch_finish(struct call *call, int code);
/** Runs `work` on a pool and, when it says true, `next` back on the loop. A full pool is a 503. Loop's thread. */
void dispatch_hop(struct call *call, struct pool *pool, bool (*work)(struct call *call, struct data_reader *reader),
                  void (*next)(struct call *call));
/** C18N_OK, or what is wrong with query or body, noted on the request. */
int dispatch_input(struct call *call);

#endif
