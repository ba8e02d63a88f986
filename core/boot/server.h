/**
 * server.h: everything that makes one running server, and the order in which it is put together.
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
#include "run/task.h"

struct server {
    c18n_host host; /* the table that modules see: must stay first */
    struct conf *conf;
    struct conf_section *core_settings, *auth_settings;
    char *state_dir, *public_url; /* absolute; public_url without a trailing slash */
    struct loader *loader;
    struct data *data;
    struct auth *auth;
    struct api *api;
    struct metrics *metrics;
    struct loop **loops;
    size_t loop_count;
    struct pool *reads;    /* context: struct data_reader */
    struct pool *blocking; /* context: struct data_reader */
    struct http_server *http, *operators;
    struct loop *operators_loop; /* ops/listener.c: a thread of its own, so that a busy API can't hide its state */
    struct control *control;
    struct timers *timers;
    int64_t started_ms;
    bool stopping; /* atomic */
};

enum {
    EXIT_USAGE = 64,
    EXIT_DATA = 65,
    EXIT_NO_SERVICE = 69,
    EXIT_INTERNAL = 70,
    EXIT_SYSTEM_IO = 74,
    EXIT_CONFIG = 78
};

struct server_options {
    const char *conf_dir;
    const char *const *sets;
    size_t set_count;
};

/** Reads conf.d, loads the modules, checks all settings. 0 or 78 with all faults in ret_why. Starts nothing. */
int server_load(struct server *server, const struct server_options *options, struct text *ret_why);
/** Opens the data, starts the modules, the writer, the pools. No listener. 0 or an exit code. */
int server_open(struct server *server, struct text *ret_why);
/** Listens: API, operators, control socket. */
int server_listen(struct server *server, struct text *ret_why);
/** Graceful stop, in the reverse order. `grace_ms` for requests in flight. */
void server_close(struct server *server, int64_t grace_ms);

#endif
