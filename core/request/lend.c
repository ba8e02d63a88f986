/* lend.c: a request is another module's while that module's code runs in it. */
#include "base/crumb.h"
#include "request/request.h"

c18n_self *request_lend(struct request *request, c18n_self *self, const char *stage, const char *route)
{
    c18n_self *before = request->head.self;
    if (self)
        request->head.self = self;
    crumb_enter(self ? self->id : NULL, stage, route);
    return before;
}

void request_return(struct request *request, c18n_self *before)
{
    crumb_leave();
    request->head.self = before;
}
