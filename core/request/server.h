/**
 * server.h: the parts of one running server, so that each can find the others.
 *
 * Only pointers: who uses a part includes that part's header. boot/ puts them in and takes them out;
 * in between they don't change, so any thread may read them.
 */
#ifndef REQUEST_SERVER_H
#define REQUEST_SERVER_H

#include "base/exits.h"
#include "c18n/abi.h"

struct text;

struct server {
    c18n_host host; /* the table that modules see: must stay first */
    struct conf *conf;
    struct server_options *options; /* boot/: what conf was read by */
    struct conf_section *core_settings, *auth_settings;
    char *state_dir, *public_url; /* absolute; public_url without a trailing slash */
    struct loader *loader;
    struct data *data;
    struct auth *auth;
    struct api *api;
    struct live *live;
    struct metrics *metrics;
    struct loop **loops;
    size_t loop_count;
    struct pool *reads;    /* context: struct data_reader */
    struct pool *blocking; /* context: struct data_reader */
    struct http_server *http, *operators;
    struct loop *operators_loop; /* ops/listener.c: a thread of its own, so that a busy API can't hide its state */
    struct control *control;
    struct timers *timers;
    struct reload *reload; /* boot/ */
    /** Asks for a reload and waits for its end, for `stopped`, or for a module that hangs. What has changed, or the
     *  faults. An exit code. Any thread. NULL: nobody listens here, so there is nothing to reload. */
    int (*ask_reload)(struct server *server, int (*stopped)(void *arg), void *arg, struct text *ret_words);
    struct watchdog *watchdog;
    int64_t started_ms;
    unsigned pool_threads; /* of each pool; 0: as core.threads says. With one, two runs of a test are the same */
    bool stopping;         /* atomic */
};

#endif
