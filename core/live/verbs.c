/* verbs.c: from a frame to a verb's handler, and from what it came to to an ack or a nack.
 *
 *   flood 4429 → JSON → kind, id → fields → [the turn's thread:] person 4401 → policy → handler
 *
 * Faults of input are told at once: all that they tell is in asyncapi.json, and of nothing that is hidden. */
#include "live/inside.h"

#include "api/problem.h"
#include "base/json.h"

#include <string.h>

/* --- running --- */

static int handle(struct live_turn *turn)
{
    const struct live_verb *verb = turn->verb;
    struct request *request = &turn->request;
    c18n_self *before = request_lend(request, &verb->module->self, "verb", verb->declared.kind);
    int code = verb->declared.handle(request_pub(request), verb->module->self.state);
    request_return(request, before);
    if (code == C18N_OK && request->reply.status >= 400) /* its own words would have no place in a nack */
        code = C18N_CONFLICT;
    return code;
}

static void silent_end(struct live_turn *turn)
{
    if (turn->code == C18N_UNAUTHENTICATED)
        live_close_for(turn->socket, turn->code);
    live_turn_free(turn);
}

static void answered(struct live_turn *turn)
{
    struct live_socket *socket = turn->socket;
    if (turn->code == C18N_UNAUTHENTICATED && turn->request.caller.user[0] == '\0')
        live_close_for(socket, turn->code); /* who asks is nobody any more */
    else if (turn->code != C18N_OK && turn->verb->declared.flags & C18N_VERB_BYTES)
        live_upload_nack(turn);
    else if (turn->code != C18N_OK)
        live_answer_nack(socket, turn);
    else
        live_answer(socket, turn->announced ? "ready" : "ack", turn);
    if (turn->code == C18N_OK && turn->verb->run == C18N_CLASS_READ && socket->ws)
        live_listen_resumed(socket, &turn->request);
    if (turn->verb->declared.flags & C18N_VERB_BYTES)
        live_upload_begin(turn);
    live_turn_free(turn);
}

static void run(struct live_turn *turn)
{
    static void (*const runs[])(struct live_turn *) = {
        [C18N_CLASS_INLINE] = live_turn_inline,
        [C18N_CLASS_READ] = live_turn_read,
        [C18N_CLASS_WRITE] = live_turn_write,
    };
    const struct live_verb *verb = turn->verb;
    turn->policy = verb->policy;
    turn->work = handle;
    turn->end = verb->declared.flags & C18N_VERB_SILENT ? silent_end : answered;
    runs[verb->run](turn);
}

/* --- judging --- */

static bool id_is_good(const char *id)
{
    size_t length = id ? strlen(id) : 0;
    for (size_t i = 0; i < length; i++)
        if (id[i] <= ' ' || id[i] > '~')
            return false;
    return length > 0 && length <= LIVE_ID_MAX;
}

static const struct live_verb *find(const struct live_socket *socket, const char *kind)
{
    const struct live *live = socket->lane->live;
    for (size_t i = 0; i < live->verb_count; i++)
        if (live->verbs[i].paths & UINT64_C(1) << socket->path->number &&
            strcmp(live->verbs[i].declared.kind, kind) == 0)
            return &live->verbs[i];
    return NULL;
}

/* What is left of a frame without `id` and `kind`, judged: the verb's body. */
static int take_body(struct live_turn *turn, const c18n_doc *frame)
{
    struct request *request = &turn->request;
    struct out *out = json_out_new(request->head.host, request->arena);
    if (!out)
        return C18N_NO_MEMORY;
    json_family.out_doc(&out->pub, frame, "id kind");
    const c18n_doc *rest = json_family.out_finish(&out->pub);
    return rest ? api_validate(request, &turn->verb->declared.body, rest, NULL, &request->body) : C18N_NO_MEMORY;
}

/* C18N_OK, or the turn is refused with words. */
static int take_verb(struct live_turn *turn, const c18n_doc *frame, const char *kind)
{
    struct request *request = &turn->request;
    struct live_socket *socket = turn->socket;
    const struct live_verb *verb = kind ? find(socket, kind) : NULL;
    if (!verb)
        return problem_note(request, C18N_BAD_REQUEST, "unknown_kind", "Nothing of this kind is taken on this socket.");
    bool silent = verb->declared.flags & C18N_VERB_SILENT, bytes = verb->declared.flags & C18N_VERB_BYTES;
    if (!turn->id && !silent)
        return problem_note(request, C18N_BAD_REQUEST, "bad_id", "An id of 1 to 64 printable characters is needed.");
    if (bytes && (socket->upload || socket->announcing))
        return problem_note(request, C18N_CONFLICT, "upload_under_way", "One upload at a time on a socket.");
    turn->verb = verb;
    request->route = &verb->route;
    request->head.self = &verb->module->self;
    if (turn->id)
        request->request_id = turn->id;
    int code = take_body(turn, frame);
    if (code == C18N_OK && bytes)
        socket->announcing = true;
    return code;
}

static void refuse(struct live_turn *turn, int code)
{
    bool silent = turn->verb && turn->verb->declared.flags & C18N_VERB_SILENT;
    turn->code = code;
    if (!silent)
        live_answer_nack(turn->socket, turn);
    live_turn_free(turn);
}

static void take_text(struct live_turn *turn, const char *bytes, size_t length)
{
    const c18n_doc *frame;
    const char *why = NULL;
    struct request *request = &turn->request;
    int code = json_parse(request->head.host, request->arena, bytes, length, &frame, &why);
    if (code == C18N_BAD_REQUEST)
        problem_note(request, code, why, "The frame is not a JSON object that is taken here.");
    if (code != C18N_OK) {
        refuse(turn, code);
        return;
    }
    const char *id = c18n_text(frame, "id"), *kind = c18n_text(frame, "kind");
    turn->id = id_is_good(id) ? id : NULL;
    if (kind && live_own_verb(turn, kind, frame))
        return;
    code = take_verb(turn, frame, kind);
    if (code == C18N_OK)
        run(turn);
    else
        refuse(turn, code);
}

void live_message(void *user, int opcode, const char *bytes, size_t length)
{
    struct live_socket *socket = user;
    assert(socket->magic == LIVE_SOCKET_MAGIC);
    if (socket->closing || live_expired(socket))
        return;
    live_count_one(socket->lane->live, LIVE_FRAMES_IN);
    if (opcode == WS_BINARY) {
        live_upload_frame(socket, bytes, length);
        return;
    }
    if (!live_flood(socket))
        return;
    struct live_turn *turn = live_turn_new(socket, NULL);
    if (turn)
        take_text(turn, bytes, length);
    else
        live_close(socket, WS_TRY_LATER, "out of memory", true);
    live_flow(socket);
}
