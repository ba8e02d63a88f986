#include "ctl/ctl_progress.h"

#include "base/platform.h"
#include "ctl/ctl.h"

#include <inttypes.h>
#include <unistd.h>

enum { EVERY_US = 200000 };

void ctl_progress_begin(struct ctl_progress *progress, int fd, const char *what)
{
    int64_t now = platform_monotonic_us();
    *progress =
        (struct ctl_progress){.fd = fd, .what = what, .terminal = isatty(fd) == 1, .began_us = now, .next_us = now};
}

void ctl_progress_at(struct ctl_progress *progress, uint64_t count)
{
    if (!progress->terminal)
        return;
    int64_t now = platform_monotonic_us();
    if (now < progress->next_us)
        return;
    int64_t spent = now - progress->began_us;
    uint64_t pace = spent > 0 ? count * 1000000 / (uint64_t)spent : 0;
    ctl_say(progress->fd, "\r\033[K%" PRIu64 " %s, %" PRIu64 " a second", count, progress->what, pace);
    progress->next_us = now + EVERY_US;
    progress->shown = true;
}

void ctl_progress_clear(struct ctl_progress *progress)
{
    if (progress->shown)
        ctl_say(progress->fd, "\r\033[K");
    progress->shown = false;
}
