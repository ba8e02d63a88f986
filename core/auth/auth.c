/* auth.c: opens and closes auth, and the calls of auth.h that are one line. */
#include "auth/parts.h"
#include "auth/token.h"
#include "c18n/audit.h"

#include <assert.h>
#include <stdlib.h>

/* --- open and close --- */

static int auth_open_parts(struct auth *auth, struct text *ret_why)
{
    auth->persons = auth_persons_new();
    auth->revoked = auth_revoked_new();
    auth->counters = auth_counters_new();
    if (!auth->persons || !auth->revoked || !auth->counters)
        return C18N_NO_MEMORY;
    int code = auth_terms_first(auth, ret_why);
    if (code != C18N_OK)
        return code;
    const struct secret *key = &auth_terms(auth)->keys.key[0];
    return secret_set(&auth->count_key, key->hidden, key->length);
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
    int code = auth_open_parts(auth, ret_why);
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
    auth_persons_free(auth->persons);
    auth_revoked_free(auth->revoked);
    auth_counters_free(auth->counters);
    auth_terms_end(auth);
    secret_wipe(&auth->count_key);
    free(auth);
}

int64_t auth_default_ttl(const struct auth *auth)
{
    return conf_integer(auth->settings, "token_ttl");
}

const char *auth_sign(struct auth *auth, struct arena *arena, const struct auth_claims *claims)
{
    return auth_token_sign(&auth_terms(auth)->keys, arena, claims);
}

int auth_verify(struct auth *auth, const char *token, struct auth_claims *ret_claims, const char **ret_reason)
{
    struct auth_claims claims;
    int code = auth_token_verify(&auth_terms(auth)->keys, token, auth_now_s(), &claims, ret_reason);
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
    auth_counters_count(auth->counters, "audit", "", request_address(request), platform_monotonic_us() / 1000, &count,
                        &left_ms);
    if (count <= AUTH_AUDITS_A_MINUTE)
        c18n_audit(request_pub(request), action, "", detail);
}
