#include "auth/csrf.h"

#include "auth/cookie.h"
#include "auth/parts.h"
#include "base/codec.h"

#include <ctype.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

enum { CSRF_BYTES = crypto_auth_hmacsha256_BYTES };

static const char *csrf_token(const struct secret *key, struct arena *arena, const char *kind, const char *value)
{
    unsigned char bytes[CSRF_BYTES];
    crypto_auth_hmacsha256_state state;
    struct text text;
    crypto_auth_hmacsha256_init(&state, key->hidden, key->length);
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)kind, strlen(kind));
    crypto_auth_hmacsha256_update(&state, (const unsigned char *)value, strlen(value));
    crypto_auth_hmacsha256_final(&state, bytes);
    sodium_memzero(&state, sizeof state);
    text_init(&text, arena, 0);
    text_add_base64url(&text, bytes, sizeof bytes);
    const char *token = text_end(&text);
    return text.failed ? NULL : token;
}

const char *auth_csrf_of_session(struct auth *auth, struct arena *arena, const char *session)
{
    return csrf_token(&auth_terms(auth)->keys.key[0], arena, "session", session);
}

/* A pre-session that we could have made; any other value is passed over, so that it can't be chosen by a stranger
 * to be meaningful somewhere else. */
static const char *csrf_pre_session(struct request *request)
{
    const char *value;
    unsigned char bytes[CSRF_BYTES];
    size_t length;
    if (auth_cookie_get(request, AUTH_COOKIE_PRE, &value) != C18N_OK)
        return NULL;
    if (!codec_base64url_decode(value, strlen(value), bytes, sizeof bytes, &length) || length != sizeof bytes)
        return NULL;
    return value;
}

static const char *csrf_new_pre_session(struct request *request)
{
    unsigned char bytes[CSRF_BYTES];
    struct text text;
    platform_random(bytes, sizeof bytes);
    text_init(&text, request->arena, 0);
    text_add_base64url(&text, bytes, sizeof bytes);
    const char *value = text_end(&text);
    if (text.failed || auth_cookie_set(request, AUTH_COOKIE_PRE, value, AUTH_PRE_TTL_S) != C18N_OK)
        return NULL;
    return value;
}

static bool csrf_has_session(const struct request *request)
{
    return request->caller.session && *request->caller.session;
}

const char *auth_csrf_of_request(struct auth *auth, struct request *request)
{
    if (csrf_has_session(request))
        return auth_csrf_of_session(auth, request->arena, request->caller.session);
    const char *pre = csrf_pre_session(request);
    if (!pre)
        pre = csrf_new_pre_session(request);
    return pre ? csrf_token(&auth_terms(auth)->keys.key[0], request->arena, "pre", pre) : NULL;
}

/* --- origins --- */

/* The length of "scheme://host[:port]" without the port when it is the scheme's own; 0: no origin. */
static size_t csrf_origin_length(const char *url)
{
    static const struct {
        const char *scheme, *port;
    } schemes[] = {{"https://", ":443"}, {"http://", ":80"}};
    for (size_t i = 0; i < sizeof schemes / sizeof *schemes; i++) {
        size_t scheme = strlen(schemes[i].scheme), port = strlen(schemes[i].port);
        if (strncasecmp(url, schemes[i].scheme, scheme) != 0)
            continue;
        size_t host = strcspn(url + scheme, "/?#@ ");
        if (host == 0 || url[scheme + host] == '@' || url[scheme + host] == ' ')
            return 0;
        if (host > port && memcmp(url + scheme + host - port, schemes[i].port, port) == 0)
            host -= port;
        return scheme + host;
    }
    return 0;
}

char *auth_origin_of(const char *url)
{
    size_t length = csrf_origin_length(url);
    char *origin = length ? strndup(url, length) : NULL;
    for (size_t i = 0; origin && i < length; i++)
        origin[i] = (char)tolower((unsigned char)origin[i]);
    return origin;
}

/* A browser writes an origin in one way only: nothing may follow the port. "null" is never allowed. */
static bool csrf_origin_allowed(struct auth *auth, const char *header)
{
    const char *host = strstr(header, "://");
    char *origin = host && !strpbrk(host + 3, "/?#") ? auth_origin_of(header) : NULL;
    const struct auth_terms *terms = auth_terms(auth);
    bool allowed = false;
    for (size_t i = 0; origin && !allowed && i < terms->origin_count; i++)
        allowed = strcmp(origin, terms->origins[i]) == 0;
    free(origin);
    return allowed;
}

/* --- the check --- */

static const char csrf_foreign[] = "The request comes from an origin that is not allowed.";

static const char *csrf_source_fault(struct auth *auth, const struct http_request *http)
{
    for (size_t i = 0; i < http->header_count; i++) {
        const struct http_header *header = &http->headers[i];
        if (strcmp(header->name, "origin") == 0 && !csrf_origin_allowed(auth, header->value))
            return csrf_foreign;
        if (strcmp(header->name, "sec-fetch-site") == 0 && strcmp(header->value, "same-origin") != 0 &&
            strcmp(header->value, "none") != 0)
            return "The request comes from another site.";
    }
    return NULL;
}

/* Of any key that still verifies: a token that was handed out before a change of keys is as good. */
static bool csrf_token_good(struct auth *auth, struct request *request, const char *kind, const char *value,
                            const char *given)
{
    const struct auth_keys *keys = &auth_terms(auth)->keys;
    bool good = false;
    for (size_t i = 0; i < keys->count && strlen(given) == AUTH_CSRF_LENGTH && !good; i++) {
        const char *expected = csrf_token(&keys->key[i], request->arena, kind, value);
        good = expected && codec_same_secret(given, expected, AUTH_CSRF_LENGTH);
    }
    return good;
}

static const char *csrf_token_fault(struct auth *auth, struct request *request)
{
    const char *given = http_find_header(request->http, "x-csrf-token");
    bool session = csrf_has_session(request);
    const char *value = session ? request->caller.session : csrf_pre_session(request);
    if (!given || !*given)
        return "The X-CSRF-Token header is missing.";
    if (!value)
        return "Without a session the pre-session cookie of GET /auth/csrf is needed.";
    if (!csrf_token_good(auth, request, session ? "session" : "pre", value, given))
        return "The X-CSRF-Token header is not the one of this session.";
    return NULL;
}

static int csrf_refuse(struct auth *auth, struct request *request, const char *fault)
{
    auth_audit(auth, request, "csrf", fault);
    request->problem_word = "csrf";
    request->problem_detail = fault;
    return C18N_FORBIDDEN;
}

int auth_csrf_check(struct auth *auth, struct request *request)
{
    if (!request->http)
        return C18N_OK; /* the host's own work: no browser made it */
    const char *fault = csrf_source_fault(auth, request->http);
    if (!fault)
        fault = csrf_token_fault(auth, request);
    return fault ? csrf_refuse(auth, request, fault) : C18N_OK;
}

/* A page may open a socket to any site, with that site's cookies, and no CSRF token can be asked of a handshake: its
 * Origin is all there is. */
int auth_origin_check(struct auth *auth, struct request *request)
{
    const struct http_request *http = request->http;
    for (size_t i = 0; i < http->header_count; i++)
        if (strcmp(http->headers[i].name, "origin") == 0 && !csrf_origin_allowed(auth, http->headers[i].value))
            return csrf_refuse(auth, request, csrf_foreign);
    return C18N_OK;
}
