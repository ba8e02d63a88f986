/* terms.c: what of auth a reload may change: the keys, whose file is read each time, and the origins. */
#include "auth/csrf.h"
#include "auth/parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TERMS_SECRET_NAME "auth.secret"

const struct auth_terms *auth_terms(struct auth *auth)
{
    return atomic_load_explicit(&auth->terms, memory_order_acquire);
}

static void terms_free(struct auth_terms *terms)
{
    auth_keys_wipe(&terms->keys);
    for (size_t i = 0; i < terms->origin_count; i++)
        free(terms->origins[i]);
    free(terms);
}

/* --- making them --- */

/* auth.secret_file, else STATE_DIR/auth.secret. malloc'd. */
static char *terms_secret_path(const struct server *server)
{
    char *path;
    const char *configured = conf_text(server->auth_settings, "secret_file");
    if (*configured)
        return strdup(configured);
    return asprintf(&path, "%s/%s", server->state_dir, TERMS_SECRET_NAME) < 0 ? NULL : path;
}

void auth_check_settings(struct server *server)
{
    struct text why;
    char *path = terms_secret_path(server);
    text_init(&why, NULL, 4096);
    if (path && auth_secret_check(path, &why) != C18N_OK)
        conf_complain(server->conf, "auth", "secret_file", text_end(&why));
    text_free(&why);
    free(path);
}

static int terms_add_origin(struct auth_terms *terms, const char *url, struct text *ret_why)
{
    char *origin = auth_origin_of(url);
    if (origin && terms->origin_count < AUTH_MAX_ORIGINS) {
        terms->origins[terms->origin_count++] = origin;
        return C18N_OK;
    }
    text_print(ret_why, "\"%s\" must be like https://www.example.org, and one of at most %d", url, CONF_ORIGINS_MOST);
    free(origin);
    return C18N_INVALID;
}

static int terms_fill_origins(struct auth *auth, struct auth_terms *terms, struct text *ret_why)
{
    const char *const *origins;
    size_t count = conf_list(auth->core_settings, "origins", &origins);
    int code = terms_add_origin(terms, auth->server->public_url, ret_why);
    for (size_t i = 0; i < count && code == C18N_OK; i++)
        code = terms_add_origin(terms, origins[i], ret_why);
    return code;
}

static int terms_fill_keys(struct auth *auth, struct auth_terms *terms, struct text *ret_why)
{
    char *path = terms_secret_path(auth->server);
    int code = path ? auth_secret_open(path, &terms->keys, ret_why) : C18N_NO_MEMORY;
    free(path);
    return code;
}

static bool terms_same_keys(const struct auth_keys *a, const struct auth_keys *b)
{
    if (a->count != b->count)
        return false;
    for (size_t i = 0; i < a->count; i++) {
        const struct secret *one = &a->key[i], *other = &b->key[i];
        if (one->length != other->length || memcmp(one->hidden, other->hidden, one->length) != 0)
            return false;
    }
    return true;
}

static bool terms_same(const struct auth_terms *a, const struct auth_terms *b)
{
    if (!terms_same_keys(&a->keys, &b->keys) || a->origin_count != b->origin_count)
        return false;
    for (size_t i = 0; i < a->origin_count; i++)
        if (strcmp(a->origins[i], b->origins[i]) != 0)
            return false;
    return true;
}

static int terms_new(struct auth *auth, struct auth_terms **ret_terms, const char **ret_setting, struct text *ret_why)
{
    struct auth_terms *terms = calloc(1, sizeof *terms);
    *ret_setting = "auth.secret_file";
    if (!terms)
        return C18N_NO_MEMORY;
    int code = terms_fill_keys(auth, terms, ret_why);
    if (code == C18N_OK) {
        *ret_setting = "core.origins";
        code = terms_fill_origins(auth, terms, ret_why);
    }
    if (code == C18N_OK)
        *ret_terms = terms;
    else
        terms_free(terms);
    return code;
}

/* --- a reload --- */

/* A start makes a file that is missing. A reload doesn't: everybody would be logged out by a file that got lost. */
static int terms_find_file(const struct auth *auth, const char **ret_setting, struct text *ret_why)
{
    char *path = terms_secret_path(auth->server);
    int code = !path ? C18N_NO_MEMORY : access(path, F_OK) == 0 ? C18N_OK : C18N_INVALID;
    if (code == C18N_INVALID)
        text_print(ret_why, "%s: %s; a reload makes no new key: put it back, or restart the server", path,
                   strerror(errno));
    free(path);
    *ret_setting = "auth.secret_file";
    return code;
}

int auth_prepare(struct auth *auth, struct auth_terms **ret_terms)
{
    const char *setting;
    struct text why;
    text_init(&why, NULL, 4096);
    int code = terms_find_file(auth, &setting, &why);
    if (code == C18N_OK)
        code = terms_new(auth, ret_terms, &setting, &why);
    if (code != C18N_OK) {
        const char *words = why.length ? text_end(&why) : "there is no memory for it";
        bool of_core = strncmp(setting, "core.", 5) == 0;
        conf_complain(auth->server->conf, of_core ? "core" : "auth", setting + 5, words);
    }
    text_free(&why);
    return code;
}

static struct auth_terms *terms_known(const struct auth *auth, const struct auth_terms *terms)
{
    struct auth_terms *known = auth->all_terms;
    while (known && !terms_same(known, terms))
        known = known->before;
    return known;
}

size_t auth_other_keys(struct auth *auth, const struct auth_terms *terms)
{
    return terms_same_keys(&auth_terms(auth)->keys, &terms->keys) ? 0 : terms->keys.count;
}

/* What held once before holds again: reloads cost memory by the number of different terms. */
void auth_commit(struct auth *auth, struct auth_terms *terms)
{
    struct auth_terms *known = terms_known(auth, terms);
    if (known) {
        terms_free(terms);
        terms = known;
    } else {
        terms->before = auth->all_terms;
        auth->all_terms = terms;
    }
    atomic_store_explicit(&auth->terms, terms, memory_order_release);
}

void auth_abort(struct auth *auth, struct auth_terms *terms)
{
    (void)auth;
    terms_free(terms);
}

/* --- from the start to the end --- */

int auth_terms_first(struct auth *auth, struct text *ret_why)
{
    const char *setting;
    struct auth_terms *terms;
    struct text why;
    text_init(&why, NULL, 4096);
    int code = terms_new(auth, &terms, &setting, &why);
    if (code == C18N_OK)
        auth_commit(auth, terms);
    else if (why.length)
        text_print(ret_why, "%s: %s\n", setting, text_end(&why));
    text_free(&why);
    return code;
}

void auth_terms_end(struct auth *auth)
{
    struct auth_terms *terms = auth->all_terms;
    while (terms) {
        struct auth_terms *before = terms->before;
        terms_free(terms);
        terms = before;
    }
}
