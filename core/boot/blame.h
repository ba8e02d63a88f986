/**
 * blame.h: what a start has to do with crashes: it leaves out who caused too many, and makes the next ones nameable.
 *
 * Three crashes of a module, the last within ten minutes of the first, and it is left out at the next start, if it is
 * optional. It stays out until its file is another one (as the file's change time tells) or the operator forgives it.
 */
#ifndef BOOT_BLAME_H
#define BOOT_BLAME_H

#include "boot/server.h"

enum { BLAME_CRASHES = 3, BLAME_WITHIN_MS = 10 * 60 * 1000 };

/** Before the modules are loaded: asks the loader to leave out whom STATE_DIR/crashes names too often. */
void blame_leave_out(struct server *server, const char *module_dir);
/** After they are loaded: a line in the log for each that was named too often and is not left out, with what to do. */
void blame_warn(struct server *server);
/** After they are loaded: tells the crash handler whose code lies where. */
void blame_know_code(const struct server *server);
/** Makes STATE_DIR if it isn't there, and has crashes noted in its file `crashes`. 0 or an exit code with ret_why. */
int blame_note_crashes(struct server *server, struct text *ret_why);

#endif
