/**
 * parts.h: what the files of auth share with each other, and nobody else sees.
 *
 * One struct auth a server. Its members are set by auth_open and don't change; the parts behind the
 * pointers keep their own locks.
 */
#ifndef AUTH_PARTS_H
#define AUTH_PARTS_H

#include "auth/auth.h"
#include "auth/cache.h"
#include "auth/counters.h"
#include "auth/person.h"
#include "auth/revoked.h"
#include "base/log.h"
#include "base/platform.h"
#include "c18n/services.h"
#include "data/data.h"
#include "loader/loader.h"
#include "request/server.h"

enum {
    AUTH_MAGIC = 0x68747561,
    AUTH_MAX_LOOPS = 64,
    AUTH_MAX_ORIGINS = 64,
    AUTH_SKEW_S = 60,          /* how far another clock may be ahead: nbf and iat, never exp */
    AUTH_MAX_TTL_S = 31622400, /* 366 days: no token lives longer, so no revocation is needed longer */
    AUTH_MAX_TOKEN = 4096,     /* bytes; ours have about 400 */
};

struct auth {
    uint32_t magic;
    struct server *server;
    struct secret key;                                   /* of HS256 and of the CSRF tokens */
    const struct conf_section *settings, *core_settings; /* token_ttl and rate_limit may change while we run */
    char *origins[AUTH_MAX_ORIGINS]; /* "https://host:port", lower case; the public URL's is the first */
    size_t origin_count;
    struct auth_cache *caches[AUTH_MAX_LOOPS]; /* one an event thread, which alone uses it */
    struct auth_persons *persons;
    struct auth_revoked *revoked;
    struct auth_counters *counters;
    const c18n_service *identity, *cache; /* identity.v1 and cache.v1; NULL: nobody provides it */
};

enum { AUTH_SUBJECT, AUTH_ACTOR, AUTH_PEOPLE }; /* a token can name two people */

/** What auth knows of a request's token. In the request's arena. */
struct auth_note {
    struct auth_claims claims;    /* user "": anonymous */
    uint64_t epochs[AUTH_PEOPLE]; /* of auth_persons_epoch, taken before any snapshot of this request */
    bool from_cookie;
};

static inline int64_t auth_now_s(void)
{
    return platform_wall_ms() / 1000;
}

/** Puts an event on record about an attack that was refused, unless the address makes too many. */
void auth_audit(struct auth *auth, struct request *request, const char *action, const char *detail);

#endif
