/**
 * reload.h: conf.d read anew while the server runs: all of it holds, or nothing has changed.
 *
 * reload.c is the two phases; reload_parts.c the core's own parts of them; reload_ask.c who asks for a reload, and
 * what becomes of one that doesn't come back.
 */
#ifndef BOOT_RELOAD_H
#define BOOT_RELOAD_H

#include "boot/server.h"

/* --- reload_parts.c --- */

/** A part of the core that makes something of settings. Between conf_try on and off. */
struct reload_part {
    /** Makes what the proposed settings need and changes nothing. Not C18N_OK: complained of to the conf. */
    int (*prepare)(struct server *server, void **ret_prepared);
    /** Can't fail. What has changed beyond settings goes to ret_changed, in a list with commas. */
    void (*commit)(struct server *server, void *prepared, struct text *ret_changed);
    void (*abort)(struct server *server, void *prepared);
};
extern const struct reload_part reload_parts[];
extern const size_t reload_part_count;

/* --- reload.c --- */

/** Keeps a copy of the options for reloads. C18N_NO_MEMORY. */
int reload_remember(struct server *server, const struct server_options *options);
void reload_forget(struct server *server);

/** What somebody outside sees of a reload on its way. */
struct reload_watcher {
    void (*at)(void *arg, const char *module, const char *stage); /* a module's code runs; NULLs: it has come back */
    bool (*given_up)(void *arg); /* asked once, when all have prepared: nobody waits for it any more */
    void *arg;
};
/** The same as server_reload, watched. *ret_changed: "core.log_level, posts.most". */
int reload_run(struct server *server, const struct reload_watcher *watcher, struct text *ret_changed,
               struct text *ret_why);

/* --- reload_ask.c: in a server that listens --- */

int reload_open(struct server *server);   /* reloads may be asked for. C18N_NO_MEMORY */
void reload_begin(struct server *server); /* begins one, or notes that another must follow; any thread */
void reload_look(struct server *server);  /* now and then: is a module's code hanging? */
/** No reload begins any more. Waits for one that runs. False: a module hangs, and will be found in its code. */
bool reload_end(struct server *server);
void reload_close(struct server *server);

#endif
