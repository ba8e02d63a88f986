/* upload.c: binary frames, for a verb that has announced them (C18N_VERB_BYTES).
 *
 * Each frame is a WRITE turn that gives its bytes to the module, at most LIVE_PIECES_MAX at a time: then the socket is
 * not read from, so that a fast client waits for the disk. Behind the last one goes a turn that ends the upload. The
 * module's object ends by `done` or `dropped`, never while a turn with it is away. */
#include "live/inside.h"

#include "api/problem.h"
#include "base/crumb.h"

#include <stdlib.h>
#include <string.h>

enum { PIECE_MIN = 16 << 10 }; /* a smaller frame counts as one of a flood: each costs a turn at the writer */

struct live_upload {
    const struct live_verb *verb;
    void *module_upload; /* the module's; NULL is one, too: see `held` */
    uint64_t count, received;
    unsigned pieces;    /* turns that are away. Lane's thread */
    bool told;          /* that it failed. Lane's thread */
    bool held;          /* the module's object is there still: neither `done` nor `dropped` */
    atomic_bool failed; /* pieces that are on their way are passed over */
    char id[LIVE_ID_MAX + 1];
};

size_t live_upload_pieces(const struct live_socket *socket)
{
    return socket->upload ? socket->upload->pieces : 0;
}

static void drop(struct live_upload *upload)
{
    const struct live_verb *verb = upload->verb;
    if (upload->held) {
        crumb_enter(verb->module->self.id, "dropped", verb->route.called);
        verb->declared.dropped(&verb->module->self, upload->module_upload);
        crumb_leave();
    }
    free(upload);
}

/* --- announcing --- */

int live_expect_bytes(c18n_request *rq, uint64_t count, void *module_upload)
{
    struct request *request = request_of(rq);
    const struct live *live = request->server->live;
    const struct live_verb *verb = NULL;
    for (size_t i = 0; live && !verb && i < live->verb_count; i++)
        if (request->route == &live->verbs[i].route)
            verb = &live->verbs[i];
    if (!request->socket || !verb || !(verb->declared.flags & C18N_VERB_BYTES))
        return C18N_INVALID;
    struct live_turn *turn = (struct live_turn *)(void *)request;
    assert(turn->magic == LIVE_TURN_MAGIC);
    if (turn->announced || turn->upload)
        return C18N_CONFLICT;
    struct live_upload *upload = calloc(1, sizeof *upload);
    if (!upload)
        return C18N_NO_MEMORY;
    upload->verb = verb;
    upload->module_upload = module_upload;
    upload->count = count;
    upload->held = true;
    memcpy(upload->id, turn->id, strlen(turn->id) + 1);
    turn->announced = upload;
    return C18N_OK;
}

void live_upload_forget(struct live_turn *turn)
{
    if (turn->announced)
        drop(turn->announced);
    turn->announced = NULL;
}

/* --- pieces --- */

static int call_bytes(struct live_turn *turn)
{
    const struct live_upload *upload = turn->upload;
    return upload->verb->declared.bytes(request_pub(&turn->request), turn->bytes, upload->module_upload,
                                        upload->verb->module->self.state);
}

static int call_done(struct live_turn *turn)
{
    struct live_upload *upload = turn->upload;
    int code = upload->verb->declared.done(request_pub(&turn->request), upload->module_upload,
                                           upload->verb->module->self.state);
    if (code == C18N_OK)
        upload->held = false;
    return code;
}

/* At the writer. What a module has taken it has taken: when the writer undoes a group and runs it again, the module
 * would take the same bytes twice. */
static int run_once(struct live_turn *turn)
{
    struct live_upload *upload = turn->upload;
    if (turn->ran_once || atomic_load(&upload->failed)) {
        atomic_store(&upload->failed, true);
        return C18N_UNAVAILABLE;
    }
    turn->ran_once = true;
    c18n_self *before =
        request_lend(&turn->request, &upload->verb->module->self, "upload", upload->verb->declared.kind);
    int code = turn->bytes.at ? call_bytes(turn) : call_done(turn);
    request_return(&turn->request, before);
    if (code == C18N_OK && turn->request.reply.status >= 400)
        code = C18N_CONFLICT;
    if (code != C18N_OK)
        atomic_store(&upload->failed, true);
    return code;
}

void live_upload_note(struct live_turn *turn)
{
    if (turn->upload && turn->code != C18N_OK)
        atomic_store(&turn->upload->failed, true);
}

/* The upload of a socket that is gone, or that has failed, ends with the last turn that was away in its name. */
static void settle(struct live_socket *socket, struct live_upload *upload)
{
    bool open = socket->ws && !socket->closing && !atomic_load(&upload->failed);
    if (upload->pieces > 0 || (open && upload->held))
        return;
    if (socket->upload == upload)
        socket->upload = NULL;
    drop(upload);
}

void live_upload_nack(struct live_turn *turn)
{
    live_answer_nack(turn->socket, turn);
    if (turn->code == C18N_TOO_LARGE)
        live_close(turn->socket, WS_TOO_LARGE, "the file is too large", false);
}

/* Who reads the nack may announce the next one at once, though turns of this one are away still. */
static void fail(struct live_turn *turn)
{
    struct live_socket *socket = turn->socket;
    struct live_upload *upload = turn->upload;
    atomic_store(&upload->failed, true);
    if (upload->told)
        return;
    upload->told = true;
    socket->passing_over = true;
    if (socket->upload == upload)
        socket->upload = NULL;
    live_upload_nack(turn);
}

static void piece_end(struct live_turn *turn)
{
    struct live_socket *socket = turn->socket;
    struct live_upload *upload = turn->upload;
    upload->pieces--;
    if (turn->code == C18N_UNAUTHENTICATED && turn->request.caller.user[0] == '\0')
        live_close_for(socket, turn->code);
    if (turn->code != C18N_OK)
        fail(turn);
    else if (!turn->bytes.at)
        live_answer(socket, "ack", turn);
    settle(socket, upload);
    live_turn_free(turn);
}

/* `bytes` NULL: the upload is complete. False: no memory. */
static bool send_piece(struct live_socket *socket, const char *bytes, size_t length)
{
    struct live_upload *upload = socket->upload;
    struct live_turn *turn = live_turn_new(socket, &upload->verb->module->self);
    if (!turn)
        return false;
    turn->verb = upload->verb;
    turn->upload = upload;
    turn->policy = upload->verb->policy;
    turn->request.route = &upload->verb->route;
    turn->id = turn->request.request_id = arena_copy(turn->request.arena, upload->id, strlen(upload->id));
    turn->bytes = (c18n_bytes){bytes ? arena_copy(turn->request.arena, bytes, length) : NULL, length};
    if (!turn->id || (bytes && !turn->bytes.at)) {
        live_turn_free(turn);
        return false;
    }
    turn->work = run_once;
    turn->end = piece_end;
    upload->pieces++;
    live_turn_write(turn);
    return true;
}

/* --- on the lane --- */

static void out_of_memory(struct live_socket *socket)
{
    live_close(socket, WS_TRY_LATER, "out of memory", true);
}

void live_upload_begin(struct live_turn *turn)
{
    struct live_socket *socket = turn->socket;
    socket->announcing = false;
    if (!turn->announced)
        return;
    if (turn->code != C18N_OK || !socket->ws || socket->closing) {
        live_upload_forget(turn);
        return;
    }
    socket->upload = turn->announced;
    socket->passing_over = false;
    turn->announced = NULL;
    if (socket->upload->count == 0 && !send_piece(socket, NULL, 0))
        out_of_memory(socket);
}

static void take_frame(struct live_socket *socket, const char *bytes, size_t length)
{
    struct live_upload *upload = socket->upload;
    if (length > upload->count - upload->received) {
        atomic_store(&upload->failed, true);
        live_close(socket, WS_TOO_LARGE, "more bytes than were announced", true);
        settle(socket, upload);
        return;
    }
    upload->received += length;
    bool complete = upload->received == upload->count;
    if (length > 0 && !send_piece(socket, bytes, length))
        out_of_memory(socket);
    else if (complete && socket->upload == upload && !send_piece(socket, NULL, 0))
        out_of_memory(socket);
}

void live_upload_frame(struct live_socket *socket, const char *bytes, size_t length)
{
    struct live_upload *upload = socket->upload;
    if (length < PIECE_MIN && !(upload && length == upload->count - upload->received) && !live_flood(socket))
        return;
    if (upload && !atomic_load(&upload->failed))
        take_frame(socket, bytes, length);
    else if (!upload && !socket->passing_over)
        live_close(socket, WS_PROTOCOL, "no upload was announced", true);
    live_flow(socket);
}

void live_upload_end(struct live_socket *socket)
{
    struct live_upload *upload = socket->upload;
    if (upload && upload->received < upload->count)
        atomic_store(&upload->failed, true);
    if (upload)
        settle(socket, upload);
}
