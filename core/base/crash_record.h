/**
 * crash_record.h: STATE_DIR/crashes, a line a crash: what the next start goes by when it leaves a module out.
 *
 *     time in ms TAB module TAB stage TAB signal TAB route
 *
 * "-" where there is none; module "core" is the host itself; signal "hang" is an event thread that the watchdog gave
 * up, "forgiven" an operator's word that what stands above it counts no more. Lines are only ever appended.
 */
#ifndef BASE_CRASH_RECORD_H
#define BASE_CRASH_RECORD_H

#include "base/crumb.h"

#include <stdint.h>

enum {
    CRASH_RECORDS_MOST = 64 * 1024, /* bytes; at a start of the server the newest are kept */
    CRASH_RECORDS_KEPT = 16 * 1024,
};

#define CRASH_CORE     "core"
#define CRASH_HANG     "hang"
#define CRASH_FORGIVEN "forgiven"

struct crash_record {
    int64_t at_ms;
    const char *module, *stage, *signal, *route;
};

/** Opens the file for crash_record_write, makes it when it isn't there and shortens it when it is long. A descriptor,
 *  or -1 with errno. */
int crash_record_open(const char *state_dir);
/** Appends a line, with one write(). Async-signal-safe. */
void crash_record_write(int fd, const struct crash_record *record);
/** Calls `each` for every line that is whole, oldest first. C18N_OK also when there is no file. */
int crash_record_each(const char *state_dir, void (*each)(void *arg, const struct crash_record *record), void *arg);
/** From now on the module's crashes up to here don't count. C18N_IO with errno. */
int crash_record_forgive(const char *state_dir, const char *module, int64_t now_ms);

#endif
