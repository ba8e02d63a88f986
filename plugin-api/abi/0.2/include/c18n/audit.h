/** audit.h: what must be on record even when the request itself fails. Durable, unlike the log. */
#ifndef C18N_AUDIT_H
#define C18N_AUDIT_H

#include "abi.h"
#include "mem.h"

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_audit_family {
    c18n_family family;
    void (*note)(c18n_request *rq, const char *action, const char *resource, const char *detail);
} c18n_audit_family;

/** Appends an event `audit.ACTION` of topic `access` in a transaction of its own, kept when the request's is undone.
 *  `action` is of [a-z0-9_]; `resource` NULL: "server"; `detail` NULL: none, else it must hold nothing personal, for it
 *  is never sealed. Never waits.
 *  Thread: request's. Owner: caller. Errors: none; what can't be kept (no memory, a storage that is down) is told in
 *  the log. Since 0.1. */
static inline void c18n_audit(c18n_request *rq, const char *action, const char *resource, const char *detail)
{
    C18N_HOST_OF(rq)->audit->note(rq, action, resource, detail);
}

#endif
