/** ctl_progress.h: one line on a terminal that says how far a long command has come; nothing elsewhere. One thread. */
#ifndef CTL_CTL_PROGRESS_H
#define CTL_CTL_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

struct ctl_progress {
    int fd;
    const char *what; /* "lines" */
    bool terminal, shown;
    int64_t began_us, next_us;
};

void ctl_progress_begin(struct ctl_progress *progress, int fd, const char *what);
void ctl_progress_at(struct ctl_progress *progress, uint64_t count);
void ctl_progress_clear(struct ctl_progress *progress); /* before other words are written */

#endif
