/**
 * kit.h: the commands of c18nctl for those who write modules: `c18nctl module …`.
 *
 * They need no conf.d, no data and no server, and work with nothing but the -dev package installed. Each is one file
 * here. A command gets its own name as argv[0], writes for standard output into `say` and for standard error into
 * `why`, and gives the exit code; it never exits.
 */
#ifndef KIT_KIT_H
#define KIT_KIT_H

#include "base/text.h"

/** What `c18nctl module …` runs; argv[0] is "module". */
int kit_module(int argc, char **argv, struct text *say, struct text *why);
void kit_usage(struct text *ret_text); /* lines for --help, from the same table */

/** new NAME [--at DIR]: a folder with a module that builds, passes its tests and packages. */
int kit_new(int argc, char **argv, struct text *say, struct text *why);
/** check FILE.so: will the loader take it, and does it bear what a server does to it? 0 or 1. */
int kit_check(int argc, char **argv, struct text *say, struct text *why);

#endif
