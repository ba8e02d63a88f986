/** ctl_local.h: the commands of c18nctl that need no data: they run in c18nctl itself, beside a running server. */
#ifndef CTL_CTL_LOCAL_H
#define CTL_CTL_LOCAL_H

#include "api/api.h"
#include "conf/conf.h"
#include "request/server.h"

/** A command by its name. `say` gets what goes to standard output, `why` to standard error. A sysexits code. */
struct ctl_local {
    const char *name;
    const char *arguments; /* as --help shows them */
    const char *does;
    int (*run)(struct server *server, int argc, char **argv, struct text *say, struct text *why);
};

/** The server has read conf.d and loaded its modules, nothing more. */
int ctl_check(struct server *server, int argc, char **argv, struct text *say, struct text *why);
int ctl_modules(struct server *server, int argc, char **argv, struct text *say, struct text *why);

#endif
