/* reload_parts.c: what the core itself makes of settings, as a table of parts that prepare, commit or abort. What is
 * read from conf at each use (core.rate_limit, auth.token_ttl, CORS's origins) needs none. */
#include "boot/reload.h"

#include "base/log.h"
#include "boot/settings.h"

/* --- log: its level and format --- */

static int log_prepare(struct server *server, void **ret_prepared)
{
    (void)server, (void)ret_prepared;
    return C18N_OK; /* the tables have judged both */
}

static void log_commit(struct server *server, void *prepared, struct text *ret_changed)
{
    struct log_options options = {.level = C18N_LOG_NOTICE};
    (void)prepared, (void)ret_changed;
    settings_log(server, &options);
    log_change(options.level, options.format);
}

static void log_abort(struct server *server, void *prepared)
{
    (void)server, (void)prepared;
}

/* --- the API's listener: who may connect, how many, by which names, with what --- */

static int listener_prepare(struct server *server, void **ret_prepared)
{
    char why[256];
    struct http_options options = {.listen = NULL};
    struct http_terms *terms;
    if (!server->http) /* a test host */
        return C18N_OK;
    settings_http(server, &options);
    int code = http_terms_new(&options, &terms, why);
    settings_http_free(&options);
    if (code == C18N_OK)
        *ret_prepared = terms;
    else
        conf_complain(server->conf, "core", "frontends", why);
    return code;
}

static void listener_commit(struct server *server, void *prepared, struct text *ret_changed)
{
    (void)ret_changed;
    if (prepared)
        http_commit(server->http, prepared);
}

static void listener_abort(struct server *server, void *prepared)
{
    (void)server;
    http_terms_free(prepared);
}

/* --- auth: the keys of their file, and origins --- */

static int tokens_prepare(struct server *server, void **ret_prepared)
{
    struct auth_terms *terms;
    int code = auth_prepare(server->auth, &terms);
    if (code == C18N_OK)
        *ret_prepared = terms;
    return code;
}

static void tokens_commit(struct server *server, void *prepared, struct text *ret_changed)
{
    size_t keys = auth_other_keys(server->auth, prepared);
    if (keys > 0)
        text_print(ret_changed, "%sthe keys in auth.secret_file (now %zu)", ret_changed->length ? ", " : "", keys);
    auth_commit(server->auth, prepared);
}

static void tokens_abort(struct server *server, void *prepared)
{
    auth_abort(server->auth, prepared);
}

const struct reload_part reload_parts[] = {
    {log_prepare, log_commit, log_abort},
    {listener_prepare, listener_commit, listener_abort},
    {tokens_prepare, tokens_commit, tokens_abort},
};
const size_t reload_part_count = sizeof reload_parts / sizeof *reload_parts;
