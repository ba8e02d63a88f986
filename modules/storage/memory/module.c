/*
 * module.c: a storage that keeps nothing beyond the process. For tests, and for module check: it is not among the
 * modules of a server.
 */
#include "memory.h"

static int check(c18n_store *store, void (*fault)(void *arg, const char *what), void *arg)
{
    (void)store; /* there are no files that could differ from what is in memory */
    (void)fault;
    (void)arg;
    return C18N_OK;
}

static int serving(c18n_self *self, const char **ret_detail)
{
    (void)self;
    *ret_detail = "serving";
    return C18N_OK;
}

static const c18n_storage functions = {
    .size = sizeof functions,
    .connect = connection_open,
    .disconnect = connection_close,
    .begin = connection_begin,
    .commit = connection_commit,
    .rollback = connection_rollback,
    .item_begin = connection_item_begin,
    .item_keep = connection_item_keep,
    .item_undo = connection_item_undo,
    .table = table_named,
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
    .check = check,
    .state = serving,
};

static int init(c18n_self *self)
{
    struct memory_state *state = self->state;
    struct table *ignored;
    pthread_mutex_init(&state->lock, NULL);
    for (int i = 0; i < TABLE_FIRST_NAMED; i++)
        if (rows_table_new(state, NULL, &ignored) != C18N_OK)
            return C18N_NO_MEMORY;
    return c18n_provide(self, "storage.v1", &functions);
}

static void stop(c18n_self *self)
{
    struct memory_state *state = self->state;
    if (state->table_count == 0)
        return;
    pthread_mutex_destroy(&state->lock);
    rows_free(state);
}

C18N_MODULE(storage_memory, "1.0.0", "Storage in memory, for tests", "provides: storage.v1",
            .state_size = sizeof(struct memory_state), .init = init, .stop = stop);
