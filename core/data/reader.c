/* reader.c: a pool thread's connection and its snapshots, and the host's own rows. */
#include "base/log.h"
#include "c18n/log.h"
#include "data/parts.h"
#include "request/server.h"

#include <stdlib.h>

struct data_reader {
    struct data_scope scope; /* must stay first: a request's scope points to it */
};

struct data_reader *data_reader_open(struct data *data)
{
    struct data_reader *reader = calloc(1, sizeof *reader);
    if (!reader)
        return NULL;
    int code = scope_connect(&reader->scope, data, C18N_STORE_READ);
    if (code == C18N_OK) {
        code = scope_begin(&reader->scope);
        if (code == C18N_OK)
            code = scope_resolve(&reader->scope, "");
        scope_end(&reader->scope);
    }
    if (code == C18N_OK)
        return reader;
    log_line(C18N_LOG_ERROR, "data", "the storage gives no connection for reading (%d)", code);
    data_reader_close(reader);
    return NULL;
}

void data_reader_close(struct data_reader *reader)
{
    if (!reader)
        return;
    scope_disconnect(&reader->scope);
    free(reader);
}

int data_read_begin(struct data_reader *reader, struct request *request)
{
    int code = scope_begin(&reader->scope);
    reader->scope.fault = C18N_OK;
    if (code == C18N_OK)
        request->scope = &reader->scope;
    return code == C18N_OK || code == C18N_BUSY ? code : C18N_UNAVAILABLE;
}

void data_read_end(struct data_reader *reader, struct request *request)
{
    request->scope = NULL;
    scope_end(&reader->scope);
}

int data_read_fault(const struct request *request, int code)
{
    int fault = request->scope ? request->scope->fault : C18N_OK;
    return fault == C18N_OK && code == C18N_OK && request->starved ? C18N_NO_MEMORY : fault;
}

/* --- cached records, without a connection --- */

int data_cached_begin(struct data *data, struct request *request)
{
    struct data_scope *scope = arena_alloc(request->arena, sizeof *scope);
    if (!scope)
        return C18N_NO_MEMORY;
    scope_begin_cached(scope, data);
    request->scope = scope;
    return C18N_OK;
}

/* Without room for the note, the pool does it all again, where it may wait. */
bool data_cached_end(struct request *request)
{
    struct data_scope *scope = request->scope;
    request->scope = NULL;
    if (scope->missed || !scope->read_id)
        return !scope->missed;
    return access_note(scope->data, request->caller.user, scope->read_view, scope->read_id, false);
}

void data_note_read(struct request *request, const char *view, const char *id)
{
    struct data_scope *scope = request->scope;
    if (!scope || !scope->cached_only) {
        data_note_access(request->server->data, request->caller.user, view, id);
        return;
    }
    if (scope->read_id) /* a second one in an answer is rare: not worth a list */
        (void)scope_missed(scope);
    scope->read_view = view;
    scope->read_id = id;
}

/* --- the host's own rows --- */

static int host_slot(const struct request *request, const char *table, unsigned *ret_slot)
{
    int slot = request->scope ? views_host_slot(table) : -1;
    if (slot < 0) {
        log_line(C18N_LOG_ERROR, "data", "host table %s: %s", table,
                 request->scope ? "there is none" : "not readable here");
        return C18N_INVALID;
    }
    *ret_slot = (unsigned)slot;
    return C18N_OK;
}

int data_host_get(struct request *request, const char *table, const char *key, c18n_bytes *ret_value)
{
    unsigned slot;
    c18n_bytes value;
    int code = host_slot(request, table, &slot);
    if (code == C18N_OK)
        code = scope_get(request->scope, slot, bytes_of(key), &value);
    if (code != C18N_OK)
        return code;
    const char *copy = arena_copy(request->arena, value.at, value.length);
    if (!copy)
        return C18N_NO_MEMORY;
    *ret_value = (c18n_bytes){copy, value.length};
    return C18N_OK;
}

int data_host_put(struct request *request, const char *table, const char *key, c18n_bytes value)
{
    unsigned slot;
    int code = host_slot(request, table, &slot);
    return code == C18N_OK ? scope_put(request->scope, slot, bytes_of(key), value) : code;
}

int data_host_remove(struct request *request, const char *table, const char *key)
{
    unsigned slot;
    int code = host_slot(request, table, &slot);
    return code == C18N_OK ? scope_remove(request->scope, slot, bytes_of(key)) : code;
}

int data_host_scan(struct request *request, const char *table, c18n_store_row row, void *arg)
{
    unsigned slot;
    c18n_range all = {0};
    int code = host_slot(request, table, &slot);
    if (code == C18N_OK)
        code = scope_scan(request->scope, slot, &all, row, arg);
    return code == C18N_AGAIN ? C18N_OK : code;
}

int data_erase(struct request *request, const char *subject)
{
    if (!request->scope || !request->scope->writing)
        return C18N_ERROR;
    return seal_destroy(request->scope, subject);
}
