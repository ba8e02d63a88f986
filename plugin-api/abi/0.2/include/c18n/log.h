/** log.h: one line to the server's log. Never blocks: a full ring drops the line and counts it. */
#ifndef C18N_LOG_H
#define C18N_LOG_H

#include "abi.h"

/** How much it matters; core.log_level says what is kept. */
enum { C18N_LOG_ERROR, C18N_LOG_WARNING, C18N_LOG_NOTICE, C18N_LOG_INFO, C18N_LOG_DEBUG };

/** What the host offers of this header: the inline functions call it. */
typedef struct c18n_log_family {
    c18n_family family;
    void (*line)(c18n_self *self, int level, const char *format, __builtin_va_list values); /* a va_list */
} c18n_log_family;

/** Logs one line under the module's name: the format's, without a line feed; a long one is cut. Secrets don't belong in
 *  it.
 *  Thread: any, from `check_config` on. Owner: caller. Errors: none; a line that finds no room is dropped and counted.
 *  Since 0.1. */
C18N_PRINTF(3, 4) static inline void c18n_log(c18n_self *self, int level, const char *format, ...)
{
    __builtin_va_list values;
    __builtin_va_start(values, format);
    self->host->log->line(self, level, format, values);
    __builtin_va_end(values);
}

#endif
