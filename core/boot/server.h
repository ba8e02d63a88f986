/**
 * server.h: the order in which the parts of one running server (request/server.h) are put together.
 *
 * c18nd and c18nctl share it: the command-line tool opens the same server without listeners.
 */
#ifndef BOOT_SERVER_H
#define BOOT_SERVER_H

#include "api/api.h"
#include "auth/auth.h"
#include "conf/conf.h"
#include "data/data.h"
#include "loader/loader.h"
#include "ops/ops.h"
#include "request/server.h"
#include "run/task.h"

struct server_options {
    const char *conf_dir;
    const char *const *sets;
    size_t set_count;
    void (*wrap)(c18n_host *host); /* puts functions of its own into the modules' table, before any module sees it; or
                                      NULL */
    bool bare;                     /* storage and bus may be absent: single modules are looked at */
    bool unrehearsed;              /* a module's init may crash or hang in this process */
};

/** Reads conf.d, loads the modules, checks all settings. 0 or 78 with all faults in ret_why. Starts nothing. */
int server_load(struct server *server, const struct server_options *options, struct text *ret_why);
/** Opens the data, starts the modules, the writer, the pools. No listener. 0 or an exit code. */
int server_open(struct server *server, struct text *ret_why);
/** Listens: API, operators, control socket. */
int server_listen(struct server *server, struct text *ret_why);
/** Reads conf.d anew, by the options of server_load. 0: it holds. 78, and ret_why says why, a line a fault: nothing has
 *  changed. The control thread, or whoever runs the modules' stages; an opened server. */
int server_reload(struct server *server, struct text *ret_why);
/** Graceful stop, in the reverse order. `grace_ms` for requests in flight. */
void server_close(struct server *server, int64_t grace_ms);

#endif
