/**
 * log.h: structured lines through a ring that never blocks.
 *
 * Writers copy a finished line into the ring; one thread writes to standard error (and the access log).
 * A full ring drops the line and counts it. Secrets: give them as struct secret, which has no
 * printing function at all.
 */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_format { LOG_TEXT, LOG_JSON };

struct log_options {
    enum log_format format;
    int level;               /* C18N_LOG_… : the most talkative that is written */
    const char *access_path; /* "" none, "-" standard error, else a file, opened for appending */
};

struct log_access {
    const char *method, *path /* without the query */, *request_id, *address, *user, *route;
    int status;
    uint64_t bytes;
    int64_t micros;
};

int log_start(const struct log_options *options); /* C18N_IO: the access log can't be opened */
/** From now on: another level and format. Any thread. */
void log_change(int level, enum log_format format);
void log_reopen(void); /* after logrotate: SIGUSR1 */
void log_stop(void);   /* writes what is in the ring */
void log_line(int level, const char *source, const char *format, ...) __attribute__((format(printf, 3, 4)));
void log_vline(int level, const char *source, const char *format, va_list values);
void log_access_line(const struct log_access *line);
uint64_t log_dropped(void);

/** A secret: its bytes can be used but not printed by accident. */
struct secret {
    unsigned char *hidden; /* MADV_DONTDUMP memory */
    size_t length;
};
int secret_set(struct secret *secret, const void *bytes, size_t length);
void secret_wipe(struct secret *secret);

#endif
