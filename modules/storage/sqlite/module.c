/* module.c: the module's facts, settings and the table that "storage.v1" is. */
#include "store.h"

#include <stdlib.h>

static const c18n_setting settings[] = {
    {.name = "cache_size",
     .type = C18N_SETTING_INTEGER,
     .otherwise = "64M",
     .min = 1 << 20,
     .max = INT64_C(1) << 40,
     .unit = "bytes",
     .help = "Page cache of the writing connection."},
    {.name = "reader_cache_size",
     .type = C18N_SETTING_INTEGER,
     .otherwise = "8M",
     .min = 1 << 18,
     .max = INT64_C(1) << 40,
     .unit = "bytes",
     .help = "Page cache of each reading connection."},
    {.name = "checkpoint_size",
     .type = C18N_SETTING_INTEGER,
     .flags = C18N_SETTING_RELOADABLE,
     .otherwise = "16M",
     .min = 1 << 16,
     .max = 1 << 30,
     .unit = "bytes",
     .help = "The write-ahead log is moved into the database when it has grown so long."},
    {.name = "max_size",
     .type = C18N_SETTING_INTEGER,
     .otherwise = "0",
     .min = 0,
     .max = INT64_C(1) << 47,
     .unit = "bytes",
     .help =
         "Largest size of the database; writes beyond it are refused as on a full disk. 0: as much as the disk has."},
};

static const c18n_timer timers[] = {
    {"checkpoint", 1000, checkpoint_timer},
};

static const struct {
    int code;
    const char *words;
} states[] = {
    {C18N_NO_SPACE, "the disk is full, the last write was refused"},
    {C18N_IO, "the operating system refused the last write"},
    {C18N_CORRUPT, "the database is damaged, no write is taken"},
};

static int tell_state(c18n_self *self, const char **ret_detail)
{
    struct sqlite_state *state = self->state;
    int failed = atomic_load(&state->damaged) ? C18N_CORRUPT : atomic_load(&state->failed);
    int refused = atomic_load(&state->refused);
    if (failed == C18N_OK && refused != C18N_OK) {
        *ret_detail = state->refusal;
        return refused;
    }
    *ret_detail = failed == C18N_OK ? "serving" : "the last write failed";
    for (size_t i = 0; i < sizeof states / sizeof *states; i++)
        if (states[i].code == failed)
            *ret_detail = states[i].words;
    if (failed == C18N_OK && !atomic_load(&state->opened)) {
        *ret_detail = "not open";
        return C18N_UNAVAILABLE;
    }
    return failed;
}

static const c18n_storage storage = {
    .size = sizeof storage,
    .connect = connection_connect,
    .disconnect = connection_disconnect,
    .begin = transaction_begin,
    .commit = transaction_commit,
    .rollback = transaction_rollback,
    .item_begin = transaction_item_begin,
    .item_keep = transaction_item_keep,
    .item_undo = transaction_item_undo,
    .table = table_find,
    .clear = table_clear,
    .get = table_get,
    .put = table_put,
    .remove = table_remove,
    .scan = table_scan,
    .append = history_append,
    .history = history_walk,
    .history_of = history_walk_resource,
    .newest = history_newest,
    .blob_write = blob_write,
    .blob_finish = blob_finish,
    .blob_size = blob_size,
    .blob_read = blob_read,
    .blob_remove = blob_remove,
    .check = check_files,
    .state = tell_state,
};

static int init(c18n_self *self)
{
    struct sqlite_state *state = self->state;
    state->self = self;
    state->lock_file = -1;
    if (pthread_mutex_init(&state->lock, NULL) != 0 || pthread_mutex_init(&state->names_lock, NULL) != 0)
        return C18N_NO_MEMORY;
    return c18n_provide(self, "storage.v1", &storage);
}

/* The folder is opened by the first connection, so that a check of the settings touches no file. */
static void stop(c18n_self *self)
{
    struct sqlite_state *state = self->state;
    pthread_mutex_lock(&state->lock);
    folder_close(state);
    pthread_mutex_unlock(&state->lock);
    for (uint32_t i = 0; i < state->name_count; i++)
        free(state->names[i]);
    state->name_count = 0;
}

C18N_MODULE(storage_sqlite, "1.0.0", "History, views and blobs in one SQLite file", "provides: storage.v1",
            .state_size = sizeof(struct sqlite_state), .settings = C18N_ALL(settings), .timers = C18N_ALL(timers),
            .init = init, .stop = stop);
