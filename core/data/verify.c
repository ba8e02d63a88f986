/* verify.c: is the history the one that was written, and are the views what it says? */
#include "base/codec.h"
#include "data/digest.h"
#include "data/parts.h"
#include "data/replay.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { FAULTS_MOST = 20, VERIFY_ARENA = 16 * 1024 * 1024 };

struct verify {
    struct data *data;
    void (*fault)(void *arg, const char *what);
    void *arg;
    unsigned faults;
    uint64_t count;
    struct chain_point last;
    struct chain_point checkpoint;
    bool has_checkpoint, checkpoint_seen;
};

__attribute__((format(printf, 2, 3))) static void found(struct verify *verify, const char *format, ...)
{
    char what[512];
    va_list values;
    va_start(values, format);
    vsnprintf(what, sizeof what, format, values);
    va_end(values);
    if (verify->faults++ < FAULTS_MOST)
        verify->fault(verify->arg, what);
}

/* --- the chain --- */

static void judge_record(struct verify *verify, const c18n_record *record)
{
    uint8_t hash[CHAIN_HASH];
    char event_id[UUID_TEXT_SIZE];
    codec_uuid_text(record->event_id, event_id);
    chain_hash(verify->last.hash, record, hash);
    if (record->position != verify->last.position + 1)
        found(verify, "history: record %llu follows record %llu: what lies between is missing",
              (unsigned long long)record->position, (unsigned long long)verify->last.position);
    else if (memcmp(hash, record->hash, CHAIN_HASH) != 0)
        found(verify, "history: record %llu (%s, event %s) is not what was written: its hash does not follow",
              (unsigned long long)record->position, record->type, event_id);
}

static int verify_record(void *arg, const c18n_record *record)
{
    struct verify *verify = arg;
    judge_record(verify, record);
    verify->count++;
    verify->last.position = record->position;
    memcpy(verify->last.hash, record->hash, CHAIN_HASH);
    if (verify->has_checkpoint && record->position == verify->checkpoint.position) {
        verify->checkpoint_seen = true;
        if (memcmp(record->hash, verify->checkpoint.hash, CHAIN_HASH) != 0)
            found(verify, "history: record %llu is not the one that the checkpoint was signed for",
                  (unsigned long long)record->position);
    }
    return C18N_OK;
}

static void read_checkpoint(struct verify *verify)
{
    struct data *data = verify->data;
    int code = checkpoint_read(data->state_dir, &data->seal.checkpoint, &verify->checkpoint);
    verify->has_checkpoint = code == C18N_OK && verify->checkpoint.position > 0;
    if (code == C18N_CORRUPT)
        found(verify, "checkpoint: not signed by this server's key");
    else if (code != C18N_OK)
        found(verify, "checkpoint: is missing or can't be read");
}

static void storage_fault(void *arg, const char *what)
{
    found(arg, "storage: %s", what);
}

static int verify_history(struct verify *verify, struct data_scope *scope)
{
    read_checkpoint(verify); /* before the snapshot: the history only grows past it */
    int code = scope_begin(scope);
    if (code != C18N_OK)
        return code;
    code = scope->storage->history(scope->store, 0, verify_record, verify);
    if (code == C18N_CORRUPT)
        found(verify, "history: after record %llu nothing can be read", (unsigned long long)verify->last.position);
    if (verify->has_checkpoint && !verify->checkpoint_seen)
        found(verify, "history: ends at record %llu, but the checkpoint was signed at %llu: the end is cut off",
              (unsigned long long)verify->last.position, (unsigned long long)verify->checkpoint.position);
    scope_end(scope);
    int checked = scope->storage->check(scope->store, storage_fault, verify);
    return code == C18N_CORRUPT ? C18N_OK : code != C18N_OK ? code : checked;
}

/* --- the views: built again beside the real ones, compared, thrown away --- */

static void compare_table(struct verify *verify, struct data_scope *real, struct data_scope *scratch, unsigned slot,
                          struct arena *arena, int *code)
{
    uint8_t is[DIGEST], should[DIGEST];
    c18n_bytes key, value;
    char name[96];
    *code = digest_table(real, slot, is);
    if (*code == C18N_OK)
        *code = digest_table(scratch, slot, should);
    if (*code != C18N_OK || memcmp(is, should, DIGEST) == 0)
        return;
    *code = digest_first_difference(real, scratch, slot, arena, &key, &value);
    if (*code != C18N_OK || !views_table_name(&real->data->views, slot, "", name))
        return;
    bool is_view = strncmp(name, "view.", 5) == 0;
    const c18n_bytes *id = is_view ? &key : &value;
    found(verify, "%s: differs from what the events say, first at %.*s", name, (int)id->length, (const char *)id->at);
}

static int compare_views(struct verify *verify, struct data_scope *real, struct data_scope *scratch)
{
    const struct views *views = &real->data->views;
    struct arena *arena = arena_new(VERIFY_ARENA);
    int code = arena ? C18N_OK : C18N_NO_MEMORY;
    for (unsigned slot = SLOTS_OF_HOST; slot < views->slots && code == C18N_OK; slot++)
        compare_table(verify, real, scratch, slot, arena, &code);
    arena_free(arena);
    return code;
}

/* The scratch tables are made and committed first, so that what follows can be rolled back whole. */
static int make_scratch(struct data_scope *scratch)
{
    int code = scratch->storage->begin(scratch->store);
    if (code != C18N_OK)
        return code;
    code = scope_resolve(scratch, "scratch.");
    if (code == C18N_OK)
        return scratch->storage->commit(scratch->store);
    scratch->storage->rollback(scratch->store);
    return code;
}

static int rebuild_and_compare(struct verify *verify, struct data_scope *real, struct data_scope *scratch)
{
    struct data *data = verify->data;
    int code = make_scratch(scratch);
    if (code == C18N_OK)
        code = scratch->storage->begin(scratch->store);
    if (code != C18N_OK)
        return code;
    for (size_t i = 0; i < data->views.count && code == C18N_OK; i++)
        code = replay_clear(scratch, &data->views.at[i]);
    if (code == C18N_OK)
        code = replay_history(data, scratch, 0, NULL, NULL, NULL);
    if (code == C18N_OK) {
        code = compare_views(verify, real, scratch);
    } else {
        found(verify, "views: can't be built from the history (%d); the log says which event", code);
        code = C18N_OK;
    }
    scratch->storage->rollback(scratch->store);
    return code;
}

static int verify_views(struct data *data, void *arg)
{
    struct data_scope *real = &data->writer.scope, scratch = *real;
    scratch.tables = calloc(data->views.slots, sizeof *scratch.tables);
    if (!scratch.tables)
        return C18N_NO_MEMORY;
    int code = rebuild_and_compare(arg, real, &scratch);
    free(scratch.tables);
    return code;
}

int data_verify(struct data *data, void (*fault)(void *arg, const char *what), void *arg, uint64_t *ret_records)
{
    struct verify verify = {.data = data, .fault = fault, .arg = arg};
    struct data_scope scope;
    int code = scope_connect(&scope, data, C18N_STORE_READ);
    if (code != C18N_OK)
        return code;
    code = verify_history(&verify, &scope);
    scope_disconnect(&scope);
    if (code == C18N_OK)
        *ret_records = verify.count;
    if (code != C18N_OK)
        return code;
    if (verify.faults > 0)
        writer_distrust(data, "the history is not what was written");
    if (writer_is_trusted(&data->writer)) /* views of a history that is not to be trusted prove nothing */
        return writer_alone(data, verify_views, &verify);
    if (verify.faults == 0)
        found(&verify, "views: were not compared, for the data was found damaged earlier and is only read");
    return C18N_OK;
}
