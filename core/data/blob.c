/* blob.c: files in the storage, piece by piece, in a request that has a scope. */
#include "base/log.h"
#include "c18n/log.h"
#include "data/parts.h"

/* A bug of the module: a place where blobs are not written, or a name that is none. */
static int may_write(const struct request *request, const char *id)
{
    if (request->scope && request->scope->writing && *id)
        return C18N_OK;
    log_line(C18N_LOG_ERROR, request->head.self ? request->head.self->id : "data", "blobs are written %s",
             *id ? "in WRITE requests only" : "with an id");
    return C18N_INVALID;
}

int data_blob_write(struct request *request, const char *id, uint64_t offset, c18n_bytes piece)
{
    struct data_scope *scope = request->scope;
    int code = may_write(request, id);
    if (code == C18N_OK && piece.length > DATA_BLOB_PIECE)
        code = C18N_INVALID;
    return code == C18N_OK ? scope_noted(scope, scope->storage->blob_write(scope->store, id, offset, piece)) : code;
}

int data_blob_finish(struct request *request, const char *id, uint64_t size, const uint8_t sha256[32])
{
    struct data_scope *scope = request->scope;
    int code = may_write(request, id);
    return code == C18N_OK ? scope_noted(scope, scope->storage->blob_finish(scope->store, id, size, sha256)) : code;
}

int data_blob_remove(struct request *request, const char *id)
{
    struct data_scope *scope = request->scope;
    int code = may_write(request, id);
    return code == C18N_OK ? scope_noted(scope, scope->storage->blob_remove(scope->store, id)) : code;
}

int data_blob_size(struct request *request, const char *id, uint64_t *ret_size, uint8_t ret_sha256[32])
{
    struct data_scope *scope = request->scope;
    if (!scope)
        return C18N_INVALID;
    if (scope->cached_only)
        return scope_missed(scope);
    return scope_noted(scope, scope->storage->blob_size(scope->store, id, ret_size, ret_sha256));
}

struct filling {
    char *at;
    size_t left;
};

static int fill(void *arg, c18n_bytes bytes)
{
    struct filling *filling = arg;
    if (bytes.length > filling->left)
        return C18N_CORRUPT; /* more than was asked for */
    memcpy(filling->at, bytes.at, bytes.length);
    filling->at += bytes.length;
    filling->left -= bytes.length;
    return C18N_OK;
}

int data_blob_read(struct request *request, const char *id, uint64_t offset, size_t count, void *ret_bytes)
{
    struct data_scope *scope = request->scope;
    struct filling filling = {ret_bytes, count};
    if (!scope)
        return C18N_INVALID;
    if (scope->cached_only)
        return scope_missed(scope);
    int code = scope->storage->blob_read(scope->store, id, offset, count, fill, &filling);
    if (code == C18N_OK && filling.left > 0)
        code = C18N_CORRUPT;
    return scope_noted(scope, code);
}
