/* rate.c: how many requests an identity, and how many logins an account and address, may make a minute.
 * Through cache.v1, which servers may share; through our own counters when it isn't there or fails. */
#include "auth/parts.h"

#include "base/crumb.h"
#include "c18n/providers/cache.h"

#include <ctype.h>
#include <sodium.h>
#include <string.h>

enum { RATE_KEY_BYTES = 24, RATE_ACCOUNT_BYTES = 256 };

/* A key that holds no personal data, since a shared cache may be outside this machine. It is derived from the
 * secret, so that servers with one secret count together. */
static void rate_key(const struct auth *auth, const char *const parts[3], unsigned char ret_key[RATE_KEY_BYTES])
{
    crypto_generichash_state state;
    crypto_generichash_init(&state, auth->count_key.hidden, auth->count_key.length, RATE_KEY_BYTES);
    for (int i = 0; i < 3; i++)
        crypto_generichash_update(&state, (const unsigned char *)parts[i], strlen(parts[i]) + 1);
    crypto_generichash_final(&state, ret_key, RATE_KEY_BYTES);
}

static bool rate_count_shared(const struct auth *auth, const char *const parts[3], int64_t *ret_count,
                              int64_t *ret_left_ms)
{
    unsigned char key[RATE_KEY_BYTES];
    const c18n_service *service = auth->cache;
    if (!service || !service->functions)
        return false;
    const c18n_cache *cache = service->functions;
    rate_key(auth, parts, key);
    crumb_enter(service->provider->id, "count", "cache.v1");
    int code =
        cache->count(service->provider, (c18n_bytes){key, sizeof key}, 1, AUTH_WINDOW_MS, ret_count, ret_left_ms);
    crumb_leave();
    return code == C18N_OK;
}

static int rate_judge(struct auth *auth, const char *const parts[3], int64_t limit, struct auth_limit *ret_limit)
{
    int64_t count, left_ms;
    if (!rate_count_shared(auth, parts, &count, &left_ms))
        auth_counters_count(auth->counters, parts[0], parts[1], parts[2], platform_monotonic_us() / 1000, &count,
                            &left_ms);
    *ret_limit = (struct auth_limit){
        .limit = limit,
        .remaining = count < limit ? limit - count : 0,
        .reset_s = left_ms > 0 ? (left_ms + 999) / 1000 : 1,
    };
    return count <= limit ? C18N_OK : C18N_LIMITED;
}

int auth_rate(struct auth *auth, struct request *request, struct auth_limit *ret_limit)
{
    bool known = request->caller.user && *request->caller.user;
    const char *const parts[3] = {"requests", known ? request->caller.user : "", known ? "" : request_address(request)};
    int64_t a_minute = conf_integer(auth->core_settings, "rate_limit");
    if (a_minute > 0)
        return rate_judge(auth, parts, a_minute, ret_limit);
    *ret_limit = (struct auth_limit){0};
    return C18N_OK;
}

/* "Ann@Example.org" and "ann@example.org" are one account, so they are one counter. */
int auth_login_rate(struct auth *auth, struct request *request, const char *account, struct auth_limit *ret_limit)
{
    char lower[RATE_ACCOUNT_BYTES];
    size_t length = strnlen(account, sizeof lower - 1);
    for (size_t i = 0; i < length; i++)
        lower[i] = (char)tolower((unsigned char)account[i]);
    lower[length] = '\0';
    const char *const parts[3] = {"logins", lower, request_address(request)};
    return rate_judge(auth, parts, AUTH_LOGINS_A_MINUTE, ret_limit);
}
