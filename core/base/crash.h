/**
 * crash.h: what is said when the process dies of its own code, and who is to blame.
 *
 * SIGSEGV, SIGBUS, SIGFPE, SIGILL and SIGABRT (so asserts, too) are told on standard error (the signal, the module,
 * what ran, a backtrace), noted in STATE_DIR/crashes, and then end the process as they would have without. No memory's
 * contents are ever shown. The handler uses nothing but what is async-signal-safe and what was made ready at start.
 */
#ifndef BASE_CRASH_H
#define BASE_CRASH_H

#include "base/crumb.h"

/** On the main thread, before any other runs. `program` is its name, "c18nd". A child that is forked later tells
 *  nothing: its crash is its parent's to tell. */
void crash_install(const char *program);
/** The file that crash_record_open gave; without it nothing is noted. Before other threads run. */
void crash_note_in(int fd);

/** Ends the process as if `thread` crashed where it is now: it is stuck. Returns at once. */
void crash_interrupt(pthread_t thread);
/** The same when the thread does not take that: blames the crumb. */
_Noreturn void crash_accuse(const struct crumb *crumb);

#endif
