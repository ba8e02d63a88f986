/* own_verbs.c: what the host itself takes on every socket: `ping`, and `auth`, the next token. */
#include "live/inside.h"

#include <stdlib.h>
#include <string.h>

static void ping(struct live_turn *turn, const c18n_doc *frame)
{
    (void)frame;
    live_answer(turn->socket, "pong", turn);
    live_turn_free(turn);
}

/* --- auth --- */

/* The names of both people: who acts for another may not become that other. */
static bool same_people(const struct auth_claims *old, const struct auth_claims *fresh)
{
    return strcmp(old->user, fresh->user) == 0 && strcmp(old->on_behalf_of, fresh->on_behalf_of) == 0;
}

/* A commit from now on finds the new session. One that came after its person was asked about and before this is found
 * by asking once more. */
static int take_claims(struct live_socket *socket, const struct live_turn *turn)
{
    const struct auth_claims *fresh = auth_claims_of(&turn->request);
    char *token = strdup(turn->token);
    int code = token ? live_tally_renew(socket->lane->live->tally, &socket->claims, fresh) : C18N_NO_MEMORY;
    if (code != C18N_OK) {
        free(token);
        return code;
    }
    free(socket->token);
    socket->token = token;
    socket->claims = *fresh;
    live_watch(socket);
    live_watch_recheck(socket);
    return C18N_OK;
}

static void renewed(struct live_turn *turn)
{
    struct live_socket *socket = turn->socket;
    if (turn->code == C18N_OK && socket->ws && !socket->closing)
        turn->code = take_claims(socket, turn);
    if (turn->code == C18N_OK)
        live_answer(socket, "ack", turn);
    else
        live_answer_nack(socket, turn);
    live_turn_free(turn);
}

static void renew(struct live_turn *turn, const c18n_doc *frame)
{
    static const c18n_field fields[] = {C18N_TEXT("id", 0, .max = LIVE_ID_MAX), C18N_TEXT("kind", 0, .max = 16),
                                        C18N_TEXT("token", C18N_REQUIRED, .min = 1, .max = 4096)};
    static const c18n_table table = C18N_ALL(fields);
    struct request *request = &turn->request;
    struct live_socket *socket = turn->socket;
    const c18n_doc *judged = NULL;
    turn->end = renewed;
    turn->code = api_validate(request, &table, frame, NULL, &judged);
    if (turn->code == C18N_OK) {
        turn->token = c18n_text(judged, "token");
        turn->code = auth_present(request->server->auth, request, turn->token);
    }
    if (turn->code != C18N_OK) {
        renewed(turn);
    } else if (!same_people(&socket->claims, auth_claims_of(request))) {
        live_close(socket, WS_FORBIDDEN, "the token is another person's", true);
        live_turn_free(turn);
    } else {
        live_turn_inline(turn);
    }
}

bool live_own_verb(struct live_turn *turn, const char *kind, const c18n_doc *frame)
{
    static const struct {
        const char *kind;
        void (*take)(struct live_turn *turn, const c18n_doc *frame);
        bool needs_id;
    } own[] = {{"ping", ping, false}, {"auth", renew, true}};
    for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
        if (strcmp(own[i].kind, kind) != 0)
            continue;
        if (turn->id || !own[i].needs_id) {
            own[i].take(turn, frame);
            return true;
        }
        live_answer_refuse(turn->socket, turn, C18N_BAD_REQUEST, "bad_id",
                           "An id of 1 to 64 printable characters is needed.");
        live_turn_free(turn);
        return true;
    }
    return false;
}
