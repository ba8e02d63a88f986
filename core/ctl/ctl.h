/**
 * ctl.h: the commands of c18nctl that need the data.
 *
 * A command runs where the data is: in c18nctl itself when no server holds the folder, else inside the
 * server, called through the control socket with the caller's own descriptors. So a command uses only
 * what it is given here and never exits.
 */
#ifndef CTL_CTL_H
#define CTL_CTL_H

#include "api/api.h"
#include "auth/auth.h"
#include "conf/conf.h"
#include "data/data.h"
#include "loader/loader.h"
#include "request/server.h"

struct ctl_call {
    struct server *server;
    int argc;
    char **argv;                           /* argv[0] is the command's name */
    int in, out, error;                    /* descriptors */
    int (*stopped)(struct ctl_call *call); /* the caller has gone or the server stops: end soon */
    void *arg;
};

/** Runs a command by name; a sysexits code. 64: unknown. */
int ctl_run(struct ctl_call *call);
void ctl_usage(struct text *ret_text); /* lines for --help, from the same table */
bool ctl_is_command(const char *name);
bool ctl_needs_server(const char *name); /* it is of no use where no server runs */

/** Called by c18nctl before it runs a command or sends it to a server: opens the FILE of `import` (as fds[0]) or
 * `export` (as fds[1]), so that paths and rights are the caller's. "-" and other commands: nothing. 0, or an exit code
 * when it has said why on fds[2]. Commands then read call->in or write call->out, and FILE is only a name. */
int ctl_open_file(int argc, char **argv, int fds[3]);

/* One file a command group. */
int ctl_user(struct ctl_call *call);   /* user create */
int ctl_token(struct ctl_call *call);  /* token --user EMAIL [--ttl 1h] */
int ctl_import(struct ctl_call *call); /* import [--keep-going] FILE */
int ctl_export(struct ctl_call *call); /* export FILE */
int ctl_seed(struct ctl_call *call);   /* seed --users N --communities N --posts N [--seed S] */
int ctl_verify(struct ctl_call *call);
int ctl_replay(struct ctl_call *call);
int ctl_epoch(struct ctl_call *call); /* epoch [--new] */
int ctl_reload(struct ctl_call *call);

void ctl_say(int fd, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
