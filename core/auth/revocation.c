/* revocation.c: ends a session durably, and keeps the memory of it in step with what is committed.
 *
 * The writer puts the session into the host's table `revoked` and an event into the history, in one
 * transaction. It counts when that is committed: auth_on_commit. */
#include "auth/parts.h"

#include "auth/revocation.h"
#include "base/codec.h"
#include "base/json.h"
#include "data/scope.h"

#include <stdlib.h>
#include <string.h>

#define REVOKED_TABLE "revoked"
#define REVOKED_EVENT "auth.revoked"

enum { REVOKED_PRUNE_EVERY = 64, REVOKED_PRUNE_MOST = 256, REVOKED_LOAD_MEMORY = 1 << 20 };

/* The end of a token as it stands in the table. What isn't a number is kept as long as any token can live. */
static int64_t revoked_expires(c18n_bytes value, int64_t now_s)
{
    char text[24] = "";
    int64_t expires;
    if (value.length < sizeof text)
        memcpy(text, value.at, value.length);
    return codec_integer(text, &expires) ? expires : now_s + AUTH_MAX_TTL_S;
}

/* --- revoking, on the writer --- */

struct prune {
    struct arena *arena;
    int64_t now_s;
    const char *sessions[REVOKED_PRUNE_MOST];
    size_t count;
};

static int prune_row(void *arg, c18n_bytes key, c18n_bytes value)
{
    struct prune *prune = arg;
    if (revoked_expires(value, prune->now_s) + AUTH_REVOKED_MARGIN_S > prune->now_s)
        return C18N_OK;
    prune->sessions[prune->count] = arena_copy(prune->arena, key.at, key.length);
    if (!prune->sessions[prune->count])
        return C18N_NO_MEMORY;
    return ++prune->count == REVOKED_PRUNE_MOST ? C18N_AGAIN : C18N_OK;
}

/* Now and then takes out what no token can need any more, so that the table stays as long as a token's life. */
static int revoked_prune(struct request *request)
{
    uint8_t dice;
    struct prune prune = {.arena = request->arena, .now_s = auth_now_s()};
    platform_random(&dice, sizeof dice);
    if (dice % REVOKED_PRUNE_EVERY != 0)
        return C18N_OK;
    int code = data_host_scan(request, REVOKED_TABLE, prune_row, &prune);
    for (size_t i = 0; i < prune.count && code == C18N_OK; i++)
        code = data_host_remove(request, REVOKED_TABLE, prune.sessions[i]);
    return code;
}

static int revoked_emit(struct request *request)
{
    const c18n_caller *caller = &request->caller;
    struct out *data = json_out_new(request->head.host, request->arena);
    if (!data)
        return C18N_NO_MEMORY;
    json_family.out_text(&data->pub, "user", caller->user);
    json_family.out_integer(&data->pub, "expires", caller->expires);
    return data_emit_host(request, REVOKED_EVENT, "users", caller->session, caller->user, &data->pub);
}

int auth_revoke(struct auth *auth, struct request *request)
{
    const c18n_caller *caller = &request->caller;
    if (!caller->session || !*caller->session)
        return C18N_UNAUTHENTICATED;
    const char *expires = arena_print(request->arena, "%lld", (long long)caller->expires);
    if (!expires)
        return C18N_NO_MEMORY;
    int code = data_host_put(request, REVOKED_TABLE, caller->session, (c18n_bytes){expires, strlen(expires)});
    if (code == C18N_OK)
        code = revoked_prune(request);
    if (code != C18N_OK)
        return code;
    auth_revoked_pending(auth->revoked, caller->session, caller->expires);
    return revoked_emit(request);
}

int auth_session_state(struct auth *auth, struct request *request)
{
    c18n_bytes expires;
    const char *session = request->auth->claims.session;
    if (auth_revoked_has(auth->revoked, session))
        return C18N_UNAUTHENTICATED;
    if (!request->scope || !request->scope->writing)
        return C18N_OK;
    int code = data_host_get(request, REVOKED_TABLE, session, &expires);
    return code == C18N_OK ? C18N_UNAUTHENTICATED : code == C18N_NOT_FOUND ? C18N_OK : code;
}

/* --- in step with commits --- */

/* There is no going on with a session that should be over: out of memory here ends the process. */
static void revoked_must_add(struct auth *auth, const char *session, int64_t expires)
{
    if (auth_revoked_add(auth->revoked, session, expires, auth_now_s()) != C18N_NO_MEMORY)
        return;
    log_line(C18N_LOG_ERROR, "auth", "no memory to note a revoked session");
    abort();
}

void auth_on_commit(void *arg, const char *topic, const char *type, const char *resource)
{
    struct auth *auth = arg;
    if (strcmp(type, REVOKED_EVENT) == 0)
        revoked_must_add(auth, resource, auth_revoked_settle(auth->revoked, resource, auth_now_s() + AUTH_MAX_TTL_S));
    else if (strcmp(topic, "users") == 0)
        auth_persons_drop(auth->persons, resource);
}

/* --- at the start --- */

struct load {
    struct auth *auth;
    int64_t now_s;
};

static int load_row(void *arg, c18n_bytes key, c18n_bytes value)
{
    struct load *load = arg;
    char session[UUID_TEXT_SIZE];
    int64_t expires = revoked_expires(value, load->now_s);
    if (key.length != sizeof session - 1)
        return C18N_CORRUPT;
    memcpy(session, key.at, key.length);
    session[key.length] = '\0';
    if (expires + AUTH_REVOKED_MARGIN_S <= load->now_s)
        return C18N_OK;
    int code = auth_revoked_add(load->auth->revoked, session, expires, load->now_s);
    return code == C18N_INVALID ? C18N_CORRUPT : code;
}

static int load_from(struct auth *auth, struct data_reader *reader, struct request *request)
{
    struct load load = {.auth = auth, .now_s = auth_now_s()};
    int code = data_read_begin(reader, request);
    if (code != C18N_OK)
        return code;
    code = data_host_scan(request, REVOKED_TABLE, load_row, &load);
    data_read_end(reader, request);
    return code == C18N_NOT_FOUND ? C18N_OK : code;
}

int auth_load_revoked(struct auth *auth, struct data *data)
{
    struct request request;
    struct arena *arena = arena_new(REVOKED_LOAD_MEMORY);
    struct data_reader *reader = arena ? data_reader_open(data) : NULL;
    int code = reader ? C18N_OK : C18N_NO_MEMORY;
    if (code == C18N_OK) {
        request_init_internal(&request, auth->server, arena, NULL);
        code = load_from(auth, reader, &request);
        data_reader_close(reader);
    }
    arena_free(arena);
    return code;
}
