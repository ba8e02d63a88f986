/**
 * providers/conversations.h: what "conversations.v1" tells other modules of conversations: direct ones and those of
 * user-groups. Its provider is messaging; who keeps what people share there (media) asks it.
 */
#ifndef C18N_PROVIDERS_CONVERSATIONS_H
#define C18N_PROVIDERS_CONVERSATIONS_H

#include "../mem.h"

/** The functions of the service "conversations.v1". Since 0.3. */
typedef struct c18n_conversations {
    uint32_t size;
    /** May the caller of the request read the message at this place of a conversation?
     *  Thread: request's, where views may be read. Owner: caller. Errors: C18N_NOT_FOUND (no, or there is none), or the
     *  storage's. Since 0.3. */
    int (*may_read)(c18n_self *self, c18n_request *rq, const char *conversation, uint64_t number);
} c18n_conversations;

#endif
