/* reload_ask.c: who asks for a reload, and who hears how it went.
 *
 * A reload runs on a thread of its own, which is the control thread to the modules meanwhile: so a module that doesn't
 * come back holds up nothing but reloads. It can't be interrupted; after a limit it is named, and the reload is given
 * up: should the module come back, all abort. */
#include "boot/reload.h"

#include "base/condition.h"
#include "base/log.h"
#include "base/platform.h"
#include "base/thread.h"

#include <stdlib.h>
#include <string.h>

enum { RELOAD_LIMIT_MS = 10000, RELOAD_STEP_MS = 100 };

struct reload {
    struct server *server;
    pthread_mutex_t lock; /* of all that follows */
    pthread_cond_t changed;
    pthread_t thread;
    bool has_thread, running, ending;
    uint64_t asked, served;     /* reloads, counted: who has asked as number N waits until N are served */
    const char *module, *stage; /* whose code runs; NULL: none */
    int64_t since_us;
    bool given_up;
    int code;    /* of the last one */
    char *words; /* what has changed, or why nothing has; malloc'd, NULL: no memory */
};

/* --- a module that doesn't come back --- */

static void reload_at(void *arg, const char *module, const char *stage)
{
    struct reload *reload = arg;
    pthread_mutex_lock(&reload->lock);
    if (reload->given_up && !module)
        log_line(C18N_LOG_WARNING, reload->module, "%s has returned after all", reload->stage);
    reload->module = module;
    reload->stage = stage;
    reload->since_us = platform_monotonic_us();
    pthread_mutex_unlock(&reload->lock);
}

static bool reload_is_given_up(void *arg)
{
    struct reload *reload = arg;
    pthread_mutex_lock(&reload->lock);
    bool given_up = reload->given_up;
    pthread_mutex_unlock(&reload->lock);
    return given_up;
}

/* Once one commits, conf has taken the new settings. */
static bool has_changed(const struct reload *reload)
{
    return strcmp(reload->stage, "reload_commit") == 0;
}

static void reload_look_locked(struct reload *reload)
{
    if (!reload->module || reload->given_up ||
        platform_monotonic_us() - reload->since_us < RELOAD_LIMIT_MS * INT64_C(1000))
        return;
    reload->given_up = true;
    log_line(C18N_LOG_ERROR, reload->module,
             "%s has not returned within %d ms: %s; no reload is possible until it does", reload->stage,
             RELOAD_LIMIT_MS,
             has_changed(reload) ? "the new settings hold" : "the reload is given up, nothing changes");
    pthread_cond_broadcast(&reload->changed);
}

void reload_look(struct server *server)
{
    struct reload *reload = server->reload;
    pthread_mutex_lock(&reload->lock);
    reload_look_locked(reload);
    pthread_mutex_unlock(&reload->lock);
}

/* --- one reload --- */

static void reload_log_faults(const char *lines)
{
    while (*lines) {
        size_t length = strcspn(lines, "\n");
        log_line(C18N_LOG_ERROR, "reload", "%.*s", (int)length, lines);
        lines += length + (lines[length] == '\n');
    }
    log_line(C18N_LOG_ERROR, "reload", "nothing has changed, the settings that held go on");
}

static char *reload_words(int code, struct text *changed, struct text *why)
{
    if (code == 0)
        return strdup(changed->length ? text_end(changed) : "nothing has changed");
    return strdup(why->length ? text_end(why) : "a module did not answer in time\n");
}

static void reload_one(struct reload *reload)
{
    const struct reload_watcher watcher = {.at = reload_at, .given_up = reload_is_given_up, .arg = reload};
    struct text changed, why;
    text_init(&changed, NULL, 0);
    text_init(&why, NULL, 0);
    int code = reload_run(reload->server, &watcher, &changed, &why);
    char *words = reload_words(code, &changed, &why);
    if (code == 0)
        log_line(C18N_LOG_NOTICE, "reload", "reloaded: %s", words ? words : "");
    else
        reload_log_faults(words ? words : "");
    metrics_reloaded(reload->server->metrics, code == 0);
    text_free(&changed);
    text_free(&why);
    pthread_mutex_lock(&reload->lock);
    free(reload->words);
    reload->words = words;
    reload->code = code;
    pthread_mutex_unlock(&reload->lock);
}

static void *reload_main(void *arg)
{
    struct reload *reload = arg;
    pthread_mutex_lock(&reload->lock);
    while (reload->served < reload->asked && !reload->ending) {
        uint64_t serving = reload->asked;
        reload->given_up = false;
        pthread_mutex_unlock(&reload->lock);
        reload_one(reload);
        pthread_mutex_lock(&reload->lock);
        reload->served = serving;
        pthread_cond_broadcast(&reload->changed);
    }
    reload->running = false;
    pthread_cond_broadcast(&reload->changed);
    pthread_mutex_unlock(&reload->lock);
    return NULL;
}

/* --- asking --- */

static void reload_join(struct reload *reload)
{
    if (reload->has_thread)
        pthread_join(reload->thread, NULL);
    reload->has_thread = false;
}

/* The number of the reload that begins after this moment; those who ask while one runs share the next. 0: it can't be.
 */
static uint64_t reload_request(struct reload *reload)
{
    if (reload->ending)
        return 0;
    reload->asked++;
    if (reload->running)
        return reload->asked;
    reload_join(reload);
    reload->running = reload->has_thread = thread_start(&reload->thread, "reload", reload_main, reload) == 0;
    if (reload->running)
        return reload->asked;
    reload->asked--;
    return 0;
}

void reload_begin(struct server *server)
{
    struct reload *reload = server->reload;
    pthread_mutex_lock(&reload->lock);
    if (reload_request(reload) == 0)
        log_line(C18N_LOG_ERROR, "reload", "can't begin: no thread can be started");
    else if (reload->given_up && reload->module)
        log_line(C18N_LOG_ERROR, "reload", "waits until %s of %s returns", reload->stage, reload->module);
    pthread_mutex_unlock(&reload->lock);
}

static void reload_wait(struct reload *reload)
{
    (void)condition_wait(&reload->changed, &reload->lock, RELOAD_STEP_MS);
    reload_look_locked(reload);
}

/* The answer to who has asked as number `mine`. */
static int reload_tell(const struct reload *reload, uint64_t mine, struct text *ret_words)
{
    if (mine > 0 && reload->served >= mine) {
        text_add_text(ret_words, reload->words ? reload->words : "");
        return reload->code;
    }
    if (reload->given_up && reload->module)
        text_print(ret_words, "%s of module %s does not return; %s\n", reload->stage, reload->module,
                   has_changed(reload) ? "the new settings hold" : "the settings are as they were");
    else
        text_add_text(ret_words, "the server stops, or has no thread for it\n");
    return EXIT_NO_SERVICE;
}

static int reload_ask(struct server *server, int (*stopped)(void *arg), void *arg, struct text *ret_words)
{
    struct reload *reload = server->reload;
    pthread_mutex_lock(&reload->lock);
    uint64_t mine = reload_request(reload);
    while (mine > 0 && reload->served < mine && !reload->given_up && !reload->ending && !stopped(arg))
        reload_wait(reload);
    int code = reload_tell(reload, mine, ret_words);
    pthread_mutex_unlock(&reload->lock);
    return code;
}

/* --- life --- */

int reload_open(struct server *server)
{
    struct reload *reload = calloc(1, sizeof *reload);
    if (!reload || condition_init(&reload->changed) != C18N_OK) {
        free(reload);
        return C18N_NO_MEMORY;
    }
    pthread_mutex_init(&reload->lock, NULL);
    reload->server = server;
    server->reload = reload;
    server->ask_reload = reload_ask;
    return C18N_OK;
}

bool reload_end(struct server *server)
{
    struct reload *reload = server->reload;
    if (!reload)
        return true;
    pthread_mutex_lock(&reload->lock);
    reload->ending = true;
    pthread_cond_broadcast(&reload->changed);
    while (reload->running && !reload->given_up)
        reload_wait(reload);
    bool back = !reload->running;
    pthread_mutex_unlock(&reload->lock);
    return back;
}

void reload_close(struct server *server)
{
    struct reload *reload = server->reload;
    if (!reload)
        return;
    reload_join(reload);
    pthread_cond_destroy(&reload->changed);
    pthread_mutex_destroy(&reload->lock);
    free(reload->words);
    free(reload);
    server->reload = NULL;
    server->ask_reload = NULL;
}
