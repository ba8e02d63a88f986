/**
 * parts.h: what the files of auth share with each other, and nobody else sees.
 *
 * One struct auth a server. Its members are set by auth_open and don't change, but for keys and origins, which a reload
 * replaces; the parts behind the pointers keep their own locks.
 */
#ifndef AUTH_PARTS_H
#define AUTH_PARTS_H

#include "auth/auth.h"
#include "auth/cache.h"
#include "auth/counters.h"
#include "auth/person.h"
#include "auth/revoked.h"
#include "auth/secret.h"
#include "base/log.h"
#include "base/platform.h"
#include "c18n/services.h"
#include "data/data.h"
#include "loader/loader.h"
#include "request/server.h"

#include <stdatomic.h>

enum {
    AUTH_MAGIC = 0x68747561,
    AUTH_MAX_LOOPS = 64,
    AUTH_MAX_ORIGINS = 1 + CONF_ORIGINS_MOST, /* public_url, and core.origins */
    AUTH_SKEW_S = 60,                         /* how far another clock may be ahead: nbf and iat, never exp */
    AUTH_MAX_TTL_S = 31622400,                /* 366 days: no token lives longer, so no revocation is needed longer */
    AUTH_MAX_TOKEN = 4096,                    /* bytes; ours have about 400 */
};

/* What a reload may change. Never written to once it holds, and kept until auth_close: whoever has loaded the pointer
 * may go on reading. */
struct auth_terms {
    struct auth_terms *before;       /* that held before it */
    struct auth_keys keys;           /* of HS256 and of the CSRF tokens */
    char *origins[AUTH_MAX_ORIGINS]; /* "https://host:port", lower case; the public URL's is the first */
    size_t origin_count;
};

struct auth {
    uint32_t magic;
    struct server *server;
    _Atomic(struct auth_terms *) terms; /* that hold */
    struct auth_terms *all_terms;       /* that ever held, the newest first; of the thread that reloads */
    struct secret count_key;            /* of rate.c's counters; stays as it was at the start */
    const struct conf_section *settings, *core_settings; /* token_ttl and rate_limit may change while we run */
    struct auth_cache *caches[AUTH_MAX_LOOPS];           /* one an event thread, which alone uses it */
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

/* terms.c */
const struct auth_terms *auth_terms(struct auth *auth);        /* that hold now */
int auth_terms_first(struct auth *auth, struct text *ret_why); /* those of the start */
void auth_terms_end(struct auth *auth);

/** Puts an event on record about an attack that was refused, unless the address makes too many. */
void auth_audit(struct auth *auth, struct request *request, const char *action, const char *detail);

#endif
