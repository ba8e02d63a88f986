/* identify.c: the two steps of "who asks": the token, on the event thread; then the person behind it. */
#include "auth/cookie.h"
#include "auth/parts.h"
#include "auth/revocation.h"
#include "data/scope.h"

#include <string.h>

static const c18n_caller identify_anonymous = {.user = "", .roles = "", .session = "", .token = ""};

/* The client learns nothing of the reason. A bad cookie is taken away, else a browser would send it for ever. */
static int identify_refuse(struct request *request, const char *reason)
{
    log_line(C18N_LOG_INFO, "auth", "request %s: token refused: %s", request->request_id ? request->request_id : "",
             reason);
    if (request->auth->from_cookie && auth_cookie_set(request, AUTH_COOKIE_SESSION, "", 0) != C18N_OK)
        return C18N_NO_MEMORY;
    request->caller = identify_anonymous;
    request->problem_word = "invalid_token";
    request->problem_detail = "The token is not valid, or not any more.";
    return C18N_UNAUTHENTICATED;
}

/* --- first step --- */

/* The cache of the calling event thread, which alone touches its place. NULL: no event thread, or no memory. */
static struct auth_cache *identify_cache(struct auth *auth)
{
    struct loop *loop = loop_here();
    if (!loop || loop_number(loop) >= AUTH_MAX_LOOPS)
        return NULL;
    struct auth_cache **place = &auth->caches[loop_number(loop)];
    if (!*place)
        *place = auth_cache_new();
    if (*place)
        auth_cache_under(*place, auth_terms(auth));
    return *place;
}

static int identify_token(struct auth *auth, struct request *request, const char *token)
{
    const char *reason;
    int64_t now_s = auth_now_s();
    struct auth_claims *claims = &request->auth->claims;
    struct auth_cache *cache = identify_cache(auth);
    if (cache && auth_cache_get(cache, token, now_s, claims))
        return C18N_OK;
    int code = auth_verify(auth, token, claims, &reason);
    if (code == C18N_OK && cache)
        auth_cache_put(cache, token, claims);
    if (code == C18N_OK)
        return C18N_OK;
    if (code != C18N_TIMEOUT)
        auth_audit(auth, request, "token_refused", reason);
    *claims = (struct auth_claims){0};
    return identify_refuse(request, reason);
}

static void identify_fill(struct auth *auth, struct request *request, const char *token)
{
    struct auth_note *note = request->auth;
    note->epochs[AUTH_SUBJECT] = auth_persons_epoch(auth->persons, note->claims.user);
    note->epochs[AUTH_ACTOR] = auth_persons_epoch(auth->persons, note->claims.on_behalf_of);
    request->caller = (c18n_caller){
        .user = note->claims.user,
        .on_behalf_of = note->claims.on_behalf_of[0] ? note->claims.on_behalf_of : NULL,
        .roles = "",
        .session = note->claims.session,
        .token = token,
        .issued = note->claims.issued,
        .expires = note->claims.expires,
    };
}

static int identify_begin(struct request *request)
{
    request->caller = identify_anonymous;
    request->auth = arena_alloc(request->arena, sizeof *request->auth);
    return request->auth ? C18N_OK : C18N_NO_MEMORY;
}

int auth_identify(struct auth *auth, struct request *request)
{
    const char *token;
    int code = identify_begin(request);
    if (code != C18N_OK)
        return code;
    code = auth_cookie_or_bearer(request, &token, &request->auth->from_cookie);
    if (code == C18N_UNAUTHENTICATED)
        return identify_refuse(request, "no Bearer token, or several");
    if (code != C18N_OK || !token)
        return code;
    code = identify_token(auth, request, token);
    if (code == C18N_OK)
        identify_fill(auth, request, token);
    return code;
}

int auth_present(struct auth *auth, struct request *request, const char *token)
{
    int code = identify_begin(request);
    if (code == C18N_OK)
        code = identify_token(auth, request, token);
    if (code == C18N_OK)
        identify_fill(auth, request, token);
    return code;
}

int auth_assume(struct auth *auth, struct request *request, const struct auth_claims *claims, const char *token)
{
    int code = identify_begin(request);
    const char *copy = code == C18N_OK ? arena_copy(request->arena, token, strlen(token)) : NULL;
    if (!copy)
        return C18N_NO_MEMORY;
    request->auth->claims = *claims;
    identify_fill(auth, request, copy);
    return C18N_OK;
}

const struct auth_claims *auth_claims_of(const struct request *request)
{
    return request->auth && request->auth->claims.user[0] ? &request->auth->claims : NULL;
}

/* --- second step --- */

static bool person_has_role(const c18n_person *person, const char *spaced_role)
{
    return strstr(person->roles, spaced_role) != NULL;
}

static int person_read(struct auth *auth, struct request *request, const char *user, c18n_person *ret_person)
{
    if (!auth->identity || !auth->identity->functions)
        return C18N_NOT_FOUND;
    const c18n_identity *identity = auth->identity->functions;
    c18n_self *before = request_lend(request, auth->identity->provider, "person", "identity.v1");
    int code = identity->person(auth->identity->provider, request_pub(request), user, ret_person);
    request_return(request, before);
    return code;
}

/* What the writer's transaction says is not kept: it may be undone. Nor is the cache asked there, for an item before
 * this one may have taken a role away without being committed yet. */
static int person_ask(struct auth *auth, struct request *request, int which, bool may_read, c18n_person *ret_person)
{
    const struct auth_note *note = request->auth;
    const char *user = which == AUTH_SUBJECT ? note->claims.user : note->claims.on_behalf_of;
    bool writing = may_read && request->scope && request->scope->writing;
    int code = writing ? C18N_NOT_FOUND : auth_persons_get(auth->persons, user, request->arena, ret_person);
    if (code != C18N_NOT_FOUND)
        return code;
    if (!may_read)
        return C18N_AGAIN;
    code = person_read(auth, request, user, ret_person);
    if (code == C18N_OK && !writing)
        auth_persons_put(auth->persons, user, note->epochs[which], ret_person);
    return code;
}

/* An administrator who acts for somebody must still be one. */
static int person_judge_actor(struct auth *auth, struct request *request, bool may_read)
{
    c18n_person actor;
    if (!request->auth->claims.on_behalf_of[0])
        return C18N_OK;
    int code = person_ask(auth, request, AUTH_ACTOR, may_read, &actor);
    if (code != C18N_OK && code != C18N_NOT_FOUND)
        return code;
    if (code == C18N_NOT_FOUND || !actor.active || !person_has_role(&actor, " admin "))
        return identify_refuse(request, "who acts for the person is no administrator any more");
    return C18N_OK;
}

int auth_person(struct auth *auth, struct request *request, bool may_read)
{
    c18n_person person;
    if (!request->auth || !request->auth->claims.user[0])
        return C18N_OK; /* anonymous, or the host's own work */
    int code = auth_session_state(auth, request);
    if (code == C18N_UNAUTHENTICATED)
        return identify_refuse(request, "revoked");
    if (code != C18N_OK)
        return code;
    code = person_ask(auth, request, AUTH_SUBJECT, may_read, &person);
    if (code == C18N_NOT_FOUND)
        return identify_refuse(request, "nobody has this id");
    if (code != C18N_OK)
        return code;
    if (!person.active)
        return identify_refuse(request, "the person is deactivated");
    if (person.generation != request->auth->claims.generation)
        return identify_refuse(request, "of another generation");
    code = person_judge_actor(auth, request, may_read);
    if (code != C18N_OK)
        return code;
    request->caller.roles = person.roles;
    request->caller.admin = person_has_role(&person, " admin ");
    return C18N_OK;
}
