/** hooked.h: what module hooked offers to others, as service hooked.v1. */
#ifndef HOOKED_H
#define HOOKED_H

#include <c18n/module.h>

struct hooked_service {
    uint32_t size;
    /** Writes a mark on a post, in hooked's own name: the caller could not emit its event. */
    int (*mark)(c18n_self *self, c18n_request *rq, const char *post, const char *mark);
};

#endif
