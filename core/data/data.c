/* data.c: putting the heart together, and taking it apart. */
#include "base/condition.h"
#include "base/log.h"
#include "c18n/log.h"
#include "data/group.h"
#include "data/parts.h"
#include "data/replay.h"

#include <assert.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { COMPILED_ARENA = 16 * 1024 * 1024 };

/* --- finding the providers --- */

static const c18n_service *provider(const struct data *data, const char *service, size_t size, struct text *ret_why)
{
    const c18n_service *found = loader_service(data->loader, service);
    if (!found || !found->functions) {
        text_print(ret_why, "No module provides %s; one must.\n", service);
        return NULL;
    }
    if (*(const uint32_t *)found->functions < size) {
        text_print(ret_why, "The module that provides %s has fewer functions than this server needs.\n", service);
        return NULL;
    }
    return found;
}

static int find_providers(struct data *data, struct text *ret_why)
{
    const c18n_service *storage = provider(data, "storage.v1", sizeof(c18n_storage), ret_why);
    const c18n_service *bus = provider(data, "bus.v1", sizeof(c18n_bus), ret_why);
    const c18n_service *index = loader_service(data->loader, "index.v1");
    if (!storage || !bus)
        return C18N_UNSUPPORTED;
    data->storage = storage->functions;
    data->storage_self = storage->provider;
    data->bus = bus->functions;
    data->bus_self = bus->provider;
    data->index = index && index->functions ? index : NULL;
    return C18N_OK;
}

/* What modules declare; whatever is wrong in it is said. */
static int declarations_compile(const struct loader *loader, struct arena *arena, struct views *ret_views,
                                struct kinds *ret_kinds, struct text *ret_why)
{
    int code = views_compile(loader, arena, ret_views, ret_why);
    return code == C18N_OK ? kinds_compile(loader, arena, ret_kinds, ret_why) : code;
}

static int compile(struct data *data, struct text *ret_why)
{
    int code = declarations_compile(data->loader, data->arena, &data->views, &data->kinds, ret_why);
    return code == C18N_OK ? applies_compile(data->loader, data->arena, &data->applies) : code;
}

int data_judge(const struct loader *loader, struct text *ret_why)
{
    struct views views;
    struct kinds kinds;
    struct arena *arena = arena_new(COMPILED_ARENA);
    int code = arena ? declarations_compile(loader, arena, &views, &kinds, ret_why) : C18N_NO_MEMORY;
    arena_free(arena);
    return code;
}

/* --- the writing connection and where the history ends --- */

static int connect_writer(struct data *data, struct text *ret_why)
{
    struct writer *writer = &data->writer;
    int code = scope_connect(&writer->scope, data, C18N_STORE_WRITE);
    if (code == C18N_OK)
        code = data->storage->begin(writer->scope.store);
    if (code == C18N_OK) {
        code = scope_resolve(&writer->scope, "");
        if (code == C18N_OK)
            code = data->storage->newest(writer->scope.store, &writer->durable.position, writer->durable.hash);
        if (code == C18N_OK)
            code = data->storage->commit(writer->scope.store);
        else
            data->storage->rollback(writer->scope.store);
    }
    if (code == C18N_BUSY)
        text_print(ret_why, "%s: another process has the data open.\n", data->state_dir);
    else if (code != C18N_OK)
        text_print(ret_why, "The storage can't be opened for writing (%d); the log says more.\n", code);
    return code;
}

static int take_hash(void *arg, const c18n_record *record)
{
    struct chain_point *point = arg;
    point->position = record->position;
    memcpy(point->hash, record->hash, CHAIN_HASH);
    return C18N_AGAIN;
}

/* Does the history still hold the record that the checkpoint was signed for? */
static int judge_checkpoint(struct data *data, const struct chain_point *signed_point, const char **ret_fault)
{
    struct writer *writer = &data->writer;
    struct chain_point found = {0};
    int code = C18N_OK;
    if (signed_point->position > 0)
        code = data->storage->history(writer->scope.store, signed_point->position - 1, take_hash, &found);
    if (code != C18N_OK && code != C18N_AGAIN)
        return code;
    if (found.position != signed_point->position)
        *ret_fault = "the history ends before the signed checkpoint";
    else if (memcmp(found.hash, signed_point->hash, CHAIN_HASH) != 0)
        *ret_fault = "the history is not the one that the checkpoint was signed for";
    return C18N_OK;
}

/* The first start, or somebody took the file away: from here on an end that is cut off shows again. */
static int make_checkpoint(struct data *data)
{
    const struct chain_point *newest = &data->writer.durable;
    if (newest->position > 0)
        log_line(C18N_LOG_WARNING, "data",
                 "%s/checkpoint is gone, so nobody can tell whether the history's end was cut off; "
                 "a new one is signed at record %" PRIu64,
                 data->state_dir, newest->position);
    return checkpoint_write(data->state_dir, &data->seal.checkpoint, newest);
}

static int check_checkpoint(struct data *data)
{
    struct writer *writer = &data->writer;
    struct chain_point point;
    const char *fault = NULL;
    int code = checkpoint_read(data->state_dir, &data->seal.checkpoint, &point);
    if (code == C18N_CORRUPT)
        fault = "the checkpoint is not signed by this server's key";
    else if (code == C18N_OK)
        code = judge_checkpoint(data, &point, &fault);
    else if (code == C18N_NOT_FOUND)
        return make_checkpoint(data);
    if (fault) {
        writer_distrust(data, fault);
        return C18N_OK;
    }
    writer->checkpointed = point.position;
    return code;
}

static int open_storage(struct data *data, struct text *ret_why)
{
    struct writer *writer = &data->writer;
    int code = connect_writer(data, ret_why);
    if (code == C18N_OK)
        code = seal_open(&data->seal, data->state_dir, writer->durable.position == 0, ret_why);
    if (code != C18N_OK)
        return code;
    writer->position = writer->durable.position;
    data->progress.committed = writer->durable.position;
    code = check_checkpoint(data);
    if (code != C18N_OK) {
        text_print(ret_why, "%s/checkpoint can't be read or written.\n", data->state_dir);
        return code;
    }
    return writer_is_trusted(writer) ? replay_outdated(data, ret_why) : C18N_OK;
}

/* --- open, start, drain, close --- */

static struct data *data_new(const struct data_options *options)
{
    struct data *data = calloc(1, sizeof *data);
    if (!data)
        return NULL;
    data->host = options->host;
    data->server = (struct server *)(uintptr_t)options->host; /* the host table is the server's head */
    data->loader = options->loader;
    data->state_dir = strdup(options->state_dir);
    data->arena = arena_new(COMPILED_ARENA);
    pthread_mutex_init(&data->progress.lock, NULL);
    data->cache = cache_new();
    bool ready = data->cache && condition_init(&data->progress.moved) == C18N_OK &&
                 access_open(&data->access) == C18N_OK && writer_init(data, options->queue_limit) == C18N_OK &&
                 data->state_dir && data->arena;
    if (ready)
        return data;
    data_close(data);
    return NULL;
}

int data_open(const struct data_options *options, struct data **ret_data, struct text *ret_why)
{
    struct data *data = data_new(options);
    if (!data)
        return C18N_NO_MEMORY;
    int code = find_providers(data, ret_why);
    if (code == C18N_OK)
        code = compile(data, ret_why);
    if (code == C18N_OK)
        code = open_storage(data, ret_why);
    if (code != C18N_OK) {
        data_close(data);
        return code;
    }
    cache_settle(data->cache, true); /* views that were built anew are committed */
    data->opened = true;
    *ret_data = data;
    return C18N_OK;
}

int data_start(struct data *data)
{
    int code = writer_start(data);
    if (code == C18N_OK && writer_is_trusted(&data->writer))
        code = consumers_start(data);
    if (code == C18N_OK)
        code = indexer_start(data);
    return code;
}

static void stop_followers(struct data *data)
{
    pthread_mutex_lock(&data->progress.lock);
    data->progress.stopping = true;
    pthread_cond_broadcast(&data->progress.moved);
    pthread_mutex_unlock(&data->progress.lock);
    consumers_stop(data);
    indexer_stop(data);
}

void data_drain(struct data *data)
{
    stop_followers(data); /* first: they submit items, too */
    writer_drain(data);
}

void data_close(struct data *data)
{
    if (!data)
        return;
    stop_followers(data);
    writer_close(data);
    access_close(&data->access);
    cache_free(data->cache);
    seal_close(&data->seal);
    pthread_cond_destroy(&data->progress.moved);
    pthread_mutex_destroy(&data->progress.lock);
    arena_free(data->arena);
    free(data->state_dir);
    free(data);
}

/* --- questions --- */

uint64_t data_position(const struct data *data)
{
    return __atomic_load_n(&data->writer.position, __ATOMIC_ACQUIRE);
}

const c18n_service *data_index(const struct data *data)
{
    return data->index;
}

int data_state(const struct data *data, const char **ret_detail)
{
    int state = writer_state(&data->writer);
    *ret_detail = state == C18N_OK         ? "writes are taken"
                  : state == C18N_NO_SPACE ? "the disk is full"
                  : state == C18N_CORRUPT  ? "the history is not what was acknowledged: run c18nctl verify"
                                           : "a write failed: the storage is being opened again";
    return state;
}

void data_on_commit(struct data *data, data_committed committed, void *arg)
{
    assert(!data->writer.started && data->committed_count < DATA_COMMITTED_MOST);
    data->committed[data->committed_count].call = committed;
    data->committed[data->committed_count++].arg = arg;
}
