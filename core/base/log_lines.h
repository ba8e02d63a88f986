/** log_lines.h: how a line of the log looks, as text or as JSON. Only log.c uses it. */
#ifndef BASE_LOG_LINES_H
#define BASE_LOG_LINES_H

#include "base/log.h"
#include "base/text.h"

enum { LOG_LINE_LIMIT = 64 * 1024, LOG_MESSAGE_LIMIT = 8 * 1024 };

void log_lines_message(struct text *line, enum log_format format, int level, const char *source, const char *message,
                       va_list values);
void log_lines_access(struct text *line, enum log_format format, const struct log_access *access);

#endif
