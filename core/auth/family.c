/* family.c: what modules may do with tokens (c18n/auth.h): a thin layer over the files beside it. */
#include "auth/cookie.h"
#include "auth/csrf.h"
#include "auth/parts.h"
#include "auth/revocation.h"
#include "base/codec.h"
#include "base/uuid.h"

#include <string.h>

static struct auth *family_auth(const struct request *request)
{
    return request->server->auth;
}

/* Who else stands behind a token that is made now: whoever already acts for the person. A login is the
 * person's own doing, whoever was logged in before. */
static const char *family_actor(const struct request *request, const char *user)
{
    const c18n_caller *caller = &request->caller;
    bool is_login = request->route && request->route->declared.flags & C18N_ROUTE_LOGIN;
    return !is_login && caller->on_behalf_of && strcmp(caller->user, user) == 0 ? caller->on_behalf_of : "";
}

static int family_claims(const struct request *request, const char *user, int64_t generation, int64_t ttl_s,
                         struct auth_claims *ret_claims)
{
    uint8_t id[16];
    const char *actor = family_actor(request, user);
    if (ttl_s == 0)
        ttl_s = auth_default_ttl(family_auth(request));
    if (ttl_s < 0 || ttl_s > AUTH_MAX_TTL_S || !codec_uuid_parse(user, id))
        return C18N_INVALID;
    *ret_claims = (struct auth_claims){.generation = generation, .issued = auth_now_s()};
    ret_claims->expires = ret_claims->issued + ttl_s;
    memcpy(ret_claims->user, user, sizeof ret_claims->user);
    uuid_new_text(0, ret_claims->session);
    if (codec_uuid_parse(actor, id))
        memcpy(ret_claims->on_behalf_of, actor, sizeof ret_claims->on_behalf_of);
    return C18N_OK;
}

static int family_issue(c18n_request *rq, const char *user, int64_t generation, int64_t ttl_s, c18n_token *ret_token)
{
    struct auth_claims claims;
    struct request *request = request_of(rq);
    struct auth *auth = family_auth(request);
    int code = family_claims(request, user, generation, ttl_s, &claims);
    if (code != C18N_OK)
        return code;
    c18n_token token = {
        .token = auth_sign(auth, request->arena, &claims),
        .session = arena_copy(request->arena, claims.session, strlen(claims.session)),
        .csrf = auth_csrf_of_session(auth, request->arena, claims.session),
        .issued = claims.issued,
        .expires = claims.expires,
    };
    if (!token.token || !token.session || !token.csrf)
        return C18N_NO_MEMORY;
    *ret_token = token;
    return C18N_OK;
}

static int family_set_cookie(c18n_request *rq, const c18n_token *token)
{
    int64_t left_s = token->expires - auth_now_s();
    return auth_cookie_set(request_of(rq), AUTH_COOKIE_SESSION, token->token, left_s > 0 ? left_s : 0);
}

static int family_clear_cookie(c18n_request *rq)
{
    return auth_cookie_set(request_of(rq), AUTH_COOKIE_SESSION, "", 0);
}

static int family_revoke(c18n_request *rq)
{
    return auth_revoke(family_auth(request_of(rq)), request_of(rq));
}

static const char *family_csrf(c18n_request *rq)
{
    return auth_csrf_of_request(family_auth(request_of(rq)), request_of(rq));
}

const c18n_auth_family auth_family = {
    .family = {.size = sizeof auth_family, .minor = C18N_ABI_MINOR},
    .issue = family_issue,
    .set_cookie = family_set_cookie,
    .clear_cookie = family_clear_cookie,
    .revoke = family_revoke,
    .csrf = family_csrf,
};
