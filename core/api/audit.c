/* audit.c: c18n_audit. The note goes to the writer as an item of its own, so it is kept when the request's
 * own item is undone. The calling thread may be the writer's or a loop's, which must not wait: when the
 * writer's queue is full the note moves to the blocking pool, and a thread there waits for room. */
#include "api/state.h"
#include "base/json.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

enum { NOTE_MEMORY_MAX = 256 << 10 };

struct note {
    struct data_item item; /* must stay first */
    struct task task;
    struct request request;
    struct arena *arena;
    const char *type, *resource, *detail;
    bool *taken; /* of note_wait, which must not look at a note that is gone */
};

static void note_free(struct note *note)
{
    if (!note)
        return;
    arena_free(note->arena);
    free(note);
}

static const char *copy(struct arena *arena, const char *words)
{
    return words ? arena_copy(arena, words, strlen(words)) : NULL;
}

static void copy_caller(struct note *note, const c18n_caller *caller)
{
    note->request.caller = (c18n_caller){
        .user = copy(note->arena, caller->user),
        .on_behalf_of = copy(note->arena, caller->on_behalf_of),
        .roles = " ",
        .session = "",
        .token = "",
        .issued = caller->issued,
        .expires = caller->expires,
    };
}

static int note_run(struct data_item *item)
{
    struct note *note = (struct note *)(void *)item;
    c18n_out *out = json_family.out_new(request_pub(&note->request));
    if (note->detail)
        c18n_out_text(out, "detail", note->detail);
    return data_emit_host(&note->request, note->type, "access", note->resource, NULL, out);
}

/* Without the detail, which may be personal: a log is read by more people than the history. */
static void note_lost(const struct note *note, int code)
{
    log_line(C18N_LOG_ERROR, "audit", "%s on %s by %s could not be recorded (%d)", note->type, note->resource,
             note->request.caller.user, code);
}

static void note_done(struct data_item *item, int code)
{
    struct note *note = (struct note *)(void *)item;
    if (note->taken)
        *note->taken = true;
    if (code != C18N_OK)
        note_lost(note, code);
    note_free(note);
}

/* data_submit_wait calls done only for an item that the writer took. */
static void note_wait(struct task *task, void *context)
{
    (void)context;
    struct note *note = (struct note *)(void *)((char *)task - offsetof(struct note, task));
    bool taken = false;
    note->taken = &taken;
    int code = data_submit_wait(note->request.server->data, &note->item);
    if (taken)
        return;
    note_lost(note, code);
    note_free(note);
}

static struct note *note_new(struct request *request, const char *action, const char *resource, const char *detail)
{
    struct note *note = calloc(1, sizeof *note);
    if (!note)
        return NULL;
    note->arena = arena_new(NOTE_MEMORY_MAX);
    if (!note->arena) {
        note_free(note);
        return NULL;
    }
    request_init_internal(&note->request, request->server, note->arena, request->head.self);
    copy_caller(note, &request->caller);
    note->request.request_id = copy(note->arena, request->request_id);
    note->type = arena_print(note->arena, "audit.%s", action);
    note->resource = copy(note->arena, resource && *resource != '\0' ? resource : "server");
    note->detail = copy(note->arena, detail);
    note->item = (struct data_item){.request = &note->request, .run = note_run, .done = note_done};
    bool whole = note->type && note->resource && note->request.caller.user && note->request.request_id;
    if (whole)
        return note;
    note_free(note);
    return NULL;
}

static void audit_note(c18n_request *rq, const char *action, const char *resource, const char *detail)
{
    struct request *request = request_of(rq);
    struct server *server = request->server;
    struct note *note = note_new(request, action, resource, detail);
    if (!note) {
        log_line(C18N_LOG_ERROR, "audit", "audit.%s could not be recorded: out of memory", action);
        return;
    }
    int code = data_submit(server->data, &note->item);
    if (code == C18N_OK)
        return;
    note->task.run = note_wait;
    if (code == C18N_AGAIN && server->blocking && pool_submit(server->blocking, &note->task))
        return;
    note_lost(note, code);
    note_free(note);
}

const c18n_audit_family audit_family = {
    .family = {sizeof audit_family, C18N_ABI_MINOR},
    .note = audit_note,
};
