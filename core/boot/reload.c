/* reload.c: the two phases of a reload. First everybody is asked: conf judges by the tables, modules and core parts
 * prepare. Then all of them commit, or all abort. */
#include "boot/reload.h"

#include "loader/reload.h"

#include <stdlib.h>
#include <string.h>

enum { RELOAD_PARTS_MOST = 16 };

struct reloading {
    struct server *server;
    const struct reload_watcher *watcher;
    struct loader_reload modules;
    void *prepared[RELOAD_PARTS_MOST];
    size_t part_count; /* that have prepared */
};

static bool parts_prepare(struct reloading *reloading)
{
    for (; reloading->part_count < reload_part_count; reloading->part_count++) {
        const struct reload_part *part = &reload_parts[reloading->part_count];
        if (part->prepare(reloading->server, &reloading->prepared[reloading->part_count]) != C18N_OK)
            return false;
    }
    return true;
}

static void parts_commit(struct reloading *reloading, struct text *ret_changed)
{
    for (size_t i = 0; i < reloading->part_count; i++)
        reload_parts[i].commit(reloading->server, reloading->prepared[i], ret_changed);
}

static void parts_abort(struct reloading *reloading)
{
    for (size_t i = reloading->part_count; i-- > 0;)
        reload_parts[i].abort(reloading->server, reloading->prepared[i]);
}

/* Every fault is found in one go: modules are asked even when conf.d is wrong elsewhere. */
static bool reload_judge(struct reloading *reloading)
{
    struct server *server = reloading->server;
    bool fits = loader_reload_check(server->loader, &reloading->modules);
    auth_check_settings(server);
    return fits && conf_fault_count(server->conf) == 0;
}

/* True: all have prepared. */
static bool reload_prepare(struct reloading *reloading)
{
    if (!parts_prepare(reloading) || !loader_reload_prepare(reloading->server->loader, &reloading->modules))
        return false;
    return !reloading->watcher->given_up(reloading->watcher->arg);
}

static void reload_abort(struct reloading *reloading)
{
    loader_reload_abort(reloading->server->loader, &reloading->modules);
    parts_abort(reloading);
    conf_try(reloading->server->conf, false);
    conf_give_up(reloading->server->conf);
}

static void reload_commit(struct reloading *reloading, struct text *ret_changed)
{
    conf_try(reloading->server->conf, false);
    conf_take(reloading->server->conf, ret_changed);
    parts_commit(reloading, ret_changed);
    loader_reload_commit(reloading->server->loader, &reloading->modules);
}

int reload_run(struct server *server, const struct reload_watcher *watcher, struct text *ret_changed,
               struct text *ret_why)
{
    struct reloading reloading = {
        .server = server, .watcher = watcher, .modules = {.at = watcher->at, .arg = watcher->arg}};
    struct conf *fresh = conf_new();
    if (!fresh) {
        text_add_text(ret_why, "conf.d can't be read: out of memory\n");
        return EXIT_INTERNAL;
    }
    conf_read(fresh, server->options->conf_dir, server->options->sets, server->options->set_count);
    conf_propose(server->conf, fresh);
    conf_try(server->conf, true);
    bool takes = reload_judge(&reloading) && reload_prepare(&reloading);
    if (takes)
        reload_commit(&reloading, ret_changed);
    else
        reload_abort(&reloading);
    conf_faults(fresh, ret_why);
    conf_free(fresh);
    return takes ? 0 : EXIT_CONFIG;
}

/* --- what conf.d is read by --- */

void reload_forget(struct server *server)
{
    struct server_options *options = server->options;
    for (size_t i = 0; options && i < options->set_count; i++)
        free((char *)(uintptr_t)options->sets[i]);
    if (options) {
        free((char **)(uintptr_t)options->sets);
        free((char *)(uintptr_t)options->conf_dir);
    }
    free(options);
    server->options = NULL;
}

int reload_remember(struct server *server, const struct server_options *options)
{
    struct server_options *copy = calloc(1, sizeof *copy);
    const char **sets = calloc(options->set_count + 1, sizeof *sets);
    server->options = copy;
    if (!copy || !sets) {
        free(sets);
        return C18N_NO_MEMORY;
    }
    copy->sets = sets;
    copy->conf_dir = strdup(options->conf_dir);
    bool whole = copy->conf_dir != NULL;
    for (; whole && copy->set_count < options->set_count; copy->set_count++) {
        sets[copy->set_count] = strdup(options->sets[copy->set_count]);
        whole = sets[copy->set_count] != NULL;
    }
    return whole ? C18N_OK : C18N_NO_MEMORY;
}

/* --- unwatched --- */

static void watch_nothing(void *arg, const char *module, const char *stage)
{
    (void)arg, (void)module, (void)stage;
}

static bool never_given_up(void *arg)
{
    (void)arg;
    return false;
}

int server_reload(struct server *server, struct text *ret_why)
{
    static const struct reload_watcher nobody = {.at = watch_nothing, .given_up = never_given_up};
    struct text changed;
    text_init(&changed, NULL, 0);
    int code = reload_run(server, &nobody, &changed, ret_why);
    text_free(&changed);
    return code;
}
