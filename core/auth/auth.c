/* auth.c: opens and closes auth, and the calls of auth.h that are one line. */
#include "auth/csrf.h"
#include "auth/parts.h"
#include "auth/secret.h"
#include "auth/token.h"
#include "c18n/audit.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define AUTH_SECRET_NAME "auth.secret"

/* --- open and close --- */

/* auth.secret_file, else STATE_DIR/auth.secret. malloc'd. */
static char *auth_secret_path(const struct server *server, const struct conf_section *settings)
{
    char *path;
    const char *configured = conf_text(settings, "secret_file");
    if (*configured)
        return strdup(configured);
    return asprintf(&path, "%s/%s", server->state_dir, AUTH_SECRET_NAME) < 0 ? NULL : path;
}

void auth_check_settings(struct server *server)
{
    struct text why;
    char *path = auth_secret_path(server, server->auth_settings);
    text_init(&why, NULL, 4096);
    if (path && auth_secret_check(path, &why) != C18N_OK)
        conf_complain(server->conf, "auth", "secret_file", text_end(&why));
    text_free(&why);
    free(path);
}

static int auth_add_origin(struct auth *auth, const char *url, struct text *ret_why)
{
    char *origin = auth_origin_of(url);
    if (!origin || auth->origin_count == AUTH_MAX_ORIGINS) {
        text_print(ret_why, "core.origins: \"%s\": must be like https://www.example.org, and at most %d\n", url,
                   AUTH_MAX_ORIGINS);
        free(origin);
        return C18N_INVALID;
    }
    auth->origins[auth->origin_count++] = origin;
    return C18N_OK;
}

static int auth_add_origins(struct auth *auth, struct text *ret_why)
{
    const char *const *origins;
    int code = auth_add_origin(auth, auth->server->public_url, ret_why);
    size_t count = conf_list(auth->server->core_settings, "origins", &origins);
    for (size_t i = 0; i < count && code == C18N_OK; i++)
        code = auth_add_origin(auth, origins[i], ret_why);
    return code;
}

static int auth_open_parts(struct auth *auth, const struct conf_section *settings, struct text *ret_why)
{
    auth->persons = auth_persons_new();
    auth->revoked = auth_revoked_new();
    auth->counters = auth_counters_new();
    char *path = auth_secret_path(auth->server, settings);
    if (!auth->persons || !auth->revoked || !auth->counters || !path) {
        free(path);
        return C18N_NO_MEMORY;
    }
    struct text why;
    text_init(&why, NULL, 4096);
    int code = auth_secret_open(path, &auth->key, &why);
    if (code != C18N_OK)
        text_print(ret_why, "auth.secret_file: %s\n", text_end(&why));
    text_free(&why);
    free(path);
    return code;
}

int auth_open(struct server *server, const struct conf_section *settings, struct auth **ret_auth, struct text *ret_why)
{
    struct auth *auth = calloc(1, sizeof *auth);
    if (!auth)
        return C18N_NO_MEMORY;
    auth->magic = AUTH_MAGIC;
    auth->server = server;
    auth->settings = settings;
    auth->core_settings = server->core_settings;
    auth->identity = loader_service(server->loader, "identity.v1");
    auth->cache = loader_service(server->loader, "cache.v1");
    int code = auth_open_parts(auth, settings, ret_why);
    if (code == C18N_OK)
        code = auth_add_origins(auth, ret_why);
    if (code == C18N_OK)
        *ret_auth = auth;
    else
        auth_close(auth);
    return code;
}

void auth_close(struct auth *auth)
{
    if (!auth)
        return;
    assert(auth->magic == AUTH_MAGIC);
    for (size_t i = 0; i < AUTH_MAX_LOOPS; i++)
        auth_cache_free(auth->caches[i]);
    for (size_t i = 0; i < auth->origin_count; i++)
        free(auth->origins[i]);
    auth_persons_free(auth->persons);
    auth_revoked_free(auth->revoked);
    auth_counters_free(auth->counters);
    secret_wipe(&auth->key);
    free(auth);
}

int64_t auth_default_ttl(const struct auth *auth)
{
    return conf_integer(auth->settings, "token_ttl");
}

const char *auth_sign(struct auth *auth, struct arena *arena, const struct auth_claims *claims)
{
    return auth_token_sign(&auth->key, arena, claims);
}

int auth_verify(struct auth *auth, const char *token, struct auth_claims *ret_claims, const char **ret_reason)
{
    struct auth_claims claims;
    int code = auth_token_verify(&auth->key, token, auth_now_s(), &claims, ret_reason);
    if (code == C18N_TIMEOUT)
        auth_revoked_expired(auth->revoked, claims.session, claims.expires, auth_now_s());
    if (code == C18N_OK)
        *ret_claims = claims;
    return code;
}

/* --- what goes on record --- */

void auth_audit(struct auth *auth, struct request *request, const char *action, const char *detail)
{
    int64_t count, left_ms;
    const char *address = request->http ? request->http->address : "";
    auth_counters_count(auth->counters, "audit", "", address ? address : "", platform_monotonic_us() / 1000, &count,
                        &left_ms);
    if (count <= AUTH_AUDITS_A_MINUTE)
        c18n_audit(request_pub(request), action, "", detail);
}
