/* logged.c: keeps the last lines that modules have logged, and passes them on to the log. */
#include "testhost/inside.h"

#include "base/log.h"
#include "c18n/log.h"

#include <pthread.h>
#include <stdio.h>
#include <string.h>

enum { LINES = 100, LINE_ROOM = 512, NO_LEVEL = -1 };

static struct {
    pthread_mutex_t lock; /* guards the rest */
    char lines[LINES][LINE_ROOM];
    size_t count; /* of all that there were */
    const c18n_log_family *real;
} logged = {.lock = PTHREAD_MUTEX_INITIALIZER};

/* The log's own thread is never started: lines then go to standard error at once. */
void logged_aloud(bool aloud)
{
    log_change(aloud ? C18N_LOG_DEBUG : NO_LEVEL, LOG_TEXT);
}

void logged_begin(void)
{
    pthread_mutex_lock(&logged.lock);
    logged.count = 0;
    pthread_mutex_unlock(&logged.lock);
}

static void line(c18n_self *self, int level, const char *format, va_list values)
{
    va_list again;
    va_copy(again, values);
    pthread_mutex_lock(&logged.lock);
    vsnprintf(logged.lines[logged.count++ % LINES], LINE_ROOM, format, again);
    pthread_mutex_unlock(&logged.lock);
    va_end(again);
    logged.real->line(self, level, format, values);
}

void logged_wrap(c18n_host *host)
{
    static c18n_log_family log;
    logged.real = host->log;
    log = *host->log;
    log.line = line;
    host->log = &log;
}

const char *c18n_test_logged(c18n_test *test, const char *words)
{
    const char *found = NULL;
    pthread_mutex_lock(&logged.lock);
    for (size_t back = 1; !found && back <= LINES && back <= logged.count; back++) {
        const char *kept = logged.lines[(logged.count - back) % LINES];
        if (strstr(kept, words))
            found = arena_copy(test->arena, kept, strlen(kept));
    }
    pthread_mutex_unlock(&logged.lock);
    return found;
}
